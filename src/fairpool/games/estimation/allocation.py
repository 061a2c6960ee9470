"""How many coalitions of each size to evaluate next (Neyman allocation [Ney34], with costs).

The variance of a stratified estimate is the sum over strata of V/m; for a given cost sum of k m it is least
with m proportional to sqrt(V/k).  A stratum here is one size s, or one size and its complement:

V_s        ``residuals``  mean squared residual of the worths of size s
C_s        ``products``   mean product of the residuals of S and N - S, |S| = s
c_s^2      ``spread``, gamma_s ``opposition`` of `SizeWeights`
pair       cost 2, variance  c_s^2 V_s + c_{n-s}^2 V_{n-s} - 2 gamma_s C_s
two sizes  cost 1 each, variances c_s^2 V_s and c_{n-s}^2 V_{n-s}

Pairs pay where S and its complement err alike (games of pairwise interaction); singles pay where small
coalitions are far noisier than large ones (learning curves).  Each size is told apart by its own numbers.

[Ney34] J. Neyman, "On the two different aspects of the representative method", JRSS 97 (1934).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fairpool.games.estimation.coalition_sample import Request, coalitions_of_size
from fairpool.games.estimation.weights_by_size import SizeWeights
from fairpool.games.tolerances import WHOLE
from fairpool.ground.arrays import Floats, Integers

LEAST_DRAWS = 2  # of every size that counts: an error bar needs two
LEAST_SHARE = 0.02  # of the mean of sqrt(V/k): a size that looked quiet in the pilot is not left alone


@dataclass(frozen=True, slots=True, eq=False)
class SizeNoise:
    """V_s and C_s by size, float64 (n + 1,) each."""

    residuals: Floats
    products: Floats


@dataclass(frozen=True, slots=True, eq=False)
class _Strata:
    """Strata as arrays: the size, whether it goes with its complement, V, k, draws made and draws possible."""

    sizes: Integers
    paired: NDArray[np.bool_]
    need: Floats  # sqrt(V/k)
    cost: Integers
    have: Floats
    most: Floats


def pilot_request(weights: SizeWeights, have: Integers, spend: int) -> Request:
    """Pairs of every size that counts, as if all worths were equally noisy and unrelated."""
    n = weights.players
    noise = SizeNoise(np.ones(n + 1), np.zeros(n + 1))
    return _request(_strata(weights, noise, have, all_paired=True), n, spend)


def next_request(weights: SizeWeights, noise: SizeNoise, have: Integers, spend: int) -> Request:
    """At most ``spend`` further evaluations, where they take most off the variance; have: int64 (n + 1,)."""
    return _request(_strata(weights, noise, have, all_paired=False), weights.players, spend)


def _strata(weights: SizeWeights, noise: SizeNoise, have: Integers, *, all_paired: bool) -> _Strata:
    n = weights.players
    s = np.arange(1, n // 2 + 1)
    s = s[(weights.spread[s] > 0) | (weights.spread[n - s] > 0)]
    left, right = (weights.spread * noise.residuals)[s], (weights.spread * noise.residuals)[n - s]
    middle = 2 * s == n
    together = np.maximum(left + right - 2 * (weights.opposition * noise.products)[s], 0.0)
    # Of size n/2 a pair gives two coalitions of one stratum, whose mean counts once.
    together = np.where(middle, together / 4, together)
    apart = np.where(middle, left, (np.sqrt(left) + np.sqrt(right)) ** 2)
    paired = np.full(s.size, True) if all_paired else 2 * together < apart
    single = np.concatenate([s[~paired], (n - s)[~paired & ~middle]])
    possible, had = coalitions_of_size(n), have.astype(np.float64)
    p = s[paired]
    halved = np.where(2 * p == n, 2, 1)
    return _Strata(
        sizes=np.concatenate([p, single]),
        paired=np.arange(p.size + single.size) < p.size,
        need=np.sqrt(np.concatenate([together[paired] / 2, (weights.spread * noise.residuals)[single]])),
        cost=np.where(np.arange(p.size + single.size) < p.size, 2, 1).astype(np.int64),
        have=np.concatenate([np.minimum(had[p], had[n - p]) / halved, had[single]]),
        most=np.concatenate([possible[p] / halved, possible[single]]),
    )


def _request(strata: _Strata, players: int, spend: int) -> Request:
    more = _whole_draws(strata, spend)
    pairs, singles = np.zeros(players + 1, np.int64), np.zeros(players + 1, np.int64)
    pairs[strata.sizes[strata.paired]] = more[strata.paired]
    singles[strata.sizes[~strata.paired]] = more[~strata.paired]
    return Request(pairs, singles)


def _whole_draws(strata: _Strata, spend: int) -> Integers:
    """Further draws per stratum: the fractional optimum rounded down, then topped up in the order of remainders."""
    if strata.sizes.size == 0:
        return np.zeros(0, np.int64)
    wanted = _level(strata, spend) - strata.have
    whole = np.floor(wanted + WHOLE).astype(np.int64)
    left = spend - int(whole @ strata.cost)
    room = np.floor(strata.most - strata.have - whole + WHOLE)
    while left > 0:
        fits = (room > 0) & (strata.cost <= left)
        if not fits.any():
            break
        order = np.argsort(-(wanted - whole), kind="stable")
        j = order[fits[order]][0]
        whole[j] += 1
        room[j] -= 1
        left -= int(strata.cost[j])
    return whole


def _level(strata: _Strata, spend: int) -> Floats:
    """Draws m_j = clip(level sqrt(V_j/k_j), least, most), with the level that spends ``spend``: bisection."""
    need = (
        np.maximum(strata.need, LEAST_SHARE * strata.need.mean())
        if strata.need.any()
        else 1.0 + 0 * strata.need
    )
    least = np.minimum(np.maximum(strata.have, LEAST_DRAWS), strata.most)

    def draws(level: float) -> Floats:
        return np.asarray(np.clip(level * need, least, strata.most), dtype=np.float64)

    low, high = 0.0, float((spend + strata.have.sum() + 1) / need.min())
    for _ in range(100):
        middle = (low + high) / 2
        within = float((draws(middle) - strata.have) @ strata.cost) <= spend
        low, high = (middle, high) if within else (low, middle)
    return draws(low)
