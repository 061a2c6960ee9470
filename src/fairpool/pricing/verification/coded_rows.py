"""The rows of all contributors as one table of numbers that can be compared.

Columns are those asked for, or else those of the first contributor.  A column is read as most contributors' cells read
(the earlier one's where two readings tie; a contributor's cells read as what more than half of them are):

number  numbers and truth values (1 and 0)
time    dates and times, ISO 8601 in texts; in days
text    anything else; coded by how frequent a text is among all rows, the most frequent being 0

Cells that do not read so, and infinite numbers, are wrong cells.  A missing cell is coded below every other cell of its
column, so that missing more than others do is seen.  The coding is a symmetric function of all rows: who brought
which row does not enter, which is what the comparison of contributors needs to be exact.

Not compared, beyond being equal or not: columns without two different cells; texts with more than 256 different ones,
such as names of rows and free text; and columns that name the contributor, one cell in all rows of each, another in
each other's (among four or more, two may share one: somebody who hands in twice).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fairpool.comparing.same_rows import distinct_rows
from fairpool.ground.arrays import Booleans, Floats, Positions
from fairpool.ground.errors import InputError
from fairpool.tables.cells import blank as blank_texts
from fairpool.tables.cells import is_readable, missing, numbers, settle, texts, truths

MOST_CATEGORIES = 256
MICROSECONDS_A_DAY = 86_400e6
FARTHEST = 1e6  # scales from the median: distances stay finite
LARGEST = 1e150  # a number beyond is a wrong cell: its square would be infinite


class Reading(Enum):
    """How a column is read."""

    NUMBER = "number"
    TIME = "time"
    TEXT = "text"


@dataclass(frozen=True, slots=True, eq=False)
class CodedColumn:
    """One column of all rows.

    codes: float64 (N,), NaN where missing or wrong.  wrong: bool (N,).
    absent: contributors that have no such column.
    names_contributors: whether each contributor has a cell of its own, the same in all its rows.
    """

    name: str
    reading: Reading
    codes: Floats
    wrong: Booleans
    absent: frozenset[int]
    names_contributors: bool

    @property
    def is_compared(self) -> bool:
        if self.names_contributors:
            return False
        known = self.codes[~np.isnan(self.codes)]
        if known.size == 0 or known.min() == known.max():
            return False
        return self.reading is not Reading.TEXT or known.max() < MOST_CATEGORIES

    @property
    def is_measured(self) -> bool:
        """Whether distances between cells mean something."""
        return self.reading is not Reading.TEXT

    @property
    def has_extremes(self) -> bool:
        """Whether a cell can be far from the others: a truth value that is hardly ever true is only rare."""
        if not self.is_measured:
            return False
        known = self.codes[~np.isnan(self.codes)]
        return bool(((known != known.min()) & (known != known.max())).any()) if known.size else False


@dataclass(frozen=True, slots=True, eq=False)
class CodedRows:
    """All rows, those of contributor 0 first.

    owner: intp (N,).  identity: intp (N,), equal for rows equal in every column.
    extra: for each contributor the columns nobody asked for.
    """

    columns: tuple[CodedColumn, ...]
    owner: Positions
    contributors: int
    identity: Positions
    extra: tuple[tuple[str, ...], ...]

    @property
    def compared(self) -> tuple[CodedColumn, ...]:
        return tuple(column for column in self.columns if column.is_compared)

    def rows_of(self, contributor: int) -> Positions:
        """Positions of a contributor's rows among all."""
        return np.flatnonzero(self.owner == contributor)

    def codes(self) -> Floats:
        """float64 (N, compared columns): missing cells lowest, nothing NaN."""
        columns = [_missing_lowest(column.codes) for column in self.compared]
        return np.column_stack(columns) if columns else np.empty((len(self.owner), 0))

    def filled(self) -> Floats:
        """float64 (N,): the share of compared columns whose cells are not missing."""
        columns = [~np.isnan(column.codes) for column in self.compared]
        return np.mean(columns, axis=0) if columns else np.zeros(len(self.owner))

    def scaled(self) -> Floats:
        """float64 (N, compared columns): each from the median of all, in robust scales; missing is 0."""
        columns = [_robustly_scaled(column.codes) for column in self.compared]
        return np.column_stack(columns) if columns else np.empty((len(self.owner), 0))


def code_rows(frames: Sequence[pd.DataFrame], columns: Sequence[str] | None = None) -> CodedRows:
    """Read the contributors' tables.  Cost: a few passes over each column, and a sort of all rows.

    Raises InputError for no table, and where there is no column at all.
    """
    if not frames:
        raise InputError("frames: got none, expected a table of rows for each contributor")
    names = [str(name) for name in (frames[0].columns if columns is None else columns)]
    if not names:
        raise InputError("columns: got none, expected at least one column to verify")
    tables = [frame.rename(columns=str) for frame in frames]
    sizes = [len(table) for table in tables]
    coded = tuple(_coded_column(name, tables) for name in names)
    return CodedRows(
        coded,
        np.repeat(np.arange(len(frames)), sizes),
        len(frames),
        _identity(coded, sum(sizes)),
        tuple(tuple(name for name in table.columns if name not in names) for table in tables),
    )


def _identity(columns: Sequence[CodedColumn], rows: int) -> Positions:
    if rows == 0:
        return np.empty(0, dtype=np.intp)
    return distinct_rows(np.column_stack([_missing_lowest(column.codes) for column in columns])).number


