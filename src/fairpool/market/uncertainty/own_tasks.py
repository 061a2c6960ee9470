"""The forms of a round of own tasks: each task has validation rows of its own, and they are independent of the others'.

The joint game is a sum over tasks (`fairpool.market.own_tasks.exact`), and so is every value: task t's part is the sum
over the coalitions S with t of  c_i(S) v_t(S).  The data that were chosen for a task, and the models that are
delivered, are taken as they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from fairpool.games.game import Coalitions
from fairpool.ground.arrays import Booleans, Float, Floats, Integers
from fairpool.learning.evaluation import Evaluator
from fairpool.learning.learners.scikit import class_scores
from fairpool.learning.row_groups import RowGroups
from fairpool.market.uncertainty.forms import Columns, Forms, TaskForms, columns_of, unseen_rows, weighed


@dataclass(frozen=True, slots=True, eq=False)
class OwnTask:
    """One party's task.

    members   the parties whose data were chosen for it
    reached   what the delivered model gets right, by group of rows: (groups,)
    """

    task: int
    members: Sequence[int]
    columns: Columns
    groups: RowGroups
    reached: Float[Floats, " groups"]


def own_task(evaluator: Evaluator, task: int, members: Sequence[int], estimator: Any) -> OwnTask:
    """The task of a party that is delivered this fitted estimator."""
    rows, groups = evaluator.experiment.tasks[task], evaluator.groups[task]
    predicted = class_scores(estimator, rows.X, rows.classes) if rows.classes else estimator.predict(rows.X)
    reached = groups.parts(np.asarray(predicted, dtype=np.float64)[None], rows.y)[0]
    return OwnTask(task, members, columns_of(evaluator, task), groups, reached)


def own_forms(
    tasks: Sequence[OwnTask],
    coalitions: Coalitions,
    coefficients: Float[Floats, "players batch"],
    *,
    classes: Integers | None = None,
    standard_errors: Floats | None = None,
) -> Forms:
    """coalitions: of all parties, bool (b, n); coefficients: what the worth of each counts in each player's value.

    classes: where functional replicas play as one, each by its first member.
    """
    playing = set(range(len(tasks))) if classes is None else set(np.unique(classes).tolist())
    found = tuple(_task_forms(one, coalitions, coefficients, plays=one.task in playing) for one in tasks)
    return Forms(found, np.zeros(len(coefficients)), 0.0, classes, standard_errors)


def _task_forms(task: OwnTask, coalitions: Coalitions, coefficients: Floats, *, plays: bool) -> TaskForms:
    n = coalitions.shape[1]
    chosen = np.isin(np.arange(n), task.members)[None]
    alone = task.columns(np.arange(n)[None] == task.task)
    model = np.append(task.reached, unseen_rows(chosen)[0])
    values = np.zeros((len(coefficients), alone.shape[1]))
    worth = np.zeros(alone.shape[1])
    if plays:
        inside = coalitions[:, task.task]
        trained, which = _distinct(coalitions[inside] & chosen)
        counted = np.array(
            [np.bincount(which, weights=one, minlength=len(trained)) for one in coefficients[:, inside]]
        )
        values = weighed(counted, trained, task.columns) - counted.sum(axis=1)[:, None] * alone
        worth = task.columns(chosen)[0] - alone[0]
    return TaskForms(task.groups, np.array([task.task]), alone, model[None], values, worth)


def _distinct(coalitions: Booleans) -> tuple[Booleans, Integers]:
    """The different rows, and which of them each row is."""
    packed = np.ascontiguousarray(np.packbits(coalitions, axis=1))
    _, first, which = np.unique(
        packed.view(np.dtype((np.void, packed.shape[1]))).ravel(), return_index=True, return_inverse=True
    )
    return coalitions[first], which.ravel()
