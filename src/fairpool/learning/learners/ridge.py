"""Ridge regression from summed statistics (own result: no row is read twice).

    min over w, c of  ||y - X w - c||^2 + alpha ||w||^2          (the intercept c is not penalised)

Blocks are summed up as `fairpool.learning.learners.cross_moments` says, and a coalition's model is one d x d solve,
whatever the number of rows.

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
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import Ridge, RidgeClassifier

from fairpool.ground.arrays import Float, Floats, Int, Integers
from fairpool.ground.errors import InputError
from fairpool.learning.learner import BOTH, Capabilities, batch_within
from fairpool.learning.learners.cross_moments import CrossMoments
from fairpool.learning.rows import Rows
from fairpool.learning.ties import UNCORRELATED, level, linear_grain

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
        return RidgePredictor(
            moments=CrossMoments.of(blocks),
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
    """tasks: each task's X with a column of ones after it."""

    moments: CrossMoments
    alpha: float
    tasks: tuple[Floats, ...]
    classes: int
    chunk: ClassVar[int] = CAPABILITIES.chunk

    @property
    def batch(self) -> int:
        means, scatters = self.moments.means, self.moments.scatters
        outputs = means.shape[1] - self.moments.features
        rows = sum(len(X) for X in self.tasks)
        return batch_within(_CELLS, means.size + scatters.shape[1] + rows * outputs)

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
        d = self.moments.features
        summed = self.moments.summed(counts)
        mean, scatter = summed.mean, summed.scatter
        if self.classes:
            scatter[:, :, d:][summed.by_rounding()] = 0.0
        scatter[:, range(d), range(d)] += self.alpha
        weights = _solve(scatter[:, :, :d], scatter[:, :, d:])
        intercepts: Floats = mean[:, d:] - (mean[:, None, :d] @ weights)[:, 0]
        if self.classes:
            intercepts[(np.abs(intercepts) <= UNCORRELATED) & ~weights.any(axis=1)] = 0.0
        return weights, intercepts


def _solve(gram: Floats, moment: Floats) -> Floats:
    try:
        return np.asarray(np.linalg.solve(gram, moment), dtype=np.float64)
    except np.linalg.LinAlgError:  # alpha is lost beside columns of huge numbers: the shortest solution
        return np.asarray(np.linalg.pinv(gram, hermitian=True) @ moment, dtype=np.float64)
