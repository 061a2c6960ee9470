"""Ridge regression from summed statistics (own result: no row is read twice).

    min over w, c of  ||y - X w - c||^2 + alpha ||w||^2          (the intercept c is not penalised)

Each block keeps n, sum x, sum y, X'X and X'y; a coalition's model is one d x d solve on the summed statistics,
whatever the number of rows, and copies are counts.  For classification the targets are -1 and +1 per class
(one column for two classes) and the largest output wins, as in scikit-learn's RidgeClassifier.

Cost of b coalitions: b * blocks * d^2 (one matrix product), b * d^3 / 3 (solves), b * d * rows of the tasks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import Ridge, RidgeClassifier

from fairpool.errors import InputError
from fairpool.learning.learner import BOTH, Counts, Reach
from fairpool.learning.rows import Matrix, Rows

REACH = Reach(exact_players=20, copies_players=14, tasks=BOTH, chunk=8192)


@dataclass(frozen=True, slots=True)
class RidgeLearner:
    """Ridge with penalty ``alpha`` > 0, on features of unit variance."""

    alpha: float = 1.0
    reach: Reach = REACH

    def __post_init__(self) -> None:
        if not (np.isfinite(self.alpha) and self.alpha > 0):
            raise InputError(f"learner-options: alpha: got {self.alpha}, expected a number above 0")

    def study(self, blocks: Sequence[Rows], tasks: Sequence[Rows], *, seed: int) -> RidgePredictor:  # noqa: ARG002
        return RidgePredictor(
            statistics=np.array([_statistics(block) for block in blocks]),
            features=blocks[0].X.shape[1],
            alpha=self.alpha,
            tasks=tuple(task.X for task in tasks),
            classes=blocks[0].classes,
        )

    def fit(self, rows: Rows, *, seed: int) -> Any:  # noqa: ARG002
        estimator = RidgeClassifier(alpha=self.alpha) if rows.classes else Ridge(alpha=self.alpha)
        return estimator.fit(rows.X, rows.y)


@dataclass(frozen=True, slots=True, eq=False)
class RidgePredictor:
    """statistics: float64 (blocks, (1 + d) * (1 + d + outputs)): the cross products of (1, x) with (1, x, y)."""

    statistics: Matrix
    features: int
    alpha: float
    tasks: tuple[Matrix, ...]
    classes: int

    @property
    def cells(self) -> int:
        return 3 * self.statistics.shape[1] + sum(len(X) for X in self.tasks) * max(self.classes, 1)

    def predictions(self, counts: Counts) -> list[NDArray[np.float64]]:
        weights, intercept = self.models(counts)
        outputs = [
            np.einsum("vd,bdo->bvo", X, weights, optimize=True) + intercept[:, None] for X in self.tasks
        ]
        return [self._scores(output) for output in outputs]

    def models(self, counts: Counts) -> tuple[Matrix, Matrix]:
        """Weights (b, d, outputs) and intercepts (b, outputs) of b coalitions."""
        d = self.features
        summed = (counts.astype(np.float64) @ self.statistics).reshape(len(counts), 1 + d, -1)
        n, x, y = summed[:, 0, 0, None], summed[:, 0, 1 : 1 + d], summed[:, 0, 1 + d :]
        gram = summed[:, 1:, 1 : 1 + d] - x[:, :, None] * (x / n)[:, None, :]
        moment = summed[:, 1:, 1 + d :] - x[:, :, None] * (y / n)[:, None, :]
        weights = np.linalg.solve(gram + self.alpha * np.eye(d), moment)
        intercepts: Matrix = (y - np.einsum("bd,bdo->bo", x, weights)) / n
        return np.asarray(weights, dtype=np.float64), intercepts

    def _scores(self, output: Matrix) -> Matrix:
        if not self.classes:
            return output[:, :, 0]
        return np.concatenate([-output, output], axis=2) if self.classes == 2 else output


def _statistics(block: Rows) -> Matrix:
    targets = _targets(block)
    left = np.column_stack([np.ones(len(block)), block.X])
    return (left.T @ np.column_stack([left, targets])).ravel()


def _targets(block: Rows) -> Matrix:
    """(n, outputs): the label itself, or -1/+1 for each class (for the second class alone if there are two)."""
    if not block.classes:
        return np.asarray(block.y, dtype=np.float64)[:, None]
    signs = np.where(block.y[:, None] == np.arange(block.classes), 1.0, -1.0)
    return signs[:, 1:] if block.classes == 2 else signs
