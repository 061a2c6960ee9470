"""What leaves a party's house: who sees which part of its data, and what can be read from it.

docs/decisions/0006-what-is-handed-out.md has the tests and the measurements behind the sentences on models.
"""

from __future__ import annotations

from dataclasses import dataclass

from fairpool.documents.settlement import SettlementDocument
from fairpool.ground.privacy import FEWEST_ROWS

_SUMS = "sums over all training rows: somebody who knows all of them but one can solve for that one"
_FROM_MODELS = {
    "ridge": f"Its numbers are {_SUMS}.",
    "logistic": f"Its numbers come from {_SUMS}, nearly.",
    "naive-bayes": (
        "It holds the mean and the spread of every column in every class; a class of one training row is that row."
    ),
    "gradient-boosting": "Some of its thresholds are values of single training rows.",
    "nearest": "It predicts from the training rows themselves, so it is not handed out as a file.",
}
_ANY_MODEL = "What its kind of model holds was not looked at here."


@dataclass(frozen=True, slots=True)
class Leaving:
    """One thing that leaves a house: what, to whom, and what it tells about single rows."""

    what: str
    seen_by: str
    tells: str


def what_leaves(document: SettlementDocument) -> list[Leaving]:
    """All that this round took out of a party's house, or hands out."""
    return [_rows(document), _report(document), _model(document)]


def _rows(document: SettlementDocument) -> Leaving:
    files = "training and validation rows" if document.task == "own" else "training rows"
    return Leaving(
        f"The files with its {files}",
        "whoever ran this round, and no other party",
        "Everything in them. They were read where the round was run.",
    )


def _report(document: SettlementDocument) -> Leaving:
    groups = ", scores of groups of parties" if document.coalitions else ""
    classes = ", the classes of the label" if document.data.classes else ""
    kept_from = (
        ", but for the classes of the label and how many rows have each" if document.data.classes else ""
    )
    return Leaving(
        "This report, statement.csv and settlement.json",
        "everybody to whom they are given",
        f"Numbers of rows, scores{groups}, amounts, names of columns{classes}, and a sheet of its data. No value that"
        f" stands in fewer than {FEWEST_ROWS} rows is shown{kept_from}.",
    )


def _model(document: SettlementDocument) -> Leaving:
    kept = document.learner == "nearest"
    known = _forest(document) or _FROM_MODELS.get(document.learner, _ANY_MODEL)
    texts = (
        " With it go the mean and spread of the validation columns, and texts that stand in at least"
        f" {FEWEST_ROWS} rows."
    )
    guess = " Whether a given row was among the training rows can be guessed better than by chance."
    return Leaving(
        "Models that were trained on its rows, with those of others",
        "nobody, as a file"
        if kept
        else "every party whose model was trained on them, and whoever gets that file",
        known + ("" if kept else texts + guess),
    )


def _forest(document: SettlementDocument) -> str:
    if document.learner != "random-forest":
        return ""
    fewest = document.learner_options.get("min_samples_leaf", 5)
    if fewest == 1:
        return "Labels of single training rows can be read from it."
    return f"Its leaves hold averages of the labels of training rows, at least min_samples_leaf = {fewest} of them."
