"""Scores: how good predictions are on a task, in [0, 1].

G(V, M)   ``Score.of``        the gain of model M on validation rows V, for a whole batch of models at once
G(V, {})  ``Score.trivial``   the score of the best constant prediction, which needs no training data

    accuracy            share of rows whose predicted class is right
    balanced-accuracy   mean over the classes present in V of the share found
    roc-auc             area under the ROC curve; more than two classes: mean of one class against the rest
    r2                  1 - SSE / SST, clipped to [0, 1]
    one-minus-rmse      1 - RMSE / (largest - smallest label of V), clipped to [0, 1]

Predictions of b models on n rows are float64:

    (b, n)            a regression's values; of two classes the margin, score of the second less that of the first
    (b, n, classes)   class scores, larger is more likely; of equal scores the first class wins
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from fairpool.ground.arrays import Float, Floats
from fairpool.ground.errors import InputError
from fairpool.learning.validation_rows.by_row import ByRow, Labels, close, explained, placements, right
from fairpool.tables.schema import Kind


@dataclass(frozen=True, slots=True)
class Score:
    """A named score of one kind of task; every value lies in [0, 1].

    Parameters
    ----------
    name : str
        As a file names it.
    task : Kind
        Classification or regression.
    formula : callable
        Predictions and labels as in `of` -> float64 (b,), clipped to [0, 1] afterwards.
    title, meaning : str
        As a page writes it, and a clause that says what 0 to 1 measures.
    weight : callable
        Labels (n,) -> what a right row adds, float64 (n,); None where the score does not add up over rows.
    by_row : ByRow
        What each row weighs in a gain (`fairpool.learning.validation_rows.by_row`); None where only the whole can be
        asked for.

    Examples
    --------
    >>> R2.of(np.array([[1.0, 2.0, 3.0], [2.0, 2.0, 2.0]]), np.array([1.0, 2.0, 3.0])).tolist()
    [1.0, 0.0]
    """

    name: str
    task: Kind
    formula: Callable[[Floats, Labels], Floats]
    title: str
    meaning: str
    weight: Callable[[Labels], Floats] | None = None
    by_row: ByRow | None = None

    @property
    def additive(self) -> bool:
        """Whether the score of classes is the sum of what each row weighs where it is right."""
        return self.weight is not None

    def row_weights(self, labels: Labels) -> Floats:
        """What each row weighs where its predicted class is right, for a score that is `additive`: float64 (n,)."""
        if self.weight is None:
            raise ValueError(f"{self.name} does not add up over rows")
        return self.weight(labels)

    def of(
        self, predictions: Float[Floats, "batch rows *classes"], labels: Labels
    ) -> Float[Floats, " batch"]:
        """Gains of b models: predictions (b, n) or (b, n, classes), labels (n,) -> float64 (b,)."""
        if predictions.ndim == 3 and predictions.shape[2] == 2:
            predictions = predictions[:, :, 1] - predictions[:, :, 0]
        return np.clip(self.formula(predictions, labels), 0.0, 1.0)

    def trivial(self, labels: Labels, classes: int) -> float:
        """Score of the best constant: class frequencies, or the mean, of the task's own labels."""
        if self.task is Kind.REGRESSION:
            constant = np.full((1, len(labels)), labels.mean())
        else:
            frequencies = np.bincount(labels.astype(np.int64), minlength=classes) / len(labels)
            constant = np.broadcast_to(frequencies, (1, len(labels), classes))
        return float(self.of(constant, labels)[0])

    def check(self, labels: Labels, *, file: str) -> None:
        """InputError where no score can be told from these labels: one class only, or one value only."""
        refuse_single_label(self.task, self.name, labels, file=file)


def refuse_single_label(task: Kind, score: str, labels: Labels, *, file: str) -> None:
    """InputError where all labels are one."""
    if len(np.unique(labels)) < 2:
        kind = "class" if task is Kind.CLASSIFICATION else "value"
        raise InputError(
            f"the label has one {kind} only; {score} needs at least two to tell models apart", file=file
        )


def both_scores(predictions: Floats) -> Floats:
    """Scores (rows, classes) of one model, also where it gave the margin (rows,) of two."""
    return np.column_stack([-predictions, predictions]) if predictions.ndim == 1 else predictions


def accuracy(predictions: Floats, labels: Labels) -> Floats:
    return _right(predictions, labels, [np.ones(len(labels), dtype=bool)])[0]


def balanced_accuracy(predictions: Floats, labels: Labels) -> Floats:
    return np.mean(_right(predictions, labels, [labels == c for c in np.unique(labels)]), axis=0)


