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
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.utils.validation import has_fit_parameter

from fairpool.learning.experiment import Experiment
from fairpool.learning.row_valuation.values import row_values
from fairpool.learning.rows import Rows, stack
from fairpool.market.options import Customise
from fairpool.market.own_tasks.exact import Selection

GainOf = Callable[[Any, Rows], float]
NEIGHBOURS = 5
WEIGHTS = (0.03, 0.1, 0.3, 1.0, 3.0, 10.0)


@dataclass(frozen=True, slots=True, eq=False)
class Customised:
    """note: what was done, for people."""

    estimator: Any
    note: str


def customise(
    round_: Experiment, selection: Selection, plain: Any, step: Customise, tolerance: float, gain_of: GainOf
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
    least = max(gain_of(plain, own) - tolerance, gain_of(round_.model([selection.task]), own))
    fitting = [found for found in candidates if gain_of(found.estimator, own) >= least - _ROUNDING]
    if not fitting:
        return Customised(plain, "customisation would have cost more of its own gain than was allowed")
    others = [task for t, task in enumerate(round_.tasks) if t != selection.task]
    leaks = [
        max(gain_of(model, task) for task in others) for model in (plain, *(f.estimator for f in fitting))
    ]
    best = int(np.argmin(leaks))
    return (
        fitting[best - 1]
        if best
        else Customised(plain, "customisation did not lower the gain on other tasks")
    )


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


def _uninformative(others: Rows, rows: Rows) -> tuple[Rows, NDArray[np.float64]]:
    """Other tasks' inputs labelled with the best constant of the training rows, and weights that sum to one."""
    n = len(others)
    if not rows.classes:
        return Rows(others.X, np.full(n, rows.y.mean()), 0), np.full(n, 1 / n)
    frequency = np.bincount(rows.y.astype(np.int64), minlength=rows.classes) / len(rows)
    labels = np.repeat(np.arange(rows.classes), n)
    return Rows(np.tile(others.X, (rows.classes, 1)), labels, rows.classes), np.repeat(frequency / n, n)


def _refit(estimator: Any, rows: Rows, weights: NDArray[np.float64]) -> Any:
    present = weights > 0
    return clone(estimator).fit(rows.X[present], rows.y[present], sample_weight=weights[present])


_ROUNDING = 1e-12
