"""Games of costs: what a coalition has to pay, and less is better.

    c(S)       ``worth``   what the members of S would pay alone
    -c(S)                  what they are worth, as gain
    -x                     what an allocation of costs x gives, as gain

Values (Shapley, Banzhaf, ...) are linear, so they mean the same for gains and for costs.  What compares does not: no
coalition would rather leave where x(S) <= c(S).  So whatever asks who would rather leave reads the game and the
allocation with the opposite sign, and gives costs back.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from fairpool.games.game import Coalitions, Game, TableGame, names_of, player_count, worths_of
from fairpool.games.values.sums_by_size import exact_table
from fairpool.ground.arrays import Bool, Float, Floats


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class CostGame:
    """Say that a game is one of costs: less is better, and nobody would rather leave who pays less than alone.

    Parameters
    ----------
    game : Game
        n players; ``worth`` is what a coalition would pay alone.  A game whose own ``of_costs`` is true, such as
        `AirportGame`, need not be told.

    Examples
    --------
    A runway for three: each stretch would be paid by those who need it.

    >>> from fairpool.games.stability.nucleoli import nucleolus
    >>> nucleolus(CostGame(TableGame([0, 1, 2, 2, 3, 3, 3, 3]))).round(6).tolist()
    [0.5, 0.75, 1.75]
    """

    game: Game

    of_costs: ClassVar[bool] = True

    def __post_init__(self) -> None:
        player_count(self.game)

    def __repr__(self) -> str:
        return f"CostGame({self.game!r})"

    @property
    def players(self) -> int:
        return player_count(self.game)

    @property
    def names(self) -> tuple[Hashable, ...]:
        return names_of(self.game)

    def worth(self, coalitions: Bool[Coalitions, "batch players"]) -> Float[Floats, " batch"]:
        return worths_of(self.game, coalitions)


def is_of_costs(game: Game) -> bool:
    """Whether less is better in this game."""
    return bool(getattr(game, "of_costs", False))


def gains_table(game: Game, *, most_players: int) -> TableGame:
    """All worths as gains: those of a game of costs with the opposite sign."""
    table = exact_table(game, most_players=most_players)
    return TableGame(-table.values) if is_of_costs(game) else table


def as_gains(game: Game, amounts: Floats) -> Floats:
    """An allocation of the game, read as gains; and back."""
    return np.asarray(0.0 - amounts) if is_of_costs(game) else amounts
