"""A caller's own scikit-learn estimator as a learner: an instance, cloned for every coalition.

What it is fed
    the treated columns, as for any other learner; or, where it holds a ColumnTransformer, which picks columns by name,
    a DataFrame with the columns' own names (`fairpool.tables.treatment.preprocessing.Preprocessing.untreated`): numbers
    in their own unit, texts as they were.  Missing numbers come filled in, as the round's treatment says, and a
    category that no validation row holds comes as an empty text.

Chance
    every ``random_state``, its own and those of its parts, that is no number already is set to the round's seed before
    every fit.  An estimator that draws from elsewhere makes a round that nobody can repeat: it is not looked for.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import joblib
import numpy as np
from sklearn.base import BaseEstimator, clone, is_classifier, is_regressor
from sklearn.compose import ColumnTransformer
from sklearn.utils.metaestimators import available_if

from fairpool.ground.arrays import Floats
from fairpool.ground.errors import InputError
from fairpool.learning.learner import Capabilities
from fairpool.learning.learners.scikit import CHUNK, ScikitPredictor, fitted, name_of
from fairpool.learning.rows import Rows
from fairpool.tables.schema import Kind

Columns = Callable[[Floats], Any]


@dataclass(frozen=True, slots=True, repr=False)
class OwnLearner:
    """One estimator that a caller made.

    estimator  unfitted, or fitted on whatever: it is cloned
    columns    what it is fed for a treated matrix, where it asks for columns by name
    """

    estimator: Any
    columns: Columns | None = None

    def __repr__(self) -> str:
        """By content: a checkpoint of another estimator is never taken for this one's."""
        return f"OwnLearner({name_of(self.estimator)}, {joblib.hash(self.estimator)})"

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(
            exact_players=12, copies_players=0, tasks=frozenset(kinds_of(self.estimator)), chunk=CHUNK
        )

    def prepare(self, blocks: Sequence[Rows], tasks: Sequence[Rows], *, seed: int) -> ScikitPredictor:
        return ScikitPredictor(self, tuple(blocks), tuple(task.X for task in tasks), seed)

    def fit(self, rows: Rows, *, seed: int) -> Any:
        estimator = clone(self.estimator)
        seeds = {
            name: seed
            for name, value in estimator.get_params().items()
            if name.split("__")[-1] == "random_state" and not isinstance(value, int | np.integer)
        }
        estimator.set_params(**seeds)
        if self.columns is None:
            return fitted(estimator, rows)
        return (
            Fed(fitted(estimator, rows, self.columns), self.columns)
            if _several(rows)
            else fitted(estimator, rows)
        )


def _several(rows: Rows) -> bool:
    """Whether there is anything to learn but one class."""
    return not rows.classes or len(np.unique(rows.y)) > 1


def _has(method: str) -> Callable[[Fed], bool]:
    return lambda self: hasattr(self.estimator, method)


class Fed:
    """A fitted estimator that is fed a DataFrame, asked with the treated matrix like any other."""

    def __init__(self, estimator: Any, columns: Columns) -> None:
        self.estimator = estimator
        self.columns = columns

    @property
    def classes_(self) -> Any:
        return self.estimator.classes_

    def predict(self, X: Floats) -> Any:
        return self.estimator.predict(self.columns(X))

    @available_if(_has("decision_function"))  # type: ignore[untyped-decorator]
    def decision_function(self, X: Floats) -> Any:
        return self.estimator.decision_function(self.columns(X))

    @available_if(_has("predict_proba"))  # type: ignore[untyped-decorator]
    def predict_proba(self, X: Floats) -> Any:
        return self.estimator.predict_proba(self.columns(X))


def kinds_of(estimator: Any) -> list[Kind]:
    """What an estimator learns; InputError where it is none, or neither a classifier nor a regressor."""
    if not isinstance(estimator, BaseEstimator):
        raise InputError(
            f"learner: got {estimator!r}, expected a name or an instance of a scikit-learn estimator"
        )
    kinds = {Kind.CLASSIFICATION: is_classifier(estimator), Kind.REGRESSION: is_regressor(estimator)}
    found = [kind for kind, fits in kinds.items() if fits]
    if not found:
        raise InputError(
            f"learner: {name_of(estimator)} is neither a classifier nor a regressor; a transformer alone predicts "
            "nothing: put it in a Pipeline before an estimator"
        )
    return found


def asks_for_names(estimator: Any) -> bool:
    """Whether a ColumnTransformer is in it, which picks columns by name."""
    parts = estimator.get_params(deep=True).values()
    return isinstance(estimator, ColumnTransformer) or any(
        isinstance(part, ColumnTransformer) for part in parts
    )
