"""What a party's labels look like beside the validation data's: turned round, or of other classes."""

from __future__ import annotations

import numpy as np
from scipy.stats import rankdata

from fairpool.ground.arrays import Float, Floats, Int, Integers
from fairpool.learning.rows import Rows

RIDGE = 1.0  # of the mean square of the columns
SURELY = 5.0  # standard errors by which labels must fall where the validation data's rise
STRONG = 0.25  # correlation from which on the direction of a column is no accident of who was treated
LARGE = 0.2  # of the validation rows, at least, that are of classes a party has none of
MOST_BY_CHANCE = 1e-6


def turned(rows: Rows, task: Rows, *, ordered: bool = False) -> bool:
    """Whether labels fall where the validation data's rise: of two classes, of numbers, or of ``ordered`` classes.

    A linear fit to the validation rows orders the party's rows; Spearman's rank correlation of that order with its
    labels is then far below zero, by standard errors that hold if there were none.
    """
    if rows.classes > 2 and not ordered:
        return False
    correlation = _rank_correlation(rows.X @ _direction(task), rows.y)
    return correlation * np.sqrt(len(rows) - 1) < -SURELY


def directions(rows: Rows, task: Rows, columns: int, *, ordered: bool = False) -> Int[Integers, " columns"]:
    """Of the first ``columns``: 1 where they go with the label as in the validation data, -1 where the other way round.

    0 where that is not sure: both rank correlations have to be beyond `SURELY` standard errors and beyond `STRONG`.
    """
    found = np.zeros(columns, dtype=np.int64)
    if rows.classes > 2 and not ordered:
        return found
    least = [max(STRONG, SURELY / np.sqrt(max(len(one) - 1, 1))) for one in (rows, task)]
    for k in range(columns):
        mine, theirs = (_rank_correlation(one.X[:, k], one.y) for one in (rows, task))
        found[k] = np.sign(mine * theirs) if abs(mine) > least[0] and abs(theirs) > least[1] else 0
    return found


def _rank_correlation(values: Float[Floats, " rows"], labels: Floats | Integers) -> float:
    """Spearman's; 0 where one of them is constant."""
    if len(values) < 2 or np.ptp(values) == 0 or np.ptp(labels) == 0:
        return 0.0
    return float(np.corrcoef(rankdata(values), rankdata(labels))[0, 1])


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
