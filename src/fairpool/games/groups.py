"""Groups as players: what a set of rows, or of parties, is worth together.

Whatever the players of a game are, its groups are the players of another game,

    v_groups(T) = v(union of the groups in T),

so every value and every estimator of this room applies to groups as it stands.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from fairpool.games.costs import is_of_costs
from fairpool.games.game import Coalitions, Game, player_count, worths_of
from fairpool.ground.arrays import Bool, Float, Floats
from fairpool.ground.errors import InputError


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class GroupGame:
    """The game whose players are ``groups`` of players of ``game``.

    Parameters
    ----------
    game : Game
        n players.
    groups : collections of int
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

    def __init__(self, game: Game, groups: Iterable[Iterable[int]]) -> None:
        if isinstance(groups, str | Mapping) or not isinstance(groups, Iterable):
            raise InputError(f"groups: got {groups!r}, expected a list of groups, each of numbers of players")
        players, groups = player_count(game), list(groups)
        membership = np.zeros((len(groups), players), dtype=bool)
        for g, members in enumerate(groups):
            membership[g, _checked(members, g, players)] = True
        membership.setflags(write=False)
        object.__setattr__(self, "game", game)
        object.__setattr__(self, "membership", membership)

    def __repr__(self) -> str:
        return f"GroupGame({self.players} groups of players of {self.game!r})"

    @property
    def players(self) -> int:
        return len(self.membership)

    @property
    def of_costs(self) -> bool:
        """As the game whose players are grouped."""
        return is_of_costs(self.game)

    def worth(self, coalitions: Bool[Coalitions, "batch groups"]) -> Float[Floats, " batch"]:
        """v of the unions: bool (b, g) -> float64 (b,)."""
        members = coalitions.astype(np.float32) @ self.membership.astype(np.float32)
        return worths_of(self.game, members > 0)


def _checked(group: Iterable[int], number: int, players: int) -> list[int]:
    if isinstance(group, str | bytes) or not isinstance(group, Iterable):
        raise InputError(f"group {number}: got {group!r}, expected numbers of players")
    members = list(group)
    if not members:
        raise InputError(f"group {number}: got no members, expected at least one")
    for member in members:
        if isinstance(member, bool | np.bool_):
            raise InputError(
                f"group {number}: got {member}, expected numbers of players; of a mask they are numpy.flatnonzero(mask)"
            )
        if not isinstance(member, int | np.integer):
            raise InputError(f"group {number}: got {member!r}, expected a number from 0 to {players - 1}")
        if not 0 <= member < players:
            raise InputError(f"group {number}: got player {member}, expected 0 to {players - 1}")
    if len(set(members)) < len(members):
        raise InputError(f"group {number}: a player is named twice")
    return [int(member) for member in members]
