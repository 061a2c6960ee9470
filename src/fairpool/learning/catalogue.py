"""The learners by name: strings become objects once, here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from inspect import signature
from types import MappingProxyType
from typing import Any

from fairpool.ground.errors import InputError
from fairpool.learning.learner import Learner
from fairpool.learning.learners.logistic.logistic import LogisticLearner
from fairpool.learning.learners.naive_bayes import NaiveBayesLearner
from fairpool.learning.learners.nearest.nearest import NearestLearner
from fairpool.learning.learners.ridge import RidgeLearner
from fairpool.learning.learners.scikit import dotted, gradient_boosting, random_forest
from fairpool.learning.scores import Score

OWN: Mapping[str, Callable[..., Learner]] = MappingProxyType(
    {
        "nearest": NearestLearner,
        "ridge": RidgeLearner,
        "logistic": LogisticLearner,
        "naive-bayes": NaiveBayesLearner,
    }
)
WRAPPED: Mapping[str, Callable[..., Learner]] = MappingProxyType(
    {"random-forest": random_forest, "gradient-boosting": gradient_boosting}
)


def learner_named(name: str, options: Mapping[str, Any], score: Score) -> Learner:
    """The learner of that name with ``options`` set.

    Raises InputError for an unknown name or option, an option of the wrong type, and a learner that cannot learn the
    kind of task the score is for.
    """
    learner = _make(name, options)
    if score.task not in learner.reach.tasks:
        raise InputError(
            f"learner {name!r} cannot do {score.task.value}, which score {score.name!r} asks for"
        )
    return learner


def _make(name: str, options: Mapping[str, Any]) -> Learner:
    if "." in name:
        return dotted(name, options)
    if name in WRAPPED:
        return WRAPPED[name](**options)
    if name not in OWN:
        raise InputError(
            f"learner: got {name!r}, expected {', '.join([*OWN, *WRAPPED])} or a dotted scikit-learn estimator"
        )
    known = [option for option in signature(OWN[name]).parameters if option != "reach"]
    for option, value in options.items():
        if option not in known:
            raise InputError(
                f"learner-options: {option!r} is no option of {name}; expected {', '.join(known)}"
            )
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise InputError(f"learner-options: {option}: got {value!r}, expected a number")
    return OWN[name](**options)
