"""Logistic regression by Newton's method, a batch of coalitions at a time.

    min over W, c of  sum over rows of -log p(y | x)  +  ||W||^2 / (2 C)        (intercepts c are not penalised)

with p the logistic function (two classes) or softmax (more).  It is scikit-learn's LogisticRegression(C).  Every
coalition starts from the solution for all rows together, which depends on the round alone, so results do not depend
on which coalitions are computed together.  A step's Hessians for the whole batch are one matrix product of the row
weights (b, n) with the rows' outer products (n, d (d + 1) / 2).

A class that a coalition has no row of is never predicted there; a coalition of one class predicts that class.

Cost of a step for b coalitions: b * n * d (d + 1) for each pair of classes; about five steps.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression

from fairpool.errors import InputError
from fairpool.learning.learner import CLASSIFICATION, Counts, Reach
from fairpool.learning.rows import Matrix, Rows, stack

_STEPS = 100
_TOLERANCE = 1e-9  # largest entry of the gradient, as a share of 1 + the number of rows in the coalition
_ROWS = 4096  # rows whose outer products are held at a time


REACH = Reach(exact_players=13, copies_players=0, tasks=CLASSIFICATION, chunk=512)


@dataclass(frozen=True, slots=True)
class LogisticLearner:
    """Logistic regression with inverse penalty ``C`` > 0, on features of unit variance."""

    C: float = 1.0
    reach: Reach = REACH

    def __post_init__(self) -> None:
        if not (np.isfinite(self.C) and self.C > 0):
            raise InputError(f"learner-options: C: got {self.C}, expected a number above 0")

    def study(self, blocks: Sequence[Rows], tasks: Sequence[Rows], *, seed: int) -> LogisticPredictor:  # noqa: ARG002
        rows = stack(blocks)
        problem = Softmax(
            X=np.column_stack([np.ones(len(rows)), rows.X]),
            y=np.asarray(rows.y, dtype=np.int64),
            classes=rows.classes,
            penalty=1 / self.C,
        )
        start = problem.solve(np.ones((1, len(rows))), None)[0]
        return LogisticPredictor(
            problem, start, np.array([len(b) for b in blocks]), tuple(t.X for t in tasks)
        )

    def fit(self, rows: Rows, *, seed: int) -> Any:  # noqa: ARG002
        if len(np.unique(rows.y)) == 1:
            return DummyClassifier(strategy="most_frequent").fit(rows.X, rows.y)
        return LogisticRegression(C=self.C, tol=1e-10, max_iter=10_000).fit(rows.X, rows.y)


@dataclass(frozen=True, slots=True, eq=False)
class LogisticPredictor:
    """All rows of the round, the solution for them, and which block each row belongs to (blocks are contiguous)."""

    problem: Softmax
    start: Matrix
    block_sizes: NDArray[np.int64]
    tasks: tuple[Matrix, ...]

    @property
    def cells(self) -> int:
        rows = len(self.problem.y) + sum(len(X) for X in self.tasks)
        return 3 * rows * self.problem.classes + 2 * self.start.size**2

    def predictions(self, counts: Counts) -> list[NDArray[np.float64]]:
        weights = np.repeat(counts.astype(np.float64), self.block_sizes, axis=1)
        theta = self.problem.solve(weights, self.start)
        absent = ~self.problem.present(weights)
        return [self._probabilities(X, theta, absent) for X in self.tasks]

    @staticmethod
    def _probabilities(X: Matrix, theta: Matrix, absent: NDArray[np.bool_]) -> Matrix:
        b, classes, d = theta.shape
        logits = (np.column_stack([np.ones(len(X)), X]) @ theta.reshape(b * classes, d).T).reshape(
            len(X), b, classes
        )
        return _softmax(logits.transpose(1, 0, 2), absent)


@dataclass(frozen=True, slots=True, eq=False)
class Softmax:
    """Penalised softmax regression over weighted rows.

    X float64 (n, d) with the constant first; y int64 (n,); theta (b, classes, d).  Two classes are the softmax with
    the first class's parameters at zero, which is the binary logistic model with its usual penalty.
    """

    X: Matrix
    y: NDArray[np.int64]
    classes: int
    penalty: float

    def present(self, weights: Matrix) -> NDArray[np.bool_]:
        """Which classes each coalition has rows of: (b, classes)."""
        return (weights @ (self.y[:, None] == np.arange(self.classes))) > 0

    def solve(self, weights: Matrix, start: Matrix | None) -> Matrix:
        """Newton's method with step halving, all coalitions at once: weights (b, n) -> theta (b, classes, d)."""
        absent = ~self.present(weights)
        theta = np.zeros((len(weights), self.classes, self.X.shape[1]))
        if start is not None:
            theta += start
        theta[self._fixed(absent)] = 0.0
        limit = _TOLERANCE * (1 + weights.sum(axis=1))
        active = np.arange(len(weights))
        for _ in range(_STEPS):
            gradient, hessian = self._derivatives(theta[active], weights[active], absent[active])
            open_ = np.abs(gradient).max(axis=(1, 2)) > limit[active]
            active, gradient, hessian = active[open_], gradient[open_], hessian[open_]
            if not len(active):
                break
            size = gradient[0].size
            step = np.linalg.solve(hessian, gradient.reshape(-1, size, 1)).reshape(gradient.shape)
            theta[active] = self._descend(theta[active], step, gradient, weights[active], absent[active])
        return theta

    def _fixed(self, absent: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Parameters that stay at zero: absent classes, and the first class where there are two."""
        fixed = absent | (absent.sum(axis=1, keepdims=True) == self.classes - 1)
        if self.classes == 2:
            fixed = fixed.copy()
            fixed[:, 0] = True
        return fixed

    def _loss(self, theta: Matrix, weights: Matrix, absent: NDArray[np.bool_]) -> NDArray[np.float64]:
        logits = np.einsum("nd,bcd->bnc", self.X, theta, optimize=True)
        logits = np.where(absent[:, None, :], -np.inf, logits)
        top = logits.max(axis=2)
        log_total = top + np.log(np.exp(logits - top[:, :, None]).sum(axis=2))
        own = np.take_along_axis(logits, self.y[None, :, None].repeat(len(theta), axis=0), axis=2)[:, :, 0]
        terms = np.where(weights > 0, log_total - own, 0.0)
        return np.asarray(
            (weights * terms).sum(axis=1) + 0.5 * self.penalty * (theta[:, :, 1:] ** 2).sum(axis=(1, 2))
        )

    def _descend(
        self, theta: Matrix, step: Matrix, gradient: Matrix, weights: Matrix, absent: NDArray[np.bool_]
    ) -> Matrix:
        """theta - t * step with the first t in 1, 1/2, 1/4 .. that lowers the loss enough (Armijo)."""
        before = self._loss(theta, weights, absent)
        slope = (step * gradient).sum(axis=(1, 2))
        size = np.ones(len(theta))
        for _ in range(30):
            after = self._loss(theta - size[:, None, None] * step, weights, absent)
            worse = after > before - 1e-4 * size * slope + 1e-12 * np.abs(before)
            if not worse.any():
                break
            size[worse] /= 2
        return theta - size[:, None, None] * step

    def _derivatives(
        self, theta: Matrix, weights: Matrix, absent: NDArray[np.bool_]
    ) -> tuple[Matrix, NDArray[np.float64]]:
        b, classes, d = theta.shape
        gradient = np.zeros((b, classes, d))
        upper = np.triu_indices(d)
        packed = np.zeros((classes, classes, b, len(upper[0])))
        free = range(1 if classes == 2 else 0, classes)
        for rows in _pieces(len(self.X)):
            X, y, w = self.X[rows], self.y[rows], weights[:, rows]
            logits = (X @ theta.reshape(b * classes, d).T).reshape(len(X), b, classes).transpose(1, 0, 2)
            p = _softmax(logits, absent)
            outer = X[:, upper[0]] * X[:, upper[1]]
            for c in free:
                gradient[:, c] += (w * (p[:, :, c] - (y == c))) @ X
                for e in free[: free.index(c) + 1]:
                    packed[c, e] += (w * p[:, :, c] * ((c == e) - p[:, :, e])) @ outer
        return self._penalised(gradient, packed, theta, absent, upper)

    def _penalised(
        self,
        gradient: Matrix,
        packed: NDArray[np.float64],
        theta: Matrix,
        absent: NDArray[np.bool_],
        upper: tuple[NDArray[np.intp], NDArray[np.intp]],
    ) -> tuple[Matrix, NDArray[np.float64]]:
        """Add the penalty, hold fixed parameters, and fix the gauge of intercepts (softmax sees differences only)."""
        b, classes, d = theta.shape
        hessian = np.zeros((b, classes, d, classes, d))
        for c in range(classes):
            for e in range(c + 1):
                block = np.zeros((b, d, d))
                block[:, upper[0], upper[1]] = block[:, upper[1], upper[0]] = packed[c, e]
                hessian[:, c, :, e, :] = hessian[:, e, :, c, :] = block
        ridge = np.full(d, self.penalty)
        ridge[0] = 0.0
        gradient = gradient + ridge * theta
        flat = hessian.reshape(b, classes * d, classes * d)
        flat[:, range(classes * d), range(classes * d)] += np.tile(ridge, classes)
        if self.classes > 2:
            flat[:, ::d, :][:, :, ::d] += 1.0
        fixed = np.repeat(self._fixed(absent), d, axis=1)
        flat[fixed[:, :, None] | fixed[:, None, :]] = 0.0
        flat[:, range(classes * d), range(classes * d)] += fixed
        gradient[self._fixed(absent)] = 0.0
        return gradient, flat


def _pieces(n: int) -> list[slice]:
    return [slice(i, i + _ROWS) for i in range(0, n, _ROWS)]


def _softmax(logits: NDArray[np.float64], absent: NDArray[np.bool_]) -> NDArray[np.float64]:
    held = np.where(absent[:, None, :], -np.inf, logits)
    shifted = np.exp(held - held.max(axis=2, keepdims=True))
    return np.asarray(shifted / shifted.sum(axis=2, keepdims=True), dtype=np.float64)
