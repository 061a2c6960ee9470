"""Euclidean distances, and rows put in their order.

Squared distances are sums of squared differences in float64.  The identity |a|^2 + |b|^2 - 2ab, which a
matrix product evaluates faster, loses the distance of near rows that lie far from the origin and can set two
identical rows apart.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import cdist

from fairpool.ground.arrays import Float, Floats, Int, Integers

POSITION = np.uint64(2**32 - 1)  # the low half of a sorting key


def squared_distances(
    queries: Float[Floats, "queries columns"], rows: Float[Floats, "rows columns"]
) -> Float[Floats, "queries rows"]:
    """|q - x|^2 of every query and row: float64 (b, d), (n, d) -> (b, n).  Cost O(b n d), b n floats."""
    return np.asarray(cdist(queries, rows, "sqeuclidean"), dtype=np.float64)


def nearest_first(distances: Float[Floats, "queries rows"]) -> Int[Integers, "queries rows"]:
    """Positions of each line's distances, smallest first; equal distances keep their order.

    distances: float64 (b, n), non-negative, n < 2**32.  Returns int64 (b, n), what a stable argsort returns.

    A float32 of a non-negative number orders like its bits, and rounding to it keeps the order up to ties.
    So one plain sort of 64-bit keys (rounded distance, position) does nearly all of the work, several times
    as fast as a stable argsort; then the rows that the rounding made equal are put in their exact order.
    """
    with np.errstate(over="ignore"):
        rounded = distances.astype(np.float32)
    keys = rounded.view(np.uint32).astype(np.uint64)
    keys <<= np.uint64(32)
    keys |= np.arange(distances.shape[1], dtype=np.uint64)
    keys.sort(axis=1)
    order = (keys & POSITION).view(np.int64)
    in_order = distances.ravel().take(order + np.arange(0, distances.size, distances.shape[1])[:, None])
    for line in np.flatnonzero((in_order[:, 1:] < in_order[:, :-1]).any(axis=1)):
        _mend(order[line], in_order[line], keys[line])
    return order


def _mend(order: Integers, distances: NDArray[np.float64], keys: NDArray[np.uint64]) -> None:
    """Where rounding hid which of two rows is nearer, sort their run of equal keys exactly, in place."""
    hidden = np.flatnonzero(distances[1:] < distances[:-1])
    first = np.unique(np.searchsorted(keys, keys[hidden] & ~POSITION))
    last = np.searchsorted(keys, keys[first] | POSITION, side="right")
    runs = _ranges(first, last)
    order[runs] = order[runs][np.lexsort((order[runs], distances[runs]))]


def _ranges(first: NDArray[np.intp], last: NDArray[np.intp]) -> NDArray[np.intp]:
    """The whole numbers from first[r] to last[r] - 1 for every r, one range after the other."""
    lengths = last - first
    return np.repeat(last - np.cumsum(lengths), lengths) + np.arange(lengths.sum())
