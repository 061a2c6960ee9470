"""Scores row by row: what each validation row weighs in a gain.

To first order in the weights w_v of the validation rows (1 each, as they are), a gain is a mean of one number per row,

    G(w)  =  mean over strata of  [ sum over v in the stratum of w_v x_v  /  sum of w_v ]

with one stratum, or one for each class where the score is an average over classes.

    accuracy, balanced accuracy   x_v = 1 if row v is right, else 0; exact, not only to first order
    roc-auc                       G + the row's placement less the area, for each class against the rest: the part of
                                  the other side that the row is on the right side of ([DDC88])
    r2, one-minus-rmse            from the squared error of row v; 0 where the score is clipped at 0

These are the pseudo-values of the infinitesimal jackknife, sum over rows = n G.

[DDC88] DeLong, DeLong, Clarke-Pearson: Comparing the areas under two or more correlated receiver operating
characteristic curves, Biometrics 44, 1988.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from fairpool.ground.arrays import Float, Floats

Labels = NDArray[np.int64] | NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ByRow:
    """values: predictions and labels as a score takes them -> x, (b, n); by_class: whether classes are strata.

    all_or_nothing   whether a row is either right, 1, or wrong, 0; else a model without data has its x, too
    """

    values: Callable[[Floats, Labels], Floats]
    by_class: bool = False
    all_or_nothing: bool = False


def right(predictions: Floats, labels: Labels) -> Float[Floats, "batch rows"]:
    """1 where the predicted class is the label."""
    if predictions.ndim == 2:
        return ((predictions > 0) == (labels == 1)).astype(np.float64)
    return (predictions.argmax(axis=2) == labels).astype(np.float64)


def placements(predictions: Floats, labels: Labels) -> Float[Floats, "batch rows"]:
    """Of the area under the ROC curve, averaged over one class against the rest."""
    if predictions.ndim == 2:
        predictions = np.stack([-predictions, predictions], axis=2)
    present = np.unique(labels).astype(np.int64)
    n, found, areas = len(labels), np.zeros(predictions.shape[:2]), []
    for c in present:
        positive = labels == c
        placed, area = _placed(predictions[:, :, c], positive)
        areas.append(area)
        apart = placed - area[:, None]
        for k in present:
            side = labels == k
            found[:, side] += apart[:, side] * (1.0 if k == c else side.sum() / (n - positive.sum()))
    return found + np.mean(areas, axis=0)[:, None]


def _placed(scores: Floats, positive: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """The part of the other side that each row is rightly above or below, ties half; and the mean, the area."""
    ranks, p = rankdata(scores, axis=1), int(positive.sum())
    n = len(positive) - p
    placed = np.empty(scores.shape)
    placed[:, positive] = (ranks[:, positive] - rankdata(scores[:, positive], axis=1)) / n
    placed[:, ~positive] = 1.0 - (ranks[:, ~positive] - rankdata(scores[:, ~positive], axis=1)) / p
    return placed, np.asarray(placed[:, positive].mean(axis=1), dtype=np.float64)


def explained(predictions: Floats, labels: Labels) -> Float[Floats, "batch rows"]:
    """Of R2 = 1 - SSE / SST."""
    errors, spread = (predictions - labels) ** 2, (labels - labels.mean()) ** 2
    left = errors.sum(axis=1, keepdims=True) / spread.sum()
    found = (1.0 - left) - len(labels) * (errors - left * spread) / spread.sum()
    return np.where(left < 1.0, found, 0.0)


def close(predictions: Floats, labels: Labels) -> Float[Floats, "batch rows"]:
    """Of 1 - RMSE / (largest - smallest label); the unit, the labels' range, is taken as it is."""
    errors, unit = (predictions - labels) ** 2, np.ptp(labels)
    mean = errors.mean(axis=1, keepdims=True)
    root = np.sqrt(mean)
    gain = 1.0 - root / unit
    step = np.divide(errors - mean, 2 * root * unit, out=np.zeros_like(errors), where=root > 0)
    return np.where(gain > 0.0, gain - step, 0.0)
