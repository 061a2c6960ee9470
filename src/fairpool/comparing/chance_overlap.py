"""How many validation rows an honest party's rows meet by chance.

    n, m    rows of the party, and of the task
    V       the distinct feature rows of the task; R(v): distance from v to the nearest other one
    W(g)    how many v have a row of the party within g R(v); W(0): an equal one
    c       the chance that two honest rows are equal in all columns
    q(g)    how many v one honest row meets on average

Then E W(0) <= n m c and E W(g) <= n q(g): of several rows that meet one v, one counts, so a row that is handed in many
times counts once.  c and q are bounded in two ways, and the smaller bound is taken.

**By the task's own rows**, which are as honest as any.  The pairs of equal rows among them are m (m - 1) c / 2 on
average, and the rows whose nearest is within g times the distance of their second nearest m q(g): exactly, if the
party's rows are of one law with the task's.  The bound is the upper quantile of the negative binomial law that predicts
a Poisson count (of exposure n m, or n) from another (of exposure m (m - 1) / 2, or m / 2, since nearest rows come in
pairs), whose rate has a flat prior.

**By the task's columns**: c <= sqrt(product of c_j), c_j the chance that two rows are equal in column j, and q(g) <=
g^(D/2) + m c, D the dimension in which distances grow: m / sum of log(second nearest / nearest) [FAC17], at most the
number of such columns.  The roots say "as if half of the columns only repeated the others"; columns that are sums of
others are left out before.  The bound is the upper quantile of Poisson's law.

So few columns of few values have many chance hits, and one equal row of ten measurements has none.

[FAC17]: Facco, d'Errico, Rodriguez, Laio, "Estimating the intrinsic dimension of datasets by a minimal neighborhood
information", Scientific Reports 7, 2017.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg import qr
from scipy.stats import nbinom, poisson

from fairpool.comparing.closeness import SpacedRows
from fairpool.ground.arrays import Float, Floats, Int, Integers

UNEXPLAINED = (
    0.14  # of a column's standard deviation: where others leave less (R^2 > 0.98) it has nothing of its own
)


@dataclass(frozen=True, slots=True, eq=False)
class ChanceOverlap:
    """What chance makes honest rows meet of one task.

    rows        m
    equal_pairs pairs of equal rows of the task
    own         how close each row of the task comes to the others: nearest / second nearest, 0 for equal rows
    equal       sqrt(product of c_j)
    dimension   D
    """

    rows: int
    equal_pairs: int
    own: Float[Floats, " rows"]
    equal: float
    dimension: float

    @classmethod
    def of(cls, spaced: SpacedRows) -> ChanceOverlap:
        """The law of a task: a few passes over its columns."""
        times, known = spaced.times, np.isfinite(spaced.second)
        ratio = np.ones(len(times))
        np.divide(spaced.nearest, spaced.second, out=ratio, where=known & (spaced.second > 0))
        growth = float(-np.log(np.maximum(ratio, np.finfo(float).tiny)).sum())
        columns = _different_columns(spaced.points)
        different = columns.shape[1]
        return cls(
            rows=spaced.rows,
            equal_pairs=spaced.equal_pairs,
            own=np.where(times > 1, 0.0, ratio).repeat(times),
            equal=float(np.exp(np.log(_chances_of_equal_cells(columns)).sum() / 2)),
            dimension=min(len(times) / growth, different) if growth > 0 else different,
        )

    def most(
        self, scales: Float[Floats, " scales"], rows: Int[Integers, " parties"], level: float
    ) -> Int[Integers, "parties scales"]:
        """What W of so many honest rows exceeds with at most the chance ``level``, where a bound holds."""
        m, n, equal = self.rows, rows[:, None].astype(np.float64), scales == 0
        if m < 2:
            return np.ones((len(rows), len(scales)), dtype=np.int64)
        seen = np.where(equal, self.equal_pairs, np.count_nonzero(self.own <= scales[:, None], axis=1) / 2)
        exposure = np.where(equal, m * (m - 1) / 2, len(self.own) / 2)
        smooth = np.where(equal, 0.0, scales ** (self.dimension / 2))
        by_rows = _most_by_another_count(seen, exposure, n * np.where(equal, m, 1), level)
        return np.minimum(by_rows, poisson.isf(level, n * (smooth + m * self.equal))).astype(np.int64)

    def most_repeated(self, rows: int, level: float) -> int:
        """How many pairs of so many honest rows are equal at most."""
        m, pairs = self.rows, rows * (rows - 1) / 2
        by_columns = poisson.isf(level, pairs * self.equal)
        if m < 2:
            return int(by_columns)
        by_rows = _most_by_another_count(self.equal_pairs, m * (m - 1) / 2, pairs, level)
        return int(np.minimum(by_rows, by_columns))


def _most_by_another_count(
    seen: Floats | int, exposure: Floats | float, asked: Floats | float, level: float
) -> Floats:
    """The quantile of a count of exposure ``asked``, where one of another exposure was ``seen``."""
    quantile: Floats = np.asarray(nbinom.isf(level, np.asarray(seen) + 1, exposure / (exposure + asked)))
    return quantile


def _chances_of_equal_cells(columns: Floats) -> Floats:
    """c_j of different columns; at least what one equal pair would give."""
    u = len(columns)
    pairs = u * (u - 1) / 2
    if not pairs:
        return np.ones(1)
    counts = [np.unique(column, return_counts=True)[1] for column in columns.T]
    equal = [float((times * (times - 1)).sum()) / 2 for times in counts]
    return np.maximum(equal, 1.0) / pairs


def _different_columns(points: Floats) -> Floats:
    """Columns that vary and are no sums of others: a QR decomposition takes the most different first."""
    centred = points - points.mean(axis=0)
    varying = np.flatnonzero(points.max(axis=0) > points.min(axis=0))
    if not len(varying):
        return points[:, :0]
    unit = centred[:, varying] / np.sqrt((centred[:, varying] ** 2).sum(axis=0))
    triangle, order = qr(unit, mode="r", pivoting=True)
    kept = int(np.count_nonzero(np.abs(np.diagonal(triangle)) >= UNEXPLAINED))
    return points[:, varying[order[:kept]]]
