"""Logistic regression, a batch of coalitions at a time.

    min over W, c of  sum over rows of -log p(y | x)  +  ||W||^2 / (2 C)        (intercepts c are not penalised)

with p the logistic function (two classes) or softmax (more).  It is scikit-learn's LogisticRegression(C).  Every
coalition starts from the solution for all rows together, which depends on the round alone, so results do not depend on
which coalitions are computed together beyond the last bits of matrix products.  At that start gradients and Hessians
are sums over blocks, so the first and longest step reads no rows.

A class that a coalition has no row of is never predicted there; a coalition of one class predicts that class.

Cost of a coalition of n rows: 2 to 4 Hessians of n d (d + 1) operations (for each pair of classes), about five
gradients of 4 n d, and d^3 for each step; measured 10,000 to 15,000 coalitions a second for d = 20, 14 parties of 100
rows and 1,000 task rows (benchmarks/coalitions.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression

from fairpool.ground.arrays import Booleans, Float, Floats, Int, Integers
from fairpool.ground.errors import InputError
from fairpool.learning.learner import CLASSIFICATION, Capabilities, batch_within
from fairpool.learning.learners.cross_moments import CrossMoments, Summed
from fairpool.learning.learners.logistic.newton import solutions
from fairpool.learning.learners.logistic.softmax import Derivatives, Softmax, chances
from fairpool.learning.rows import Rows
from fairpool.learning.ties import UNCORRELATED, level, linear_grain, tie_with_best

CAPABILITIES = Capabilities(exact_players=13, copies_players=8, tasks=CLASSIFICATION, chunk=1024)
_CELLS = 2**22  # numbers held at a time, 32 MB
_ROWS = 10_000  # of a round up to which a chunk is whole


@dataclass(frozen=True, slots=True)
class LogisticLearner:
    """Logistic regression with inverse penalty ``C`` > 0, on features of unit variance."""

    C: float = 1.0
    capabilities: ClassVar[Capabilities] = CAPABILITIES

    def __post_init__(self) -> None:
        if not (np.isfinite(self.C) and self.C > 0):
            raise InputError(f"learner-options: C: got {self.C}, expected a number above 0")

    def prepare(self, blocks: Sequence[Rows], tasks: Sequence[Rows], *, seed: int) -> LogisticPredictor:  # noqa: ARG002
        problem = Softmax.of(blocks, penalty=1 / self.C)
        everyone, each = np.ones((1, len(blocks))), np.eye(len(blocks))
        start = solutions(problem, everyone, np.zeros(problem.shape))[0]
        absent = np.repeat(problem.absent(everyone), len(blocks), axis=0)
        at_start = problem.unpenalised(np.repeat(start[None], len(blocks), axis=0), each, absent)
        designs = tuple(problem.design_of(task.X) for task in tasks)
        return LogisticPredictor(problem, start, at_start, designs, CrossMoments.of(blocks))

    def fit(self, rows: Rows, *, seed: int) -> Any:  # noqa: ARG002
        present = np.unique(rows.y).astype(np.int64)
        if len(present) == 1:
            return DummyClassifier(strategy="most_frequent").fit(rows.X, rows.y)
        problem, once = Softmax.of([rows], penalty=1 / self.C), np.ones((1, 1))
        theta = solutions(problem, once, np.zeros(problem.shape))
        if rows.classes == 2:
            _teach_nothing(theta, CrossMoments.of([rows]).summed(once))
        theta = theta[0]
        return _estimator(self.C, present, theta, problem)


@dataclass(frozen=True, slots=True, eq=False)
class LogisticPredictor:
    """The rows, the solution for all of them, each block's derivatives there, each task's (1, X), and the moments."""

    problem: Softmax
    start: Floats
    at_start: Derivatives
    tasks: tuple[Floats, ...]
    moments: CrossMoments

    @property
    def batch(self) -> int:
        rows = sum(len(X) for X in self.tasks)
        return batch_within(_CELLS, rows * len(self.problem.free) + 4 * self.start.size**2, most=512)

    @property
    def chunk(self) -> int:
        rows = int(self.problem.held.sum())
        return max(32, min(CAPABILITIES.chunk, CAPABILITIES.chunk * _ROWS // max(rows, 1)))

    def predictions(
        self, counts: Int[Integers, "batch blocks"]
    ) -> list[Float[Floats, "batch rows *classes"]]:
        weights = counts.astype(np.float64)
        theta = solutions(self.problem, weights, self.start, self.at_start)
        absent = self.problem.absent(weights)
        if self.problem.held.shape[1] == 2:
            _teach_nothing(theta, self.moments.summed(weights))
            return [_margins(X, theta, absent) for X in self.tasks]
        return [tie_with_best(chances(X, theta, absent).transpose(1, 2, 0)) for X in self.tasks]


def _teach_nothing(theta: Floats, summed: Summed) -> None:
    """Of two classes, in place: where no column goes together with the label, weights are 0 and the odds the classes'.

    A solution is one to a tolerance, so its weights would be small numbers of either sign, and decide every row.
    """
    share = summed.mean[:, summed.features]
    nothing = summed.by_rounding().all(axis=(1, 2)) & (np.abs(share) < 1)
    odds = 2 * np.arctanh(np.where(np.abs(share) <= UNCORRELATED, 0.0, share)[nothing])
    theta[nothing, 0] = np.column_stack([odds, np.zeros((len(odds), theta.shape[2] - 1))])


def _margins(design: Floats, theta: Floats, absent: Booleans) -> Floats:
    """Log-odds of the second class; 1 or -1 where only one class is there (and theta is zero)."""
    margins: Floats = theta[:, 0] @ design.T
    margins += (absent[:, :1] * 1.0) - absent[:, 1:]
    return level(margins, linear_grain(theta[:, 0, 1:], theta[:, 0, 0])[:, None])


def _estimator(C: float, present: NDArray[np.int64], theta: Floats, problem: Softmax) -> Any:
    """scikit-learn's estimator with these parameters, which are what its own solvers would find."""
    chosen = [problem.free.index(c) for c in present if c in problem.free]
    kept = theta[chosen[-1:] if len(present) == 2 else chosen]
    model = LogisticRegression(C=C, tol=1e-10, max_iter=10_000)
    model.classes_, model.coef_ = present, kept[:, 1:].copy()
    model.intercept_ = kept[:, 0] - model.coef_ @ problem.centre
    model.n_features_in_ = kept.shape[1] - 1
    return model
