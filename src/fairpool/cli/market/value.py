"""`fairpool value`: worth of every row of a file for a task."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fairpool.cli.console import Stages, say, show
from fairpool.documents.row_values import RowValuesDocument, RowValuesSummary, RowWorth, WorstRow
from fairpool.files.faults import Faults, refuse_all
from fairpool.files.forgotten_names import advising_rename
from fairpool.files.market.rows_compared import ComparedRows
from fairpool.files.output import written_whole
from fairpool.files.reading_keys import is_parquet, of_columns
from fairpool.files.table_file import read_dataset
from fairpool.ground.errors import InputError
from fairpool.ground.spelling import guess
from fairpool.learning.row_valuation.values import row_values
from fairpool.reports.row_values.page import row_values_page, worth_text
from fairpool.tables.cells import all_numbers, numbers, present, written
from fairpool.tables.columns import refuse_unmet_columns
from fairpool.tables.conventions import Conventions
from fairpool.tables.dataset import Dataset
from fairpool.tables.schema import Kind, Schema, agree_schema
from fairpool.tables.treatment.preprocessing import learn_preprocessing

MOST_CLASSES = 20
MOST_WORST = 20
_NAMED = 5  # of the worst rows, in a line
KINDS = {"auto": None, "classification": Kind.CLASSIFICATION, "regression": Kind.REGRESSION}


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked: rows for a task, how their files are to be read, and what of it is otherwise of the task's."""

    rows: Path
    task: Path
    label: str
    features: Sequence[str] | None
    neighbours: int
    kind: str
    conventions: Conventions
    of_task: Mapping[str, Any]

    @property
    def for_task(self) -> Conventions:
        """How the task's file is to be read; InputError where what is said of it does not go together."""
        try:
            return self.conventions.but(self.of_task)
        except InputError as problem:
            raise InputError(f"--task-option {problem.problem}", file=self.task) from None


def value_rows(asked: Asked, *, out: Path | None, report: Path | None, as_json: bool) -> None:
    """Value the rows; CSV to ``out`` or stdout, or one JSON document on stdout; a page to ``report``.

    The summary goes to stdout where nothing else does.  Raises InputError as `fairpool run` does.
    """
    found = valued(asked)
    if out is not None:
        written_whole(out, csv_of(found))
    if report is not None:
        written_whole(report, row_values_page(found))
    if as_json:
        show(found.json_text())
        return
    if out is None:
        show(csv_of(found).rstrip("\n"))
    tell = say if out is None else show
    for line in summary_of(found):
        tell(line)


def csv_of(document: RowValuesDocument) -> str:
    """row, worth, and as what the label was predicted."""
    lines = [f"{one.row},{one.worth:.12g},{document.kind}" for one in document.rows]
    return "\n".join(["row,worth,kind", *lines]) + "\n"


def summary_of(document: RowValuesDocument) -> list[str]:
    """A few lines for a person."""
    summary = document.summary
    lines = [
        f"{summary.rows:,} rows valued for the {summary.task_rows:,} rows of {document.task}, as a {document.kind}; "
        f"together they are worth {worth_text(document.sum)}."
    ]
    if summary.harmful:
        worst = ", ".join(f"{one.row} ({worth_text(one.worth)})" for one in document.worst[:_NAMED])
        lines.append(
            f"{summary.harmful:,} worth less than 0, together {worth_text(summary.harm)}; worst rows: {worst}."
        )
    else:
        lines.append("None is worth less than 0.")
    return [*lines, *document.notes]


