"""Any scikit-learn estimator as a learner: one fit per coalition.

A model depends on what its rows are and on the round's seed, not on whose rows they are or how they are ordered: rows
are put in the order of their contents before a fit, and every fit gets the same ``random_state``.  So equal parties
have equal gains, and a coalition's gain is the same whichever run, worker or order computes it.

A coalition of one class predicts it without asking the estimator; rows that the estimator refuses (too few of them,
say) and predictions that are no numbers are a `Refusal` that names it.

Labels of a regression are rounded to `TIED` of the round's unit, so that their sums are exact in whatever order they
are taken: two splits of a tree that are equally good then tie, in every unit of the label.

A round's file names estimators and sets their options, so both are narrow: public classifiers and regressors of the
modules in `MODULES` that can be made without arguments, and options other than `RESERVED`, with plain values.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any
from warnings import catch_warnings, simplefilter

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
from sklearn.exceptions import ConvergenceWarning

from fairpool.ground.arrays import Float, Floats, Int, Integers
from fairpool.ground.errors import InputError
from fairpool.ground.spelling import guess
from fairpool.learning.learner import Capabilities, Learner, Refusal
from fairpool.learning.rows import Rows, in_order_of_content, stack
from fairpool.learning.ties import TIED, level, linear_grain, tie_with_best
from fairpool.tables.schema import Kind

MODULES = (
    "calibration",
    "cross_decomposition",
    "discriminant_analysis",
    "dummy",
    "ensemble",
    "gaussian_process",
    "kernel_ridge",
    "linear_model",
    "naive_bayes",
    "neighbors",
    "neural_network",
    "semi_supervised",
    "svm",
    "tree",
)
# randomness and parallel work are the round's; the rest prints, writes files or keeps state between fits
RESERVED = frozenset({"random_state", "n_jobs", "verbose", "warm_start", "memory"})
CHUNK = 16
_ROWS = 2_000  # of a round up to which a chunk is whole


@dataclass(frozen=True, slots=True)
class ScikitLearner:
    """Estimators of scikit-learn, one for each kind of task it can learn, with ``options`` set."""

    estimators: Mapping[Kind, type[Any]]
    options: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))

    def __post_init__(self) -> None:
        for estimator in self.estimators.values():
            known = set(estimator().get_params(deep=False)) - RESERVED
            for option, value in self.options.items():
                if option not in known:
                    raise InputError(
                        f"learner-options: {option!r} is no option of {estimator.__name__}; "
                        f"expected {', '.join(sorted(known))}"
                    )
                if not _is_plain(value):
                    raise InputError(
                        f"learner-options: {option}: got {value!r}, expected numbers, texts, true or false"
                    )

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(exact_players=12, copies_players=0, tasks=frozenset(self.estimators), chunk=CHUNK)

    def prepare(self, blocks: Sequence[Rows], tasks: Sequence[Rows], *, seed: int) -> ScikitPredictor:
        return ScikitPredictor(self, tuple(blocks), tuple(task.X for task in tasks), seed)

    def fit(self, rows: Rows, *, seed: int) -> Any:
        estimator = self.estimators[Kind.CLASSIFICATION if rows.classes else Kind.REGRESSION](**self.options)
        if "random_state" in estimator.get_params():
            estimator.set_params(random_state=seed)
        return fitted(estimator, rows)


@dataclass(frozen=True, slots=True, eq=False)
class ScikitPredictor:
    """The blocks themselves: every coalition is fitted from its rows."""

    learner: Learner
    blocks: tuple[Rows, ...]
    tasks: tuple[Floats, ...]
    seed: int

    @property
    def batch(self) -> int:
        return CHUNK

    @property
    def chunk(self) -> int:
        rows = sum(map(len, self.blocks))
        return max(1, min(CHUNK, CHUNK * _ROWS // max(rows, 1)))

    def predictions(
        self, counts: Int[Integers, "batch blocks"]
    ) -> list[Float[Floats, "batch rows *classes"]]:
        each = [self._predict(row, place) for place, row in enumerate(counts)]
        return [np.stack(column) for column in zip(*each, strict=True)]

    def _predict(self, counts: Integers, place: int) -> list[NDArray[np.float64]]:
        rows = stack([self.blocks[i] for i in np.repeat(np.arange(len(counts)), counts)])
        try:
            model = self.learner.fit(rows, seed=self.seed)
            return [predicted(model, X, rows.classes) for X in self.tasks]
        except Refusal as refusal:
            raise Refusal(refusal.problem, place=place) from refusal


def fitted(estimator: Any, rows: Rows, columns: Callable[[Floats], Any] = np.asarray) -> Any:
    """``estimator``, fitted on the rows in the order of their contents; a constant where they are of one class.

    columns: what the estimator is given for a treated matrix.  Raises Refusal where it cannot learn from them.
    """
    if rows.classes and len(np.unique(rows.y)) == 1:
        return DummyClassifier(strategy="most_frequent").fit(rows.X, rows.y)
    ordered = in_order_of_content(rows)
    labels = ordered.y if rows.classes else level(ordered.y.astype(np.float64))
    try:
        with catch_warnings():
            simplefilter("ignore", ConvergenceWarning)  # a model that did not converge is scored as it is
            return estimator.fit(columns(ordered.X), labels)
    except (ValueError, TypeError) as problem:
        raise Refusal(f"{name_of(estimator)} cannot learn from {len(rows)} rows: {problem}") from problem


def predicted(model: Any, X: Floats, classes: int) -> NDArray[np.float64]:
    """Class scores (rows, classes) or values (rows,) of a fitted model; raises Refusal where it gives none."""
    try:
        found = class_scores(model, X, classes) if classes else _values(model, X)
    except (ValueError, TypeError) as problem:
        raise Refusal(f"{name_of(model)} cannot predict: {problem}") from problem
    wrong = np.isnan(found) if classes else ~np.isfinite(found)
    if wrong.any():
        place = tuple(int(i[0]) for i in np.nonzero(wrong))
        raise Refusal(
            f"{name_of(model)} predicts {found[place]} for {wrong.sum()} of {wrong.size} validation rows, "
            "expected finite numbers"
        )
    return found


def name_of(estimator: Any) -> str:
    """What messages call it."""
    return type(getattr(estimator, "estimator", estimator)).__name__


def predicted_classes(model: Any, X: Floats, classes: int) -> NDArray[np.int64]:
    """Class codes (rows,) that a fitted classifier answers: the first of its largest `class_scores`."""
    return class_scores(model, X, classes).argmax(axis=1)


def class_scores(model: Any, X: Floats, classes: int) -> NDArray[np.float64]:
    """Scores (rows, classes) of a fitted classifier; a class the model has never seen scores below all others.

    Probabilities where there are more than two classes.  For two, decision values or log-probabilities come first:
    probabilities of 0 and 1 would hide which row is the surer one.  Ties are ties (`fairpool.learning.ties`).
    """
    scores = np.full((len(X), classes), -np.inf)
    known = np.asarray(model.classes_, dtype=np.int64)
    scores[:, known] = _scores_of_known(model, X, len(known), classes)
    return np.where(np.isneginf(scores), scores[:, known].min(initial=0.0) - 1.0, scores)


def _scores_of_known(model: Any, X: Floats, known: int, classes: int) -> NDArray[np.float64]:
    if known == 1:
        return np.zeros((len(X), 1))
    if classes > 2 and hasattr(model, "predict_proba"):
        return tie_with_best(np.array(model.predict_proba(X), dtype=np.float64))
    for way in ("decision_function", "predict_joint_log_proba", "predict_proba"):
        if hasattr(model, way):
            found = _levelled(model, way, np.array(getattr(model, way)(X), dtype=np.float64))
            if found.ndim == 1:
                return np.column_stack([-found, found]) / 2
            if found.shape[1] == known:
                return _led_by(found, model.predict(X) == model.classes_[:, None])
    return (np.asarray(model.predict(X))[:, None] == model.classes_).astype(np.float64)


def _levelled(model: Any, way: str, found: NDArray[np.float64]) -> NDArray[np.float64]:
    if way == "predict_proba":
        return tie_with_best(found)
    if way == "predict_joint_log_proba" and found.shape[1] == 2:
        found = found[:, 1] - found[:, 0]
    grain = margin_grain(model)
    return found if grain is None else level(found, grain)


def margin_grain(model: Any) -> float | None:
    """To what the decision values of a fitted classifier are levelled; None where their unit is not known.

    A linear model's unit is its weights'; log-odds, which go with probabilities, have one of their own.
    """
    if hasattr(model, "coef_") and isinstance(model.coef_, np.ndarray):
        weights = np.atleast_2d(model.coef_)
        return float(linear_grain(weights, np.broadcast_to(model.intercept_, len(weights))).max())
    return TIED if hasattr(model, "predict_proba") else None


def _led_by(scores: NDArray[np.float64], chosen: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Lift the class that is predicted where others are above it: an SVC may predict another than it decides for."""
    best = scores.max(axis=1)
    below = scores[chosen.T] < best
    return np.where(chosen.T & below[:, None], np.nextafter(best, np.inf)[:, None], scores)


