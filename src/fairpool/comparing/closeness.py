"""How close rows come to the rows of another table, in units of that table's own spacing.

    V       the distinct rows of a table
    R(v)    distance from v in V to the nearest other row of V
    close   |x - v| / R(v): 0 where x equals v, 1 where it is as far as the nearest other row

The unit follows the density of V: what is close among few rows is far among many.  Distances are Euclidean, from a
matrix product of centred rows, which is exact enough where R(v) is not tiny; rows of V closer than `RESOLVED` to each
other count as copies of each other, and nothing is close to them but what is equal.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fairpool.comparing.same_rows import distinct_rows
from fairpool.ground.arrays import Bool, Booleans, Float, Floats, Int, Integers, Positions

RESOLVED = 1e-5  # times the longest row of V
FARTHEST = 10.0  # ranges of V from V: a row beyond is brought to there, where it is close to nothing
CELLS = 2**22  # distances held at a time
MOST_WORK = 2**36  # pairs of rows times (columns + 16): beyond, V is thinned to evenly spaced rows


@dataclass(frozen=True, slots=True, eq=False)
class Closeness:
    """by_row: of every row, how close it comes to V.  by_task_row: of every v in V, how close each table comes."""

    by_row: Float[Floats, " rows"]
    by_task_row: Float[Floats, "task_rows tables"]


@dataclass(frozen=True, slots=True, eq=False)
class SpacedRows:
    """The distinct rows V of a table, with the distances to the nearest two others (inf where there are none).

    times        int64 (u,): how often each stands in the table
    rows         of the whole table, and
    equal_pairs  how many pairs of them are equal
    """

    points: Float[Floats, "u columns"]
    times: Int[Integers, " u"]
    nearest: Float[Floats, " u"]
    second: Float[Floats, " u"]
    rows: int
    equal_pairs: int

    @classmethod
    def of(cls, table: Float[Floats, "rows columns"], *, against: int) -> SpacedRows:
        """The distinct rows of a table, thinned where they are to be compared with so many rows ``against``."""
        found = distinct_rows(table)
        most = max(MOST_WORK // ((table.shape[1] + 16) * (against + len(table))), 1)
        kept = np.arange(0, len(found), -(-len(found) // most))
        points, times = table[found.first[kept]], np.bincount(found.number).astype(np.int64)
        nearest, second = _two_nearest(points - points.mean(axis=0))
        pairs = int((times * (times - 1) // 2).sum())
        return cls(points, times[kept], nearest, second, len(table), pairs)

    @property
    def resolved(self) -> Bool[Booleans, " u"]:
        """Which rows have others at a distance that rounding leaves alone."""
        longest = float(np.sqrt((self._centred**2).sum(axis=1).max()))
        return np.isfinite(self.nearest) & (self.nearest > RESOLVED * longest)

    @property
    def _centred(self) -> Floats:
        return self.points - self.points.mean(axis=0)

    def closeness(self, rows: Float[Floats, "rows columns"], starts: Int[Positions, " tables"]) -> Closeness:
        """Of rows of several tables, one after the other, each from its start on.  O(u N columns), blocks of 32 MB."""
        low, high = self.points.min(axis=0), self.points.max(axis=0)
        wide = FARTHEST * np.maximum(high - low, 1.0)
        x = np.clip(rows, low - wide, high + wide) - self.points.mean(axis=0)
        right = np.vstack([-2 * x.T, np.ones(len(x)), (x**2).sum(axis=1)])
        by_row = np.full(len(x), np.inf)
        by_task_row = np.full((len(self.points), len(starts)), np.inf)
        usable = np.flatnonzero(self.resolved)
        step = max(CELLS // len(x), 1)
        for block in np.split(usable, range(step, len(usable), step)):
            v, unit = self._centred[block], self.nearest[block, None] ** 2
            left = np.column_stack([v, (v**2).sum(axis=1), np.ones(len(block))]) / unit
            squares = np.maximum(left @ right, 0.0)
            by_row = np.minimum(by_row, squares.min(axis=0, initial=np.inf))
            by_task_row[block] = np.minimum.reduceat(squares, starts, axis=1)
        return Closeness(np.sqrt(by_row), np.sqrt(by_task_row))


def _two_nearest(points: Floats) -> tuple[Floats, Floats]:
    """Distances from each of different points to the nearest two others."""
    lengths = (points**2).sum(axis=1)
    nearest, second = np.full((2, len(points)), np.inf)
    step = max(CELLS // len(points), 1)
    for start in range(0, len(points), step):
        some = np.arange(start, min(start + step, len(points)))
        squares = np.maximum(lengths[some, None] + lengths - 2 * points[some] @ points.T, 0.0)
        squares[np.arange(len(some)), some] = np.inf
        two = np.sort(np.partition(squares, min(1, len(points) - 1), axis=1)[:, :2], axis=1)
        nearest[some] = np.sqrt(two[:, 0])
        second[some] = np.sqrt(two[:, 1]) if two.shape[1] > 1 else np.inf
    return nearest, second
