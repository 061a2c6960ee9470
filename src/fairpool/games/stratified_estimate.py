"""From evaluated coalitions to values with standard errors.

For every size s with draws S_1 .. S_m (uniform, without replacement), u the control variate of a draw's fold,

    part_i(s) = mean over draws of  [ u's part in closed form + z_i(S_k) for the worth v - u ]
    value_i   = sum over s of part_i(s)

Sizes evaluated completely are averaged as they are, without u: they add no error.

Standard errors: d_ik = (z_ik - mean over the draws of its size) sqrt((1 - m/M_s) m/(m-1)) / m, with M_s coalitions of
that size; a pair of complements is one draw, so

    SE_i^2 = sum over draws (sum of d_ik over the coalitions of the draw)^2

With few draws of a size, a player may be in none of them, and its own spread would then look too small.  So each
player's SE^2 is averaged with the mean over all players, the latter counted as ``BORROWED`` draws (the moderated
variance of [Smy04]); a player's own count is (sum t)^2 / sum t^2 over its terms t.

[Smy04] G. K. Smyth, "Linear models and empirical Bayes methods for assessing differential expression", 2004.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fairpool.games.allocation import Noise
from fairpool.games.coalition_sample import CoalitionSample, Counts, coalitions_of_size
from fairpool.games.control_variate import CrossFit, cross_fit
from fairpool.games.game import Values
from fairpool.games.size_weights import SizeWeights

BORROWED = 8.0
KERNEL = 0.4  # width, in log-odds of the size, over which noise is averaged
PRIOR = 4.0  # draws of average noise added to every size before the sizes are compared


@dataclass(frozen=True, slots=True, eq=False)
class StratifiedEstimate:
    """parts: float64 (n + 1, n), every player's value by coalition size; standard_errors: (n,); noise: what is
    left by size, to plan the next draws; complete: all coalitions of the sizes that count are evaluated."""

    parts: Values
    standard_errors: Values
    noise: Noise
    complete: bool

    @property
    def values(self) -> Values:
        return np.asarray(self.parts.sum(axis=0))


@dataclass(frozen=True, slots=True, eq=False)
class SurrogateWorths:
    """A cheap game on the same coalitions: worths float64 (m,), its value by size (n + 1, n) and that value's
    standard errors (n,)."""

    worths: Values
    parts: Values
    standard_errors: Values


def exact_parts(sample: CoalitionSample, weights: SizeWeights, sizes: NDArray[np.bool_]) -> Values:
    """Means of z_i(S) by size, (n + 1, n), over the coalitions of the sizes marked in ``sizes``."""
    parts = np.zeros((sample.players + 1, sample.players))
    for s in np.flatnonzero(sizes):
        rows = sample.sizes == s
        parts[s] = weights.terms(sample.coalitions[rows], sample.worths[rows]).mean(axis=0)
    return parts


def stratified_estimate(
    sample: CoalitionSample, weights: SizeWeights, surrogate: SurrogateWorths | None = None
) -> StratifiedEstimate:
    """Values, standard errors and noise from the sample; every size that counts needs two draws, or all.

    Cost: a cross-fitted ridge regression and O(m n).
    """
    counts = sample.counts
    complete = counts >= coalitions_of_size(sample.players)
    sampled = ~complete & (weights.spread > 0) & (counts > 0)
    parts = exact_parts(sample, weights, complete & (weights.spread > 0))
    if not sampled.any():
        nothing = np.zeros(sample.players + 1)
        return StratifiedEstimate(parts, np.zeros(sample.players), Noise(nothing, nothing), True)
    controlled = _controlled(sample, weights, sampled, surrogate)
    borrowed = np.zeros(sample.players) if surrogate is None else controlled.slope * surrogate.standard_errors
    squares, fourths = np.zeros((2, sample.players))
    for s in range(sample.players // 2 + 1):
        rows = np.flatnonzero(np.isin(sample.sizes, (s, sample.players - s)) & sampled[sample.sizes])
        said = controlled.said(rows, sample, weights)
        for size in np.unique(sample.sizes[rows]):
            parts[size] = said[sample.sizes[rows] == size].mean(axis=0)
        terms = _squared_deviations(said, rows, sample)
        squares += terms.sum(axis=0)
        fourths += (terms**2).sum(axis=0)
    errors = np.sqrt(_moderated(squares, fourths) + borrowed**2)
    noise = _noise(sample, controlled.residuals, sampled)
    return StratifiedEstimate(parts, errors, noise, complete=False)


@dataclass(frozen=True, slots=True, eq=False)
class _Controlled:
    """What is left to sample once the control variate is taken out.

    folds: int64 (m,); residuals: float64 (m,); closed: float64 (folds, n + 1, n), the control variate's own
    part by size; slope: mean coefficient of the surrogate game.
    """

    folds: Counts
    residuals: Values
    closed: Values
    slope: float

    def said(self, rows: Counts, sample: CoalitionSample, weights: SizeWeights) -> Values:
        """What each of these coalitions says about each player: (b, n), unbiased for the part of its size."""
        known = self.closed[self.folds[rows], sample.sizes[rows]]
        return np.asarray(known + weights.terms(sample.coalitions[rows], self.residuals[rows]))


def _controlled(
    sample: CoalitionSample,
    weights: SizeWeights,
    sampled: NDArray[np.bool_],
    surrogate: SurrogateWorths | None,
) -> _Controlled:
    if surrogate is None:
        fit = cross_fit(sample, sample.worths[:, None], weights, sampled)
        return _Controlled(fit.folds, fit.residuals[:, 0], fit.parts[:, 0], 0.0)
    fit = cross_fit(sample, np.stack([sample.worths, surrogate.worths], axis=1), weights, sampled)
    slopes = _slopes(fit, sample, weights)
    residuals = fit.residuals[:, 0] - slopes[fit.folds] * fit.residuals[:, 1]
    steps = slopes[:, None, None]
    closed = fit.parts[:, 0] + steps * (surrogate.parts - fit.parts[:, 1])
    return _Controlled(fit.folds, residuals, closed, float(np.abs(slopes).mean()))


def _slopes(fit: CrossFit, sample: CoalitionSample, weights: SizeWeights) -> Values:
    """b of v - b u for every fold, by least squares on the residuals of the other folds: (folds,)."""
    weight = (weights.spread / np.maximum(sample.counts, 1) ** 2)[sample.sizes]
    own, other = fit.residuals.T
    folds = np.arange(len(fit.parts))
    together = np.array([(weight * own * other)[fit.folds != fold].sum() for fold in folds])
    alone = np.array([(weight * other**2)[fit.folds != fold].sum() for fold in folds])
    return np.divide(together, alone, out=np.zeros(folds.size), where=alone > 0)


def _squared_deviations(said: Values, rows: Counts, sample: CoalitionSample) -> Values:
    """(sum of d_ik over the coalitions of a draw)^2, for draws with coalitions in ``rows``: (draws, n)."""
    deviations = np.empty_like(said)
    possible = coalitions_of_size(sample.players)
    sizes = sample.sizes[rows]
    for s in np.unique(sizes):
        own = sizes == s
        m = int(own.sum())
        scale = np.sqrt((1 - m / possible[s]) * m / max(m - 1, 1)) / m
        deviations[own] = (said[own] - said[own].mean(axis=0)) * scale
    draws, place = np.unique(sample.units[rows], return_inverse=True)
    sums = np.zeros((draws.size, sample.players))
    np.add.at(sums, place, deviations)
    return np.asarray(sums**2)


def _moderated(squares: Values, fourths: Values) -> Values:
    """Each player's variance, steadied by the mean over the players: (n,)."""
    own = np.divide(squares**2, fourths, out=np.zeros_like(squares), where=fourths > 0)
    return np.asarray((own * squares + BORROWED * squares.mean()) / (own + BORROWED))


