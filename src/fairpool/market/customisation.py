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

from collections.abc import Callable
from dataclasses import dataclass
from inspect import signature
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fairpool.learning.round import Round
from fairpool.learning.row_values import row_values
from fairpool.learning.rows import Rows, stack
from fairpool.market.options import Customise
from fairpool.market.own_tasks import Selection

GainOf = Callable[[Any, Rows], float]
NEIGHBOURS = 5
WEIGHTS = (0.03, 0.1, 0.3, 1.0, 3.0, 10.0)


@dataclass(frozen=True, slots=True, eq=False)
class Customised:
    """note: what was done, for people."""

    estimator: Any
    note: str


def customise(
    round_: Round, selection: Selection, plain: Any, step: Customise, tolerance: float, gain_of: GainOf
) -> Customised:
    """The model for one task after the customisation step, or the plain one where the step would cost too much."""
    if step is Customise.NONE or not selection.others:
        return Customised(plain, "trained on the selected data as they are")
    candidates = _without_useless_rows if step is Customise.ROWS else _taught_to_forget
    own = round_.tasks[selection.task]
    least = max(gain_of(plain, own) - tolerance, gain_of(round_.model([selection.task]), own))
    fitting = [
        (model, note) for model, note in candidates(round_, selection) if gain_of(model, own) >= least - 1e-12
    ]
    if not fitting:
        return Customised(plain, "customisation would have cost more of its own gain than was allowed")
    others = [task for t, task in enumerate(round_.tasks) if t != selection.task]
    leaks = [max(gain_of(model, task) for task in others) for model, _ in [(plain, ""), *fitting]]
    best = int(np.argmin(leaks))
    return (
        Customised(plain, "customisation did not lower any other task's gain")
        if best == 0
        else Customised(*fitting[best - 1])
    )


def _without_useless_rows(round_: Round, selection: Selection) -> list[tuple[Any, str]]:
    own, task = round_.parties[selection.task], round_.tasks[selection.task]
    others = stack([round_.parties[j] for j in selection.others])
    both = stack([own, others])
    values = row_values(both.X, both.y, task.X, task.y, neighbours=NEIGHBOURS)[len(own) :]
    kept = values > 0
    rows = stack([own, others.take(kept)])
    note = (
        f"kept {int(kept.sum())} of {len(kept)} rows of other parties: those of positive worth for this task"
    )
    return [(round_.learner.fit(rows, seed=round_.seed), note)]


def _taught_to_forget(round_: Round, selection: Selection) -> list[tuple[Any, str]]:
    estimator = round_.learner.fit(round_.training_rows(selection.members), seed=round_.seed)
    if "sample_weight" not in signature(type(estimator).fit).parameters:
        return []
    rows = round_.training_rows(selection.members)
    blank, shares = _uninformative(
        stack([t for i, t in enumerate(round_.tasks) if i != selection.task]), rows
    )
    both = stack([rows, blank])
    return [
        (
            _refit(estimator, both, np.append(np.ones(len(rows)), weight * len(rows) * shares)),
            f"penalty weight {weight}",
        )
        for weight in WEIGHTS
    ]


def _uninformative(others: Rows, rows: Rows) -> tuple[Rows, NDArray[np.float64]]:
    """Other tasks' inputs labelled with the best constant of the training rows, and weights that sum to one."""
    n = len(others)
    if not rows.classes:
        return Rows(others.X, np.full(n, rows.y.mean()), 0), np.full(n, 1 / n)
    frequency = np.bincount(rows.y.astype(np.int64), minlength=rows.classes) / len(rows)
    labels = np.repeat(np.arange(rows.classes), n)
    return Rows(np.tile(others.X, (rows.classes, 1)), labels, rows.classes), np.repeat(frequency / n, n)


def _refit(estimator: Any, rows: Rows, weights: NDArray[np.float64]) -> Any:
    fresh = type(estimator)(**estimator.get_params(deep=False))
    present = weights > 0
    return fresh.fit(rows.X[present], rows.y[present], sample_weight=weights[present])
