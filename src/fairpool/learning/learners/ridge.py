"""Ridge regression from summed statistics (own result: no row is read twice).

    min over w, c of  ||y - X w - c||^2 + alpha ||w||^2          (the intercept c is not penalised)

z = (x, y)   Each block i keeps n_i, the mean m_i of its z and the scatter C_i = sum of (x - mean)(z - mean)' about
             its own mean.  A coalition with counts k_i has n = sum k_i n_i, mean m = sum k_i n_i m_i / n and scatter

                 C = sum k_i C_i + sum k_i n_i (m_i - m)(m_i - m)'

             and its model is one d x d solve, whatever the number of rows.  Both terms are sums of squares, so a
             column that is constant, or far from zero, in some party costs no accuracy (a difference of raw sums of
             squares would).

For classification the targets are -1 and +1 per class (one column for two classes) and the largest output wins, as in
scikit-learn's RidgeClassifier.

Cost of b coalitions: 4 b * blocks * d^2, b * d^3 (solves) and 2 b * d * rows of the tasks; measured 70,000 to 150,000
coalitions a second for d = 20 and 1,000 task rows (benchmarks/coalitions.py).  Results do not depend on which
coalitions are computed together beyond the last bits of matrix products (below 1e-12).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import Ridge, RidgeClassifier

from fairpool.ground.arrays import Float, Floats, Int, Integers
from fairpool.ground.errors import InputError
from fairpool.learning.learner import BOTH, Capabilities, batch_within
from fairpool.learning.rows import Rows
from fairpool.learning.ties import level, linear_grain

CAPABILITIES = Capabilities(exact_players=20, copies_players=14, tasks=BOTH, chunk=8192)
_CELLS = 2**18  # numbers held at a time, 2 MB


@dataclass(frozen=True, slots=True)
class RidgeLearner:
    """Ridge with penalty ``alpha`` > 0, on features of unit variance."""

    alpha: float = 1.0
    capabilities: ClassVar[Capabilities] = CAPABILITIES

    def __post_init__(self) -> None:
        if not (np.isfinite(self.alpha) and self.alpha > 0):
            raise InputError(f"learner-options: alpha: got {self.alpha}, expected a number above 0")

    def prepare(self, blocks: Sequence[Rows], tasks: Sequence[Rows], *, seed: int) -> RidgePredictor:  # noqa: ARG002
        statistics = [_statistics(block) for block in blocks]
        return RidgePredictor(
            sizes=np.array([len(block) for block in blocks], dtype=np.float64),
            means=np.array([mean for mean, _ in statistics]),
            scatters=np.array([scatter.ravel() for _, scatter in statistics]),
            features=blocks[0].X.shape[1],
            alpha=self.alpha,
            tasks=tuple(np.column_stack([task.X, np.ones(len(task))]) for task in tasks),
            classes=blocks[0].classes,
        )

    def fit(self, rows: Rows, *, seed: int) -> Any:
        if rows.classes and len(np.unique(rows.y)) == 1:
            return DummyClassifier(strategy="most_frequent").fit(rows.X, rows.y)
        weights, intercepts = self.prepare([rows], [], seed=seed).models(np.ones((1, 1), dtype=np.int64))
        return self._estimator(rows, weights[0].T, intercepts[0])

    def _estimator(self, rows: Rows, weights: Floats, intercepts: Floats) -> Any:
        """scikit-learn's estimator with these parameters, (outputs, d) and (outputs,)."""
        if not rows.classes:
            model: Any = Ridge(alpha=self.alpha)
            model.n_features_in_ = rows.X.shape[1]
            model.coef_, model.intercept_ = weights[0].copy(), float(intercepts[0])
            return model
        present = np.unique(rows.y).astype(np.int64)
        named = RidgeClassifier(alpha=self.alpha).fit(np.zeros((len(present), rows.X.shape[1])), present)
        chosen = present if len(weights) > 1 else np.array([0])
        kept = chosen[-1:] if len(present) == 2 else chosen
        named.coef_, named.intercept_ = weights[kept].copy(), intercepts[kept].copy()
        return named


@dataclass(frozen=True, slots=True, eq=False)
class RidgePredictor:
    """Of every block: sizes n_i (blocks,), means m_i (blocks, d + outputs), scatters C_i (blocks, d * (d + outputs)).

    tasks: each task's X with a column of ones after it.
    """

    sizes: NDArray[np.float64]
    means: Floats
    scatters: Floats
    features: int
    alpha: float
    tasks: tuple[Floats, ...]
    classes: int
    chunk: ClassVar[int] = CAPABILITIES.chunk

    @property
    def batch(self) -> int:
        outputs = self.means.shape[1] - self.features
        rows = sum(len(X) for X in self.tasks)
        return batch_within(_CELLS, self.means.size + self.scatters.shape[1] + rows * outputs)

    def predictions(
        self, counts: Int[Integers, "batch blocks"]
    ) -> list[Float[Floats, "batch rows *classes"]]:
        weights, intercepts = self.models(counts)
        b, d, outputs = weights.shape
        columns = np.concatenate([weights, intercepts[:, None]], axis=1).transpose(0, 2, 1)
        found = [columns.reshape(b * outputs, 1 + d) @ X.T for X in self.tasks]
        if self.classes:
            grain = linear_grain(columns[:, :, :d].reshape(-1, d), columns[:, :, d].ravel())
            shared = grain.reshape(b, outputs).max(axis=1).repeat(outputs)
            found = [level(each, shared[:, None]) for each in found]
        if self.classes > 2:
            return [each.reshape(b, outputs, -1).transpose(0, 2, 1) for each in found]
        return found

    def models(self, counts: Integers) -> tuple[Floats, Floats]:
        """Weights (b, d, outputs) and intercepts (b, outputs) of b coalitions."""
        d = self.features
        n = counts * self.sizes
        mean = (n @ self.means) / n.sum(axis=1, keepdims=True)
        apart = self.means - mean[:, None]
        scatter = (n[:, :, None] * apart[:, :, :d]).transpose(0, 2, 1) @ apart
        scatter += (counts.astype(np.float64) @ self.scatters).reshape(scatter.shape)
        scatter[:, range(d), range(d)] += self.alpha
        weights = _solve(scatter[:, :, :d], scatter[:, :, d:])
        intercepts: Floats = mean[:, d:] - (mean[:, None, :d] @ weights)[:, 0]
        return weights, intercepts


def _solve(gram: Floats, moment: Floats) -> Floats:
    try:
        return np.asarray(np.linalg.solve(gram, moment), dtype=np.float64)
    except np.linalg.LinAlgError:  # alpha is lost beside columns of huge numbers: the shortest solution
        return np.asarray(np.linalg.pinv(gram, hermitian=True) @ moment, dtype=np.float64)


def _statistics(block: Rows) -> tuple[NDArray[np.float64], Floats]:
    z = np.column_stack([block.X, _targets(block)])
    mean = z.mean(axis=0)
    z -= mean
    return mean, z[:, : block.X.shape[1]].T @ z


def _targets(block: Rows) -> Floats:
    """(n, outputs): the label itself, or -1/+1 for each class (for the second class alone if there are two)."""
    if not block.classes:
        return np.asarray(block.y, dtype=np.float64)[:, None]
    signs = np.where(block.y[:, None] == np.arange(block.classes), 1.0, -1.0)
    return signs[:, 1:] if block.classes == 2 else signs
