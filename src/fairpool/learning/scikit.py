"""Any scikit-learn estimator as a learner: one fit a coalition.

A model's randomness comes from the round's seed and the coalition alone (``random_state`` = a hash of both), so a
coalition's gain is the same whichever run, worker or order computes it.  Estimators of one class only, or that a
coalition is too small for, are not asked: a coalition of one class predicts it.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, is_classifier, is_regressor
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)

from fairpool.errors import InputError
from fairpool.learning.learner import Counts, Reach
from fairpool.learning.rows import Matrix, Rows, stack
from fairpool.learning.schema import Task


@dataclass(frozen=True, slots=True)
class ScikitLearner:
    """Estimators of scikit-learn, one for each kind of task it can learn, with ``options`` set."""

    estimators: Mapping[Task, type[Any]]
    options: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))

    def __post_init__(self) -> None:
        for estimator in self.estimators.values():
            known = set(estimator().get_params()) - {"random_state", "n_jobs", "verbose", "warm_start"}
            for option in self.options:
                if option not in known:
                    raise InputError(
                        f"learner-options: {option!r} is no option of {estimator.__name__}; "
                        f"expected {', '.join(sorted(known))}"
                    )

    @property
    def reach(self) -> Reach:
        return Reach(exact_players=12, copies_players=0, tasks=frozenset(self.estimators), chunk=16)

    def study(self, blocks: Sequence[Rows], tasks: Sequence[Rows], *, seed: int) -> ScikitPredictor:
        return ScikitPredictor(self, tuple(blocks), tuple(task.X for task in tasks), seed)

    def fit(self, rows: Rows, *, seed: int) -> Any:
        if rows.classes and len(np.unique(rows.y)) == 1:
            return DummyClassifier(strategy="most_frequent").fit(rows.X, rows.y)
        estimator = self.estimators[Task.CLASSIFICATION if rows.classes else Task.REGRESSION](**self.options)
        if "random_state" in estimator.get_params():
            estimator.set_params(random_state=seed)
        try:
            return estimator.fit(rows.X, rows.y)
        except (ValueError, TypeError) as problem:
            raise InputError(
                f"{type(estimator).__name__} cannot learn from {len(rows)} rows: {problem}"
            ) from problem


@dataclass(frozen=True, slots=True, eq=False)
class ScikitPredictor:
    """The blocks themselves: every coalition is fitted from its rows."""

    learner: ScikitLearner
    blocks: tuple[Rows, ...]
    tasks: tuple[Matrix, ...]
    seed: int

    @property
    def cells(self) -> int:
        return sum(len(X) for X in self.tasks) * max(self.blocks[0].classes, 1)

    def predictions(self, counts: Counts) -> list[NDArray[np.float64]]:
        each = [self._predict(row) for row in counts]
        return [np.stack(column) for column in zip(*each, strict=True)]

    def _predict(self, counts: Counts) -> list[NDArray[np.float64]]:
        chosen = np.repeat(np.arange(len(counts)), counts)
        rows = stack([self.blocks[i] for i in chosen])
        model = self.learner.fit(rows, seed=coalition_seed(self.seed, counts))
        return [
            class_scores(model, X, rows.classes) if rows.classes else model.predict(X) for X in self.tasks
        ]


def coalition_seed(seed: int, counts: Counts) -> int:
    """A seed for scikit-learn (below 2**32) made of the round's seed and the coalition."""
    return int(np.random.SeedSequence([seed, *map(int, counts)]).generate_state(1)[0])


def class_scores(model: Any, X: Matrix, classes: int) -> NDArray[np.float64]:
    """Scores (rows, classes) of a fitted classifier; a class the model has never seen scores below all others."""
    scores = np.full((len(X), classes), -np.inf)
    known = np.asarray(model.classes_, dtype=np.int64)
    if hasattr(model, "predict_proba"):
        scores[:, known] = model.predict_proba(X)
    elif hasattr(model, "decision_function"):
        decided = np.asarray(model.decision_function(X))
        scores[:, known] = np.column_stack([-decided, decided]) if decided.ndim == 1 else decided
    else:
        scores[:, known] = np.asarray(model.predict(X))[:, None] == known
    return np.where(np.isneginf(scores), np.nanmin(scores[:, known]) - 1.0, scores)


def random_forest(**options: Any) -> ScikitLearner:
    """scikit-learn's random forests, 100 trees, with at least 5 rows a leaf unless ``options`` say otherwise.

    With scikit-learn's own default of one row a leaf, every training label can be read from the delivered trees
    (docs/decisions/0006-what-is-handed-out.md).
    """
    kinds = {Task.CLASSIFICATION: RandomForestClassifier, Task.REGRESSION: RandomForestRegressor}
    return ScikitLearner(kinds, {"min_samples_leaf": 5, **options})


def gradient_boosting(**options: Any) -> ScikitLearner:
    """scikit-learn's histogram gradient boosting."""
    return ScikitLearner(
        {Task.CLASSIFICATION: HistGradientBoostingClassifier, Task.REGRESSION: HistGradientBoostingRegressor},
        options,
    )


def dotted(path: str, options: Mapping[str, Any]) -> ScikitLearner:
    """An estimator by its dotted name; only classifiers and regressors of scikit-learn itself are let in."""
    module, _, name = path.rpartition(".")
    if not path.startswith("sklearn."):
        raise InputError(
            f"learner: got {path!r}, expected an estimator of scikit-learn such as sklearn.svm.SVC"
        )
    try:
        found = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError) as problem:
        raise InputError(f"learner: scikit-learn has no {path!r}") from problem
    if not (isinstance(found, type) and issubclass(found, BaseEstimator)):
        raise InputError(f"learner: {path} is no estimator")
    try:
        sample = found()
    except TypeError as problem:
        raise InputError(
            f"learner: {path} needs other estimators to be made of, which a file cannot name"
        ) from problem
    kinds = {Task.CLASSIFICATION: is_classifier(sample), Task.REGRESSION: is_regressor(sample)}
    if not any(kinds.values()):
        raise InputError(f"learner: {path} is neither a classifier nor a regressor")
    return ScikitLearner({task: found for task, fits in kinds.items() if fits}, dict(options))
