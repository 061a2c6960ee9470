"""Learners and scores by name: strings become objects once, here.

To add a learner, write its file (`fairpool.learning.learner.Learner`) and one entry of `LEARNERS`; to add a score, its
file (`fairpool.learning.scores.Score`) and one entry of `SCORES`.  Nothing else knows their names.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from inspect import Parameter, signature
from types import MappingProxyType
from typing import Any

from fairpool.ground.errors import InputError
from fairpool.ground.quantities import real_number
from fairpool.ground.spelling import guess
from fairpool.learning.learner import Learner
from fairpool.learning.learners.logistic.logistic import LogisticLearner
from fairpool.learning.learners.naive_bayes import NaiveBayesLearner
from fairpool.learning.learners.nearest.nearest import NearestLearner
from fairpool.learning.learners.ridge import RidgeLearner
from fairpool.learning.learners.scikit import dotted, gradient_boosting, random_forest
from fairpool.learning.own_scores import AnyScore
from fairpool.learning.scores import ACCURACY, BALANCED_ACCURACY, ONE_MINUS_RMSE, R2, ROC_AUC, Score
from fairpool.tables.schema import Kind

_INT64 = 2**63


@dataclass(frozen=True, slots=True)
class LearnerEntry:
    """How a learner is made from its options, numbers by keyword, and what a page calls it.

    One that takes ``**options`` checks them itself.
    """

    make: Callable[..., Learner]
    title: str


LEARNERS: Mapping[str, LearnerEntry] = MappingProxyType(
    {
        "nearest": LearnerEntry(NearestLearner, "nearest neighbours"),
        "ridge": LearnerEntry(RidgeLearner, "ridge regression"),
        "logistic": LearnerEntry(LogisticLearner, "logistic regression"),
        "naive-bayes": LearnerEntry(NaiveBayesLearner, "naive Bayes"),
        "random-forest": LearnerEntry(random_forest, "random forest"),
        "gradient-boosting": LearnerEntry(gradient_boosting, "gradient boosting"),
    }
)
SCORES: Mapping[str, Score] = MappingProxyType(
    {score.name: score for score in (ACCURACY, BALANCED_ACCURACY, ROC_AUC, R2, ONE_MINUS_RMSE)}
)


def score_named(name: str) -> Score:
    """The score of that name.

    Parameters
    ----------
    name : str
        A key of `SCORES`.

    Returns
    -------
    Score

    Raises
    ------
    InputError
        For an unknown name; it tells the known ones.

    Examples
    --------
    >>> score_named("balanced-accuracy").title
    'balanced accuracy'
    """
    if name not in SCORES:
        problem = f"score: got {name!r}, expected one of {', '.join(SCORES)}"
        raise InputError(f"{problem}{guess(name, SCORES)}")
    return SCORES[name]


def learner_named(name: str, options: Mapping[str, Any], score: AnyScore) -> Learner:
    """The learner of that name with ``options`` set.

    Parameters
    ----------
    name : str
        A key of `LEARNERS`, or a dotted scikit-learn estimator such as ``sklearn.svm.SVC``.
    options : mapping
        The learner's own options by name.
    score : Score
        What it will be scored by.

    Returns
    -------
    Learner

    Raises
    ------
    InputError
        For an unknown name or option, an option of the wrong type, and a learner that cannot learn the kind of task the
        score is for.

    Examples
    --------
    >>> learner_named("ridge", {"alpha": 10.0}, score_named("r2"))
    RidgeLearner(alpha=10.0)
    """
    learner = _make(name, options)
    refuse_other_task(name, learner, score)
    return learner


def refuse_other_task(name: str, learner: Learner, score: AnyScore) -> None:
    """InputError where a learner cannot learn the kind of task that the score is for."""
    if score.task not in learner.capabilities.tasks:
        raise InputError(
            f"learner {name!r} cannot do {score.task.value}, which score {score.name!r} asks for"
        )


def kinds_named(name: str, options: Mapping[str, Any]) -> list[Kind]:
    """The kinds of task that the learner of that name can learn."""
    return sorted(_make(name, options).capabilities.tasks, key=lambda kind: kind.value)


def _make(name: str, options: Mapping[str, Any]) -> Learner:
    if "." in name:
        return dotted(name, options)
    if name not in LEARNERS:
        raise InputError(
            f"learner: got {name!r}, expected {', '.join(LEARNERS)} or a dotted scikit-learn estimator"
            f"{guess(name, LEARNERS)}"
        )
    make = LEARNERS[name].make
    known = signature(make).parameters
    if all(parameter.kind is not Parameter.VAR_KEYWORD for parameter in known.values()):
        options = _numbers(name, options, list(known))
    return make(**options)


def _numbers(name: str, options: Mapping[str, Any], known: list[str]) -> dict[str, int | float]:
    """The options, checked; a whole number that no int64 holds is a real one."""
    for option, value in options.items():
        if option not in known:
            raise InputError(
                f"learner-options: {option!r} is no option of {name}; expected {', '.join(known)}"
            )
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise InputError(f"learner-options: {option}: got {value!r}, expected a number")
    return {
        option: value if abs(value) < _INT64 else real_number(value, what=f"learner-options: {option}")
        for option, value in options.items()
    }
