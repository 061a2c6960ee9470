"""`fairpool value`: worth of every row of a file for a task."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fairpool.cli.console import Stages, show
from fairpool.cli.output_folder import written_whole
from fairpool.errors import InputError
from fairpool.learning.cells import all_numbers, numbers, present
from fairpool.learning.dataset import Dataset
from fairpool.learning.reading import read_dataset
from fairpool.learning.row_values import row_values
from fairpool.learning.schema import Task, agree_schema
from fairpool.learning.treatment import learn_treatment

MOST_CLASSES = 20
KINDS = {"auto": None, "classification": Task.CLASSIFICATION, "regression": Task.REGRESSION}


@dataclass(frozen=True, slots=True, eq=False)
class RowWorth:
    """row: the rows' numbers as a text editor counts them; worth float64 (n,)."""

    row: NDArray[np.int64]
    worth: NDArray[np.float64]
    task: Task
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


def row_worth(rows: Path, task: Path, label: str, *, neighbours: int, kind: str) -> RowWorth:
    """Read, treat and value; raises InputError as `fairpool run` does."""
    if kind not in KINDS:
        raise InputError(f"--kind: got {kind!r}, expected {', '.join(KINDS)}")
    train, wanted = read_dataset(rows, label=label), read_dataset(task, label=label)
    chosen = KINDS[kind] or likely_task(wanted)
    schema = agree_schema([wanted], [train], task=chosen, features=None)
    treatment = learn_treatment(schema, [wanted])
    with Stages() as stages:
        stages.stage("valuing rows")
        worth = row_values(
            treatment.apply(train),
            treatment.labels(train),
            treatment.apply(wanted),
            treatment.labels(wanted),
            neighbours=neighbours,
            progress=stages.progress,
        )
    numbers = np.array([train.row_of(position) for position in range(len(train))], dtype=np.int64)
    return RowWorth(numbers, worth, chosen, neighbours)


def likely_task(dataset: Dataset) -> Task:
    """Classification where labels are text, truth values or at most `MOST_CLASSES` whole numbers; else regression."""
    distinct = present(dataset.label).drop_duplicates()
    if not all_numbers(distinct):
        return Task.CLASSIFICATION
    values = np.unique(numbers(distinct))
    codes = len(values) <= MOST_CLASSES and bool((values == np.round(values)).all())
    return Task.CLASSIFICATION if codes else Task.REGRESSION
