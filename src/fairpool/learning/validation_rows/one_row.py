"""What one validation row is worth to a score: how much hangs on a single row of a task.

The score of a model that is right about every row, less its score where it is wrong about one

    classification   wrong: surest of another class.  Rows of one class are worth the same; the rarest counts most
    regression       wrong: it says the mean of the labels, as a model without data would; the row farthest from it

so it is found for every score that there is, and for accuracy it is 1/n, for balanced accuracy 1 / (classes times the
rows of the rarest).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fairpool.ground.arrays import Floats
from fairpool.learning.own_scores import AnyScore
from fairpool.learning.rows import Rows


@dataclass(frozen=True, slots=True)
class OneRow:
    """The row of a task on which most hangs.

    worth   what the score loses where only this row goes wrong, 0 to 1
    code    its class as a code; None for regression
    alike   how many rows are worth as much: those of its class
    """

    worth: float
    code: int | None
    alike: int


def worth_of_one_row(score: AnyScore, task: Rows) -> OneRow:
    """The dearest single row of a task.  Cost: the score of two models, for each class where there are classes."""
    return _of_classes(score, task) if task.classes else _of_numbers(score, task)


def _of_classes(score: AnyScore, task: Rows) -> OneRow:
    y = task.y.astype(np.int64)
    right = np.eye(task.classes)[y][None]
    perfect = score.of(right, y)[0]
    found = []
    for code in np.unique(y):
        rows = np.flatnonzero(y == code)
        wrong = right.copy()
        wrong[0, rows[0], :] = 2.0
        wrong[0, rows[0], code] = -2.0
        if task.classes == 2:  # surer than of any other row
            wrong[0, rows[0], 1 - code] = 3.0
        found.append(OneRow(float(perfect - score.of(wrong, y)[0]), int(code), len(rows)))
    return max(found, key=lambda one: (one.worth, -one.alike))


def _of_numbers(score: AnyScore, task: Rows) -> OneRow:
    y = np.asarray(task.y, dtype=np.float64)
    predictions: Floats = np.stack([y, y])
    far = int(np.argmax(np.abs(y - y.mean())))
    predictions[1, far] = y.mean()
    perfect, wrong = score.of(predictions, y)
    return OneRow(float(perfect - wrong), None, 1)
