"""The models that are delivered: which data, customised or plain, and what each scores on every task.

G(V_j, M^i)   ``before``, ``after``   the score on party j's task of the model delivered to party i

plain       each party's own model, the model of its selection, or one made for another party: whichever scores best on
            its task.  In an exact round the selection is the best already.
customised  a candidate of the customisation step takes the plain model's place if on its own task it loses no more than
            ``tolerance`` and stays better than the party's own model, if nobody else's plain model is beaten by it on
            that party's task, and if it lowers the largest score on another task.  Parties with one task share the
            best of what was made for it.
at the end  where a model is better on a task than what that task's party gets (with a tolerance that may happen), the
            party gets its plain model instead.

So nobody is delivered less than its own model, or than any model that is delivered to another (proven: a plain model is
beaten by no plain one, and by no candidate that was let through).  What is scored here is what is delivered.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from fairpool.ground.arrays import Float, Floats, Integers
from fairpool.learning.experiment import Experiment
from fairpool.learning.learners.scikit import class_scores
from fairpool.learning.rows import Rows
from fairpool.market.copies.equals import equal_parties, first_with_same_rows
from fairpool.market.options import Customise
from fairpool.market.own_tasks.customisation import can_be_customised, candidates
from fairpool.market.own_tasks.selection import Parties, Selection, swapped_in
from fairpool.market.tolerances import CUSTOMISED, SAME

AS_SELECTED = "trained on the selected data as they are"
OWN = "its own model: none in the market is better on its task"
_TOO_DEAR = "customisation would have cost more of its own gain, or of its answers, than was allowed"


@dataclass(frozen=True, slots=True, eq=False)
class CustomisationReport:
    """before, after: entry (i, j) is the gain on party j's task of the model delivered to party i."""

    step: Customise
    selected: tuple[Parties, ...]
    before: Float[Floats, "models tasks"]
    after: Float[Floats, "models tasks"]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Made:
    """A model for a party: the parties whose rows it was trained on, what it scores on every task, and a note."""

    members: Parties
    estimator: Any
    scores: Float[Floats, " tasks"]
    note: str


@dataclass(frozen=True, slots=True, eq=False)
class Delivery:
    """plain: the models that nobody customised; made: those that are delivered; step: what was to be done to them."""

    step: Customise
    plain: tuple[Made, ...]
    made: tuple[Made, ...]

    @property
    def report(self) -> CustomisationReport:
        return CustomisationReport(
            step=self.step,
            selected=tuple(one.members for one in self.made),
            before=np.array([one.scores for one in self.plain]),
            after=np.array([one.scores for one in self.made]),
            notes=tuple(one.note for one in self.made),
        )

    def selections(self, chosen: Sequence[Selection]) -> tuple[Selection, ...]:
        """The data of the plain models: as ``chosen``, unless a model of other data did better when it was trained."""
        return tuple(
            s if one.members == s.members else Selection(s.task, one.members, float(one.scores[s.task]))
            for s, one in zip(chosen, self.plain, strict=True)
        )

    @property
    def reached(self) -> Float[Floats, " parties"]:
        """What each party's model scores on its task."""
        return np.array([one.scores[i] for i, one in enumerate(self.made)])


def deliver(
    round_: Experiment, selections: Sequence[Selection], step: Customise, tolerance: float
) -> Delivery:
    """A model for every party; cost: up to two fits a party beside those of the step."""
    owns = [_made(round_, (i,), OWN) for i in range(len(selections))]
    chosen = [_made(round_, s.members, AS_SELECTED) if s.others else owns[s.task] for s in selections]
    plain = [_best_on(i, owns[i], chosen[i], *chosen, *owns) for i in range(len(selections))]
    same_task = first_with_same_rows(round_.tasks)
    customising = _Customising(round_, step, tolerance, plain, owns, same_task)
    made = [customising.model_for(i) for i in range(len(plain))]
    made = [
        _best_on(i, made[i], *(made[j] for j in np.flatnonzero(same_task == same_task[i])))
        for i in range(len(made))
    ]
    made = _never_beaten(made, plain)
    for i, j in equal_parties(round_):
        plain[j], made[j] = _of_equal(plain[i], i, j), _of_equal(made[i], i, j)
    return Delivery(step, tuple(plain), tuple(made))


