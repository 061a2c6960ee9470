"""What a table of all coalitions shows about the gains themselves."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fairpool.ground.arrays import Floats
from fairpool.market.copies.functional_replicas import SAME
from fairpool.market.valuation import SizeGain


def gains_by_size(gains: NDArray[np.float64]) -> tuple[SizeGain, ...]:
    """Mean, lowest and highest gain of the coalitions of each size: (2**n, tasks), averaged over tasks."""
    mean = gains.mean(axis=1)
    sizes = np.bitwise_count(np.arange(len(mean)))
    grouped = [(int(s), mean[sizes == s]) for s in range(1, int(sizes[-1]) + 1)]
    return tuple(SizeGain(s, float(g.mean()), float(g.min()), float(g.max()), len(g)) for s, g in grouped)


def largest_drop(gains: NDArray[np.float64]) -> float:
    """Largest fall of any gain when a party joins a non-empty coalition: 0 where gains are monotone."""
    positions = np.arange(1, len(gains))
    drops = [0.0]
    for i in range((len(gains) - 1).bit_length()):
        without = positions[positions >> i & 1 == 0]
        drops.append(float((gains[without] - gains[without | 1 << i]).max(initial=0.0)))
    return max(drops)


def twins(gains: Floats) -> tuple[tuple[int, int], ...]:
    """Pairs (i, j) with G(S + i) = G(S + j) for every coalition S without them: symmetric players."""
    positions = np.arange(len(gains))
    n = (len(gains) - 1).bit_length()
    return tuple((i, j) for j in range(n) for i in range(j) if _symmetric(gains, positions, i, j))


def _symmetric(gains: Floats, positions: NDArray[np.int64], i: int, j: int) -> bool:
    without = positions[(positions >> i & 1 == 0) & (positions >> j & 1 == 0)]
    return bool(np.abs(gains[without | 1 << i] - gains[without | 1 << j]).max(initial=0.0) <= SAME)