def valued(asked: Asked) -> RowValuesDocument:
    """Read, treat and value."""
    if asked.kind not in KINDS:
        raise InputError(f"--kind: got {asked.kind!r}, expected {', '.join(KINDS)}{guess(asked.kind, KINDS)}")
    with advising_rename(((asked.rows, asked.conventions), (asked.task, asked.for_task))):
        train = _read(asked.rows, asked, asked.conventions)
        wanted = _read(asked.task, asked, asked.for_task)
    both = dict.fromkeys([*_columns(train), *_columns(wanted)])
    refuse_unmet_columns(asked.conventions.given(), train.met | wanted.met, names=both, file=str(asked.rows))
    refuse_unmet_columns(asked.of_task, wanted.met, names=_columns(wanted), file=str(asked.task))
    kind = KINDS[asked.kind] or likely_task(wanted, train)
    schema = _agreed(wanted, train, kind, asked.features)
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
            neighbours=asked.neighbours,
            progress=stages.progress,
        )
    return _document(asked, train, wanted, worth, kind)


def _read(path: Path, asked: Asked, meant: Conventions) -> Dataset:
    conventions = of_columns(meant) if is_parquet(path) else meant
    return read_dataset(path, label=asked.label, features=asked.features, conventions=conventions)


def _agreed(wanted: Dataset, train: Dataset, kind: Kind, features: Sequence[str] | None) -> Schema:
    """The schema of both files; an InputError tells of all cells that do not fit, and not of the first alone."""
    try:
        return agree_schema([wanted], [train], task=kind, features=features)
    except InputError:
        faults = Faults()
        ComparedRows([wanted], [train], (), kind, features, faults).compare()
        refuse_all(faults.met)
        raise


def _columns(dataset: Dataset) -> list[str]:
    return [*map(str, dataset.features.columns), str(dataset.label.name)]


def _document(
    asked: Asked, train: Dataset, wanted: Dataset, worth: NDArray[np.float64], kind: Kind
) -> RowValuesDocument:
    harmful = worth < 0
    worst = [int(place) for place in np.argsort(worth, kind="stable")[:MOST_WORST] if worth[place] < 0]
    return RowValuesDocument(
        name=str(asked.rows),
        task=str(asked.task),
        label=asked.label,
        kind=kind.value,
        neighbours=asked.neighbours,
        sum=float(worth.sum()),
        summary=RowValuesSummary(
            rows=len(train),
            task_rows=len(wanted),
            harmful=int(harmful.sum()),
            harm=float(worth[harmful].sum()),
            median=float(np.median(worth)),
            most_helpful=float(worth.max()),
        ),
        worst=tuple(
            WorstRow(
                row=train.row_of(place), worth=float(worth[place]), label=written(train.label.iloc[place])
            )
            for place in worst
        ),
        notes=tuple(_notes(asked, train, wanted, kind)),
        rows=tuple(RowWorth(row=train.row_of(place), worth=float(one)) for place, one in enumerate(worth)),
    )


def _notes(asked: Asked, train: Dataset, wanted: Dataset, kind: Kind) -> list[str]:
    """That few whole numbers were taken for amounts, as the two files do not have the same."""
    if asked.kind == "auto" and kind is Kind.REGRESSION and _few_whole(wanted) and _few_whole(train):
        return [
            "The labels are few whole numbers, but not the same ones in both files: taken for amounts. "
            "If they are classes, say --kind classification."
        ]
    return []


def _refuse_one_value(labels: NDArray[Any], wanted: Dataset) -> None:
    if len(np.unique(labels)) < 2:
        raise InputError(
            "got the same label in every row, expected at least two different ones to tell rows apart",
            file=wanted.name,
            column=str(wanted.label.name),
        )


def likely_task(one: Dataset, other: Dataset) -> Kind:
    """Classification where labels are text or truth values, or at most `MOST_CLASSES` whole numbers, the same in both
    files; else regression.  Which file is which makes no difference."""
    if not all(all_numbers(present(dataset.label)) for dataset in (one, other)):
        return Kind.CLASSIFICATION
    same = _few_whole(one) and _few_whole(other) and np.array_equal(_labels(one), _labels(other))
    return Kind.CLASSIFICATION if same else Kind.REGRESSION


def _few_whole(dataset: Dataset) -> bool:
    values = _labels(dataset)
    return len(values) <= MOST_CLASSES and bool((values == np.round(values)).all())


def _labels(dataset: Dataset) -> NDArray[np.float64]:
    return np.unique(numbers(present(dataset.label)))
