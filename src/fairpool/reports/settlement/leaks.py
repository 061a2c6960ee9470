"""The customisation matrix: what every delivered model scores on everybody's task.

M^i leaks to j   G(V_j, M^i) > G(V_j, M_j): the model delivered to i does better on j's task than what j has
                 alone, so i could sell it to j
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
    "none": "this learner allows none, the model is the same before and after",
}


@dataclass(frozen=True, slots=True)
class Cell:
    """One model on one task."""

    after: float
    before: float
    own: bool
    leaks: bool


@dataclass(frozen=True, slots=True)
class Leak:
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


def leaks_of(document: SettlementDocument, matrix: Matrix) -> list[Leak]:
    """All leaks of a matrix, the largest advantage first."""
    names, alone = _customisation(document).parties, _alone(document)
    leaks = [
        Leak(model, task, matrix[i][j], alone[task])
        for i, model in enumerate(names)
        for j, task in enumerate(names)
        if i != j and matrix[i][j] > alone[task] + _SAME
    ]
    return sorted(leaks, key=lambda leak: leak.alone - leak.score)


def _customisation(document: SettlementDocument) -> CustomisationTable:
    if document.customisation is None:
        raise ValueError("a common task has no customisation")
    return document.customisation


def _alone(document: SettlementDocument) -> dict[str, float]:
    return {party.name: party.gain_alone for party in document.parties}


def leak_sentences(document: SettlementDocument) -> list[str]:
    """What leaks, and what the customisation step did about it."""
    found = _customisation(document)
    before, after = leaks_of(document, found.before), leaks_of(document, found.after)
    n = len(found.parties)
    lost = sum(found.after[i][i] - found.before[i][i] for i in range(n)) / n
    step = f"Customisation step: {_STEPS.get(found.step, found.step)}."
    effect = (
        f" It took the leaks from {len(before)} to {len(after)} and changed the score on the own task by"
        f" {signed_decimal(lost, 3)} on average."
    )
    return [_what_leaks(after), step + ("" if found.step == "none" else effect)]


def _what_leaks(leaks: Sequence[Leak]) -> str:
    if not leaks:
        return (
            "Nothing leaks: no delivered model does better on another party's task than that party does"
            " alone."
        )
    worst = leaks[0]
    decimals = decimals_apart(worst.score, worst.alone)
    return (
        f"{plural(len(leaks), 'leak')}. The largest: the model made for {worst.model} scores"
        f" {decimal(worst.score, decimals)} on the task of {worst.task}, which alone has"
        f" {decimal(worst.alone, decimals)}."
    )
