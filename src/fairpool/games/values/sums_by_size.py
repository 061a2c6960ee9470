"""A game added up by coalition size, which is all that a semivalue needs to know of it.

T(c)    ``totals``          sum of v(S) over the coalitions of size c
A_i(c)  ``containing``      the same over those that contain player i
D_i(c)  ``marginals``       sum of v(S + i) - v(S) over the coalitions S of size c without i,
                            which is A_i(c+1) - (T(c) - A_i(c))
z_i(c)  ``mean_marginals``  D_i(c) / binom(n-1, c), the z_i(c) of [HWROT22] (section 3.3)

The table is read as a grid: rows are the coalitions of the upper half of the players, columns those of the
lower half.  Adding up rows of equal size leaves everything about the lower players in an array of (n/2 + 1)
2**(n/2) numbers, and the same on the transposed grid the upper players.  So the whole costs two passes over
the table, O(2**n) additions instead of the O(n 2**n) of one pass per player, and O(2**(3n/4)) extra memory.

Sums that are later subtracted from each other are added in the same order, so signs are exact: where v(S + i)
>= v(S) for all S, no marginal sum is negative, and a null player's are 0.0, not 1e-17.

[HWROT22] Han, Wooldridge, Rogers, Ohrimenko, Tschiatschek: Replication-robust payoff allocation in submodular
          cooperative games, arXiv:2006.14583.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fairpool.games.game import Game, TableGame, player_count, tabulate
from fairpool.ground.arrays import Floats
from fairpool.ground.errors import InputError
from fairpool.ground.quantities import whole_number

MOST_PLAYERS_EXACT = 20  # 2**20 evaluations; beyond, a caller has to ask for it


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class SizeSums:
    """Totals of a game by coalition size c.

    totals      float64 (n + 1,)
    containing  float64 (n, n + 1)
    marginals   float64 (n, n); all are indexed by c last
    """

    totals: Floats
    containing: Floats
    marginals: Floats

    def __repr__(self) -> str:
        return f"SizeSums({self.players} players)"

    @property
    def players(self) -> int:
        return len(self.totals) - 1

    @property
    def mean_marginals(self) -> Floats:
        """z_i(c): float64 (n, n), mean of v(S + i) - v(S) over the coalitions S of size c without i."""
        n = self.players
        return self.marginals / np.array([math.comb(n - 1, c) for c in range(n)], dtype=np.float64)


def size_sums(game: Game, *, most_players: int = MOST_PLAYERS_EXACT) -> SizeSums:
    """Add ``game`` up by coalition size.

    Cost O(2**n) additions from a ready table; rounding errors are of the order 1e-14 of the largest |v|,
    after division by the number of coalitions.  Raises InputError as `exact_table` does.
    """
    table = exact_table(game, most_players=most_players)
    n = table.players
    lower = n // 2
    grid = table.values.reshape(2 ** (n - lower), 2**lower)
    of_lower = _add_rows_of_equal_size(grid)
    of_upper = _add_rows_of_equal_size(grid.T)
    parts = [_with_and_without(of_lower, i) for i in range(lower)]
    parts += [_with_and_without(of_upper, i) for i in range(n - lower)]
    containing = np.array([with_player for with_player, _ in parts]).reshape(n, n)
    lacking = np.array([without for _, without in parts]).reshape(n, n)
    return SizeSums(
        totals=_added_by_size(of_lower, _sizes(of_lower)),
        containing=np.pad(containing, ((0, 0), (1, 0))),
        marginals=containing - lacking,
    )


def exact_table(game: Game, *, most_players: int = MOST_PLAYERS_EXACT) -> TableGame:
    """All 2**n values of ``game``, unless that was not asked for.

    A `TableGame` is taken as it is.  Raises InputError where another game has more than ``most_players``
    players, and where one of its values is not finite.
    """
    n = player_count(game)
    if n > whole_number(most_players, what="most_players") and not isinstance(game, TableGame):
        raise InputError(
            f"{n} players: an exact value needs all 2**{n} values, and the limit is {most_players} players; "
            f"estimate it instead (fairpool.games.estimation.estimate), or ask for it with most_players={n}"
        )
    return tabulate(game)


def _add_rows_of_equal_size(grid: Floats) -> Floats:
    """(2**a, m) -> (a + 1, m): row c is the sum of the rows whose position has c bits set."""
    size = np.bitwise_count(np.arange(len(grid)))
    return np.stack([grid[size == c].sum(axis=0) for c in range(int(size[-1]) + 1)])


def _with_and_without(sums: Floats, player: int) -> tuple[Floats, Floats]:
    """Sums over the coalitions with and without a player of the columns, by the number c = 0 .. n-1 of the others.

    sums: (a + 1, 2**b), row = members among the a players already added up, column = coalition of the other b.
    """
    without, with_player = np.moveaxis(sums.reshape(len(sums), -1, 2, 2**player), 2, 0)
    others = _sizes(sums).reshape(len(sums), -1, 2, 2**player)[:, :, 0]
    return _added_by_size(with_player, others), _added_by_size(without, others)


def _added_by_size(sums: Floats, sizes: NDArray[np.int64]) -> Floats:
    return np.bincount(sizes.ravel(), weights=sums.ravel()).astype(np.float64)


def _sizes(sums: Floats) -> NDArray[np.int64]:
    """Coalition size of every entry of an array as in `_with_and_without`."""
    rows, columns = sums.shape
    return np.add.outer(np.arange(rows), np.bitwise_count(np.arange(columns)).astype(np.int64))
