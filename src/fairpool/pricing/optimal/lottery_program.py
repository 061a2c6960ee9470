"""The linear program of `lottery` over the columns known so far.

Variables: x_i(n) for each known cell n of each type i, prices P_i, escapes E_i, all >= 0.

    maximise    sum over i of w_i P_i - ESCAPE (sum of w) sum over i of E_i
    row (i, j)  P_i - P_j - sum over n of (x_i(n) high_i(n) - x_j(n) low_i(n)) - E_i <= 0,    i != j
    row (i, i)  P_i - sum over n of x_i(n) high_i(n) - E_i <= 0
    row i       sum over n of x_i(n) = 1

Everything of type i is measured in s_i, what all rows are worth to it, or `LEAST_UNIT` of the largest such worth if
that is more, and the objective in its largest coefficient: the solver's tolerances are absolute.

E_i pays type i to take its lottery, so that there always is a solution.  This only adds to the menus allowed, so the
value remains an upper bound; it happens where the box admits no prices at all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import linprog

from fairpool.ground.arrays import Floats, Positions
from fairpool.pricing.optimal.cell_grid import Cells

ESCAPE = 20.0
LEAST_UNIT = 1e-8


@dataclass(frozen=True, slots=True, eq=False)
class Solved:
    """value; chances: x_i of each type's known cells; prices: P, float64 (types,);
    flow: f, float64 (types, types): f_ii from "nothing", f_ij how much i's price leans on j's.
    """

    value: float
    chances: tuple[Floats, ...]
    prices: Floats
    flow: Floats


def solved_program(grid: Cells, weights: Floats, known: tuple[Positions, ...]) -> Solved:
    """Solve it on HiGHS: m^2 + m rows, as many columns as known cells and 2 m more.

    Where HiGHS finds no solution in any of three ways (seen: none), all rows for nothing stand in for it.
    """
    m, widths = grid.types, [len(one) for one in known]
    units = np.maximum(grid.high[:, -1], LEAST_UNIT * (float(grid.high.max()) or 1.0))
    earned = weights * units
    largest = float(earned.max())
    scaled = Cells(grid.amounts, grid.low / units[:, None], grid.high / units[:, None])
    result = _solution(
        np.concatenate([np.zeros(sum(widths)), -earned, np.full(m, ESCAPE * earned.sum())]) / largest,
        A_ub=np.hstack(
            [_cells_in_rows(scaled, known), _prices_in_rows(units), -np.repeat(np.eye(m), m, axis=0)]
        ),
        b_ub=np.zeros(m * m),
        A_eq=np.hstack([np.repeat(np.eye(m), widths, axis=1), np.zeros((m, 2 * m))]),
        b_eq=np.ones(m),
    )
    if result is None:
        return Solved(0.0, tuple(np.eye(width)[-1] for width in widths), np.zeros(m), np.diag(weights))
    ends = np.cumsum(widths)
    chances = tuple(np.split(result.x[: ends[-1]], ends[:-1]))
    prices = result.x[ends[-1] : ends[-1] + m] * units
    flow = -result.ineqlin.marginals.reshape(m, m) * largest / units[:, None]
    return Solved(-float(result.fun) * largest, chances, prices, flow)


def _solution(cost: Floats, **rows: Any) -> Any:
    """What linprog returns, or None.

    Without presolve, then by interior points, where the usual way fails: rows with coefficients of 1e-12 were seen to
    end in "presolve error" or an unknown status.
    """
    solve: Any = linprog
    for method, presolve in (("highs", True), ("highs", False), ("highs-ipm", False)):
        result = solve(cost, method=method, options={"presolve": presolve}, **rows)
        if result.x is not None and result.status == 0:
            return result
    return None


def _cells_in_rows(grid: Cells, known: tuple[Positions, ...]) -> Floats:
    """Minus v_i of i's own cells, plus v_i of j's: float64 (m^2, known cells)."""
    m = grid.types
    owner = np.repeat(np.arange(m), [len(one) for one in known])
    place = np.concatenate(known)
    i, j = (index.reshape(-1, 1) for index in np.indices((m, m)))
    own = np.where(owner == i, -grid.high[i, place], 0.0)
    return own + np.where((owner == j) & (i != j), grid.low[i, place], 0.0)


def _prices_in_rows(units: Floats) -> Floats:
    """P_i - P_j, and P_i alone where i = j, in i's units: float64 (m^2, m)."""
    m = len(units)
    i, j = (index.reshape(-1, 1) for index in np.indices((m, m)))
    types = np.arange(m)
    return (types == i).astype(np.float64) - ((types == j) & (i != j)) * (units[j] / units[i])
