"""Coalitions the slow way: every row of every member stacked, a copy as often as it is brought, and one fit.

Also rounds to try learners on: small blocks of rows with labels that depend on the features, some of them awkward.
"""

from __future__ import annotations

import numpy as np

from fairpool.learning.rows import Rows, stack


def stacked(blocks, counts):
    """The rows of one coalition: block i counts[i] times."""
    return stack([block for block, times in zip(blocks, counts, strict=True) for _ in range(times)])


def random_blocks(rng, *, classes, blocks=4, most_rows=12, d=3, grid=False):
    """Blocks of 1 to ``most_rows`` rows; on a ``grid`` features are small whole numbers, so rows coincide and tie.

    Small blocks often lack a class, hold one class only, or have a constant column.
    """
    weights = rng.normal(size=(d, max(classes, 1)))
    return tuple(
        random_rows(rng, int(rng.integers(1, most_rows + 1)), weights, classes, grid=grid)
        for _ in range(blocks)
    )


def random_task(rng, *, classes, rows=25, d=3, grid=False):
    """Rows to predict."""
    return random_rows(rng, rows, rng.normal(size=(d, max(classes, 1))), classes, grid=grid)


def random_rows(rng, n, weights, classes, *, grid=False):
    d = len(weights)
    X = rng.integers(-1, 2, size=(n, d)).astype(np.float64) if grid else rng.normal(size=(n, d))
    outputs = X @ weights + rng.normal(scale=0.7, size=(n, max(classes, 1)))
    if classes == 0:
        return Rows(X, outputs[:, 0], 0)
    y = outputs.argmax(axis=1) if classes > 1 else np.zeros(n, dtype=np.int64)
    return Rows(X, y.astype(np.int64), classes)


def random_counts(rng, b, blocks, *, most=1):
    """Coalitions with at least one row each: int64 (b, blocks)."""
    counts = rng.integers(0, most + 1, size=(b, blocks))
    counts[np.arange(b), rng.integers(0, blocks, size=b)] = rng.integers(1, most + 1, size=b)
    return counts


def each_fitted(blocks, counts, task, predict):
    """``predict(rows, X)`` for every coalition's stacked rows: (b, ...)."""
    return np.array([predict(stacked(blocks, row), task.X) for row in counts])


def first_of_best(scores):
    """The class of the largest score; of a margin (b, n), the second class where it is above zero."""
    return (scores > 0).astype(np.int64) if scores.ndim == 2 else scores.argmax(axis=2)