def _right(
    predictions: Floats, labels: Labels, parts: Sequence[NDArray[np.bool_]]
) -> list[NDArray[np.float64]]:
    """Share of rows whose class is right, in each part of the rows; rows are counted eight to a byte."""
    if predictions.ndim == 2:
        right = np.packbits(predictions > 0, axis=1) ^ np.packbits(labels != 1)
    else:
        right = np.packbits(_winners(predictions) == labels, axis=1)
    return [
        np.bitwise_count(right & np.packbits(part)).sum(axis=1, dtype=np.int64) / part.sum() for part in parts
    ]


def _winners(predictions: Floats) -> NDArray[np.int64]:
    """The class of the largest score, the first of equals: (b, n)."""
    best, winner = predictions[:, :, 0], np.zeros(predictions.shape[:2], dtype=np.int64)
    for c in range(1, predictions.shape[2]):
        winner[predictions[:, :, c] > best] = c
        best = np.maximum(best, predictions[:, :, c])
    return winner


def roc_auc(predictions: Floats, labels: Labels) -> Floats:
    if predictions.ndim == 2:
        return _area(predictions, labels == 1)
    present = np.unique(labels).astype(np.int64)
    return np.mean([_area(predictions[:, :, c], labels == c) for c in present], axis=0)


def _area(scores: NDArray[np.float64], positive: NDArray[np.bool_]) -> Floats:
    """Mann-Whitney: P(score of a positive > score of a negative), ties count half; O(n log n) a model."""
    n, p = len(positive), int(positive.sum())
    order = scores.argsort(axis=1)
    ordered = np.take_along_axis(scores, order, axis=1)
    ranks = positive[order] @ np.arange(1.0, n + 1)
    tied = (ordered[:, 1:] == ordered[:, :-1]).any(axis=1)
    ranks[tied] = rankdata(scores[tied], axis=1)[:, positive].sum(axis=1)
    return np.asarray((ranks - p * (p + 1) / 2) / (p * (n - p)), dtype=np.float64)


def r2(predictions: Floats, labels: Labels) -> Floats:
    apart = (labels - labels.mean()) / np.ptp(labels)
    return 1.0 - _squared_errors(predictions, labels).sum(axis=1) / (apart**2).sum()


def one_minus_rmse(predictions: Floats, labels: Labels) -> Floats:
    return 1.0 - np.sqrt(_squared_errors(predictions, labels).mean(axis=1))


def _squared_errors(predictions: Floats, labels: Labels) -> NDArray[np.float64]:
    """In units of the labels' range, so that no unit of theirs makes a square vanish or overflow."""
    errors: NDArray[np.float64] = predictions - labels
    errors /= float(np.ptp(labels))
    errors *= errors
    return errors


def accuracy_weights(labels: Labels) -> Floats:
    """1/n for every row: accuracy."""
    return np.full(len(labels), 1 / len(labels))


def balanced_accuracy_weights(labels: Labels) -> Floats:
    """1 / (classes present * rows of the row's class): balanced accuracy."""
    _, number, frequency = np.unique(labels, return_inverse=True, return_counts=True)
    return np.asarray(1 / (len(frequency) * frequency[number]), dtype=np.float64)


ACCURACY = Score(
    "accuracy",
    Kind.CLASSIFICATION,
    accuracy,
    "accuracy",
    "the part of the validation rows that the model gets right",
    accuracy_weights,
    ByRow(right, all_or_nothing=True),
)
BALANCED_ACCURACY = Score(
    "balanced-accuracy",
    Kind.CLASSIFICATION,
    balanced_accuracy,
    "balanced accuracy",
    "the part of each class that the model gets right, averaged over the classes",
    balanced_accuracy_weights,
    ByRow(right, by_class=True, all_or_nothing=True),
)
ROC_AUC = Score(
    "roc-auc",
    Kind.CLASSIFICATION,
    roc_auc,
    "ROC AUC",
    "how often the model ranks a row of the one class above a row of the other; 0.5 is guessing",
    by_row=ByRow(placements, by_class=True),
)
R2 = Score(
    "r2",
    Kind.REGRESSION,
    r2,
    "R²",
    "the part of the differences between rows that the model explains; 0 is no better than always saying the mean",
    by_row=ByRow(explained),
)
ONE_MINUS_RMSE = Score(
    "one-minus-rmse",
    Kind.REGRESSION,
    one_minus_rmse,
    "1 − RMSE",
    "one minus the typical error of a prediction",
    by_row=ByRow(close),
)
