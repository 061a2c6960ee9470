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
    rest = _controlled(sample, weights, sampled, surrogate)
    squares, fourths = np.zeros((2, sample.players))
    by_class: list[tuple[float, int]] = []
    for s in range(sample.players // 2 + 1):
        rows = np.flatnonzero(np.isin(sample.sizes, (s, sample.players - s)) & sampled[sample.sizes])
        known = rest.closed[rest.folds[rows], sample.sizes[rows]]
        said = known + weights.terms(sample.coalitions[rows], rest.blended[rows])
        for size in np.unique(sample.sizes[rows]):
            parts[size] = said[sample.sizes[rows] == size].mean(axis=0)
        unseen = known + weights.terms(sample.coalitions[rows], rest.residuals[rows])
        terms = _squared_deviations(unseen, rows, sample)
        squares += terms.sum(axis=0)
        fourths += (terms**2).sum(axis=0)
        by_class.append((float(terms.mean(axis=1).sum()), len(terms)))
    variances = _moderated(squares, fourths, _freedom(by_class)) + rest.surrogate_errors**2
    variances += _uncontrolled(sample, weights, sampled) / len(np.unique(sample.units[sampled[sample.sizes]]))
    noise = _noise(sample, rest.residuals, sampled)
    return StratifiedEstimate(parts, np.sqrt(variances), noise, complete=False)


@dataclass(frozen=True, slots=True, eq=False)
class _Rest:
    """What is left to sample once the control variate is taken out.

    folds: int64 (m,); residuals: float64 (m,), v - u out of fold; blended: float64 (m,), see `_blended`;
    closed: float64 (folds, n + 1, n), the control variate's own part by size; surrogate_errors: float64 (n,),
    what the surrogate's own value adds to the standard errors.
    """

    folds: Counts
    residuals: Values
    blended: Values
    closed: Values
    surrogate_errors: Values


def _controlled(
    sample: CoalitionSample,
    weights: SizeWeights,
    sampled: NDArray[np.bool_],
    surrogate: SurrogateWorths | None,
) -> _Rest:
    """Cross-fit the additive stand-in, and with a surrogate game its coefficient b on top: u + b (surrogate - u')."""
    columns = [sample.worths] if surrogate is None else [sample.worths, surrogate.worths]
    fit = cross_fit(sample, np.stack(columns, axis=1), weights, sampled)
    residuals, closed, errors = fit.residuals[:, :, 0], fit.parts[:, 0], np.zeros(sample.players)
    if surrogate is not None:
        slopes = _slopes(fit, sample, weights)
        residuals = residuals - slopes[:, None] * fit.residuals[:, :, 1]
        closed = closed + slopes[:, None, None] * (surrogate.parts - fit.parts[:, 1])
        errors = np.abs(slopes).mean() * surrogate.standard_errors
    own = residuals[fit.folds, np.arange(sample.evaluations)]
    return _Rest(fit.folds, own, _blended(residuals, fit.folds, sample), closed, errors)


def _blended(residuals: Values, folds: Counts, sample: CoalitionSample) -> Values:
    """Residuals for the mean of a size of which a good part has been seen: (folds, m) -> (m,).

    To the u of one fold, the draws of the other folds are no sample but known worths.  Of the M coalitions of a
    size, m - m_f are known that way and the m_f draws of the fold stand for the others, so

        r_k = (1 - (m - m_f)/M) r_k(own fold f)  +  sum over other folds g of (m_g/M) r_k(g)

    which leaves the estimate unbiased and lets it end in the exact mean as m reaches M.
    """
    sizes, k = sample.sizes, np.arange(sample.evaluations)
    in_fold = np.zeros((len(residuals), sample.players + 1))
    np.add.at(in_fold, (folds, sizes), 1.0)
    share = (in_fold / coalitions_of_size(sample.players))[:, sizes]
    own = residuals[folds, k]
    return np.asarray(own + (share * (residuals - own)).sum(axis=0))


def _slopes(fit: CrossFit, sample: CoalitionSample, weights: SizeWeights) -> Values:
    """b of v - b u for every fold, by least squares on the out-of-fold residuals of the other folds: (folds,)."""
    weight = (weights.spread / np.maximum(sample.counts, 1) ** 2)[sample.sizes]
    own, other = fit.residuals[fit.folds, np.arange(sample.evaluations)].T
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


def _moderated(squares: Values, fourths: Values, freedom: float) -> Values:
    own = np.divide(squares**2, fourths, out=np.zeros_like(squares), where=fourths > 0)
    steadied = (own * squares + BORROWED * squares.mean()) / (own + BORROWED)
    degrees = np.maximum(np.minimum(own + BORROWED, freedom), 3.0)
    return np.asarray(steadied * degrees / (degrees - 2))


def _freedom(by_class: list[tuple[float, int]]) -> float:
    total = sum(v for v, _ in by_class)
    return total**2 / sum(v**2 / max(m - 1, 1) for v, m in by_class if v > 0) if total > 0 else 3.0


def _uncontrolled(sample: CoalitionSample, weights: SizeWeights, sampled: NDArray[np.bool_]) -> float:
    """Mean over players of SE^2 had nothing but the mean worth of every size been taken out."""
    m, possible = sample.counts, coalitions_of_size(sample.players)
    total = np.bincount(sample.sizes, weights=sample.worths, minlength=m.size)
    centred = sample.worths - (total / np.maximum(m, 1))[sample.sizes]
    squares = np.bincount(sample.sizes, weights=centred**2, minlength=m.size) / np.maximum(m - 1, 1)
    return float(((weights.spread * squares * (1 - m / possible) / np.maximum(m, 1))[sampled]).sum())


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