def _values(model: Any, X: Floats) -> NDArray[np.float64]:
    return np.asarray(model.predict(X), dtype=np.float64).reshape(len(X))


def _is_plain(value: object) -> bool:
    if isinstance(value, list | tuple):
        return all(map(_is_plain, value))
    if isinstance(value, Mapping):
        return all(isinstance(key, str) for key in value) and all(map(_is_plain, value.values()))
    return value is None or isinstance(value, bool | int | float | str)


def random_forest(**options: Any) -> ScikitLearner:
    """scikit-learn's random forests, 100 trees, with at least 5 rows a leaf unless ``options`` say otherwise.

    With scikit-learn's own default of one row in a leaf, every training label can be read from the delivered trees
    (docs/decisions/0006-what-is-handed-out.md).
    """
    kinds = {Kind.CLASSIFICATION: RandomForestClassifier, Kind.REGRESSION: RandomForestRegressor}
    return ScikitLearner(kinds, {"min_samples_leaf": 5, **options})


def gradient_boosting(**options: Any) -> ScikitLearner:
    """scikit-learn's histogram gradient boosting."""
    return ScikitLearner(
        {Kind.CLASSIFICATION: HistGradientBoostingClassifier, Kind.REGRESSION: HistGradientBoostingRegressor},
        options,
    )


