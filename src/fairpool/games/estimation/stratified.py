"""From evaluated coalitions to values with standard errors.

For every size s with draws S_1 .. S_m (uniform, without replacement), u the control variate of a draw's fold,

    part_i(s) = mean over draws of  [ u's part in closed form + z_i(S_k) for the worth v - u ]
    value_i   = sum over s of part_i(s)

Sizes evaluated completely are averaged as they are, without u: they add no error.

Standard errors come from the spread of z_i(S_k) between the draws of a size (`error_bars`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from fairpool.games.estimation.allocation import SizeNoise
from fairpool.games.estimation.coalition_sample import CoalitionSample, coalitions_of_size
from fairpool.games.estimation.control_variate import CrossFit, cross_fit
from fairpool.games.estimation.error_bars import (
    moderated_variances,
    share_unlike,
    unlike_draw_variance,
    untold_variances,
)
from fairpool.games.estimation.weights_by_size import SizeWeights
from fairpool.games.smoothing import smoothed
from fairpool.ground.arrays import Floats, Integers


@dataclass(frozen=True, slots=True, eq=False)
class StratifiedEstimate:
    """parts: float64 (n + 1, n), every player's value by coalition size; standard_errors: (n,); noise: what is
    left by size, to plan the next draws, and noise_left, the mean of SE^2, are in `unit_of` the worths; complete: all
    coalitions of the sizes that count are evaluated."""

    parts: Floats
    standard_errors: Floats
    noise: SizeNoise
    noise_left: float
    complete: bool

    @property
    def values(self) -> Floats:
        return np.asarray(self.parts.sum(axis=0))


@dataclass(frozen=True, slots=True, eq=False)
class SurrogateWorths:
    """A cheap game on the same coalitions: worths float64 (m,), its value by size (n + 1, n) and that value's
    standard errors (n,)."""

    worths: Floats
    parts: Floats
    standard_errors: Floats


def stratified_estimate(
    sample: CoalitionSample, weights: SizeWeights, surrogate: SurrogateWorths | None = None
) -> StratifiedEstimate:
    """Values, standard errors and noise from the sample; every size that counts needs two draws, or all.

    Cost: a cross-fitted ridge regression (`control_variate`) and O(m n).
    """
    unit = unit_of(sample.worths)
    found = _estimated(replace(sample, worths=sample.worths / unit), weights, surrogate)
    return replace(found, parts=found.parts * unit, standard_errors=found.standard_errors * unit)


def unit_of(worths: Floats) -> float:
    """The power of two at the largest worth: in that unit fourth powers of worths are finite, and no bit is lost."""
    largest = float(np.abs(worths).max(initial=0.0))
    return float(np.ldexp(1.0, np.frexp(largest)[1] - 1)) if largest > 0 else 1.0


def _estimated(
    sample: CoalitionSample, weights: SizeWeights, surrogate: SurrogateWorths | None
) -> StratifiedEstimate:
    counts = sample.counts
    complete = (counts >= coalitions_of_size(sample.players)) & (weights.spread > 0)
    sampled = (counts > 0) & (weights.spread > 0) & ~complete
    exact = _exact_parts(sample, weights, complete)
    if not sampled.any():
        nothing = np.zeros(sample.players + 1)
        return StratifiedEstimate(
            exact, np.zeros(sample.players), SizeNoise(nothing, nothing), 0.0, complete=True
        )
    rest = _controlled(sample, weights, sampled, surrogate)
    seen = moderated_variances(_squared_deviations(sample, weights, rest, sampled)) + rest.surrogate_errors**2
    untold = untold_variances(sample, sampled, rest.closed.mean(axis=0))
    variances = seen + _unlike(sample, weights, rest, sampled) + untold
    return StratifiedEstimate(
        parts=exact + _sampled_parts(sample, weights, rest, sampled),
        standard_errors=np.sqrt(variances),
        noise=_noise(sample, rest.residuals, sampled),
        noise_left=float(variances.mean()),
        complete=False,
    )


def _exact_parts(sample: CoalitionSample, weights: SizeWeights, complete: NDArray[np.bool_]) -> Floats:
    """Means of z_i(S) by size, (n + 1, n), for the sizes of which every coalition is evaluated."""
    parts, sizes = np.zeros((sample.players + 1, sample.players)), sample.sizes
    for s in np.flatnonzero(complete):
        rows = sizes == s
        parts[s] = weights.terms(sample.coalitions[rows], sample.worths[rows]).mean(axis=0)
    return parts


def _sampled_parts(
    sample: CoalitionSample, weights: SizeWeights, rest: _Rest, sampled: NDArray[np.bool_]
) -> Floats:
    """Means over the draws, (n + 1, n), for the other sizes."""
    parts, sizes = np.zeros((sample.players + 1, sample.players)), sample.sizes
    for s in np.flatnonzero(sampled):
        rows = np.flatnonzero(sizes == s)
        terms = weights.terms(sample.coalitions[rows], rest.blended[rows])
        parts[s] = (rest.closed[rest.folds[rows], s] + terms).mean(axis=0)
    return parts


def _squared_deviations(
    sample: CoalitionSample, weights: SizeWeights, rest: _Rest, sampled: NDArray[np.bool_]
) -> Iterator[tuple[Floats, float]]:
    """(sum of d_ik over the coalitions of a draw)^2, float64 (draws, n), and its degrees of freedom: a size and its
    complement at a time, then the walks, each of which has a coalition of every size."""
    n, sizes, units = sample.players, sample.sizes, sample.units
    walked = np.zeros((int(sample.walks.max(initial=-1)) + 1, n))
    for s in range(n // 2 + 1):
        rows = np.flatnonzero(((sizes == s) | (sizes == n - s)) & sampled[sizes])
        deviations = _deviations(sample, weights, rest, rows)
        walking = sample.walks[rows] >= 0
        np.add.at(walked, sample.walks[rows[walking]], deviations[walking])
        draws, place = np.unique(units[rows[~walking]], return_inverse=True)
        sums = np.zeros((draws.size, n))
        np.add.at(sums, place, deviations[~walking])
        yield sums**2, draws.size - 1.0
    # The coalitions of a walk tell of different players, so that walks have n times as many degrees of freedom.
    yield walked**2, (len(walked) - 1.0) * n


def _deviations(sample: CoalitionSample, weights: SizeWeights, rest: _Rest, rows: Integers) -> Floats:
    """d_ik of `error_bars` for the coalitions at ``rows``, all of one size or its complement: (b, n)."""
    sizes, possible = sample.sizes[rows], coalitions_of_size(sample.players)
    terms = weights.terms(sample.coalitions[rows], rest.residuals[rows])
    deviations = rest.closed[rest.folds[rows], sizes] + terms
    for size in np.unique(sizes):
        own = sizes == size
        m = int(own.sum())
        scale = np.sqrt((1 - m / possible[size]) * m / max(m - 1, 1)) / m
        deviations[own] = (deviations[own] - deviations[own].mean(axis=0)) * scale
    return np.asarray(deviations)


def _unlike(sample: CoalitionSample, weights: SizeWeights, rest: _Rest, sampled: NDArray[np.bool_]) -> float:
    """`unlike_draw_variance` with what the stand-in says of the sampled sizes, and the means of all others."""
    sizes, m = sample.sizes, np.maximum(sample.counts, 1)
    means = np.bincount(sizes, weights=sample.worths, minlength=m.size) / m
    of_draws = (weights.spread / m**2)[sizes] * rest.residuals**2
    size = float(np.abs(sample.worths - means[0]).max() * np.sqrt((weights.spread / m**2)[sizes].max()))
    share = share_unlike(of_draws[sampled[sizes]], size)
    return unlike_draw_variance(sample, weights, sampled, np.where(sampled, rest.levels, means), share)


@dataclass(frozen=True, slots=True, eq=False)
class _Rest:
    """What is left to sample once the control variate is taken out.

    folds: int64 (m,); residuals: float64 (m,), v - u out of fold; blended: float64 (m,), see `_blended`;
    closed: float64 (folds, n + 1, n), the control variate's own part by size; surrogate_errors: float64 (n,),
    what the surrogate's own value adds to the standard errors; levels: float64 (n + 1,), what u says by size.
    """

    folds: Integers
    residuals: Floats
    blended: Floats
    closed: Floats
    surrogate_errors: Floats
    levels: Floats


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
    return _Rest(fit.folds, own, _blended(residuals, fit.folds, sample), closed, errors, fit.levels)


def _blended(residuals: Floats, folds: Integers, sample: CoalitionSample) -> Floats:
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


def _slopes(fit: CrossFit, sample: CoalitionSample, weights: SizeWeights) -> Floats:
    """b of v - b u for every fold, by least squares on the out-of-fold residuals of the other folds: (folds,)."""
    weight = (weights.spread / np.maximum(sample.counts, 1) ** 2)[sample.sizes]
    own, other = fit.residuals[fit.folds, np.arange(sample.evaluations)].T
    folds = np.arange(len(fit.parts))
    together = np.array([(weight * own * other)[fit.folds != fold].sum() for fold in folds])
    alone = np.array([(weight * other**2)[fit.folds != fold].sum() for fold in folds])
    return np.divide(together, alone, out=np.zeros(folds.size), where=alone > 0)


def _noise(sample: CoalitionSample, residuals: Floats, sampled: NDArray[np.bool_]) -> SizeNoise:
    """Mean squares of the residuals by size, and mean products over pairs, averaged over sizes nearby."""
    n, sizes = sample.players, sample.sizes
    paired = np.flatnonzero((sample.partners >= 0) & sampled[sizes] & sampled[n - sizes])
    products = residuals[paired] * residuals[sample.partners[paired]]
    own = np.flatnonzero(sampled[sizes])
    return SizeNoise(smoothed(residuals[own] ** 2, sizes[own], n), smoothed(products, sizes[paired], n))
