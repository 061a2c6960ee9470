"""The curve that earns most from known types of buyers.

    OPT = max over curves p of  sum over types i of q_i p(n_{i,p})

Some best curve has a bundle for each type that buys, at the highest prices that keep everybody with its own
(`tight_prices`), so only the bundles are searched for: by a dynamic program where types are ordered
(`single_crossing`), else by branch and bound (`branch_and_bound`).  Either way the result says how much more any curve
could earn at most.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fairpool.pricing.curves.curve import PriceCurve
from fairpool.pricing.curves.purchase import Purchases, expected_revenue, purchases
from fairpool.pricing.curves.valuations import Valuations, checked_probabilities
from fairpool.pricing.known_types.branch_and_bound import Progress, best_assignment, unwatched
from fairpool.pricing.known_types.cells import Cells, cells
from fairpool.pricing.known_types.single_crossing import best_ordered_places, crossing_order
from fairpool.pricing.known_types.tight_prices import tight_prices

Floats = NDArray[np.float64]
Places = NDArray[np.intp]

GAP = 1e-6
MOST_BOXES = 5_000
MANY_AMOUNTS = 10_000
COARSE = (2_000, 50_000)  # parts of the largest value that amounts are told apart by, before all are
DYNAMIC_PROGRAM = "dynamic program"
BRANCH_AND_BOUND = "branch and bound"


@dataclass(frozen=True, slots=True, eq=False)
class OptimalCurve:
    """A curve, and how good it is.

    revenue: what a buyer pays on average, sum of q_i p(n_{i,p}).
    purchases: what each type buys.
    upper_bound: no curve has a revenue above this, up to the tolerance of the linear programs (about 1e-7 of it).
    method: how it was found; boxes: how many linear programs' worth of work.
    """

    curve: PriceCurve
    revenue: float
    purchases: Purchases
    upper_bound: float
    method: str
    boxes: int = 0

    @property
    def bound(self) -> float:
        """How much more any curve could earn, at most."""
        return self.upper_bound - self.revenue


def optimal_curve(
    valuations: Valuations,
    probabilities: ArrayLike,
    *,
    gap: float = GAP,
    most_boxes: int = MOST_BOXES,
    progress: Progress = unwatched,
) -> OptimalCurve:
    """The best curve for types that come with ``probabilities``.

    gap: how much more, relative to its revenue, a better curve may earn; 0 asks for the best to the last digit.
    most_boxes: where to stop at the latest; ``upper_bound`` tells what is left open then.
    Cost: O(m N) for ordered types; otherwise O(m^2 N) and two small linear programs a box, often one box, though in
    the worst case their number is exponential in m.
    Raises InputError for probabilities that are no distribution over the types.
    """
    q = checked_probabilities(probabilities, valuations.types)
    some = q > 0
    values = _of_types(cells(valuations), some)
    order = crossing_order(values.high)
    if order is None:
        return _searched(valuations, q, gap, most_boxes, progress)
    places = best_ordered_places(values.high, q[some], order)
    return _optimal(assigned_curve(values, places, valuations), 0.0, valuations, q, DYNAMIC_PROGRAM)


def _searched(
    valuations: Valuations, q: Floats, gap: float, most_boxes: int, progress: Progress
) -> OptimalCurve:
    """Branch and bound, on finer and finer cells until the gap is as small as asked for."""
    some, boxes, upper_bound = q > 0, 0, np.inf
    curves = []
    for tolerance in _tolerances(valuations):
        grid = _of_types(cells(valuations, tolerance=tolerance), some)
        seen = max(
            gap, 4 * valuations.types * tolerance / max(valuations.largest, 1e-300)
        )  # what cells can tell
        found = best_assignment(grid, q[some], gap=seen, most_boxes=most_boxes - boxes, progress=progress)
        boxes, upper_bound = boxes + found.boxes, min(upper_bound, found.upper_bound)
        curves.append(assigned_curve(grid, found.places, valuations))
        best = max(curves, key=lambda curve: expected_revenue(curve, valuations, q))
        if upper_bound <= expected_revenue(best, valuations, q) * (1 + gap) or boxes >= most_boxes:
            break
    return _optimal(best, upper_bound, valuations, q, BRANCH_AND_BOUND, boxes)


def assigned_curve(grid: Cells, places: Sequence[int] | Places, valuations: Valuations) -> PriceCurve:
    """The curve with a bundle for each place, at tight prices, and all N rows for what they are worth at most."""
    assigned = np.asarray(places, dtype=np.intp)
    prices = tight_prices(grid.high, assigned[None])[0]
    sold, first = np.unique(assigned, return_index=True)
    amounts, asked = grid.amounts[sold], np.maximum.accumulate(prices[first])
    if amounts[-1] < valuations.most:
        amounts = np.append(amounts, valuations.most)
        asked = np.append(asked, max(valuations.largest, float(asked[-1])))
    some = amounts > 0
    return PriceCurve(amounts[some], asked[some])


def _tolerances(valuations: Valuations) -> list[float]:
    """How coarsely amounts are looked at, coarse first where there are very many; exactly in the end."""
    many = len(valuations.amounts) > MANY_AMOUNTS
    return [*(valuations.largest / parts for parts in COARSE if many), 0.0]


def _of_types(grid: Cells, some: NDArray[np.bool_]) -> Cells:
    return grid if some.all() else Cells(grid.amounts, grid.low[some], grid.high[some])


def _optimal(
    curve: PriceCurve, upper_bound: float, valuations: Valuations, q: Floats, method: str, boxes: int = 0
) -> OptimalCurve:
    revenue = expected_revenue(curve, valuations, q)
    bought = purchases(curve, valuations)
    return OptimalCurve(curve, revenue, bought, max(upper_bound, revenue), method, boxes)
