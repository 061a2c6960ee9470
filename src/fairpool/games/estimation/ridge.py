"""Weighted ridge regression with a level of its own for every coalition size, each fold left out in turn.

    y_k  =  f_|S_k|  +  sum over columns p of X_kp b_p  +  residual

f_s    the level of size s: shrunken towards 0 (towards the curve among the columns) as if ``levels`` further draws
       of that size had been seen there
b      shrunken by ``slopes`` times a column's own share of it

Levels meet one size only, so they are eliminated beforehand: normal equations have one row a column, not one a size.

    D_s  sum of w_k;   C_s  sum of w_k X_k;   N_s  sum of w_k y_k;   over the draws of size s
    (X'WX - C' (D + d)^-1 C + ridge) b = X'Wy - C' (D + d)^-1 N,        f = (N - C b) / (D + d)

Cost O(m p^2) for the sums, then O((n + p) p^2) for every pair of penalties and fold.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from fairpool.games.tolerances import REGULAR
from fairpool.ground.arrays import Floats, Integers

FOLDS = 5


@dataclass(frozen=True, slots=True, eq=False)
class LevelledFit:
    """b: float64 (p, r) and f: (n + 1, r), for the r worths; a leading axis for several fits at once."""

    slopes: Floats
    levels: Floats


@dataclass(frozen=True, slots=True, eq=False)
class _Eliminated:
    """Normal equations without some folds in turn (k of them), for one trust in the curve: only b is left to solve for.

    grams (k, p, p), moments (k, p, r), ridge (p,), crossed (k, n + 1, p), totals (k, n + 1, r), inverses (k, n + 1, 1)
    """

    grams: Floats
    moments: Floats
    shrinkage: Floats
    regular: float
    crossed: Floats
    totals: Floats
    inverses: Floats

    def fits(self, slopes: float) -> LevelledFit:
        ridge = np.diag(slopes * self.shrinkage + self.regular)
        b: Floats = np.linalg.solve(self.grams + ridge, self.moments).astype(np.float64, copy=False)
        return LevelledFit(b, self.inverses * (self.totals - self.crossed @ b))


@dataclass(frozen=True, slots=True, eq=False)
class LevelledRidge:
    """X (m, p) in units of ``scale`` (p,), y (m, r), w (m,), sizes and folds (m,), shrinkage (p,), and fold by fold

    grams (F, p, p), moments (F, p, r), weights (F, n + 1), crossed (F, n + 1, p), totals (F, n + 1, r);
    each: float64 (n + 1,), what one draw of a size weighs.
    """

    X: Floats
    y: Floats
    w: Floats
    sizes: Integers
    folds: Integers
    shrinkage: Floats
    scale: Floats
    grams: Floats
    moments: Floats
    weights: Floats
    crossed: Floats
    totals: Floats
    each: Floats

    def fits(self, *, slopes: float, levels: float) -> list[LevelledFit]:
        """Without each fold in turn, in the units of the unscaled columns."""
        found = self._without(np.arange(FOLDS), levels).fits(slopes)
        unscaled = found.slopes / self.scale[:, None]
        return [LevelledFit(b, f) for b, f in zip(unscaled, found.levels, strict=True)]

    def errors(self, slopes: tuple[float, ...], levels: float, folds: int) -> Floats:
        """Weighted squared error of the first worth on the ``folds`` largest folds, left out: one for each slope."""
        left_out = np.argsort(-np.bincount(self.folds, minlength=FOLDS), kind="stable")[:folds]
        rest, errors = self._without(left_out, levels), np.zeros(len(slopes))
        parts = [np.flatnonzero(self.folds == fold) for fold in left_out]
        for j, each in enumerate(slopes):
            found = rest.fits(each)
            for k, b, f in zip(parts, found.slopes, found.levels, strict=True):
                told = self.X[k] @ b[:, 0] + f[self.sizes[k], 0]
                errors[j] += self.w[k] @ (self.y[k, 0] - told) ** 2
        return errors

    def _without(self, folds: Integers, levels: float) -> _Eliminated:
        grams, moments, weights, crossed, totals = (
            parts.sum(axis=0) - parts[folds]
            for parts in (self.grams, self.moments, self.weights, self.crossed, self.totals)
        )
        # A size without draws says nothing: its level is the curve's.
        trusted = weights + levels * self.each
        inverses = np.divide(1.0, trusted, out=np.zeros_like(trusted), where=weights > 0.5 * self.each)[
            ..., None
        ]
        turned = np.swapaxes(crossed, 1, 2)
        return _Eliminated(
            grams=grams - turned @ (inverses * crossed),
            moments=moments - turned @ (inverses * totals),
            shrinkage=self.shrinkage,
            regular=REGULAR * len(self.y),
            crossed=crossed,
            totals=totals,
            inverses=inverses,
        )


def levelled_ridge(
    X: Floats, y: Floats, w: Floats, *, sizes: Integers, folds: Integers, shrinkage: Floats, count: int
) -> LevelledRidge:
    """From columns (m, p), worths (m, r), weights (m,), sizes (m,) below ``count`` and folds (m,).

    Columns are scaled to a weighted mean square of 1, in place: X is the largest array here.
    """
    scale = np.sqrt(np.einsum("k,kp,kp->p", w, X, X) / len(w))
    scale = np.where(scale > 0, scale, 1.0)
    X /= scale
    grams: list[Floats] = []
    moments: list[Floats] = []
    weights: list[Floats] = []
    crossed: list[Floats] = []
    totals: list[Floats] = []
    for fold in range(FOLDS):
        k = np.flatnonzero(folds == fold)
        by_size = csr_array((w[k], (sizes[k], np.arange(k.size))), shape=(count, k.size))
        halved = X[k] * np.sqrt(w[k])[:, None]
        grams.append(halved.T @ halved)
        moments.append(X[k].T @ (w[k, None] * y[k]))
        weights.append(np.bincount(sizes[k], weights=w[k], minlength=count).astype(np.float64))
        crossed.append(np.asarray(by_size @ X[k]))
        totals.append(np.asarray(by_size @ y[k]))
    seen = np.bincount(sizes, minlength=count)
    return LevelledRidge(
        X=X,
        y=y,
        w=w,
        sizes=sizes,
        folds=folds,
        shrinkage=shrinkage,
        scale=scale,
        grams=np.stack(grams),
        moments=np.stack(moments),
        weights=np.stack(weights),
        crossed=np.stack(crossed),
        totals=np.stack(totals),
        each=np.bincount(sizes, weights=w, minlength=count) / np.maximum(seen, 1),
    )
