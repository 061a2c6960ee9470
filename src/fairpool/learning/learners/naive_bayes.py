"""Gaussian naive Bayes from summed statistics.

    log p(c, x) = log(n_c / n) - 1/2 sum over features of [ log(2 pi s2_cj) + (x_j - m_cj)^2 / s2_cj ]

Each block i keeps, per class, n_ic, the mean m_ic and the sum of squares about it; a coalition's are

    n_c = sum k_i n_ic      m_c = sum k_i n_ic m_ic / n_c      S_c = sum k_i S_ic + sum k_i n_ic (m_ic - m_c)^2

with k_i how often the block is in, so copies cost nothing and no difference of large squares is taken.  ``smoothing``
is added to every variance: features have unit variance after the round's treatment, so it is a share of one
(scikit-learn adds a share of the largest variance in the coalition's own rows instead, which would make the smoothing
differ between coalitions).  A class that a coalition has no row of is never predicted.

The square is expanded for prediction, so that a batch is one matrix product: log-odds are exact to about
1e-16 m^2 / s2, visible only for a column that is constant and ten thousand deviations away.

Cost of b coalitions: b * classes * d * (3 * blocks + 4 * rows of the tasks); measured 80,000 to 200,000 coalitions a
second for two classes, 14 parties, d = 20 and 1,000 task rows (benchmarks/coalitions.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from sklearn.naive_bayes import GaussianNB

from fairpool.ground.arrays import Float, Floats, Int, Integers
from fairpool.ground.errors import InputError
from fairpool.learning.learner import CLASSIFICATION, Capabilities, batch_within
from fairpool.learning.rows import Rows
from fairpool.learning.ties import level, tie_with_best

CAPABILITIES = Capabilities(exact_players=20, copies_players=12, tasks=CLASSIFICATION, chunk=8192)
_CELLS = 2**18  # numbers held at a time, 2 MB


@dataclass(frozen=True, slots=True)
class NaiveBayesLearner:
    """Gaussian naive Bayes with ``smoothing`` added to every variance."""

    smoothing: float = 0.01
    capabilities: ClassVar[Capabilities] = CAPABILITIES

    def __post_init__(self) -> None:
        if not (np.isfinite(self.smoothing) and self.smoothing > 0):
            raise InputError(f"learner-options: smoothing: got {self.smoothing}, expected a number above 0")

    def prepare(self, blocks: Sequence[Rows], tasks: Sequence[Rows], *, seed: int) -> NaiveBayesPredictor:  # noqa: ARG002
        squares = tuple(np.column_stack([task.X, task.X**2]) for task in tasks)
        return NaiveBayesPredictor(ClassMoments.of(blocks), self.smoothing, squares)

    def fit(self, rows: Rows, *, seed: int) -> Any:  # noqa: ARG002
        count, mean, square = ClassMoments.of([rows]).summed(np.ones((1, 1)))
        present = np.flatnonzero(count[0])
        model = GaussianNB(var_smoothing=self.smoothing)
        model.classes_, model.class_count_ = present.astype(np.int64), count[0, present]
        model.theta_, model.var_ = mean[0, present], square[0, present] + self.smoothing
        model.epsilon_ = self.smoothing
        model.class_prior_ = model.class_count_ / model.class_count_.sum()
        model.n_features_in_ = rows.X.shape[1]
        return model


@dataclass(frozen=True, slots=True, eq=False)
class ClassMoments:
    """Of every block and class: count (blocks, classes), mean and sum of squares about it (blocks, classes, d)."""

    count: Floats
    mean: NDArray[np.float64]
    squares: NDArray[np.float64]

    @classmethod
    def of(cls, blocks: Sequence[Rows]) -> ClassMoments:
        shape = (len(blocks), blocks[0].classes, blocks[0].X.shape[1])
        count, mean, squares = np.zeros(shape[:2]), np.zeros(shape), np.zeros(shape)
        for i, block in enumerate(blocks):
            for c in np.unique(block.y).astype(np.int64):
                X = block.X[block.y == c]
                count[i, c], mean[i, c] = len(X), X.mean(axis=0)
                squares[i, c] = ((X - mean[i, c]) ** 2).sum(axis=0)
        return cls(count, mean, squares)

    def summed(self, counts: Floats) -> tuple[Floats, NDArray[np.float64], NDArray[np.float64]]:
        """Of coalitions, counts (b, blocks): count (b, classes), mean and mean square about it (b, classes, d)."""
        count = counts @ self.count
        shape = (len(counts), *self.mean.shape[1:])
        mean, square = np.empty(shape), (counts @ self.squares.reshape(len(self.count), -1)).reshape(shape)
        for c in range(self.count.shape[1]):
            n, divisor = counts * self.count[:, c], np.maximum(count[:, c, None], 1.0)
            mean[:, c] = (n @ self.mean[:, c]) / divisor
            apart = self.mean[:, c] - mean[:, c, None]
            apart *= apart
            square[:, c] = (square[:, c] + (n[:, None] @ apart)[:, 0]) / divisor
        return count, mean, square


@dataclass(frozen=True, slots=True, eq=False)
class NaiveBayesPredictor:
    """tasks: (x, x^2) of every task's rows, (rows, 2 d)."""

    moments: ClassMoments
    smoothing: float
    tasks: tuple[Floats, ...]
    chunk: ClassVar[int] = CAPABILITIES.chunk

    @property
    def batch(self) -> int:
        blocks, classes, d = self.moments.mean.shape
        outputs = 1 if classes == 2 else 2 * classes
        return batch_within(_CELLS, (blocks + 8 * classes) * d + outputs * sum(len(X) for X in self.tasks))

    def predictions(
        self, counts: Int[Integers, "batch blocks"]
    ) -> list[Float[Floats, "batch rows *classes"]]:
        weights, constant = self._quadratics(counts.astype(np.float64))
        if constant.shape[1] == 2:
            odds, shift = weights[:, 1] - weights[:, 0], constant[:, 1] - constant[:, 0]
            return [level(odds @ X.T + shift[:, None]) for X in self.tasks]
        b, classes, terms = weights.shape
        flat = weights.reshape(b * classes, terms)
        joint = [(flat @ X.T).reshape(b, classes, -1) + constant[:, :, None] for X in self.tasks]
        return [tie_with_best(_probabilities(each).transpose(0, 2, 1)) for each in joint]

    def _quadratics(self, counts: Floats) -> tuple[NDArray[np.float64], Floats]:
        """log p(c, x) as weights of (x, x^2), (b, classes, 2 d), and constants (b, classes)."""
        count, mean, square = self.moments.summed(counts)
        precision = 1.0 / (square + self.smoothing)
        linear = mean * precision
        with np.errstate(divide="ignore"):  # a class without rows: minus infinity
            prior = np.log(count / count.sum(axis=1, keepdims=True))
        constant = prior + 0.5 * (np.log(precision) - mean * linear).sum(axis=2)
        return np.concatenate([linear, -0.5 * precision], axis=2), constant


def _probabilities(log_joint: NDArray[np.float64]) -> NDArray[np.float64]:
    """(b, classes, rows); the constant -d/2 log 2 pi is the same for every class."""
    log_joint -= log_joint.max(axis=1, keepdims=True)
    grown = np.exp(log_joint, out=log_joint)
    grown /= grown.sum(axis=1, keepdims=True)
    return grown
