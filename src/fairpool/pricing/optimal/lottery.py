"""An upper bound on what any price curve earns: the best menu of lotteries.

Let the seller offer each type not one amount but a lottery over amounts, x_i, at a price P_i:

    maximise    sum over i of q_i P_i
    subject to  P_i       <= sum over n of x_i(n) v_i(n)                        for all i
                P_i - P_j <= sum over n of (x_i(n) - x_j(n)) v_i(n)             for all i, j
                sum over n of x_i(n) = 1,  x >= 0,  P >= 0

A price curve is a menu whose lotteries are sure, so no curve earns more.  This is a linear program (on HiGHS), with
m^2 + m rows and a column for each type and cell.  Its dual is a flow f of q_i from "nothing" to each type along envy,
and for *every* such flow

    sum over i of max over n of ( sum_j f_ij v_i(n) - sum_j f_ji v_j(n) )

is an upper bound, cheap to evaluate for a million amounts: so columns are generated as they are needed, and the bound
holds whether or not all that matter have been found.  With cells, a type's own term counts ``high``, envy ``low``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fairpool.ground.arrays import Floats, Positions
from fairpool.pricing.curves.purchase import largest_maximiser
from fairpool.pricing.optimal.cell_grid import Cells
from fairpool.pricing.optimal.lottery_program import solved_program

FIRST_COLUMNS = 64  # cells of a type to begin with
MOST_ROUNDS = 40  # of column generation
CLOSE = 1e-7  # of the bound: columns that would raise the program's value by less are not asked for


@dataclass(frozen=True, slots=True, eq=False)
class Box:
    """The cells a type may take: from ``least`` to ``most``, both intp (types,), inclusive."""

    least: Positions
    most: Positions


@dataclass(frozen=True, slots=True, eq=False)
class Lottery:
    """A best menu of lotteries.

    bound: no price curve whose bundles lie in the box earns more.
    places, chances: for each type the cells drawn with a chance above 0, ascending, and those chances.
    prices: float64 (types,), of the lotteries.
    columns: for each type the cells that the program knew.
    """

    bound: float
    places: tuple[Positions, ...]
    chances: tuple[Floats, ...]
    prices: Floats
    columns: tuple[Positions, ...]

    def chosen_places(self, values: Floats, *, tie: Floats) -> Positions:
        """A sure menu near this one: what each type takes of all cells drawn at the price max_i (v_i(n) - u_i).

        u_i is what type i gains by its lottery: at these prices no cell gives it more, and one of its own as much.
        Returns intp (types,); there are prices for it, as types chose, if ``tie`` (in money, see `purchase`) is 0.
        With a tie as large as the errors of the program, types take what it meant for them.
        values: float64 (types, cells); tie: float64 (types,).
        """
        offered = np.unique(np.concatenate([[0], *self.places]))
        drawn = zip(self.places, self.chances, values, strict=True)
        gains = np.array([chance @ worth[place] for place, chance, worth in drawn]) - self.prices
        worths = values[:, offered]
        utilities = worths - np.maximum((worths - gains[:, None]).max(axis=0), 0.0)
        return offered[largest_maximiser(utilities, tie=tie)]

    @property
    def is_sure(self) -> bool:
        return all(len(one) == 1 for one in self.places)


def everything(grid: Cells) -> Box:
    return Box(np.zeros(grid.types, dtype=np.intp), np.full(grid.types, grid.count - 1))


def best_lottery(
    grid: Cells, weights: Floats, box: Box, *, columns: tuple[Positions, ...] | None = None
) -> Lottery:
    """The best menu of lotteries in ``box``.

    weights: float64 (types,), not negative.  columns: cells to begin with, beside some spread evenly over the box.
    Cost: a few linear programs of (m^2 + m) rows and about 100 m columns, and O(m^2 cells) for each.
    """
    types = np.arange(grid.types)
    known = tuple(_first_columns(box, i, columns) for i in range(grid.types))
    solved = solved_program(grid, weights, known)
    bound, wanted = _bound(grid, box, _mended(solved.flow, weights))
    for _ in range(MOST_ROUNDS):
        more = tuple(np.union1d(known[i], wanted[i]) for i in types)
        if bound - solved.value <= CLOSE * bound or all(len(more[i]) == len(known[i]) for i in types):
            break
        known = more
        solved = solved_program(grid, weights, known)
        closer, wanted = _bound(grid, box, _mended(solved.flow, weights))
        bound = min(bound, closer)
    drawn = [chance > CLOSE for chance in solved.chances]
    return Lottery(
        bound,
        tuple(one[some] for one, some in zip(known, drawn, strict=True)),
        tuple(chance[some] for chance, some in zip(solved.chances, drawn, strict=True)),
        solved.prices,
        known,
    )


def _mended(flow: Floats, weights: Floats) -> Floats:
    """A flow that brings each type w_i at least: what the solver's tolerance left out comes from "nothing"."""
    positive = np.maximum(flow, 0.0)
    net = positive.sum(axis=1) - (positive.sum(axis=0) - np.diag(positive))
    return positive + np.diag(np.maximum(weights - net, 0.0))


def _bound(grid: Cells, box: Box, flow: Floats) -> tuple[float, Positions]:
    """The bound of a flow, and for each type the cell at which its term is largest."""
    between = flow - np.diag(np.diag(flow))
    terms = flow.sum(axis=1)[:, None] * grid.high - between.T @ grid.low
    types = np.arange(grid.types)
    wanted = np.array([box.least[i] + np.argmax(terms[i, box.least[i] : box.most[i] + 1]) for i in types])
    return float(terms[types, wanted].sum()), wanted


def _first_columns(box: Box, i: int, columns: tuple[Positions, ...] | None) -> Positions:
    least, most = box.least[i], box.most[i]
    spread = np.linspace(least, most, min(FIRST_COLUMNS, most - least + 1)).astype(np.intp)
    if columns is None:
        return np.unique(spread)
    given = columns[i]
    return np.union1d(spread, given[(given >= least) & (given <= most)])
