"""Customised training: a model that serves its own task and gives up the others' (derived).

The paper asks that a party's model "is only suited for its own task but not the other tasks available on the market".
Two steps do something about it, and the operator sees what they did (`CustomisationReport`):

    rows      Other parties' rows whose exact K-nearest-neighbour Shapley value for V_i is not positive are left out,
              and the model is trained again.  Any learner.
    penalty   min over models of  L(selected rows) + lambda * L(rows of the other tasks, labelled with what the best
              constant would say of them).  The model is taught to be uninformative on the other tasks' inputs: the
              term is bounded and convex, unlike a reward for being wrong there.  Of a grid of lambda the one with the
              least gain on any other task is taken.  Learners whose estimator takes weights of rows.

A customised model is delivered only if it loses at most ``tolerance`` of its gain on its own task and is no worse than
the party's own model; otherwise the plain model is.  Both steps look at V_i, so the gain they reach on V_i is a little
flattering, as any selection on validation data is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.utils.validation import has_fit_parameter

from fairpool.ground.arrays import Float, Floats
from fairpool.learning.experiment import Experiment
from fairpool.learning.learners.scikit import class_scores
from fairpool.learning.row_valuation.values import row_values
from fairpool.learning.rows import Rows, stack
from fairpool.market.options import Customise
from fairpool.market.own_tasks.exact import Selection
from fairpool.market.tolerances import CUSTOMISED

NEIGHBOURS = 5
WEIGHTS = (0.03, 0.1, 0.3, 1.0, 3.0, 10.0)


@dataclass(frozen=True, slots=True, eq=False)
class CustomisationReport:
    """before, after: entry (i, j) is the gain on party j's task of the model delivered to party i."""

    step: Customise
    selected: tuple[tuple[int, ...], ...]
    before: Float[Floats, "models tasks"]
    after: Float[Floats, "models tasks"]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Customised:
    """note: what was done, for people."""

    estimator: Any
    note: str


def customised(
    round_: Experiment, selections: Sequence[Selection], step: Customise, tolerance: float
) -> tuple[list[Any], CustomisationReport]:
    """A model for every party, and what the step did."""
    plain = [round_.model(selection.members) for selection in selections]
    made = [
        customise(round_, selection, estimator, step, tolerance)
        for selection, estimator in zip(selections, plain, strict=True)
    ]
    models = [one.estimator for one in made]
    selected = tuple(tuple(selection.members) for selection in selections)
    before, after = gain_matrix(round_, plain), gain_matrix(round_, models)
    return models, CustomisationReport(step, selected, before, after, tuple(one.note for one in made))


def customise(
    round_: Experiment, selection: Selection, plain: Any, step: Customise, tolerance: float
) -> Customised:
    """The model for one task after the customisation step, or the plain one where the step would cost too much."""
    if step is Customise.NONE or not selection.others:
        return Customised(plain, "trained on the selected data as they are")
    candidates = (
        _without_useless_rows(round_, selection)
        if step is Customise.ROWS
        else _taught_to_forget(round_, selection, plain)
    )
    if not candidates:
        return Customised(plain, "this learner takes no weights of rows, so it cannot be taught to forget")
    own = round_.tasks[selection.task]
    least = max(gain(round_, plain, own) - tolerance, gain(round_, round_.model([selection.task]), own))
    fitting = [found for found in candidates if gain(round_, found.estimator, own) >= least - CUSTOMISED]
    if not fitting:
        return Customised(plain, "customisation would have cost more of its own gain than was allowed")
    others = [task for t, task in enumerate(round_.tasks) if t != selection.task]
    leaks = [
        max(gain(round_, model, task) for task in others)
        for model in (plain, *(f.estimator for f in fitting))
    ]
    best = int(np.argmin(leaks))
    return (
        fitting[best - 1]
        if best
        else Customised(plain, "customisation did not lower the gain on other tasks")
    )


def gain_matrix(round_: Experiment, estimators: Sequence[Any]) -> Float[Floats, "models tasks"]:
    """G(V_j, M^i) for models i and tasks j."""
    return np.array([[gain(round_, estimator, task) for task in round_.tasks] for estimator in estimators])


def gain(round_: Experiment, estimator: Any, task: Rows) -> float:
    """The score of one fitted estimator on one task."""
    predicted = class_scores(estimator, task.X, task.classes) if task.classes else estimator.predict(task.X)
    return float(round_.score.of(np.asarray(predicted, dtype=np.float64)[None], task.y)[0])


def _without_useless_rows(round_: Experiment, selection: Selection) -> list[Customised]:
    own, others = _own_and_others_rows(round_, selection)
    task, both = round_.tasks[selection.task], stack([own, others])
    values = row_values(both.X, both.y, task.X, task.y, neighbours=NEIGHBOURS)[len(own) :]
    kept = values > 0
    note = (
        f"kept {int(kept.sum())} of {len(kept)} rows of other parties: those of positive worth for this task"
    )
    rows = stack([own, others.take(kept)])
    return [Customised(round_.learner.fit(rows, seed=round_.seed), note)]


def _own_and_others_rows(round_: Experiment, selection: Selection) -> tuple[Rows, Rows]:
    """The rows a selection is trained on, those that the party itself brings apart."""
    blocks, owners = round_.blocks()
    own = owners[:, selection.task]
    selected = owners[:, selection.members].any(axis=1) & ~own
    nothing = blocks[0].take(np.zeros(len(blocks[0]), dtype=bool))
    return (
        stack([nothing, *(blocks[b] for b in np.flatnonzero(own))]),
        stack([nothing, *(blocks[b] for b in np.flatnonzero(selected))]),
    )


def _taught_to_forget(round_: Experiment, selection: Selection, plain: Any) -> list[Customised]:
    if not _takes_weights(plain):
        return []
    rows = round_.training_rows(selection.members)
    others = stack([task for t, task in enumerate(round_.tasks) if t != selection.task])
    blank, shares = _uninformative(others, rows)
    both = stack([rows, blank])
    return [
        Customised(
            _refit(plain, both, np.append(np.ones(len(rows)), weight * len(rows) * shares)),
            f"penalty weight {weight}",
        )
        for weight in WEIGHTS
    ]


def _takes_weights(estimator: Any) -> bool:
    return has_fit_parameter(estimator, "sample_weight") if hasattr(estimator, "fit") else False


def _uninformative(others: Rows, rows: Rows) -> tuple[Rows, Floats]:
    """Other tasks' inputs labelled with the best constant of the training rows, and weights that sum to one."""
    n = len(others)
    if not rows.classes:
        return Rows(others.X, np.full(n, rows.y.mean()), 0), np.full(n, 1 / n)
    frequency = np.bincount(rows.y.astype(np.int64), minlength=rows.classes) / len(rows)
    labels = np.repeat(np.arange(rows.classes), n)
    return Rows(np.tile(others.X, (rows.classes, 1)), labels, rows.classes), np.repeat(frequency / n, n)


def _refit(estimator: Any, rows: Rows, weights: Floats) -> Any:
    present = weights > 0
    return clone(estimator).fit(rows.X[present], rows.y[present], sample_weight=weights[present])
