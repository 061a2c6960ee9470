"""The customisation matrix: what every delivered model scores on everybody's task.

M^i is also useful to j   G(V_j, M^i) > G(V_j, M_j): the model delivered to i does better on j's task than what j
                          has alone, so that j, too, would have a use for it
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fairpool.documents.settlement import CustomisationTable, SettlementDocument
from fairpool.reports.frame.numerals import decimal, decimals_apart, plural, signed_decimal

Matrix = Sequence[Sequence[float]]

MOST_PARTIES_IN_A_MATRIX = 14
_SAME = 1e-9
_STEPS = {
    "rows": "the rows of the other parties were chosen by what they are worth for the model's own task",
    "penalty": "training gave up accuracy on the other parties' tasks",
    "none": "none, the models are the same before and after",
}


@dataclass(frozen=True, slots=True)
class Cell:
    """One model on one task."""

    after: float
    before: float
    own: bool
    useful: bool


@dataclass(frozen=True, slots=True)
class AlsoUseful:
    """A model that is worth something to a party it was not made for."""

    model: str
    task: str
    score: float
    alone: float


@dataclass(frozen=True, slots=True)
class ModelRow:
    """All tasks for one model."""

    party: str
    cells: list[Cell]
    data_from: list[str]
    note: str


def matrix_of(document: SettlementDocument) -> list[ModelRow]:
    """Rows are models, columns tasks."""
    found = _customisation(document)
    alone = _alone(document)
    return [
        ModelRow(
            name,
            [_cell(found, i, j, alone[task]) for j, task in enumerate(found.parties)],
            list(found.selected.get(name, ())),
            found.notes.get(name, ""),
        )
        for i, name in enumerate(found.parties)
    ]


def _cell(found: CustomisationTable, i: int, j: int, alone: float) -> Cell:
    after = found.after[i][j]
    return Cell(after, found.before[i][j], i == j, i != j and after > alone + _SAME)


def useful_models(document: SettlementDocument, matrix: Matrix) -> list[AlsoUseful]:
    """The models of a matrix that are also useful to another party, the largest advantage first."""
    names, alone = _customisation(document).parties, _alone(document)
    found = [
        AlsoUseful(model, task, matrix[i][j], alone[task])
        for i, model in enumerate(names)
        for j, task in enumerate(names)
        if i != j and matrix[i][j] > alone[task] + _SAME
    ]
    return sorted(found, key=lambda one: one.alone - one.score)


def _customisation(document: SettlementDocument) -> CustomisationTable:
    if document.customisation is None:
        raise ValueError("a common task has no customisation")
    return document.customisation


def _alone(document: SettlementDocument) -> dict[str, float]:
    return {party.name: party.gain_alone for party in document.parties}


def usefulness_sentences(document: SettlementDocument) -> list[str]:
    """Which models are also useful to others, and what the customisation step did about it."""
    found = _customisation(document)
    before, after = useful_models(document, found.before), useful_models(document, found.after)
    n = len(found.parties)
    lost = sum(found.after[i][i] - found.before[i][i] for i in range(n)) / n
    step = f"Customisation step: {_STEPS.get(found.step, found.step)}."
    effect = (
        f" It took the cases in which a model is also useful to another party from {len(before)} to {len(after)} and"
        f" changed the score on the own task by {signed_decimal(lost, 3)} on average."
    )
    return [_what_is_useful(after), step + ("" if found.step == "none" else effect)]


def _what_is_useful(found: Sequence[AlsoUseful]) -> str:
    if not found:
        return (
            "No model is also useful to another party: none does better on another party's task than that party"
            " does alone."
        )
    most = found[0]
    decimals = decimals_apart(most.score, most.alone)
    models = len({one.model for one in found})
    return (
        f"{plural(models, 'model')} {'is' if models == 1 else 'are'} also useful to another party. The largest"
        f" advantage: the model made for {most.model} scores {decimal(most.score, decimals)} on the task of"
        f" {most.task}, which alone has {decimal(most.alone, decimals)}."
    )
