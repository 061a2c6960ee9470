"""A caller's own score: any function of true and predicted labels, or a scorer of scikit-learn.

    score(y_true, y_pred)                        a function
    make_scorer(..), get_scorer("f1_macro")      a scorer; by its name as well

Labels come as the data have them: class names as text (as whole numbers where all classes are), numbers in their own
unit.  A scorer asks for predictions, decision values or probabilities as it does of a fitted estimator; it is shown
those that the learner gave for the task's rows, and never the estimator.

Whatever it is, every value has to lie in [0, 1], 1 for perfect: what a coalition is worth is a part of a unit price.
That is checked for every coalition.  Nothing else can be: not that larger is better, nor that it does not depend on the
order of rows.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.metrics import get_scorer, get_scorer_names

from fairpool.ground.arrays import Float, Floats
from fairpool.ground.errors import InputError
from fairpool.learning.learner import Refusal
from fairpool.learning.scores import Score, both_scores, refuse_single_label
from fairpool.learning.validation_rows.by_row import Labels
from fairpool.tables.schema import Kind
from fairpool.tables.treatment.standardisation import UNSCALED, Standardisation

OF_SCIKIT_LEARN = frozenset(get_scorer_names())
ROUNDING = 1e-9  # a value this little outside [0, 1] is the rounding of one inside


@dataclass(frozen=True, slots=True)
class OwnScore:
    """A function or scorer of the caller's, for one kind of task.

    classes  the names of the round's classes; label_unit  what its numbers are measured in
    """

    function: Callable[..., Any]
    task: Kind
    name: str
    classes: tuple[str, ...] = ()
    label_unit: Standardisation = UNSCALED
    additive = False
    by_row = None

    @property
    def title(self) -> str:
        return self.name

    @property
    def meaning(self) -> str:
        return "a score of the caller's own"

    def bound(self, classes: tuple[str, ...] | None, label_unit: Standardisation) -> OwnScore:
        """The same for a round's labels."""
        return replace(self, classes=classes or (), label_unit=label_unit)

    def of(
        self, predictions: Float[Floats, "batch rows *classes"], labels: Labels
    ) -> Float[Floats, " batch"]:
        """Gains of b models, as `Score.of`.  Raises Refusal for a value that is no number from 0 to 1."""
        truth = self._spelled(labels)
        return np.array(
            [self._checked(self._one(each, truth), place) for place, each in enumerate(predictions)]
        )

    def trivial(self, labels: Labels, classes: int) -> float:
        """Score of the best constant, as `Score.trivial`."""
        if self.task is Kind.REGRESSION:
            constant = np.full((1, len(labels)), labels.mean())
        else:
            shares = np.bincount(labels.astype(np.int64), minlength=classes) / len(labels)
            constant = np.tile(shares, (1, len(labels), 1))
        return float(self.of(constant, labels)[0])

    def row_weights(self, labels: Labels) -> Floats:
        """As `Score.row_weights`: nobody knows whether a score of one's own adds up over rows."""
        raise ValueError(f"{self.name} is not known to add up over {len(labels)} rows")

    def check(self, labels: Labels, *, file: str) -> None:
        """InputError where all labels are one."""
        refuse_single_label(self.task, self.name, labels, file=file)

    def _one(self, predictions: Floats, truth: NDArray[Any]) -> Any:
        answers = self._answers(predictions)
        try:
            if _is_scorer(self.function):
                return self.function(answers, np.zeros((len(truth), 1)), truth)
            return self.function(truth, answers.predict(truth))
        except (ValueError, TypeError, AttributeError) as problem:
            raise InputError(f"score: {self.name} cannot be computed: {problem}") from problem

    def _answers(self, predictions: Floats) -> Any:
        if self.task is Kind.REGRESSION:
            return _Numbers(self.label_unit.restored(predictions))
        scores = both_scores(predictions)
        return _Classes(scores, self._spelled(np.arange(len(self.classes))), margins=predictions.ndim == 1)

    def _spelled(self, labels: Labels) -> NDArray[Any]:
        if self.task is Kind.REGRESSION:
            return self.label_unit.restored(labels.astype(np.float64))
        whole = all(name.removeprefix("-").isdigit() and str(int(name)) == name for name in self.classes)
        names = np.array([int(name) for name in self.classes] if whole else self.classes)
        return names[labels.astype(np.int64)]

    def _checked(self, value: Any, place: int) -> float:
        try:
            number = float(value)
        except (TypeError, ValueError):
            raise InputError(f"score: {self.name} gave {value!r}, expected a number from 0 to 1") from None
        if not -ROUNDING <= number <= 1 + ROUNDING:
            raise Refusal(f"score: {self.name} gave {number}, expected a number from 0 to 1", place=place)
        return min(max(number, 0.0), 1.0)


class _Numbers(RegressorMixin, BaseEstimator):  # type: ignore[misc]
    """What a learner answered for a task's rows, as a fitted regressor that has nothing else to say."""

    def __init__(self, values: Floats) -> None:
        self.values = values

    def predict(self, X: Any) -> Floats:  # noqa: ARG002
        return self.values


class _Classes(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """The same as a classifier: the classes in order, and scores (rows, classes).

    Probabilities are what adds up to one; margins are no probabilities.
    """

    def __init__(self, scores: Floats, classes: NDArray[Any], *, margins: bool) -> None:
        self.scores, self.classes_, self.margins = scores, classes, margins

    def predict(self, X: Any) -> NDArray[Any]:  # noqa: ARG002
        return self.classes_[self.scores.argmax(axis=1)]

    def decision_function(self, X: Any) -> Floats:  # noqa: ARG002
        return self.scores[:, 1] - self.scores[:, 0] if len(self.classes_) == 2 else self.scores

    def predict_proba(self, X: Any) -> Floats:  # noqa: ARG002
        shares = np.maximum(self.scores, 0.0)  # a class that the model has never seen scores below 0
        if self.margins or not np.allclose(shares.sum(axis=1), 1.0, rtol=0, atol=1e-6):
            raise AttributeError("the learner gives no probabilities")
        return shares


def _is_scorer(function: Any) -> bool:
    return hasattr(function, "_score_func") and hasattr(function, "_sign")


def own_score(score: Any, kinds: list[Kind]) -> OwnScore:
    """A caller's score for a learner of these kinds of task.

    Raises InputError for what is no score, and where the learner does both kinds, so that the kind is not known.
    """
    function = get_scorer(score) if isinstance(score, str) else score
    if not callable(function):
        raise InputError(
            f"score: got {score!r}, expected a name, a function of true and predicted labels, or a scorer"
        )
    name = score if isinstance(score, str) else _named(function)
    if len(kinds) != 1:
        raise InputError(
            f"score: got {name}, which is none of fairpool's own, and a learner for both classes and numbers; neither "
            "says whether labels are classes or numbers: hand in an estimator for one of them, such as "
            "sklearn.linear_model.LogisticRegression()"
        )
    return OwnScore(function, kinds[0], name)


def _named(function: Any) -> str:
    of = getattr(function, "_score_func", function)
    return str(getattr(of, "__name__", None) or type(of).__name__)


AnyScore = Score | OwnScore
