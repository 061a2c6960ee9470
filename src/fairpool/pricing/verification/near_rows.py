"""Pairs of rows that are close to each other: noisy copies among them.

Distances are Euclidean in robustly scaled columns.  Beyond `DIRECTIONS` columns neighbours are looked up in as many
random directions, and their distances then taken in all columns: in a random direction a difference of length r looks
like r / sqrt(columns) or so, whichever columns it is in, while independent rows stay apart.  What is found is near;
a near row that is not among the `NEIGHBOURS` nearest in those directions is not found.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from fairpool.comparing.rows_in_common import NEAR, usual_radius
from fairpool.ground.arrays import Floats, Positions
from fairpool.pricing.verification.copies import PairCounts

DIRECTIONS = 6
NEIGHBOURS = 4
SLACK = 1.6  # how much longer than on average a difference may look in the random directions
MOST_PROBED = 20_000  # rows of a contributor from which the usual spacing is learned


@dataclass(frozen=True, slots=True, eq=False)
class NearPairs:
    """Pairs of rows with different content, ``later`` > ``earlier``, nearest first.

    later, earlier: intp (P,), positions among the rows given.  distances: float64 (P,).
    """

    later: Positions
    earlier: Positions
    distances: Floats

    def within(self, radius: float) -> NearPairs:
        close = int(np.searchsorted(self.distances, radius, side="right"))
        return NearPairs(self.later[:close], self.earlier[:close], self.distances[:close])

    def counts(self, owner: Positions, contributors: int) -> PairCounts:
        """How many pairs there are between any two contributors, and within each."""
        m, N = contributors, float(len(owner))
        place = owner[self.later] * m + owner[self.earlier]
        ordered = np.bincount(place, minlength=m * m).reshape(m, m).astype(np.float64)
        pairs = ordered + ordered.T
        np.fill_diagonal(pairs, ordered.diagonal())
        degree = np.bincount(np.append(self.later, self.earlier), minlength=len(owner)).astype(np.float64)
        sizes = np.bincount(owner, minlength=m).astype(np.float64)
        fans = float((degree * (degree - 1)).sum()) / max(N * (N - 1) * (N - 2), 1.0)
        return PairCounts(pairs, sizes, fans, unseen=float(np.log(2)))


def near_pairs(points: Floats, radius: float, *, rng: np.random.Generator) -> NearPairs:
    """All pairs within ``radius`` among the nearest neighbours of each row.

    points: float64 (N, columns).  Cost O(N log N) look-ups in a tree of at most `DIRECTIONS` dimensions.
    """
    flat, reach = _projected(points, radius, rng)
    neighbours = min(NEIGHBOURS + 1, len(points))
    _, found = cKDTree(flat).query(flat, k=neighbours, distance_upper_bound=np.nextafter(reach, np.inf))
    row = np.repeat(np.arange(len(points)), neighbours)
    other = np.asarray(found).ravel()
    real = (other < len(points)) & (other != row)
    low, high = np.minimum(row[real], other[real]), np.maximum(row[real], other[real])
    once = np.unique(low.astype(np.int64) * len(points) + high)
    earlier, later = once // len(points), once % len(points)
    distances = _distances(points, later, earlier)
    close = np.argsort(distances, kind="stable")[: int(np.count_nonzero(distances <= radius))]
    return NearPairs(later[close], earlier[close], distances[close])


def usual_spacing(points: Floats, owner: Positions, contributors: int) -> float:
    """The usual distance from a row to the nearest different row of the same contributor; 0 where there is none."""
    tables = [_thinned(points[owner == i]) for i in range(contributors) if (owner == i).any()]
    return usual_radius([(table, np.zeros(len(table))) for table in tables]) / NEAR


def _thinned(table: Floats) -> Floats:
    """At most `MOST_PROBED` rows, evenly spaced: the spacing grows a little by it."""
    return table[:: -(-len(table) // MOST_PROBED)]


def _projected(points: Floats, radius: float, rng: np.random.Generator) -> tuple[Floats, float]:
    columns = points.shape[1]
    if columns <= DIRECTIONS:
        return points, radius
    directions, _ = np.linalg.qr(rng.standard_normal((columns, DIRECTIONS)))
    return points @ directions, SLACK * radius * float(np.sqrt(DIRECTIONS / columns))


def _distances(points: Floats, later: Positions, earlier: Positions) -> Floats:
    step = max(2**22 // points.shape[1], 1)
    blocks = [
        np.linalg.norm(points[later[k : k + step]] - points[earlier[k : k + step]], axis=1)
        for k in range(0, len(later), step)
    ]
    return np.concatenate([np.empty(0), *blocks])