def dotted(path: str, options: Mapping[str, Any]) -> ScikitLearner:
    """An estimator by its public name, ``sklearn.<module>.<class>``, from one of the `MODULES`.

    Nothing else is imported: a file must not be able to run whatever happens to be installed.
    """
    package, module, name = [*path.split("."), "", ""][:3]
    if package != "sklearn" or path.count(".") != 2 or module not in MODULES:
        raise InputError(
            f"learner: got {path!r}, expected an estimator of scikit-learn such as sklearn.svm.SVC, "
            f"from sklearn's {', '.join(MODULES)}"
        )
    found: Any = getattr(importlib.import_module(f"sklearn.{module}"), name, None)
    public = isinstance(found, type) and issubclass(found, BaseEstimator) and not name.startswith("_")
    if not (public and f"{found.__module__}.".startswith(f"sklearn.{module}.")):
        there = getattr(importlib.import_module(f"sklearn.{module}"), "__all__", ())
        raise InputError(f"learner: {path!r} is no estimator of scikit-learn{guess(name, there)}")
    kinds = _kinds(path, found)
    if not kinds:
        raise InputError(f"learner: {path} is neither a classifier nor a regressor")
    return ScikitLearner(dict.fromkeys(kinds, found), dict(options))


def _kinds(path: str, estimator: type[Any]) -> list[Kind]:
    try:
        sample = estimator()
        kinds = {Kind.CLASSIFICATION: is_classifier(sample), Kind.REGRESSION: is_regressor(sample)}
    except (TypeError, AttributeError) as problem:
        raise InputError(
            f"learner: {path} needs other estimators to be made of, which a file cannot name"
        ) from problem
    return [task for task, fits in kinds.items() if fits]
