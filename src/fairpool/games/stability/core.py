"""The least core [MPS79]: the coalition treated worst is treated as well as can be.

    epsilon* = min over x with x(N) = v(N) of  max over proper S of  e(S, x),      e(S, x) = v(S) - x(S)

Where epsilon* <= 0 the core is not empty, the allocation lies in it, and no coalition would rather leave.
Where epsilon* > 0 the core is empty: leaving would have to cost a coalition epsilon* for the whole to hold together.
v is read as v - v(empty).  In a game of costs (`fairpool.games.costs`) coalitions pay, and v and x are read with the
opposite sign.

The least core is a set; the one allocation returned is whichever corner the solver ends in, and players who
are equal in the game may get different amounts.  The nucleolus (`fairpool.games.stability.nucleoli`) is one point of
it that treats equals equally.

[MPS79] Maschler, Peleg, Shapley: Geometric properties of the kernel, nucleolus, and related solution concepts,
        Mathematics of Operations Research 4(4), 1979.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fairpool.games.costs import as_gains, gains_table
from fairpool.games.game import Coalitions, Game, TableGame, coalitions_at, names_of
from fairpool.games.stability.accounts import Stability, accounts_of, excesses, largest, scale_of
from fairpool.games.stability.excess_program import (
    ExcessProgram,
    minimise_largest_excess,
    singletons_and_complements,
)
from fairpool.games.values.sums_by_size import MOST_PLAYERS_EXACT
from fairpool.ground.arrays import Floats

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class LeastCore:
    """An allocation of the least core.

    allocation  float64 (n,), sums to v(N) - v(empty)
    epsilon     the least largest excess, in the units of the game; -inf for a single player
    tightest    bool (m, n), coalitions whose excess under ``allocation`` is epsilon, at most ``most_accounts`` of them
    stability   the same coalitions and the next worst, with what each receives and what it could get alone
    players     the players' names, 0 .. n-1 where the game has none
    """

    allocation: Floats
    epsilon: float
    tightest: Coalitions
    stability: Stability
    players: tuple[Hashable, ...]

    @property
    def in_core(self) -> bool:
        """Whether the core is not empty, in which case ``allocation`` lies in it."""
        return self.stability.in_core

    def to_frame(self) -> pd.DataFrame:
        """One row per player: ``allocation``, in the units of the game."""
        import pandas as pd

        index = pd.Index(list(self.players), name="player", tupleize_cols=False)
        return pd.DataFrame({"allocation": self.allocation}, index=index)

    def __repr__(self) -> str:
        return f"LeastCore({len(self.players)} players, epsilon {self.epsilon:.4g}; {self._verdict})"

    def _repr_html_(self) -> str:
        return f"<p>{self._verdict}, epsilon {self.epsilon:.4g}</p>" + str(
            self.to_frame().to_html(max_rows=20)
        )

    @property
    def _verdict(self) -> str:
        return "in the core" if self.in_core else "the core is empty"


def least_core(game: Game, *, most_accounts: int = 10, most_players: int = MOST_PLAYERS_EXACT) -> LeastCore:
    """Find an allocation of the least core by linear programming (HiGHS) with constraint generation.

    Parameters
    ----------
    game : Game
        n players.
    most_accounts : int
        How many coalitions are listed in the report on its stability.
    most_players : int
        More players than this are refused, unless the game is a `TableGame`.

    Returns
    -------
    LeastCore
        ``allocation``, float64 (n,) in the units of the game, and the largest excess under it.

    Raises
    ------
    InputError
        Beyond ``most_players`` players.

    Notes
    -----
    2**n evaluations unless ``game`` is a `TableGame`, then some dozen small programs and O(2**n) for each.

    References
    ----------
    [MPS79]_

    .. [MPS79] Maschler, Peleg, Shapley: Geometric properties of the kernel, nucleolus, and related solution
       concepts, 1979.

    Examples
    --------
    The left glove is scarce: the core gives its owner everything.

    >>> from fairpool.games.textbook.classical import GloveGame
    >>> found = least_core(GloveGame(1, 2))
    >>> found.allocation.round(9).tolist(), found.in_core
    ([1.0, 0.0, 0.0], True)
    """
    table = gains_table(game, most_players=most_players)
    allocation = _least_core_allocation(table) if table.players > 1 else table.values[1:] - table.values[0]
    report = accounts_of(game, table, allocation, most_accounts)
    return LeastCore(
        allocation=as_gains(game, allocation),
        epsilon=report.largest_excess,
        tightest=_tightest(table, allocation, report, most_accounts),
        stability=report,
        players=names_of(game),
    )


def _least_core_allocation(table: TableGame) -> Floats:
    scale = scale_of(table)
    program = first_program((table.values - table.values[0]) / scale, floor=np.full(table.players, -np.inf))
    return (
        minimise_largest_excess(program, singletons_and_complements(table.players)).allocation * scale + 0.0
    )


def first_program(values: Floats, floor: Floats) -> ExcessProgram:
    """Every proper coalition is open, only the grand coalition is settled (and nothing in a game of nobody)."""
    n = len(floor)
    proper = np.ones(2**n, dtype=bool)
    proper[[0, -1]] = False
    return ExcessProgram(
        values=values,
        open=proper,
        settled=np.ones((1, n), dtype=bool)[:n],
        amounts=values[-1:][:n],
        floor=floor,
        ceiling=np.full(n, np.inf),
    )


def _tightest(table: TableGame, allocation: Floats, report: Stability, most: int) -> Coalitions:
    excess = excesses(table, allocation)[1:-1]
    positions = largest(excess, most)
    tight = excess[positions] >= report.largest_excess - report.tolerance
    return coalitions_at(positions[tight] + 1, table.players)