def gain(round_: Experiment, estimator: Any, task: Rows) -> float:
    """The score of one fitted estimator on one task."""
    predicted = class_scores(estimator, task.X, task.classes) if task.classes else estimator.predict(task.X)
    return float(round_.score.of(np.asarray(predicted, dtype=np.float64)[None], task.y)[0])


def _made(round_: Experiment, members: Parties, note: str) -> Made:
    return _scored(round_, members, round_.model(members), note)


def _scored(round_: Experiment, members: Parties, estimator: Any, note: str) -> Made:
    scores = np.array([gain(round_, estimator, task) for task in round_.tasks])
    return Made(members, estimator, scores, note)


def _best_on(task: int, *models: Made) -> Made:
    """The best on a task, the first of equals."""
    reached = np.array([model.scores[task] for model in models])
    return models[int(np.argmax(reached >= reached.max() - SAME))]


@dataclass(frozen=True, slots=True, eq=False)
class _Customising:
    """One step for all parties; same_task: for every task the first with the same rows."""

    round_: Experiment
    step: Customise
    tolerance: float
    plain: Sequence[Made]
    owns: Sequence[Made]
    same_task: Integers

    def model_for(self, i: int) -> Made:
        """The model for one task after the step, or the plain one where no candidate is better suited."""
        one, foreign = self.plain[i], self._foreign(i)
        if self.step is Customise.NONE or one.members == (i,):
            return one
        if not foreign:
            return replace(one, note="all parties have this task, so there is none to customise against")
        if not can_be_customised(one.estimator, self.step):
            return replace(
                one, note="this learner takes no weights of rows, so it cannot be taught to forget"
            )
        fitting = [model for model in self._made_for(i, foreign) if self._fits(model, i, foreign)]
        if not fitting:
            return replace(one, note=_TOO_DEAR)
        best = min(fitting, key=lambda model: model.scores[foreign].max())
        if best.scores[foreign].max() >= one.scores[foreign].max():
            return replace(one, note="customisation did not lower the gain on other tasks")
        return best

    def _foreign(self, i: int) -> list[int]:
        """Tasks of other rows than party i's, each once."""
        return [int(t) for t in np.unique(self.same_task) if t != self.same_task[i]]

    def _made_for(self, i: int, foreign: Sequence[int]) -> list[Made]:
        one, others = self.plain[i], [self.round_.tasks[t] for t in foreign]
        return [
            _scored(self.round_, one.members, model.estimator, model.note)
            for model in candidates(self.round_, i, one.members, one.estimator, self.step, others)
        ]

    def _fits(self, model: Made, i: int, foreign: Sequence[int]) -> bool:
        """Whether it is good enough for its own task, and not too good for anybody else's."""
        one = self.plain[i]
        rivals = [other.scores[i] for other in self.plain if other.members != one.members]
        least = max([one.scores[i] - self.tolerance, *rivals]) - CUSTOMISED
        most = np.array([self.plain[t].scores[t] for t in foreign]) + SAME
        good = model.scores[i] >= max(least, self.owns[i].scores[i] + SAME)
        return bool(good and (model.scores[list(foreign)] <= most).all())


def _never_beaten(made: Sequence[Made], plain: Sequence[Made]) -> list[Made]:
    """Parties whose customised model lost more than another's is worth to them get their plain model."""
    made, beaten = list(made), True
    while beaten:
        best = np.max([one.scores for one in made], axis=0)
        low = [i for i, one in enumerate(made) if one.scores[i] < min(best[i], plain[i].scores[i]) - SAME]
        for i in low:
            made[i] = replace(plain[i], note="customised it would have been beaten by another party's model")
        beaten = bool(low)
    return made


def _of_equal(model: Made, i: int, j: int) -> Made:
    """The model of a party with equal rows and an equal task: the same, each with its own rows."""
    return replace(model, members=swapped_in(model.members, i, j))