def _noise(sample: CoalitionSample, residuals: Values, sampled: NDArray[np.bool_]) -> Noise:
    """Mean squares of the residuals by size, and mean products over pairs, averaged over sizes nearby."""
    n, sizes = sample.players, sample.sizes
    paired = np.flatnonzero((sample.partners >= 0) & sampled[sizes] & sampled[n - sizes])
    products = residuals[paired] * residuals[sample.partners[paired]]
    own = np.flatnonzero(sampled[sizes])
    return Noise(_smoothed(residuals[own] ** 2, sizes[own], n), _smoothed(products, sizes[paired], n))


def _smoothed(values: Values, sizes: Counts, players: int) -> Values:
    """Kernel mean of ``values`` at every size 0 .. n, the kernel Gaussian in the log-odds of the size."""
    if values.size == 0:
        return np.zeros(players + 1)
    s = np.clip(np.arange(players + 1), 0.5, players - 0.5)
    odds = np.log(s / (players - s))
    kernel = np.exp(-0.5 * ((odds[:, None] - odds) / KERNEL) ** 2)
    total = np.bincount(sizes, weights=values, minlength=players + 1)
    draws = np.bincount(sizes, minlength=players + 1)
    return np.asarray((kernel @ total + PRIOR * values.mean()) / (kernel @ draws + PRIOR))
