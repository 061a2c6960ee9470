"""Customised training: a model that serves its own task and gives up the others' (derived).

The paper asks that a party's model "is only suited for its own task but not the other tasks available on the market".
Two steps do something about it; each makes candidates, of which `fairpool.market.own_tasks.delivery` takes one or none:

    rows      Other parties' rows whose exact K-nearest-neighbour Shapley value for V_i is not positive are left out,
              and the model is trained again.  Any learner.  A score that counts classes alike has the rows of V_i
              counted so; a class of V_i or of the party's own rows is never left out as a whole.
    penalty   min over models of  L(selected rows) + lambda * L(rows of the other tasks, labelled with what the best
              constant would say of them).  The model is taught to be uninformative on the other tasks' inputs: the
              term is bounded and convex, unlike a reward for being wrong there.  One candidate for each lambda of a
              grid.  Learners whose estimator takes weights of rows.

A candidate that no longer says what the plain model says of V_i and of the party's own rows (a class less, or one and
the same of everything) is none.  Both steps look at V_i, so the gain they reach on V_i is a little flattering, as any
selection on validation data is.  Rows and tasks that stand there several times count once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.utils.validation import has_fit_parameter

from fairpool.comparing.same_rows import distinct_rows, with_label
from fairpool.ground.arrays import Booleans, Floats
from fairpool.learning.experiment import Experiment
from fairpool.learning.learners.scikit import class_scores
from fairpool.learning.own_scores import AnyScore
from fairpool.learning.row_valuation.values import row_values
from fairpool.learning.rows import Rows, stack
from fairpool.learning.scores import balanced_accuracy_weights
from fairpool.market.options import Customise
from fairpool.market.own_tasks.selection import Parties

NEIGHBOURS = 5
WEIGHTS = (0.03, 0.1, 0.3, 1.0, 3.0, 10.0)


@dataclass(frozen=True, slots=True, eq=False)
class Customised:
    """note: what was done, for people."""

    estimator: Any
    note: str


def candidates(
    round_: Experiment, task: int, members: Parties, plain: Any, step: Customise, others: Sequence[Rows]
) -> list[Customised]:
    """Models for one task in place of ``plain``, trained on the data of ``members``; ``others``: the other tasks."""
    made = (
        _without_useless_rows(round_, task, members)
        if step is Customise.ROWS
        else _taught_to_forget(round_, members, plain, others)
    )
    probe = stack([round_.tasks[task], round_.parties[task]])
    return [one for one in made if says_as_much(one.estimator, plain, probe)]


def can_be_customised(estimator: Any, step: Customise) -> bool:
    """Whether the step knows what to do with this learner's models."""
    takes_weights = hasattr(estimator, "fit") and has_fit_parameter(estimator, "sample_weight")
    return step is Customise.ROWS or (step is Customise.PENALTY and takes_weights)


def says_as_much(estimator: Any, plain: Any, probe: Rows) -> bool:
    """Whether a model still tells the rows of ``probe`` apart, and names every class of theirs that ``plain`` names."""
    now, before = answers(estimator, probe), answers(plain, probe)
    if len(np.unique(now)) == 1 < len(np.unique(before)):
        return False
    return not probe.classes or {*before} & {*probe.y} <= {*now}


def answers(estimator: Any, rows: Rows) -> Floats:
    """What a model says of rows: numbers, or codes of classes as a score counts them, the first of equals."""
    if not rows.classes:
        return np.asarray(estimator.predict(rows.X), dtype=np.float64)
    return class_scores(estimator, rows.X, rows.classes).argmax(axis=1).astype(np.float64)


def _without_useless_rows(round_: Experiment, task: int, members: Parties) -> list[Customised]:
    own, others = _own_and_others_rows(round_, task, members)
    wanted = np.union1d(round_.tasks[task].y, round_.parties[task].y)
    kept = _worth_for_task(stack([own, others]), round_.tasks[task], round_.score)[len(own) :] > 0
    if others.classes:
        left = np.union1d(own.y, others.y[kept])
        kept = kept | (np.isin(others.y, wanted) & ~np.isin(others.y, left))
    note = (
        f"kept {int(kept.sum())} of {len(kept)} rows of other parties: those of positive worth for this task"
    )
    if not len(own) and not kept.any():
        return []
    rows = stack([own, others.take(kept)])
    return [Customised(round_.learner.fit(rows, seed=round_.seed), note)]


def _worth_for_task(rows: Rows, task: Rows, score: AnyScore) -> Floats:
    """The value of every training row, of rows that stand there twice the value of one."""
    found = distinct_rows(with_label(rows.X, rows.y))
    once = rows.take(found.first)
    worth = np.zeros(len(once))
    for part, weight in _parts(task, score):
        worth += weight * row_values(once.X, once.y, part.X, part.y, neighbours=NEIGHBOURS)
    return worth[found.number]


def _parts(task: Rows, score: AnyScore) -> list[tuple[Rows, float]]:
    """The validation rows, class by class where the score does not count every row alike, and what each part weighs."""
    if not task.classes:
        return [(task, 1.0)]
    weights = score.row_weights(task.y) if score.additive else balanced_accuracy_weights(task.y)
    if np.ptp(weights) == 0.0:
        return [(task, 1.0)]
    return [(task.take(task.y == c), float(weights[task.y == c].sum())) for c in np.unique(task.y)]


def _own_and_others_rows(round_: Experiment, task: int, members: Parties) -> tuple[Rows, Rows]:
    """The rows that a model of these members is trained on, those that the task's party brings apart."""
    blocks, owners = round_.blocks()
    selected = owners[:, list(members)].any(axis=1)
    own = owners[:, task] & selected if task in members else np.zeros(len(blocks), dtype=bool)
    return _stacked(blocks, own), _stacked(blocks, selected & ~own)


def _stacked(blocks: Sequence[Rows], chosen: Booleans) -> Rows:
    nothing = blocks[0].take(np.zeros(len(blocks[0]), dtype=bool))
    return stack([nothing, *(block for block, there in zip(blocks, chosen, strict=True) if there)])


def _taught_to_forget(
    round_: Experiment, members: Parties, plain: Any, others: Sequence[Rows]
) -> list[Customised]:
    rows = round_.training_rows(members)
    blank, shares = _uninformative(stack(others), rows)
    both = stack([rows, blank])
    return [
        Customised(
            _refit(plain, both, np.append(np.ones(len(rows)), weight * len(rows) * shares)),
            f"penalty weight {weight}",
        )
        for weight in WEIGHTS
    ]


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
