"""A data sheet: what a party brought, column by column, and what stands out in it.

After Gebru et al., Datasheets for datasets (2021), as far as a table can answer by itself.  It is read by everybody in
the round, so it holds no cell (`fairpool.market.data_sheets.column`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fairpool.comparing.chance_overlap import ChanceOverlap
from fairpool.comparing.closeness import SpacedRows
from fairpool.comparing.same_rows import distinct_rows, with_label
from fairpool.learning.rows import Rows, stack
from fairpool.market.data_sheets.classes import classes_of_nobody
from fairpool.market.data_sheets.column import ColumnSheet, numeric_sheet, text_sheet
from fairpool.market.data_sheets.odd_validation import OddValidation, left_to_parties, told_of_validation
from fairpool.market.data_sheets.standing_out import Cells, Remark, Way, Yardstick
from fairpool.tables.dataset import Dataset
from fairpool.tables.labels import label_numbers
from fairpool.tables.schema import ColumnKind, Schema, column_values


@dataclass(frozen=True, slots=True)
class ClassCount:
    """How many rows have a label."""

    label: str
    rows: int


@dataclass(frozen=True, slots=True)
class DataSheet:
    """What one party brought.

    Attributes
    ----------
    rows      all rows, as handed in
    repeated  rows that equal an earlier one, label included
    classes   rows of each class; empty for numbers
    columns   what each column looks like, of distinct rows
    label     the same of labels that are numbers
    notes     what stands out, in words
    """

    party: str
    rows: int
    repeated: int
    classes: tuple[ClassCount, ...]
    columns: tuple[ColumnSheet, ...]
    label: ColumnSheet | None
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DataSheets:
    """The sheets of all parties, and what stands out in the validation data beside them all."""

    sheets: tuple[DataSheet, ...]
    of_validation: tuple[OddValidation, ...]

    @property
    def coded_otherwise(self) -> frozenset[str]:
        """Columns of which most parties' texts are none that the validation data hold."""
        found = (one for odd in self.of_validation for one in odd.told)
        return frozenset(one.what for one in found if one.way is Way.OTHER_TEXTS)


def data_sheets(
    names: Sequence[str],
    brought: Sequence[tuple[Dataset, Rows]],
    tasks: Sequence[tuple[Dataset, Rows]],
    schema: Schema,
) -> DataSheets:
    """Of the parties' rows and the tasks', as read and as treated."""
    beside = Beside.of(tasks, schema, [rows for _, rows in brought])
    made = [beside.sheet(name, *rows) for name, rows in zip(names, brought, strict=True)]
    found = [findings for _, findings in made]
    odd = told_of_validation(found, files=len(tasks))
    sheets = zip((sheet for sheet, _ in made), left_to_parties(found, odd), strict=True)
    noted = (
        replace(sheet, notes=tuple(f"{sheet.party}: {one.note}" for one in left)) for sheet, left in sheets
    )
    return DataSheets(tuple(noted), odd)


@dataclass(frozen=True, eq=False)
class Beside:
    """The validation data that sheets are made beside: as read, and as treated."""

    tasks: Sequence[Dataset]
    rows: Rows
    law: ChanceOverlap
    schema: Schema
    nobody: frozenset[int]

    @classmethod
    def of(cls, tasks: Sequence[tuple[Dataset, Rows]], schema: Schema, parties: Sequence[Rows]) -> Beside:
        """All tasks as one."""
        together = stack([rows for _, rows in tasks])
        law = ChanceOverlap.of(SpacedRows.of(together.X, against=len(parties)))
        nobody = classes_of_nobody([together], parties)
        return cls([task for task, _ in tasks], together, law, schema, frozenset(nobody))

    def sheet(self, party: str, data: Dataset, rows: Rows) -> tuple[DataSheet, list[Remark]]:
        """The sheet of one party, whose rows are given as read and as treated, and what stands out, not yet noted."""
        first = np.sort(distinct_rows(with_label(rows.X, rows.y)).first)
        names = self.schema.classes or ()
        counts = np.bincount(rows.y.astype(np.int64), minlength=len(names)) if names else np.empty(0)
        mine = {name: cells[first] for name, cells in self._cells(data).items()}
        sheet = DataSheet(
            party=party,
            rows=len(rows),
            repeated=len(rows) - len(first),
            classes=tuple(ClassCount(name, int(n)) for name, n in zip(names, counts, strict=True)),
            columns=tuple(self._column(column.name, mine) for column in self.schema.columns),
            label=None if names else self._column(self.schema.label, mine),
            notes=(),
        )
        return sheet, list(self._yardstick.findings(sheet, rows, mine))

    def _column(self, name: str, mine: Cells) -> ColumnSheet:
        if name in self.schema.of_kind(ColumnKind.CATEGORICAL):
            return text_sheet(
                name, list(map(str, mine[name])), frozenset(map(str, self._theirs[name])) - {""}
            )
        return numeric_sheet(name, mine[name].astype(np.float64), self._theirs[name].astype(np.float64))

    def _cells(self, data: Dataset) -> Cells:
        """Every column as the round reads it; labels that are numbers as well."""
        cells: dict[str, NDArray[Any]] = {one.name: column_values(one, data) for one in self.schema.columns}
        return cells if self.schema.classes else {**cells, self.schema.label: label_numbers(data)}

    @cached_property
    def _theirs(self) -> Cells:
        tasks = [self._cells(task) for task in self.tasks]
        return {name: np.concatenate([cells[name] for cells in tasks]) for name in tasks[0]}

    @cached_property
    def _yardstick(self) -> Yardstick:
        return Yardstick(self.schema, self.rows, self.law, self._theirs, self.nobody)
