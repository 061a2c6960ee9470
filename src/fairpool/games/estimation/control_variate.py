"""An additive stand-in for the game, fitted to the sample itself, whose own value is known in closed form.

    u(S) = f(|S|) + sum over i in S of x_i(|S|),      x_i(s) = sum over b of g_b(s) x_ib

f      a level for every size, shrunken towards a smooth curve (`ridge`)
g_b    how a player's part changes with the size of its company: 1, n/s and n/(n-s) where there are draws enough for
       three columns a player; else one profile that is found from the sample (`_found_profile`)
x_ib   fitted by ridge regression, centred: E over S of |S| = s of (1[i in S] - s/n) is 0

With u in hand, value(v) = value(u) + value(v - u), and only the second is sampled.  Cross-fitting keeps that
free of bias: the draws fall into ``FOLDS`` folds, and the residual of a draw is taken from the u fitted on the
other folds.  The penalties are those that leave the smallest estimated variance out of fold.

Why this is not worse than permutations: where players join independently with chance p, what the best additive u
leaves has at most the variance p (1 - p) / 2 times the sum of what it leaves of the marginals' squares [ES81], which
makes half the variance of permutations, draws spread evenly over the sizes.  That is an argument, and no proof for
fixed sizes and a fitted u.

[ES81] B. Efron, C. Stein: The jackknife estimate of variance, Annals of Statistics 9(3), 1981.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fairpool.games.estimation.coalition_sample import CoalitionSample
from fairpool.games.estimation.ridge import FOLDS, LevelledFit, LevelledRidge, levelled_ridge
from fairpool.games.estimation.weights_by_size import SizeWeights
from fairpool.games.game import Coalitions
from fairpool.games.smoothing import log_odds, smoothed_ratio
from fairpool.games.tolerances import FREE_LEVEL, SAME_EXCESS
from fairpool.ground.arrays import Floats, Integers

SLOPES = (1e-9, 1e-3, 0.03, 0.3, 3.0, 30.0, 3000.0)  # per player, in units of the mean weight of a draw
LEVELS = (1e-9, 1.0, 10.0, 1e6)  # draws' worth of trust in the curve, for the level of a size
MIDDLING = 0.3  # of the slopes, while the levels' penalty is chosen
MOST_COLUMNS = 800  # beyond, and with fewer draws than this for a column,
DRAWS_PER_COLUMN = 2  # ... a player has one column, times the profile
DRAWS_FOR_PARTS = 3  # per player; walks with fewer are met by `walks`, and only the levels are fitted
MOST_DRAWS_PER_COLUMN = 12  # a fit to more of them would take no tenth off the variance
SEARCHED_WHOLE = 300  # columns up to which penalties are compared on every fold, and the levels' twice
DEGREE = 4


@dataclass(frozen=True, slots=True, eq=False)
class CrossFit:
    """Out-of-fold residuals and the closed-form values that belong to them, for r worths at once.

    folds: int64 (m,); residuals: float64 (folds, m, r), v - u with the u of every fold; parts: float64
    (folds, r, n + 1, n), what u contributes to every player's value at every size.

    levels: float64 (n + 1,), the first worth's mean at every size, by u.
    """

    folds: Integers
    residuals: Floats
    parts: Floats
    levels: Floats


def cross_fit(
    sample: CoalitionSample, worths: Floats, weights: SizeWeights, fitted: NDArray[np.bool_]
) -> CrossFit:
    """Fit u on the draws of the sizes in ``fitted`` (bool (n + 1,)), fold by fold.

    worths: float64 (m, r), one column per game evaluated on the same coalitions.
    Cost O(min(m, 20 p) p^2 + m n) and some dozens of Cholesky factors, for p columns: 3n, or n for more than some
    250 players.
    """
    sizes = sample.sizes
    rows = np.flatnonzero(fitted[sizes])
    data = _Draws(
        coalitions=sample.coalitions[rows].astype(np.float64),
        sizes=sizes[rows],
        worths=worths[rows],
        weights=_precision(weights, sample.counts, sizes[rows]),
        folds=_folds(sample)[rows],
    )
    walking = sample.walks.max(initial=-1) >= 0 and rows.size < DRAWS_FOR_PARTS * sample.players
    columns = _Columns(sample.players, np.empty((sample.players + 1, 0))) if walking else _columns(data)
    fits = None if walking else _additive_fits(sample.coalitions[rows], worths[rows])
    if not walking and not fits:
        fits = _additive_fits(sample.coalitions, worths)
    if fits:
        columns = _Columns(sample.players, np.ones((sample.players + 1, 1)))
    else:
        fits = _best_fits(data, columns)
    residuals = np.zeros((FOLDS, *worths.shape))
    for fold, fit in enumerate(fits):
        residuals[fold, rows] = data.worths - columns.predicted(data.coalitions, data.sizes, fit)
    parts = np.stack([columns.parts(fit, weights) for fit in fits])
    levels = np.mean([columns.level(np.arange(sample.players + 1), fit)[:, 0] for fit in fits], axis=0)
    return CrossFit(_folds(sample), residuals, parts, levels)


def _precision(weights: SizeWeights, counts: Integers, sizes: Integers) -> Floats:
    """What a squared residual counts for in the variance of the estimate, on average 1."""
    w = (weights.spread / np.maximum(counts, 1) ** 2)[sizes]
    return np.asarray(w / w.mean())


def _folds(sample: CoalitionSample) -> Integers:
    """Folds of equal make-up: draws are dealt round in the order of their sizes; those of a unit stay together."""
    units = sample.units
    first = np.unique(units, return_index=True)[1]
    deal = np.empty(first.size, dtype=np.int64)
    sizes = np.minimum(sample.sizes, sample.players - sample.sizes)[first]
    deal[np.argsort(sizes, kind="stable")] = np.arange(first.size) % FOLDS
    return deal[units]


@dataclass(frozen=True, slots=True, eq=False)
class _Draws:
    """The draws to fit to: (m, n), 1 for a member; sizes (m,), worths (m, r), weights (m,) and folds (m,)."""

    coalitions: Floats
    sizes: Integers
    worths: Floats
    weights: Floats
    folds: Integers

    @property
    def players(self) -> int:
        return int(self.coalitions.shape[1])

    def ridge(self, columns: _Columns) -> LevelledRidge:
        """Of at most ``MOST_DRAWS_PER_COLUMN`` draws for each column, evenly chosen."""
        most = MOST_DRAWS_PER_COLUMN * columns.shrinkage.size
        k = np.arange(len(self.sizes))
        if k.size > most:
            k = np.unique(np.linspace(0, k.size - 1, most).astype(np.int64))
        return levelled_ridge(
            columns.design(self.coalitions[k], self.sizes[k]),
            self.worths[k],
            self.weights[k],
            sizes=self.sizes[k],
            folds=self.folds[k],
            shrinkage=columns.shrinkage,
            count=self.players + 1,
        )


def _columns(data: _Draws) -> _Columns:
    """Three columns a player where there are ``DRAWS_PER_COLUMN`` draws for each, else one."""
    n = data.players
    s = np.clip(np.arange(n + 1), 1, n - 1).astype(np.float64)
    rich = _Columns(n, np.stack([np.ones(n + 1), n / s, n / (n - s)], axis=1))
    if rich.shrinkage.size <= min(MOST_COLUMNS, len(data.sizes) // DRAWS_PER_COLUMN):
        return rich
    plain = _Columns(n, np.ones((n + 1, 1)))
    return _Columns(n, _found_profile(data, plain)[:, None])


def _found_profile(data: _Draws, columns: _Columns) -> Floats:
    """How all players' parts change together with the size: (n + 1,), smooth in the log-odds.

    From constant parts x_i, fitted on other folds: at each size the regression of the worth on sum_i x_i.
    """
    fits = _best_fits(data, columns)
    together, alone = np.zeros(data.players + 1), np.zeros(data.players + 1)
    for fold, fit in enumerate(fits):
        k = data.folds == fold
        sizes, w = data.sizes[k], data.weights[k]
        level = columns.level(sizes, fit)
        told = columns.predicted(data.coalitions[k], sizes, fit)[:, 0] - level[:, 0]
        rest = data.worths[k, 0] - level[:, 0]
        together += np.bincount(sizes, weights=w * told * rest, minlength=together.size)
        alone += np.bincount(sizes, weights=w * told**2, minlength=alone.size)
    profile = smoothed_ratio(together, alone)
    strength = np.sqrt(np.mean(profile**2))
    return profile / strength if strength > 0 else np.ones_like(profile)


def _additive_fits(coalitions: Coalitions, worths: Floats) -> list[LevelledFit]:
    """For every fold the additive game that meets all draws to rounding, if they say more than decide it; else none.

    Of complementary pairs the second says nothing new of the players, so that too few are left without a fold to find
    such a game by.
    """
    m, n = coalitions.shape
    if m <= n + 1 or worths.shape[1] > 1:
        return []
    X = np.column_stack([np.ones(m), coalitions])
    found, _, rank, _ = np.linalg.lstsq(X, worths, rcond=None)
    left = np.abs(worths - X @ found).max()
    if rank <= n or left > SAME_EXCESS * np.ptp(worths):
        return []
    slopes = np.zeros((DEGREE + 2 + n, 1))
    slopes[0], slopes[DEGREE + 1], slopes[DEGREE + 2 :] = found[0], found[1:].sum(), found[1:]
    return [LevelledFit(slopes, np.zeros((n + 1, 1)))] * FOLDS


def _best_fits(data: _Draws, columns: _Columns) -> list[LevelledFit]:
    """The fit without each fold, with the penalties that leave least out of fold: levels, slopes, and levels again."""
    ridge = data.ridge(columns)
    folds = FOLDS if columns.shrinkage.size <= SEARCHED_WHOLE else 2

    def best_levels(slopes: float) -> float:
        return min(LEVELS, key=lambda levels: float(ridge.errors((slopes,), levels, folds)[0]))

    levels = best_levels(MIDDLING)
    slopes = SLOPES[int(ridge.errors(SLOPES, levels, folds).argmin())]
    levels = best_levels(slopes) if folds == FOLDS else levels
    return ridge.fits(slopes=slopes, levels=levels)


@dataclass(frozen=True, slots=True, eq=False)
class _Columns:
    """The columns of the regression: a smooth curve of the size, then the n players times each g_b.

    profiles: float64 (n + 1, b), g_b at every size.
    """

    players: int
    profiles: Floats

    @property
    def curve_columns(self) -> int:
        return DEGREE + 2

    @property
    def shrinkage(self) -> Floats:
        """Ridge penalty of every column, in units of the penalty: none for the level, little for the curve."""
        rest = np.full(self.profiles.shape[1] * self.players, float(self.players))
        return np.concatenate([[FREE_LEVEL], np.ones(DEGREE + 1), rest])

    def curve(self, sizes: Integers) -> Floats:
        """Powers of the log-odds of the size, and the size itself: (b, DEGREE + 2)."""
        odds = log_odds(sizes, self.players) / np.log(2 * self.players)
        return np.column_stack([odds[:, None] ** np.arange(DEGREE + 1), sizes / self.players])

    def design(self, coalitions: Floats, sizes: Integers) -> Floats:
        centred = coalitions - sizes[:, None] / self.players
        parts = [centred * g[:, None] for g in self.profiles[sizes].T]
        return np.hstack([self.curve(sizes), *parts])

    def level(self, sizes: Integers, fit: LevelledFit) -> Floats:
        """f(s): (b, r)."""
        curved = self.curve(sizes) @ fit.slopes[: self.curve_columns]
        return np.asarray(curved + fit.levels[sizes])

    def predicted(self, coalitions: Floats, sizes: Integers, fit: LevelledFit) -> Floats:
        """u(S): (b, r), without ever writing the columns down."""
        n, c = self.players, self.curve_columns
        x = fit.slopes[c:].reshape(self.profiles.shape[1], n, fit.slopes.shape[1])
        level = self.level(sizes, fit)
        for g, parts in zip(self.profiles.T, x, strict=True):
            whole = coalitions @ parts - (sizes / n)[:, None] * parts.sum(axis=0)
            level = level + g[sizes, None] * whole
        return np.asarray(level)

    def parts(self, fit: LevelledFit, weights: SizeWeights) -> Floats:
        """alpha_{s-1} E[u | i in S] - alpha_s E[u | i not in S] for every size: (r, n + 1, n)."""
        n, c, s = self.players, self.curve_columns, np.arange(self.players + 1)
        f = self.level(s, fit)
        x = fit.slopes[c:].reshape(self.profiles.shape[1], n, fit.slopes.shape[1])
        # Others' parts pull the other way: the rest of S is drawn from the players left.
        slopes = np.einsum("sb,bir->rsi", self.profiles, x - (x.sum(axis=1, keepdims=True) - x) / (n - 1))
        member = s / n
        level = weights.inside * member - weights.outside * (1 - member)
        tilt = (weights.inside + weights.outside) * member * (1 - member)
        return np.asarray((f * level[:, None]).T[:, :, None] + slopes * tilt[:, None])
