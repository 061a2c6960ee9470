"""Groups as players: what a set of rows, or of parties, is worth together.

Whatever the players of a game are, its groups are the players of another game,

    v_groups(T) = v(union of the groups in T),

so every value and every estimator of this room applies to groups as it stands.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from fairpool.games.game import Coalitions, Game
from fairpool.ground.arrays import Bool, Float, Floats
from fairpool.ground.errors import InputError


@dataclass(frozen=True, slots=True, eq=False)
class GroupGame:
    """The game whose players are ``groups`` of players of ``game``.

    Parameters
    ----------
    game : Game
        n players.
    groups : sequence of collections of int
        Groups may overlap (two parties that brought the same row); players in no group stay out.

    Raises
    ------
    InputError
        For a group that is empty, holds a player twice, or names a player the game does not have.

    Notes
    -----
    ``membership`` is bool (g, n), True where group g holds player n of ``game``.  Worth costs one call of
    ``game.worth`` and O(b g n) to form unions.

    Examples
    --------
    >>> from fairpool.games.textbook.classical import GloveGame
    >>> from fairpool.games.values.shapley import shapley_value
    >>> couple = GroupGame(GloveGame(1, 2), [[0, 1], [2]])
    >>> shapley_value(couple).tolist()
    [1.0, 0.0]
    """

    game: Game
    membership: Coalitions

    def __init__(self, game: Game, groups: Sequence[Collection[int]]) -> None:
        membership = np.zeros((len(groups), game.players), dtype=bool)
        for g, members in enumerate(groups):
            membership[g, _checked(list(members), g, game.players)] = True
        membership.setflags(write=False)
        object.__setattr__(self, "game", game)
        object.__setattr__(self, "membership", membership)

    @property
    def players(self) -> int:
        return len(self.membership)

    def worth(self, coalitions: Bool[Coalitions, "batch groups"]) -> Float[Floats, " batch"]:
        """v of the unions: bool (b, g) -> float64 (b,)."""
        members = coalitions.astype(np.float32) @ self.membership.astype(np.float32)
        return self.game.worth(members > 0)


def _checked(members: list[int], group: int, players: int) -> list[int]:
    if not members:
        raise InputError(f"group {group}: got no members, expected at least one")
    if len(set(members)) < len(members):
        raise InputError(f"group {group}: a player is named twice")
    strangers = [i for i in members if not 0 <= i < players]
    if strangers:
        raise InputError(f"group {group}: got player {strangers[0]}, expected 0 to {players - 1}")
    return members
