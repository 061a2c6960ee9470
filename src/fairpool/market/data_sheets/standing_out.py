"""What stands out in one party's data beside the validation data: a sentence each, and in which way it stands out.

A note is written where honest data hardly ever look so; what is told of honest data, and how often, is measured in the
tests.  The way is for telling whether many parties stand out alike: then it is the validation data that do
(`fairpool.market.data_sheets.odd_validation`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from math import floor
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from fairpool.comparing.chance_overlap import ChanceOverlap
from fairpool.learning.rows import Rows
from fairpool.market.data_sheets.column import ColumnSheet
from fairpool.market.data_sheets.labels import absent_classes, directions, turned
from fairpool.tables.cells import is_number
from fairpool.tables.schema import ColumnKind, Schema

if TYPE_CHECKING:
    from fairpool.market.data_sheets.sheet import DataSheet

BLANK = 0.5  # of a party's cells, more than of the validation data's, before it is told
OUTSIDE = 0.9  # of a party's values that lie outside the validation data's range, before it is told
FEWEST = 5  # rows of which something can be said
MOST_BY_CHANCE = 1e-6
Cells = Mapping[str, NDArray[Any]]  # as the round reads them, by column


class Way(Enum):
    """In which way something stands out; ``OWN``: in one that says nothing of the validation data."""

    OWN = "its own"
    ELSEWHERE = "values lie elsewhere"
    OTHER_TEXTS = "texts are others"
    COLUMN_TURNED = "column goes with the label the other way round"
    LABELS_TURNED = "labels are turned"
    NO_SUCH_LABEL = "no row has a label"
    BLANK = "blank"
    CONSTANT = "constant"


@dataclass(frozen=True, slots=True)
class Remark:
    """One thing that stands out.

    note   the sentence, without the party's name
    what   the column, or the labels, of which it is told
    side   whether values lie below the validation data's (-1) or above (1)
    unit   what they may be measured in instead
    ratio  of the middle of the values to that of the validation data's, for comparing parties; nobody is shown it
    """

    note: str
    way: Way = Way.OWN
    what: str = ""
    side: int = 0
    unit: str | None = None
    ratio: float | None = None


@dataclass(frozen=True, eq=False)
class Yardstick:
    """The validation data that a party's are looked at beside.

    theirs  the cells of every column in all tasks
    nobody  classes of the tasks that no party's rows have, which is told once
    """

    schema: Schema
    rows: Rows
    law: ChanceOverlap
    theirs: Cells
    nobody: frozenset[int]

    def findings(self, sheet: DataSheet, rows: Rows, mine: Cells) -> Iterator[Remark]:
        """Of one party, whose distinct rows have the cells ``mine``."""
        yield from self._directions(rows)
        absent = [sheet.classes[k].label for k in absent_classes(rows, self.rows) if k not in self.nobody]
        if absent:
            labels = " or ".join(absent)
            note = f"no row has the label {labels}, which many validation rows have: is it spelt otherwise?"
            yield Remark(note, Way.NO_SUCH_LABEL, labels)
        if sheet.repeated > self.law.most_repeated(len(rows), MOST_BY_CHANCE):
            yield Remark(
                f"{sheet.repeated} of its {sheet.rows} rows repeat an earlier one, more than chance explains"
            )
        for column in (*sheet.columns, *filter(None, [sheet.label])):
            yield from self._of_column(column, mine[column.name])

    def _directions(self, rows: Rows) -> Iterator[Remark]:
        ordered = all(map(is_number, self.schema.classes or ()))
        label, numbers = self.schema.label, self.schema.of_kind(ColumnKind.NUMERIC)
        found = directions(rows, self.rows, len(numbers), ordered=ordered)
        if turned(rows, self.rows, ordered=ordered) and not (found > 0).any():
            fall = f"its labels ({label}) fall where the validation data's rise"
            yield Remark(
                f"{fall}: are they reversed, or spelt the other way round?", Way.LABELS_TURNED, label
            )
            return
        for name in (numbers[place] for place in np.flatnonzero(found < 0)):
            other = f"{name} goes with {label} the other way round than in the validation data"
            yield Remark(f"{other}: has it another sign or meaning?", Way.COLUMN_TURNED, name)

    def _of_column(self, column: ColumnSheet, cells: NDArray[Any]) -> Iterator[Remark]:
        name, known = column.name, round((1 - column.missing) * len(cells))
        blank, commonest = self._beside[name]
        if column.missing - blank > BLANK and known < (1 - blank) * len(cells) / 2:
            note = f"{name} is blank in {column.missing:.0%} of its rows (validation: {blank:.0%})"
            yield Remark(note, Way.BLANK, name)
        if column.constant and commonest**known < MOST_BY_CHANCE:
            yield Remark(f"{name} is the same in all its rows that have it", Way.CONSTANT, name)
        mostly = (column.outside >= OUTSIDE and known >= FEWEST) or 2 * column.far > known
        if column.unit or mostly:
            yield self._elsewhere(column, cells)
        elif column.far:
            plural = "values" if column.far > 1 else "value"
            yield Remark(
                f"{name} has {column.far} {plural} far outside the validation data's range: "
                "typing errors, or signs for missing?"
            )

    def _elsewhere(self, column: ColumnSheet, cells: NDArray[Any]) -> Remark:
        """Most of a column's values are none that the validation data might hold."""
        name = column.name
        rows = "all its rows" if column.outside == 1 else f"{floor(100 * column.outside)}% of its rows"
        if cells.dtype == object:
            note = f"{name} holds texts that the validation data do not in {rows}: is it coded otherwise?"
            return Remark(note, Way.OTHER_TEXTS, name)
        note = (
            f"{name} looks as if it were in another unit than the validation data's ({column.unit})"
            if column.unit
            else f"{name} lies outside the validation data's range in {rows}: "
            "another unit, another population, or signs for missing?"
        )
        middle, other = (
            float(np.nanmedian(values)) for values in (cells, self.theirs[name].astype(np.float64))
        )
        ratio = middle / other if min(middle, other) > 0 else None
        return Remark(note, Way.ELSEWHERE, name, 1 if middle > other else -1, column.unit, ratio)

    @cached_property
    def _beside(self) -> dict[str, tuple[float, float]]:
        """Of each column of the tasks: the share that is missing, and that of its commonest value among the others."""
        return {name: _missing_and_commonest(values) for name, values in self.theirs.items()}


def _missing_and_commonest(values: NDArray[Any]) -> tuple[float, float]:
    texts = values.dtype == object
    missing = values == "" if texts else np.isnan(values)
    times = np.unique(values[~missing].astype(str if texts else float), return_counts=True)[1]
    return float(np.mean(missing)), float(times.max() / times.sum()) if len(times) else 1.0
