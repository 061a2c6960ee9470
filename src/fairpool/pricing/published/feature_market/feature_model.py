"""Models on subsets of features (M of [ADS19]): one call for a whole batch of coalitions of sellers.

    X_S      the columns of the sellers in S
    M(X_S)   predictions of a model fitted on them

`LinearModel` fits all subsets from one Gram matrix, a solve of M x M each.  `ScikitModel` clones and fits an estimator
for every subset.  Without any seller both predict the mean, or the class met most often.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone

from fairpool.games.game import Coalitions
from fairpool.ground.arrays import Floats
from fairpool.ground.errors import InputError
from fairpool.learning.rows import Rows

SMALLEST_DIRECTION = 1e-10  # directions with less than this share of the largest variance count as none
_CELLS = 2**21  # numbers held at a time, 16 MB


class FeatureModel(Protocol):
    """A way to learn from some of the columns."""

    def predictions(self, lesson: Rows, asked: Floats, coalitions: Coalitions) -> Floats:
        """Fit on the lesson's columns of each coalition and predict ``asked``, float64 (n, M).

        coalitions bool (b, M) -> float64 (b, n), of more than two classes (b, n, classes): the forms of
        `fairpool.learning.scores`.
        """
        ...


@dataclass(frozen=True, slots=True)
class LinearModel:
    """Least squares with penalty ``alpha`` >= 0 on features of unit variance; the intercept is not penalised.

    Of several least-squares solutions (alpha = 0) the shortest: predictions then depend on what the columns span, so
    copies of columns change nothing (Assumption 2 of the paper holds).  With alpha > 0 a copy halves the penalty on
    its original, and predictions do change.

    For classes the targets are -1 and +1 for each class, for two classes one column.

    Parameters
    ----------
    alpha : float
        At least 0.

    Raises
    ------
    InputError
        For anything else.

    Notes
    -----
    Cost: one Gram matrix of the M columns for all coalitions, then a solve of M x M for each.

    Examples
    --------
    >>> import numpy as np
    >>> from fairpool.learning.rows import Rows
    >>> lesson = Rows(np.array([[0.0, 1.0], [1.0, 0.0], [2.0, 1.0]]), np.array([0.0, 2.0, 4.0]), 0)
    >>> coalitions = np.array([[True, False], [False, False]])
    >>> LinearModel().predictions(lesson, np.array([[3.0, 0.0]]), coalitions).round(6).tolist()
    [[6.0], [2.0]]
    """

    alpha: float = 0.0

    def __post_init__(self) -> None:
        if not (np.isfinite(self.alpha) and self.alpha >= 0):
            raise InputError(f"linear model: alpha: got {self.alpha}, expected a number from 0 up")

    def predictions(self, lesson: Rows, asked: Floats, coalitions: Coalitions) -> Floats:
        A, B, y = *_standardised(lesson.X, asked), _targets(lesson)
        centre = y.mean(axis=0)
        weights = self._weights(A.T @ A, A.T @ (y - centre), coalitions)
        predicted = np.asarray((B @ weights) + centre)
        return predicted[:, :, 0] if y.shape[1] == 1 else predicted

    def _weights(self, gram: Floats, moment: Floats, coalitions: Coalitions) -> Floats:
        """float64 (b, M, outputs); 0 outside the coalition."""
        step = max(1, _CELLS // gram.size)
        starts = range(0, len(coalitions), step)
        return np.concatenate([self._solved(gram, moment, coalitions[s : s + step]) for s in starts])

    def _solved(self, gram: Floats, moment: Floats, coalitions: Coalitions) -> Floats:
        inside = coalitions.astype(np.float64)
        grams, moments = gram * inside[:, :, None] * inside[:, None, :], moment * inside[:, :, None]
        if self.alpha == 0:
            inverses = np.linalg.pinv(grams, rcond=SMALLEST_DIRECTION, hermitian=True)
            return inverses @ moments
        places = range(len(gram))
        grams[:, places, places] += np.where(coalitions, self.alpha, 1.0)
        return np.asarray(np.linalg.solve(grams, moments), dtype=np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class ScikitModel:
    """Any scikit-learn estimator, cloned for each coalition; give it a random_state if it uses chance."""

    estimator: Any

    def predictions(self, lesson: Rows, asked: Floats, coalitions: Coalitions) -> Floats:
        return np.array([self._predicted(lesson, asked, members) for members in coalitions])

    def _predicted(self, lesson: Rows, asked: Floats, members: NDArray[np.bool_]) -> Floats:
        if lesson.classes and len(np.unique(lesson.y)) == 1:
            found = np.full(len(asked), lesson.y[0])
        elif members.any():
            found = clone(self.estimator).fit(lesson.X[:, members], lesson.y).predict(asked[:, members])
        else:
            found = np.full(len(asked), np.bincount(lesson.y).argmax() if lesson.classes else lesson.y.mean())
        return _as_scores(np.asarray(found), lesson.classes)


def _standardised(X: Floats, asked: Floats) -> tuple[Floats, Floats]:
    """Both with mean 0 and variance 1 of the columns of X; 0 in both where X is constant, which teaches nothing.

    Constant is what holds one number only: a mean is rounded, so its standard deviation may come out above 0.
    """
    still = X.max(axis=0) == X.min(axis=0)
    apart = X - X[0]
    unit = np.where(still, 1.0, np.abs(apart).max(axis=0))  # so that no square overflows or vanishes
    apart = apart / unit
    mean, spread = apart.mean(axis=0), np.where(still, 1.0, apart.std(axis=0))
    first, second = (np.where(still, 0.0, ((rows - X[0]) / unit - mean) / spread) for rows in (X, asked))
    return first, second


def _as_scores(predicted: NDArray[Any], classes: int) -> Floats:
    """Class codes as scores; values of a regression as they are."""
    if not classes:
        return predicted.astype(np.float64)
    if classes == 2:
        return np.where(predicted == 1, 1.0, -1.0)
    return (predicted[:, None] == np.arange(classes)).astype(np.float64)


def _targets(lesson: Rows) -> Floats:
    if not lesson.classes:
        return np.asarray(lesson.y, dtype=np.float64)[:, None]
    signs = np.where(lesson.y[:, None] == np.arange(lesson.classes), 1.0, -1.0)
    return signs[:, 1:] if lesson.classes == 2 else signs