def _coded_column(name: str, tables: Sequence[pd.DataFrame]) -> CodedColumn:
    cells = [_readable(table[name]) if name in table else pd.Series([None] * len(table)) for table in tables]
    reading = _agreed(cells)
    codes = [_codes(one, reading) for one in cells]
    blank = np.concatenate([_blank(one, reading) for one in cells])
    absent = frozenset(i for i, table in enumerate(tables) if name not in table)
    if reading is Reading.TEXT:
        ranks = _by_frequency(np.concatenate(codes).astype(object), blank)
        names = _names_contributors(ranks, tables)
        return CodedColumn(name, reading, ranks, np.zeros(len(blank), dtype=np.bool_), absent, names)
    values = np.where(blank, np.nan, np.concatenate(codes).astype(np.float64))
    wrong = ~(np.abs(values) <= LARGEST) & ~blank
    names = _names_contributors(values, tables)
    return CodedColumn(name, reading, np.where(wrong, np.nan, values), wrong, absent, names)


def _names_contributors(codes: Floats, tables: Sequence[pd.DataFrame]) -> bool:
    """Needs two contributors, and two rows of each that has any."""
    parts = [part for part in np.split(codes, np.cumsum([len(table) for table in tables])[:-1]) if len(part)]
    if len(parts) < 2 or min(map(len, parts)) < 2 or not all((part == part[0]).all() for part in parts):
        return False
    return len({float(part[0]) for part in parts}) >= len(parts) - (len(parts) > 3)


def _readable(cells: pd.Series | pd.DataFrame) -> pd.Series:
    if isinstance(cells, pd.DataFrame):
        raise InputError("got two columns of this name, expected one", column=str(cells.columns[0]))
    settled = settle(cells.reset_index(drop=True))
    if isinstance(settled.dtype, pd.CategoricalDtype):
        settled = settle(settled.astype(settled.dtype.categories.dtype))
    if settled.dtype.kind == "M":
        return settled
    if not is_readable(settled):
        settled = settled.map(str, na_action="ignore")
    return settled.map(str.strip, na_action="ignore") if pd.api.types.is_string_dtype(settled) else settled


def _agreed(cells: Sequence[pd.Series]) -> Reading:
    readings = Counter(reading for one in cells if (reading := _reading(one)) is not None)
    return readings.most_common(1)[0][0] if readings else Reading.TEXT


def _reading(cells: pd.Series) -> Reading | None:
    """What more than half of the different cells are; None where all are missing."""
    distinct = cells[~_blank(cells, Reading.NUMBER)].drop_duplicates()
    if distinct.empty:
        return None
    for reading in (Reading.NUMBER, Reading.TIME):
        if np.mean(~np.isnan(_measures(distinct, reading))) > 0.5:
            return reading
    return Reading.TEXT


def _blank(cells: pd.Series, reading: Reading) -> Booleans:
    """Which cells are missing: ``NA`` is, but as a text it is a text."""
    if cells.dtype.kind == "M":
        return cells.isna().to_numpy(dtype=np.bool_)
    return blank_texts(cells) if reading is Reading.TEXT else missing(cells)


def _codes(cells: pd.Series, reading: Reading) -> Floats | NDArray[np.object_]:
    if reading is Reading.TEXT:
        return texts(cells.map(str, na_action="ignore") if cells.dtype.kind == "M" else cells)
    return _measures(cells, reading)


def _measures(cells: pd.Series, reading: Reading) -> Floats:
    """float64 (n,): NaN where a cell does not read so, or is missing."""
    return _times(cells) if reading is Reading.TIME else _numbers(cells)


def _numbers(cells: pd.Series) -> Floats:
    if cells.dtype.kind == "M":
        return np.full(len(cells), np.nan)
    read = numbers(cells)
    return np.where(np.isnan(read), truths(cells), read)


def _times(cells: pd.Series) -> Floats:
    """Days since 1970; NaN where a cell is no time."""
    if cells.dtype.kind != "M" and pd.api.types.is_numeric_dtype(cells.dtype):
        return np.full(len(cells), np.nan)
    moments = pd.to_datetime(cells, format="ISO8601", errors="coerce", utc=True)
    microseconds = moments.dt.as_unit("us").astype("int64").to_numpy(dtype=np.float64)
    return np.where(moments.isna(), np.nan, microseconds / MICROSECONDS_A_DAY)


def _by_frequency(cells: NDArray[np.object_], blank: Booleans) -> Floats:
    """0 for the most frequent text, 1 for the next; equal frequencies in the order of the texts; NaN where blank."""
    ranks = np.full(len(cells), np.nan)
    if blank.all():
        return ranks
    distinct, number = np.unique(cells[~blank].astype(str), return_inverse=True)
    rank = np.empty(len(distinct))
    rank[np.argsort(-np.bincount(number), kind="stable")] = np.arange(len(distinct))
    ranks[~blank] = rank[number]
    return ranks


def _missing_lowest(codes: Floats) -> Floats:
    blank = np.isnan(codes)
    if not blank.any():
        return codes
    lowest = 0.0 if blank.all() else float(np.nanmin(codes))
    return np.where(blank, np.nextafter(lowest, -np.inf) - 1, codes)


def _robustly_scaled(codes: Floats) -> Floats:
    centre, scale = robust_centre_and_scale(codes[~np.isnan(codes)])
    with np.errstate(over="ignore"):
        return np.nan_to_num(np.clip((codes - centre) / scale, -FARTHEST, FARTHEST), nan=0.0)


def robust_centre_and_scale(known: Floats) -> tuple[float, float]:
    """Median, and 1.48 times the median distance from it; where that is 0 the mean distance; 1 if all is equal."""
    centre = float(np.median(known))
    distances = np.abs(known - centre)
    scale = 1.4826 * float(np.median(distances)) or 1.2533 * float(distances.mean())
    return centre, scale or 1.0
