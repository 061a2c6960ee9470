"""What is told of a round's validation data: what each task's best constant scores, and how much hangs on one row."""

from __future__ import annotations

from dataclasses import dataclass

from fairpool.learning.validation_rows.one_row import worth_of_one_row
from fairpool.market.agreement import Agreement

FEW = 0.05
"""A score of which a single row is worth more than this hangs on a handful of rows."""


@dataclass(frozen=True, slots=True)
class TaskFacts:
    """party: whose task it is, None for the common one.

    trivial    what the best constant scores: a model that is no better has learnt nothing for this task
    one_row    the part of the score, 0 to 1, that one row may decide
    of_class   the class of such a row, None for numbers; alike: how many rows are of it
    """

    party: str | None
    rows: int
    trivial: float
    one_row: float
    of_class: str | None
    alike: int

    @property
    def hangs_on_few(self) -> bool:
        return self.one_row > FEW


def facts_of_tasks(agreement: Agreement) -> tuple[TaskFacts, ...]:
    """The facts of the common task, or of every party's."""
    names = agreement.names if agreement.task == "own" else (None,)
    classes, score = agreement.preprocessing.schema.classes, agreement.experiment.score
    facts = []
    for name, task in zip(names, agreement.experiment.tasks, strict=True):
        found = worth_of_one_row(score, task)
        label = classes[found.code] if classes and found.code is not None else None
        trivial = score.trivial(task.y, task.classes)
        facts.append(TaskFacts(name, len(task), trivial, found.worth, label, found.alike))
    return tuple(facts)
