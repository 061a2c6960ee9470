"""Means over coalition sizes nearby: what is near is counted in the log-odds of the size, s / (n - s)."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from fairpool.ground.arrays import Floats, Integers

KERNEL = 0.4  # width, in log-odds of the size, over which noise is averaged
PRIOR = 4.0  # draws of average noise added to every size before the sizes are compared


def log_odds(sizes: ArrayLike, players: int) -> Floats:
    """log(s / (n - s)), with the ends half a player inside."""
    s = np.clip(np.asarray(sizes, dtype=np.float64), 0.5, players - 0.5)
    return np.asarray(np.log(s / (players - s)))


def kernel_of(odds: Floats) -> Floats:
    """Gaussian weights of each place for each: (k,) -> (k, k)."""
    return np.asarray(np.exp(-0.5 * ((odds[:, None] - odds) / KERNEL) ** 2))


def smoothed(values: Floats, sizes: Integers, players: int) -> Floats:
    """Kernel mean of ``values`` at every size 0 .. n, drawn a little towards their mean."""
    if values.size == 0:
        return np.zeros(players + 1)
    kernel = kernel_of(log_odds(np.arange(players + 1), players))
    total = np.bincount(sizes, weights=values, minlength=players + 1)
    draws = np.bincount(sizes, minlength=players + 1)
    return np.asarray((kernel @ total + PRIOR * values.mean()) / (kernel @ draws + PRIOR))


def smoothed_ratio(above: Floats, below: Floats) -> Floats:
    """Kernel sums of one over kernel sums of the other, both by size 0 .. n: (n + 1,); 0 where below is."""
    kernel = kernel_of(log_odds(np.arange(above.size), above.size - 1))
    under = kernel @ below
    return np.divide(kernel @ above, under, out=np.zeros_like(under), where=under > 0)
