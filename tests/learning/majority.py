"""A learner as a newcomer would write it: one file, and one entry of the catalogue."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from fairpool.learning.learner import CLASSIFICATION, Capabilities


@dataclass(frozen=True, slots=True)
class MajorityLearner:
    """Always the class with most rows, ``prior`` more of each imagined; copies of rows change it."""

    prior: float = 0.0
    capabilities: ClassVar[Capabilities] = Capabilities(
        exact_players=8, copies_players=4, tasks=CLASSIFICATION, chunk=64
    )

    def prepare(self, blocks, tasks, *, seed):  # noqa: ARG002
        held = np.array([_counted(block) for block in blocks])
        return MajorityPredictor(held, self.prior, tuple(len(task) for task in tasks))

    def fit(self, rows, *, seed):  # noqa: ARG002
        return Majority(_counted(rows) + self.prior, columns=rows.X.shape[1])


@dataclass(frozen=True, slots=True, eq=False)
class MajorityPredictor:
    """Rows of every class in each block."""

    held: np.ndarray
    prior: float
    task_rows: tuple[int, ...]
    batch: ClassVar[int] = 64
    chunk: ClassVar[int] = 64

    def predictions(self, counts):
        shares = counts @ self.held + self.prior
        return [np.repeat(shares[:, None, :], rows, axis=1) for rows in self.task_rows]


class Majority:
    """The delivered model; it says itself how it is written as ONNX."""

    onnx_answer = "scores"

    def __init__(self, shares, *, columns):
        self.shares, self.columns = shares, columns
        self.classes_ = np.arange(len(shares))

    def predict(self, X):
        return np.full(len(X), self.shares.argmax())

    def draw_onnx(self, graph, x):
        nothing = graph.constant(np.zeros((self.columns, len(self.shares))))
        return graph.add("Gemm", x, nothing, graph.constant(self.shares))


def _counted(rows):
    return np.bincount(rows.y.astype(np.int64), minlength=rows.classes).astype(np.float64)
