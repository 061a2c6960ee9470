"""The best assignment of amounts to types, and proof of how good it is.

Branch and bound: a box says from which cells each type may take its own.  The best menu of lotteries in a box bounds
what any curve with its bundles there earns (`lottery`); rounding it and climbing (`ascent`) gives a curve.  A box whose
bound promises more than ``gap`` above the best curve so far is halved where the lottery of some type is spread most.

Lotteries bound tightly: in most markets seen here the first bound is within one per cent of what the first curve
earns, and often equal to it.  In the worst case the number of boxes is exponential in the number of types.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import count

import numpy as np

from fairpool.ground.arrays import Floats, Integers, Positions
from fairpool.ground.progress import unwatched
from fairpool.pricing.curves.purchase import TIE
from fairpool.pricing.optimal.ascent import improved
from fairpool.pricing.optimal.cell_grid import Cells
from fairpool.pricing.optimal.lottery import Box, Lottery, best_lottery, everything
from fairpool.pricing.optimal.tight_menu import tight_prices

GapWatch = Callable[[int, float], None]
"""Called with the boxes looked at, and by which part more than the best one found a curve may still earn."""


@dataclass(frozen=True, slots=True, eq=False)
class Assignment:
    """places: intp (types,), the cell of each type; worth: what its tight prices bring; upper_bound: what no curve
    on these cells exceeds; boxes: how many were looked at.
    """

    places: Positions
    worth: float
    upper_bound: float
    boxes: int


def best_assignment(
    grid: Cells,
    weights: Floats,
    *,
    gap: float,
    most_boxes: int,
    first: Integers | None = None,
    progress: GapWatch = unwatched,
) -> Assignment:
    """Search until no curve can earn more than (1 + gap) times what was found, or ``most_boxes`` were looked at.

    weights: float64 (types,), not negative, not all zero.
    first: int64 (types,), amounts to begin with, such as those that were best on coarser cells.
    ``progress`` is told the boxes so far and the relative gap.
    """
    unit, total = float(grid.high.max()) or 1.0, float(weights.sum())  # the solver's tolerances are absolute
    search = _Search(Cells(grid.amounts, grid.low / unit, grid.high / unit), weights / total, gap)
    if first is not None:
        search.begin(np.searchsorted(grid.amounts, first))
    search.enter(everything(grid), None)
    while search.promises_more() and search.boxes < most_boxes:
        search.halve_most_promising()
        progress(search.boxes, search.relative_gap)
    return search.result(unit * total)


class _Search:
    """Boxes that may still hold something better, the most promising first."""

    def __init__(self, grid: Cells, weights: Floats, gap: float) -> None:
        self._grid, self._weights, self._gap = grid, weights, gap
        self._open: list[tuple[float, int, Box, Lottery]] = []
        self._order = count()
        self._places = np.zeros(grid.types, dtype=np.intp)
        self._worth = 0.0
        self._closed = 0.0  # the largest bound of a box that is not looked at any more
        self.boxes = 0

    def begin(self, places: Positions) -> None:
        worth = float(tight_prices(self._grid.high, places[None])[0] @ self._weights)
        if worth > self._worth:
            self._places, self._worth = places, worth

    def enter(self, box: Box, parent: Lottery | None) -> None:
        self.boxes += 1
        lottery = best_lottery(
            self._grid, self._weights, box, columns=None if parent is None else parent.columns
        )
        self._round(lottery)
        if self._is_promising(lottery.bound):
            heapq.heappush(self._open, (-lottery.bound, next(self._order), box, lottery))
        else:
            self._closed = max(self._closed, lottery.bound)

    def promises_more(self) -> bool:
        return bool(self._open) and self._is_promising(-self._open[0][0])

    def halve_most_promising(self) -> None:
        _, _, box, lottery = heapq.heappop(self._open)
        cut = _cut(self._grid, box, lottery)
        if cut is None:
            self._closed = max(self._closed, lottery.bound)
            return
        i, last = cut
        below, above = box.most.copy(), box.least.copy()
        below[i], above[i] = last, last + 1
        self.enter(replace(box, most=below), lottery)
        self.enter(replace(box, least=above), lottery)

    @property
    def relative_gap(self) -> float:
        return self._upper_bound / self._worth - 1 if self._worth > 0 else np.inf

    def result(self, unit: float) -> Assignment:
        return Assignment(self._places, unit * self._worth, unit * self._upper_bound, self.boxes)

    @property
    def _upper_bound(self) -> float:
        promised = -self._open[0][0] if self._open else 0.0
        return max(self._worth, self._closed, promised)

    def _is_promising(self, bound: float) -> bool:
        return bound > self._worth * (1 + self._gap)

    def _round(self, lottery: Lottery) -> None:
        """A sure menu near the lotteries; the first is climbed from, later ones where they are the best so far."""
        values = self._grid.high
        likeliest = [c[np.argmax(x)] for c, x in zip(lottery.places, lottery.chances, strict=True)]
        chosen = [lottery.chosen_places(values, tie=tie * values[:, -1]) for tie in (0.0, TIE)]
        tried = np.array([*chosen, likeliest])
        worths = tight_prices(values, tried) @ self._weights
        best = int(np.argmax(worths))
        if np.isfinite(worths[best]) and (self.boxes == 1 or worths[best] > self._worth):
            places, worth = improved(values, self._weights, tried[best], lottery.columns)
            if worth > self._worth:
                self._places, self._worth = places, worth


def _cut(grid: Cells, box: Box, lottery: Lottery) -> tuple[int, int] | None:
    """Where to halve a box: a type, and the last cell of the lower half; None where halving would not help."""
    if lottery.is_sure:
        sold = np.unique(np.concatenate(lottery.places))
        if (grid.low[:, sold] != grid.high[:, sold]).any():
            return None  # what is left of the gap is the cells' width
        i = int(np.argmax(box.most - box.least))
        least, most = int(box.least[i]), int(box.most[i])
        return None if least == most else (i, (least + most) // 2)
    i = int(np.argmax([_spread(grid.high[i], lottery, i) for i in range(grid.types)]))
    cells, chances = lottery.places[i], lottery.chances[i]
    middle = int(cells @ chances / chances.sum())
    return i, min(max(middle, int(cells[0])), int(cells[-1]) - 1)


def _spread(values: Floats, lottery: Lottery, i: int) -> float:
    """How far a type's lottery is spread, in what the cells are worth to it; at least a cell's breadth if at all."""
    cells, chances = lottery.places[i], lottery.chances[i]
    if len(cells) == 1:
        return -1.0
    worth = values[cells]
    return float(chances @ np.abs(worth - worth @ chances / chances.sum()))
