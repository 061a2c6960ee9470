"""`fairpool value`: worth of every row of a file for a task."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fairpool.cli.console import Stages, show
from fairpool.files.output import written_whole
from fairpool.files.table_file import read_dataset
from fairpool.ground.errors import InputError
from fairpool.learning.row_valuation.values import row_values
from fairpool.tables.cells import all_numbers, numbers, present
from fairpool.tables.dataset import Dataset
from fairpool.tables.preprocessing import learn_preprocessing
from fairpool.tables.schema import Kind, agree_schema

MOST_CLASSES = 20
KINDS = {"auto": None, "classification": Kind.CLASSIFICATION, "regression": Kind.REGRESSION}


@dataclass(frozen=True, slots=True, eq=False)
class RowWorth:
    """row: the rows' numbers as a text editor counts them; worth float64 (n,)."""

    row: NDArray[np.int64]
    worth: NDArray[np.float64]
    task: Kind
    neighbours: int

    def write(self, out: Path | None, *, as_json: bool) -> None:
        """CSV to ``out`` or stdout; with ``as_json`` one JSON document on stdout."""
        if out is not None:
            written_whole(out, self.csv())
        if as_json:
            show(json.dumps(self.document()))
        elif out is None:
            show(self.csv().rstrip("\n"))

    def csv(self) -> str:
        lines = [f"{row},{worth:.12g}" for row, worth in zip(self.row, self.worth, strict=True)]
        return "\n".join(["row,worth", *lines]) + "\n"

    def document(self) -> dict[str, object]:
        rows = [{"row": int(r), "worth": float(w)} for r, w in zip(self.row, self.worth, strict=True)]
        return {
            "kind": self.task.value,
            "neighbours": self.neighbours,
            "sum": float(self.worth.sum()),
            "rows": rows,
        }


def row_worth(
    rows: Path, task: Path, label: str, *, features: Sequence[str] | None, neighbours: int, kind: str
) -> RowWorth:
    """Read, treat and value; raises InputError as `fairpool run` does."""
    if kind not in KINDS:
        raise InputError(f"--kind: got {kind!r}, expected {', '.join(KINDS)}")
    train = read_dataset(rows, label=label, features=features)
    wanted = read_dataset(task, label=label, features=features)
    chosen = KINDS[kind] or likely_task(wanted, train)
    schema = agree_schema([wanted], [train], task=chosen, features=features)
    treatment = learn_preprocessing(schema, [wanted])
    labels = treatment.labels(wanted)
    _refuse_one_value(labels, wanted)
    with Stages() as stages:
        stages.stage("valuing rows")
        worth = row_values(
            treatment.apply(train),
            treatment.labels(train),
            treatment.apply(wanted),
            labels,
            neighbours=neighbours,
            progress=stages.progress,
        )
    numbers = np.array([train.row_of(position) for position in range(len(train))], dtype=np.int64)
    return RowWorth(numbers, worth, chosen, neighbours)


def _refuse_one_value(labels: NDArray[Any], wanted: Dataset) -> None:
    if len(np.unique(labels)) < 2:
        raise InputError(
            "got the same label in every row, expected at least two different ones to tell rows apart",
            file=wanted.name,
            column=str(wanted.label.name),
        )


def likely_task(wanted: Dataset, train: Dataset) -> Kind:
    """Classification where the task's labels are text or truth values, or at most `MOST_CLASSES` whole numbers of which
    all rows have one; else regression."""
    labels = [present(dataset.label).drop_duplicates() for dataset in (wanted, train)]
    if not all(map(all_numbers, labels)):
        return Kind.CLASSIFICATION
    values, known = (np.unique(numbers(distinct)) for distinct in labels)
    codes = (
        len(values) <= MOST_CLASSES and (values == np.round(values)).all() and np.isin(known, values).all()
    )
    return Kind.CLASSIFICATION if codes else Kind.REGRESSION
