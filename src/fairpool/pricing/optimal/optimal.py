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
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fairpool.ground.arrays import Floats, Positions
from fairpool.ground.errors import InputError
from fairpool.ground.progress import unwatched
from fairpool.ground.tabular import Tabular
from fairpool.pricing.curves.curve import PriceCurve
from fairpool.pricing.curves.purchase import Purchases, expected_revenue, purchases
from fairpool.pricing.curves.valuations import Valuations, checked_probabilities
from fairpool.pricing.optimal.branch_and_bound import GapWatch, best_assignment
from fairpool.pricing.optimal.cell_grid import Cells, cells
from fairpool.pricing.optimal.single_crossing import best_ordered_places, crossing_order
from fairpool.pricing.optimal.tight_menu import tight_prices

GAP = 1e-6
MOST_BOXES = 5_000
MANY_AMOUNTS = 10_000
COARSE = (2_000.0, 50_000.0)
DYNAMIC_PROGRAM = "dynamic program"
BRANCH_AND_BOUND = "branch and bound"

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class OptimalCurve(Tabular):
    """A curve, and how good it is.

    revenue: what a buyer pays on average, sum of q_i p(n_{i,p}).
    purchases: what each type buys.
    upper_bound: no curve has a revenue above this, up to rounding.
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

    def to_frame(self) -> pd.DataFrame:
        """Of the curve: one row per bundle."""
        return self.curve.to_frame()

    def headline(self) -> str:
        """What a buyer pays on average, the bound, and the curve."""
        return f"revenue {self.revenue:.6g} a buyer, at most {self.bound:.3g} below the best; {self.curve.headline()}"


def optimal_curve(
    valuations: Valuations,
    probabilities: ArrayLike,
    *,
    gap: float = GAP,
    most_boxes: int = MOST_BOXES,
    progress: GapWatch = unwatched,
) -> OptimalCurve:
    """The best curve for types that come with ``probabilities``.

    gap: how much more, relative to its revenue, a better curve may earn; 0 asks for the best to the last digit.
    most_boxes: where to stop at the latest; ``upper_bound`` tells what is left open then.
    Cost: O(m N) for ordered types; otherwise O(m^2 N) and two small linear programs a box, often one box, though in
    the worst case their number is exponential in m.
    Raises InputError for probabilities that are no distribution over the types, and for a negative gap.
    """
    q = checked_probabilities(probabilities, valuations.types)
    if not 0 <= gap < np.inf:
        raise InputError(f"gap: got {gap:g}, expected a number from 0 up, such as 0.001")
    coming = _of_types(valuations, q > 0)
    values = cells(coming)
    order = crossing_order(values.high)
    if order is None:
        curve, upper_bound, boxes = _searched(coming, q[q > 0], gap, most_boxes, progress)
        return _optimal(curve, upper_bound, valuations, q, BRANCH_AND_BOUND, boxes)
    places = best_ordered_places(values.high, q[q > 0], order)
    return _optimal(assigned_curve(values, places, valuations), 0.0, valuations, q, DYNAMIC_PROGRAM, 0)


def _searched(
    valuations: Valuations, q: Floats, gap: float, most_boxes: int, progress: GapWatch
) -> tuple[PriceCurve, float, int]:
    """Branch and bound, on finer and finer cells until the gap is as small as asked for.

    Returns the best curve, the least upper bound, and the boxes looked at.  Cells hardly tell a gap below their width,
    and only the finest may use up the boxes.
    """
    boxes, upper_bound, first, curves = 0, np.inf, None, []
    for parts in _coarseness(valuations):
        grid = cells(valuations, tolerance=valuations.values[:, -1] / parts)
        seen = max(gap, 1 / parts)
        most = most_boxes - boxes if np.isinf(parts) else most_boxes // 3
        found = best_assignment(grid, q, gap=seen, most_boxes=most, first=first, progress=progress)
        first = grid.amounts[found.places]
        boxes, upper_bound = boxes + found.boxes, min(upper_bound, found.upper_bound)
        curves.append(assigned_curve(grid, found.places, valuations))
        best = max(curves, key=lambda curve: expected_revenue(curve, valuations, q))
        if upper_bound <= expected_revenue(best, valuations, q) * (1 + gap) or boxes >= most_boxes:
            break
    return best, upper_bound, boxes


def assigned_curve(grid: Cells, places: Sequence[int] | Positions, valuations: Valuations) -> PriceCurve:
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


def _coarseness(valuations: Valuations) -> tuple[float, ...]:
    """Into how many parts of what all rows are worth amounts are told apart: all, in the end."""
    many = len(valuations.amounts) > MANY_AMOUNTS
    return (*COARSE, np.inf) if many else (np.inf,)


def _of_types(valuations: Valuations, some: NDArray[np.bool_]) -> Valuations:
    if some.all():
        return valuations
    names = tuple(name for name, kept in zip(valuations.names, some, strict=True) if kept)
    return Valuations(valuations.amounts, valuations.values[some], names)


def _optimal(
    curve: PriceCurve, upper_bound: float, valuations: Valuations, q: Floats, method: str, boxes: int
) -> OptimalCurve:
    revenue = expected_revenue(curve, valuations, q)
    bought = purchases(curve, valuations)
    return OptimalCurve(curve, revenue, bought, max(upper_bound, revenue), method, boxes)
