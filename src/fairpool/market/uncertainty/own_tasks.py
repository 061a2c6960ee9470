"""The forms of a round of own tasks: each task has validation rows of its own, and they are independent of the others'.

The joint game is a sum over tasks (`fairpool.market.own_tasks.exact`), and so is every value: task t's part is the sum
over the coalitions S with t of  c_i(S) v_t(S).  Where t's own rows are among the chosen data v_t is linear in what the
rows weigh; else it is never below 0, and is found anew in every draw.  The data that were chosen for a task, and the
models that are delivered, are taken as they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fairpool.games.game import Coalitions
from fairpool.ground.arrays import Booleans, Float, Floats, Integers
from fairpool.learning.evaluation import Evaluator
from fairpool.learning.learners.scikit import class_scores
from fairpool.learning.validation_rows.row_groups import RowGroups
from fairpool.market.own_tasks.delivery import Made
from fairpool.market.own_tasks.exact import levelled
from fairpool.market.own_tasks.selection import Parties, Selection
from fairpool.market.uncertainty.forms import (
    Columns,
    Floored,
    Forms,
    TaskForms,
    columns_of,
    unseen_rows,
    weighed,
)

MOST_DRAWN = 2**25
"""Numbers of improvements that are found anew in every draw, at most: about a few seconds."""


@dataclass(frozen=True, slots=True, eq=False)
class OwnTask:
    """One party's task.

    chosen    the data that were chosen for it
    members   the parties whose data the delivered model was trained on
    reached   what that model gets right, by group of rows: (groups,)
    """

    chosen: Selection
    members: Parties
    columns: Columns
    groups: RowGroups
    reached: Float[Floats, " groups"]


def own_task(evaluator: Evaluator, chosen: Selection, made: Made) -> OwnTask:
    """The task of a party that is delivered this model."""
    t = chosen.task
    groups, columns = evaluator.groups[t], columns_of(evaluator, t)
    if made.members == (t,):  # scored as it was alone
        reached = columns(_coalition(made.members, len(evaluator.experiment.parties)))[0, : len(groups)]
    else:
        rows = evaluator.experiment.tasks[t]
        predicted = (
            class_scores(made.estimator, rows.X, rows.classes)
            if rows.classes
            else made.estimator.predict(rows.X)
        )
        reached = groups.parts(np.asarray(predicted, dtype=np.float64)[None], rows.y)[0]
    return OwnTask(chosen, made.members, columns, groups, reached)


def own_forms(
    tasks: Sequence[OwnTask],
    coalitions: Coalitions,
    coefficients: Float[Floats, "players batch"],
    *,
    classes: Integers | None = None,
    standard_errors: Floats | None = None,
) -> Forms | None:
    """coalitions: of all parties, bool (b, n); coefficients: what the worth of each counts in each player's value.

    classes: where functional replicas play as one, each by its first member.  None where draws would be too dear.
    """
    playing = np.arange(len(tasks)) if classes is None else np.unique(classes)
    found = tuple(_task_forms(one, coalitions, coefficients, playing) for one in tasks)
    if sum(one.floored.numbers for one in found if one.floored is not None) > MOST_DRAWN:
        return None
    return Forms(found, np.zeros(len(coefficients)), 0.0, classes, standard_errors)


def _task_forms(task: OwnTask, coalitions: Coalitions, coefficients: Floats, playing: Integers) -> TaskForms:
    t, n = task.chosen.task, coalitions.shape[1]
    alone = task.columns(_coalition((t,), n))
    model = np.append(task.reached, unseen_rows(_coalition(task.members, n), task.groups.least)[0])
    values, worth, floored = np.zeros((len(coefficients), alone.shape[1])), np.zeros(alone.shape[1]), None
    if t in playing:
        chosen = _coalition(task.chosen.members, n)
        trained, counted = _counted(task.chosen, coalitions, coefficients, playing)
        if task.chosen.holds_own:
            values = weighed(counted, trained, task.columns) - counted.sum(axis=1)[:, None] * alone
            worth = task.columns(chosen)[0] - alone[0]
        else:
            lent = trained.any(axis=1)
            floored = Floored(trained[lent], counted[:, lent], task.columns, task.columns(chosen)[0])
    return TaskForms(task.groups, np.array([t]), alone, model[None], values, worth, floored)


def _counted(
    chosen: Selection, coalitions: Coalitions, coefficients: Floats, playing: Integers
) -> tuple[Booleans, Floats]:
    """The different data that coalitions with the party lend its task, and what each counts in every player's value."""
    inside = coalitions[:, chosen.task]
    trained, which = _distinct(coalitions[inside] & _coalition(chosen.members, coalitions.shape[1]))
    counted = np.array(
        [np.bincount(which, weights=one, minlength=len(trained)) for one in coefficients[:, inside]]
    )
    groups = [tuple(np.searchsorted(playing, group).tolist()) for group in chosen.uneven]
    return trained, counted + levelled(counted, groups)


def _coalition(members: Parties, parties: int) -> Booleans:
    """bool (1, parties)."""
    return np.isin(np.arange(parties), members)[None]


def _distinct(coalitions: Booleans) -> tuple[Booleans, Integers]:
    """The different rows, and which of them each row is."""
    packed = np.ascontiguousarray(np.packbits(coalitions, axis=1))
    _, first, which = np.unique(
        packed.view(np.dtype((np.void, packed.shape[1]))).ravel(), return_index=True, return_inverse=True
    )
    return coalitions[first], which.ravel()
