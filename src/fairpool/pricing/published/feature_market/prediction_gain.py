"""Gain: how good predictions are, in [0, 1] (G of [ADS19], section 3).

    regression      1 - RMSE / (largest - smallest label)     `fairpool.learning.scores`, "one-minus-rmse"
    classification  accuracy, such that guessing is 0         `AboveGuessing` of "accuracy"

Every `fairpool.learning.scores.Score` is a gain.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from fairpool.ground.arrays import Floats
from fairpool.ground.errors import InputError
from fairpool.learning.scores import Score
from fairpool.tables.schema import Kind


class GainMeasure(Protocol):
    """A measure of predictions."""

    def of(self, predictions: Floats, labels: NDArray[np.int64] | Floats) -> Floats:
        """Gains in [0, 1] of b models on n rows, in the forms of `fairpool.learning.scores`: float64 (b,)."""
        ...


@dataclass(frozen=True, slots=True)
class AboveGuessing:
    """max(0, score - s) / (1 - s), s being what the best constant prediction scores: 0 for guessing, 1 at best.

    With two classes equally often, accuracy becomes max(0, 2 accuracy - 1), the paper's example.

    Parameters
    ----------
    score : Score
        Such as `score_named` finds.

    References
    ----------
    [ADS19] Agarwal, Dahleh, Sarkar, "A Marketplace for Data: An Algorithmic Solution", EC 2019, section 3.

    Examples
    --------
    >>> import numpy as np
    >>> from fairpool.learning import score_named
    >>> three_of_four = np.array([[-1.0, 1.0, 1.0, 1.0]])
    >>> AboveGuessing(score_named("accuracy")).of(three_of_four, np.array([0, 0, 1, 1])).tolist()
    [0.5]
    """

    score: Score

    def of(self, predictions: Floats, labels: NDArray[np.int64] | Floats) -> Floats:
        classes = int(labels.max()) + 1 if self.score.task is Kind.CLASSIFICATION else 0
        guessing = self.score.trivial(labels, classes)
        if guessing >= 1:
            raise InputError(
                f"gain: a constant prediction scores {guessing:g}: these labels can tell no models apart"
            )
        return np.clip((self.score.of(predictions, labels) - guessing) / (1 - guessing), 0.0, 1.0)
