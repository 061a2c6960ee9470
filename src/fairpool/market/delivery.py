"""Which model each party is delivered, and how well it does on whose task.

Common task: the model of all parties; a party whose own model is better keeps its own.  Own tasks: the model of the
data selected for the task, customised (`fairpool.market.own_tasks.customisation`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from fairpool.ground.arrays import Floats
from fairpool.learning.experiment import Experiment
from fairpool.learning.learners.scikit import class_scores
from fairpool.learning.rows import Rows
from fairpool.market.options import Customise
from fairpool.market.own_tasks.customisation import customise
from fairpool.market.own_tasks.exact import SAME_GAIN, Selection
from fairpool.market.valuation import Standing


@dataclass(frozen=True, slots=True, eq=False)
class Delivery:
    """members: the parties whose rows the model was trained on."""

    members: tuple[int, ...]
    estimator: Any


@dataclass(frozen=True, slots=True, eq=False)
class CustomisationReport:
    """before, after: (n, n), entry (i, j) = gain on party j's task of the model delivered to party i."""

    step: Customise
    selected: tuple[tuple[int, ...], ...]
    before: Floats
    after: Floats
    notes: tuple[str, ...]


def deliver_common(round_: Experiment, standing: Standing, pooled_gain: float) -> tuple[Delivery, ...]:
    """The pooled model for everyone who is not better off with its own."""
    everyone = tuple(range(len(round_.parties)))
    pooled = Delivery(everyone, round_.model(everyone))
    better = standing.alone > pooled_gain + SAME_GAIN
    return tuple(Delivery((i,), round_.model([i])) if better[i] else pooled for i in everyone)


def deliver_own(
    round_: Experiment, selections: Sequence[Selection], step: Customise, tolerance: float
) -> tuple[tuple[Delivery, ...], CustomisationReport]:
    """A customised model for every party."""
    plain = [round_.model(selection.members) for selection in selections]
    before = gain_matrix(round_, plain)
    made = [
        customise(
            round_, selection, estimator, step, tolerance, lambda model, task: gain(round_, model, task)
        )
        for selection, estimator in zip(selections, plain, strict=True)
    ]
    report = CustomisationReport(
        step=step,
        selected=tuple(tuple(selection.members) for selection in selections),
        before=before,
        after=gain_matrix(round_, [m.estimator for m in made]),
        notes=tuple(m.note for m in made),
    )
    return tuple(
        Delivery(tuple(s.members), m.estimator) for s, m in zip(selections, made, strict=True)
    ), report


def gain_matrix(round_: Experiment, estimators: Sequence[Any]) -> Floats:
    """G(V_j, M^i) for models i and tasks j."""
    return np.array([[gain(round_, estimator, task) for task in round_.tasks] for estimator in estimators])


def gain(round_: Experiment, estimator: Any, task: Rows) -> float:
    """The score of one fitted estimator on one task."""
    predicted = class_scores(estimator, task.X, task.classes) if task.classes else estimator.predict(task.X)
    return float(round_.score.of(np.asarray(predicted, dtype=np.float64)[None], task.y)[0])
