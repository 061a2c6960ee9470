"""A data sheet: what a party brought, column by column, and what stands out in it.

After Gebru et al., Datasheets for datasets (2021), as far as a table can answer by itself.  It is read by everybody in
the round, so it holds no cell (`fairpool.market.data_sheets.column`).  A note is written where honest data hardly ever
look so; what is told of honest data, and how often, is measured in the tests.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fairpool.comparing.chance_overlap import ChanceOverlap
from fairpool.comparing.closeness import SpacedRows
from fairpool.comparing.same_rows import distinct_rows, with_label
from fairpool.ground.arrays import Positions
from fairpool.learning.rows import Rows, stack
from fairpool.market.data_sheets.column import ColumnSheet, numeric_sheet, text_sheet
from fairpool.market.data_sheets.labels import absent_classes, directions, turned
from fairpool.tables.cells import is_number
from fairpool.tables.dataset import Dataset
from fairpool.tables.labels import label_numbers
from fairpool.tables.schema import ColumnKind, Schema, column_values

BLANK = 0.5  # of a party's cells, more than of the validation data's, before it is told
OUTSIDE = 0.9  # of a party's values that lie outside the validation data's range, before it is told
FEWEST = 5  # rows of which something can be said
MOST_BY_CHANCE = 1e-6


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


@dataclass(frozen=True, eq=False)
class Beside:
    """The validation data that sheets are made beside: as read, and as treated."""

    tasks: Sequence[Dataset]
    rows: Rows
    law: ChanceOverlap
    schema: Schema

    @classmethod
    def of(cls, tasks: Sequence[Dataset], rows: Sequence[Rows], schema: Schema, parties: int) -> Beside:
        """All tasks as one."""
        together = stack(rows)
        return cls(tasks, together, ChanceOverlap.of(SpacedRows.of(together.X, against=parties)), schema)

    def sheet(self, party: str, data: Dataset, rows: Rows) -> DataSheet:
        """The sheet of one party, whose rows are given as read and as treated."""
        first = np.sort(distinct_rows(with_label(rows.X, rows.y)).first)
        columns = tuple(self._column(place, data, first) for place in range(len(self.schema.columns)))
        names = self.schema.classes or ()
        counts = np.bincount(rows.y.astype(np.int64), minlength=len(names)) if names else np.empty(0)
        sheet = DataSheet(
            party=party,
            rows=len(rows),
            repeated=len(rows) - len(first),
            classes=tuple(ClassCount(name, int(n)) for name, n in zip(names, counts, strict=True)),
            columns=columns,
            label=None if names else self._label(data, first),
            notes=(),
        )
        notes = tuple(f"{party}: {note}" for note in self._notes(sheet, rows))
        return DataSheet(party, sheet.rows, sheet.repeated, sheet.classes, columns, sheet.label, notes)

    def _column(self, place: int, data: Dataset, first: Positions) -> ColumnSheet:
        column = self.schema.columns[place]
        mine = column_values(column, data)[first]
        if column.kind is ColumnKind.CATEGORICAL:
            return text_sheet(column.name, list(map(str, mine)), frozenset(column.categories))
        theirs = self._theirs[column.name].astype(np.float64)
        return numeric_sheet(column.name, mine.astype(np.float64), theirs)

    def _label(self, data: Dataset, first: Positions) -> ColumnSheet:
        return numeric_sheet(self.schema.label, label_numbers(data)[first], self._theirs[self.schema.label])

    @cached_property
    def _theirs(self) -> dict[str, NDArray[Any]]:
        """The cells of every column in all tasks, as the round reads them; numbers that are labels as well."""
        read = {
            column.name: np.concatenate([column_values(column, task) for task in self.tasks])
            for column in self.schema.columns
        }
        if self.schema.classes is None:
            read[self.schema.label] = np.concatenate([label_numbers(task) for task in self.tasks])
        return read

    # ---- what stands out

    def _notes(self, sheet: DataSheet, rows: Rows) -> Iterator[str]:
        yield from self._directions(rows)
        absent = [sheet.classes[k].label for k in absent_classes(rows, self.rows)]
        if absent:
            yield f"no row has the label {' or '.join(absent)}, which many validation rows have: is it spelt otherwise?"
        if sheet.repeated > self.law.most_repeated(len(rows), MOST_BY_CHANCE):
            yield f"{sheet.repeated} of its {sheet.rows} rows repeat an earlier one, more than chance explains"
        for column in (*sheet.columns, *filter(None, [sheet.label])):
            yield from self._of_column(column, sheet.rows - sheet.repeated)

    def _directions(self, rows: Rows) -> Iterator[str]:
        ordered = all(map(is_number, self.schema.classes or ()))
        label, numbers = self.schema.label, self.schema.of_kind(ColumnKind.NUMERIC)
        found = directions(rows, self.rows, len(numbers), ordered=ordered)
        if turned(rows, self.rows, ordered=ordered) and not (found > 0).any():
            yield (
                f"its labels ({label}) fall where the validation data's rise: are they reversed, "
                "or spelt the other way round?"
            )
            return
        for place in np.flatnonzero(found < 0):
            yield (
                f"{numbers[place]} goes with {label} the other way round than in the validation data: "
                "has it another sign or meaning?"
            )

    def _of_column(self, column: ColumnSheet, rows: int) -> Iterator[str]:
        known = round((1 - column.missing) * rows)
        blank, commonest = self._beside[column.name]
        if column.missing - blank > BLANK and known < (1 - blank) * rows / 2:
            yield f"{column.name} is blank in {column.missing:.0%} of its rows (validation: {blank:.0%})"
        if column.constant and commonest**known < MOST_BY_CHANCE:
            yield f"{column.name} is the same in all its rows that have it"
        if column.unit:
            yield f"{column.name} looks as if it were in another unit than the validation data's ({column.unit})"
        elif column.outside >= OUTSIDE and known >= FEWEST and not column.far:
            yield f"{column.name} lies outside what the validation data hold in {column.outside:.0%} of its rows"
        if column.far:
            plural = "values" if column.far > 1 else "value"
            yield (
                f"{column.name} has {column.far} {plural} far outside the validation data's range: "
                "typing errors, or signs for missing?"
            )

    @cached_property
    def _beside(self) -> dict[str, tuple[float, float]]:
        """Of each column of the tasks: the share that is missing, and that of its commonest value among the others."""
        return {name: _missing_and_commonest(values) for name, values in self._theirs.items()}


def _missing_and_commonest(values: NDArray[Any]) -> tuple[float, float]:
    texts = values.dtype == object
    missing = values == "" if texts else np.isnan(values)
    times = np.unique(values[~missing].astype(str if texts else float), return_counts=True)[1]
    return float(np.mean(missing)), float(times.max() / times.sum()) if len(times) else 1.0
