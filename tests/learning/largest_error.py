"""A score as a newcomer would write it: one file, and one entry of the catalogue."""

from __future__ import annotations

import numpy as np

from fairpool.learning.scores import Score
from fairpool.tables.schema import Kind


def one_minus_largest_error(predictions, labels):
    return 1.0 - np.abs(predictions - labels).max(axis=1) / np.ptp(labels)


ONE_MINUS_LARGEST_ERROR = Score(
    "one-minus-largest-error",
    Kind.REGRESSION,
    one_minus_largest_error,
    "1 − largest error",
    "one minus the largest error of a prediction, as a part of the labels' range",
)
