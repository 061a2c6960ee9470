"""What a party's labels look like beside the validation data's: turned round, or of other classes."""

from __future__ import annotations

import numpy as np
from scipy.stats import rankdata

from fairpool.ground.arrays import Float, Floats
from fairpool.learning.rows import Rows

RIDGE = 1.0  # of the mean square of the columns
SURELY = 5.0  # standard errors by which labels must fall where the validation data's rise
LARGE = 0.2  # of the validation rows, at least, that are of classes a party has none of
MOST_BY_CHANCE = 1e-6


def turned(rows: Rows, task: Rows) -> bool:
    """Whether labels fall where the validation data's rise: of two classes, or numbers.

    A linear fit to the validation rows orders the party's rows; Spearman's rank correlation of that order with its
    labels is then far below zero, by standard errors that hold if there were none.
    """
    if rows.classes > 2 or len(rows) < 2 or len(np.unique(rows.y)) < 2:
        return False
    scores = rows.X @ _direction(task)
    if np.ptp(scores) == 0:
        return False
    correlation = float(np.corrcoef(rankdata(scores), rankdata(rows.y))[0, 1])
    return correlation * np.sqrt(len(rows) - 1) < -SURELY


def _direction(task: Rows) -> Float[Floats, " columns"]:
    """Ridge regression of the labels on the columns."""
    X, y = task.X - task.X.mean(axis=0), task.y - task.y.mean()
    gram = X.T @ X
    size = max(float(np.trace(gram)) / len(gram), np.finfo(float).tiny)
    found: Floats = np.linalg.solve(gram + RIDGE * size * np.eye(len(gram)), X.T @ y)
    return found


def absent_classes(rows: Rows, task: Rows) -> tuple[int, ...]:
    """Classes that no row of the party has, where the validation data have too many for that to be chance."""
    if not rows.classes:
        return ()
    share = np.bincount(task.y.astype(np.int64), minlength=rows.classes) / len(task)
    absent = np.bincount(rows.y.astype(np.int64), minlength=rows.classes) == 0
    part = float(share[absent].sum())
    beyond = part >= LARGE and (1 - part) ** len(rows) < MOST_BY_CHANCE
    return tuple(int(k) for k in np.flatnonzero(absent & (share > 0))) if beyond else ()
