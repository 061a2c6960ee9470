"""Gaussian naive Bayes from summed statistics.

    log p(c, x) = log(n_c / n) - 1/2 sum over features of [ log(2 pi s2_cj) + (x_j - m_cj)^2 / s2_cj ]

Each block keeps n_c, sum x and sum x^2 per class; coalitions and copies are sums of them.  ``smoothing`` is
added to every variance: features have unit variance after the round's treatment, so it is a share of one
(scikit-learn adds a share of the largest variance in the coalition's own rows instead, which would make the
smoothing differ between coalitions).  A class that a coalition has no row of is never predicted.

Cost of b coalitions: b * classes * d * (blocks + rows of the tasks).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.naive_bayes import GaussianNB

from fairpool.errors import InputError
from fairpool.learning.learner import CLASSIFICATION, Counts, Reach
from fairpool.learning.rows import Matrix, Rows

REACH = Reach(exact_players=20, copies_players=12, tasks=CLASSIFICATION, chunk=8192)


@dataclass(frozen=True, slots=True)
class NaiveBayesLearner:
    """Gaussian naive Bayes with ``smoothing`` added to every variance."""

    smoothing: float = 0.01
    reach: Reach = REACH

    def __post_init__(self) -> None:
        if not (np.isfinite(self.smoothing) and self.smoothing > 0):
            raise InputError(f"learner-options: smoothing: got {self.smoothing}, expected a number above 0")

    def study(self, blocks: Sequence[Rows], tasks: Sequence[Rows], *, seed: int) -> NaiveBayesPredictor:  # noqa: ARG002
        return NaiveBayesPredictor(
            sums=np.array([_class_sums(block) for block in blocks]),
            smoothing=self.smoothing,
            tasks=tuple(task.X for task in tasks),
        )

    def fit(self, rows: Rows, *, seed: int) -> Any:  # noqa: ARG002
        sums = _class_sums(rows)
        present = np.flatnonzero(sums[:, 0])
        count, mean, variance = _moments(sums[present][None], self.smoothing)
        model = GaussianNB(var_smoothing=0.0)
        model.classes_, model.class_count_ = present.astype(np.int64), count[0]
        model.theta_, model.var_, model.epsilon_ = mean[0], variance[0], self.smoothing
        model.class_prior_ = count[0] / count[0].sum()
        model.n_features_in_ = rows.X.shape[1]
        return model


@dataclass(frozen=True, slots=True, eq=False)
class NaiveBayesPredictor:
    """sums: float64 (blocks, classes, 1 + 2 d): n_c, sum x, sum x^2 of each class."""

    sums: Matrix
    smoothing: float
    tasks: tuple[Matrix, ...]

    @property
    def cells(self) -> int:
        return self.sums.shape[1] * (self.sums.shape[2] + 2 * sum(len(X) for X in self.tasks))

    def predictions(self, counts: Counts) -> list[NDArray[np.float64]]:
        summed = np.tensordot(counts.astype(np.float64), self.sums, axes=1)
        count, mean, variance = _moments(summed, self.smoothing)
        with np.errstate(divide="ignore"):
            prior = np.log(count / count.sum(axis=1, keepdims=True))
        constant = prior - 0.5 * (np.log(2 * np.pi * variance) + mean**2 / variance).sum(axis=2)
        return [_probabilities(_log_joint(X, mean, variance, constant)) for X in self.tasks]


def _class_sums(rows: Rows) -> Matrix:
    member = (rows.y == np.arange(rows.classes)[:, None]).astype(np.float64)
    return np.column_stack([member.sum(axis=1), member @ rows.X, member @ rows.X**2])


def _moments(summed: Matrix, smoothing: float) -> tuple[Matrix, Matrix, Matrix]:
    """(b, classes, 1 + 2d) sums -> counts (b, classes), means and smoothed variances (b, classes, d)."""
    d = (summed.shape[2] - 1) // 2
    count = summed[:, :, 0]
    n = np.maximum(count, 1.0)[:, :, None]
    mean = summed[:, :, 1 : 1 + d] / n
    variance = np.maximum(summed[:, :, 1 + d :] / n - mean**2, 0.0)
    return count, mean, variance + smoothing


def _log_joint(X: Matrix, mean: Matrix, variance: Matrix, constant: Matrix) -> Matrix:
    """(b, rows, classes); the square is expanded so that both terms are matrix products."""
    b, classes, d = mean.shape
    linear = (mean / variance).reshape(b * classes, d)
    square = (-0.5 / variance).reshape(b * classes, d)
    terms = X @ linear.T + X**2 @ square.T
    return terms.reshape(len(X), b, classes).transpose(1, 0, 2) + constant[:, None, :]


def _probabilities(log_joint: Matrix) -> Matrix:
    shifted = np.exp(log_joint - log_joint.max(axis=2, keepdims=True))
    return np.asarray(shifted / shifted.sum(axis=2, keepdims=True), dtype=np.float64)
