"""An additive stand-in for the game, fitted to the sample itself, whose own value is known in closed form.

    u(S) = f(|S|) + sum over i in S of x_i(|S|),      x_i(s) = sum over b of g_b(s) x_ib

f      a polynomial of degree 4 in the log-odds of the size, plus a step per size (shrunken)
g_b    1, n/s and n/(n-s): a player's part may fade with the size of its company, as on a learning curve
x_ib   fitted by ridge regression, centred: E over S of |S| = s of (1[i in S] - s/n) is 0

With u in hand, value(v) = value(u) + value(v - u), and only the second is sampled.  Cross-fitting keeps that
free of bias: the draws fall into ``FOLDS`` folds, and the residual of a draw is taken from the u fitted on the
other folds.  The ridge penalty is the one that leaves the smallest estimated variance out of fold.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve

from fairpool.games.estimation.coalition_sample import CoalitionSample
from fairpool.games.estimation.weights_by_size import SizeWeights
from fairpool.games.game import Coalitions
from fairpool.games.tolerances import FREE_LEVEL, REGULAR
from fairpool.ground.arrays import Floats, Integers

FOLDS = 5
PENALTIES = (1e-6, 0.03, 0.3, 3.0, 30.0, 3000.0)  # per player, in units of the mean weight of a draw
MOST_COLUMNS = 800  # beyond, and with fewer draws than this for a column,
DRAWS_PER_COLUMN = 2  # ... a player's part does not change with the size of the coalition
DEGREE = 4


@dataclass(frozen=True, slots=True, eq=False)
class CrossFit:
    """Out-of-fold residuals and the closed-form values that belong to them, for r worths at once.

    folds: int64 (m,); residuals: float64 (folds, m, r), v - u with the u of every fold; parts: float64
    (folds, r, n + 1, n), what u contributes to every player's value at every size.
    """

    folds: Integers
    residuals: Floats
    parts: Floats


def cross_fit(
    sample: CoalitionSample, worths: Floats, weights: SizeWeights, fitted: NDArray[np.bool_]
) -> CrossFit:
    """Fit u on the draws of the sizes in ``fitted`` (bool (n + 1,)), fold by fold.

    worths: float64 (m, r), one column per game evaluated on the same coalitions.
    Cost O(m p^2 + folds p^3) for p columns, about 3n, or n for more than 200 players.
    """
    n, sizes = sample.players, sample.sizes
    rows = np.flatnonzero(fitted[sizes])
    columns = _columns(n, np.flatnonzero(fitted), rows.size)
    X = columns.design(sample.coalitions[rows], sizes[rows])
    w = (weights.spread / np.maximum(sample.counts, 1) ** 2)[sizes[rows]]
    folds = _folds(sample)
    ridge = _ridge(X, worths[rows], w / w.mean(), folds[rows], columns.shrinkage)
    penalty = min(PENALTIES, key=ridge.error)
    coefficients = ridge.coefficients(penalty)
    residuals = np.zeros((FOLDS, *worths.shape))
    residuals[:, rows] = ridge.residuals(coefficients)
    return CrossFit(folds, residuals, np.stack([columns.parts(fold, weights) for fold in coefficients]))


def _folds(sample: CoalitionSample) -> Integers:
    """Folds of equal make-up: draws are dealt round in the order of their sizes; pairs stay together."""
    units = sample.units
    first = np.unique(units, return_index=True)[1]
    deal = np.empty(first.size, dtype=np.int64)
    sizes = np.minimum(sample.sizes, sample.players - sample.sizes)[first]
    deal[np.argsort(sizes, kind="stable")] = np.arange(first.size) % FOLDS
    return deal[units]


def _columns(players: int, fitted: Integers, draws: int) -> _Columns:
    """All the columns where there are ``DRAWS_PER_COLUMN`` draws for each, else level, curve and constant parts."""
    rich = _Columns(players, fadings=3, steps=fitted)
    affordable = min(MOST_COLUMNS, draws // DRAWS_PER_COLUMN)
    return rich if rich.shrinkage.size <= affordable else _Columns(players, fadings=1, steps=fitted[:0])


@dataclass(frozen=True, slots=True, eq=False)
class _Columns:
    """The columns of the regression: n players, the number of g_b, and the sizes that have a step of their own."""

    players: int
    fadings: int
    steps: Integers

    @property
    def shrinkage(self) -> Floats:
        """Ridge penalty of every column, in units of the penalty: none for the level, little for the curve."""
        rest = np.full(self.steps.size + self.fadings * self.players, float(self.players))
        return np.concatenate([[FREE_LEVEL], np.ones(DEGREE), rest])

    def fading(self, sizes: Integers) -> Floats:
        """g_b(s): (b, fadings)."""
        s = np.clip(sizes, 1, self.players - 1).astype(np.float64)
        return np.stack([np.ones_like(s), self.players / s, self.players / (self.players - s)], axis=1)[
            :, : self.fadings
        ]

    def size_effect(self, sizes: Integers) -> Floats:
        """The columns of f: (b, DEGREE + 1 + steps)."""
        s = np.clip(sizes, 0.5, self.players - 0.5)
        odds = np.log(s / (self.players - s)) / np.log(2 * self.players)
        curve = odds[:, None] ** np.arange(DEGREE + 1)
        return np.hstack([curve, sizes[:, None] == self.steps])

    def design(self, coalitions: Coalitions, sizes: Integers) -> Floats:
        centred = coalitions - sizes[:, None] / self.players
        return np.hstack([self.size_effect(sizes), *(centred * g[:, None] for g in self.fading(sizes).T)])

    def parts(self, coefficients: Floats, weights: SizeWeights) -> Floats:
        """alpha_{s-1} E[u | i in S] - alpha_s E[u | i not in S] for every size: (p, r) -> (r, n + 1, n)."""
        n, s = self.players, np.arange(self.players + 1)
        f_columns = coefficients.shape[0] - self.fadings * n
        f = self.size_effect(s) @ coefficients[:f_columns]
        x = coefficients[f_columns:].reshape(self.fadings, n, -1)
        # Others' parts pull the other way: the rest of S is drawn from the players left.
        slopes = np.einsum("sb,bir->rsi", self.fading(s), x - (x.sum(axis=1, keepdims=True) - x) / (n - 1))
        member = s / n
        level = weights.inside * member - weights.outside * (1 - member)
        tilt = (weights.inside + weights.outside) * member * (1 - member)
        return np.asarray((f * level[:, None]).T[:, :, None] + slopes * tilt[:, None])


@dataclass(frozen=True, slots=True, eq=False)
class _Ridge:
    """Weighted ridge regression, each fold left out in turn: columns in units of ``scale``, and normal equations
    fold by fold."""

    X: Floats
    y: Floats
    w: Floats
    folds: Integers
    shrinkage: Floats
    grams: Floats
    moments: Floats
    scale: Floats

    def coefficients(self, penalty: float) -> Floats:
        """(folds, p, r), in the units of the unscaled columns."""
        ridge = penalty * self.shrinkage + REGULAR * len(self.y)
        grams, moments = self.grams.sum(axis=0), self.moments.sum(axis=0)
        return np.stack(
            [
                cho_solve(cho_factor(grams - gram + np.diag(ridge)), moments - moment) / self.scale[:, None]
                for gram, moment in zip(self.grams, self.moments, strict=True)
            ]
        )

    def residuals(self, coefficients: Floats) -> Floats:
        """y - u for every fold's u: (folds, m, r)."""
        return np.asarray(self.y - self.X @ (coefficients * self.scale[:, None]))

    def error(self, penalty: float) -> float:
        """Weighted squared error of the first worth, out of fold."""
        residuals = self.residuals(self.coefficients(penalty))[self.folds, np.arange(len(self.y)), 0]
        return float(self.w @ residuals**2)


def _ridge(X: Floats, y: Floats, w: Floats, folds: Integers, shrinkage: Floats) -> _Ridge:
    """Columns scaled to a weighted mean square of 1, in place: X is the largest array here."""
    scale = np.sqrt(np.einsum("k,kp,kp->p", w, X, X) / len(w))
    scale = np.where(scale > 0, scale, 1.0)
    X /= scale
    parts = [folds == fold for fold in range(FOLDS)]
    grams = np.stack([(X[k] * w[k, None]).T @ X[k] for k in parts])
    moments = np.stack([(X[k] * w[k, None]).T @ y[k] for k in parts])
    return _Ridge(X, y, w, folds, shrinkage, grams, moments, scale)
