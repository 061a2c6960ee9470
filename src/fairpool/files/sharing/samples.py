"""Samples as agents hand them in: a CSV or Parquet file each, one column a coordinate, all cells numbers.

A blank line is no sample.  A blank cell is refused, but where samples of different distributions stand side by side
(columns of different lengths) it is no sample either.
"""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from fairpool.ground.arrays import Floats
from fairpool.ground.errors import InputError
from fairpool.tables.cells import MISSING, is_readable, missing, numbers, written
from fairpool.tables.reading import read_table

LARGEST = 1e100  # squares of samples stay within float64
_NOTHING_HANDED_IN = "an agent that hands in nothing leaves out the key samples"


@dataclass(frozen=True, slots=True, eq=False)
class SampleTable:
    """One file: float64 (rows, columns), nan where a cell is blank."""

    path: Path
    columns: tuple[str, ...]
    values: Floats

    def in_order(self, columns: tuple[str, ...], first: object) -> SampleTable:
        """The same with columns in this order; InputError where they are others than ``first`` has."""
        for name in columns:
            if name not in self.columns:
                raise InputError(
                    f"got no such column, expected the columns of {first}", file=self.path, column=name
                )
        for name in self.columns:
            if name not in columns:
                problem = f"got this column, which is not in {first}; expected {_listed(columns)}"
                raise InputError(problem, file=self.path, column=name)
        places = [self.columns.index(name) for name in columns]
        return SampleTable(self.path, columns, self.values[:, places])


def read_samples(path: Path, *, gaps: bool) -> SampleTable:
    """Read one agent's file; ``gaps`` says whether a blank cell is no sample or a mistake.

    Raises InputError as `read_table`, and for a cell that is no finite number, with row (line of the file) and column.
    """
    frame = _table(path)
    if is_csv(path) and _has_gaps(frame, path):
        _refuse_words(path, gaps=gaps)
        frame = frame.dropna(how="all")  # lines of spaces are blank lines
    columns = [_column(frame, str(name), path, gaps=gaps) for name in frame.columns]
    return SampleTable(path, tuple(map(str, frame.columns)), np.column_stack(columns))


def row_of(path: Path, frame: pd.DataFrame, position: int) -> int:
    """The number of a row as a text editor counts it; rows of Parquet files are counted from 1."""
    return int(frame.index[position]) + (2 if is_csv(path) else 1)


def is_csv(path: Path) -> bool:
    return not path.name.lower().endswith(".parquet")


def records(path: Path) -> Iterator[tuple[int, list[str]]]:
    """The records of a CSV file that `read_table` accepts, with their lines; the header first, no blank lines."""
    raw = path.read_bytes()
    raw = gzip.decompress(raw) if path.name.lower().endswith(".gz") else raw
    reader = csv.reader(io.StringIO(raw.decode("utf-8-sig"), newline=None))
    for cells in reader:
        if len(cells) > 1 or (cells and (cells[0].strip() or not cells[0])):
            yield reader.line_num, [cell.strip() for cell in cells]


def _table(path: Path) -> pd.DataFrame:
    try:
        frame = read_table(path)
    except InputError as problem:
        if "no rows" in problem.problem or "empty file" in problem.problem:
            raise InputError(f"{problem.problem}; {_NOTHING_HANDED_IN}", file=path) from problem
        raise
    if not len(frame.columns):
        raise InputError("got no column with a name, expected a header line with one a coordinate", file=path)
    return frame


def _has_gaps(frame: pd.DataFrame, path: Path) -> bool:
    """Whether a cell is missing, or a line that may have held nothing but missing cells was left out."""
    lines = np.diff(frame.index.to_numpy(), prepend=-1)
    last_line = int(frame.index[-1]) + 2
    return bool(frame.isna().any(axis=None) or (lines != 1).any() or _lines(path) > last_line)


def _lines(path: Path) -> int:
    raw = path.read_bytes()
    raw = gzip.decompress(raw) if path.name.lower().endswith(".gz") else raw
    ends = raw.count(b"\n") or raw.count(b"\r")
    return ends + (not raw.endswith((b"\n", b"\r")))


def _refuse_words(path: Path, *, gaps: bool) -> None:
    """InputError for the first cell that says NaN or the like, and, unless there may be gaps, for a blank one."""
    found = records(path)
    _, header = next(found)
    for line, cells in found:
        for name, cell in zip(header, cells, strict=True):
            if name and cell in MISSING and (cell or not gaps):
                raise InputError(
                    _no_number(cell or "a blank cell", gaps=gaps), file=path, row=line, column=name
                )


def _column(frame: pd.DataFrame, name: str, path: Path, *, gaps: bool) -> Floats:
    cells = frame[name]
    if not is_readable(cells):
        raise InputError(f"got cells of type {cells.dtype}, expected numbers", file=path, column=name)
    values = numbers(cells) if cells.dtype.name not in ("bool", "boolean") else np.full(len(cells), np.nan)
    absent = missing(cells)
    wrong = np.flatnonzero(~(np.abs(values) <= LARGEST) & ~(absent & gaps))
    if len(wrong):
        place = int(wrong[0])
        got = "a blank cell" if absent[place] else written(cells.iloc[place])
        raise InputError(_no_number(got, gaps=gaps), file=path, row=row_of(path, frame, place), column=name)
    return values


def _no_number(got: str, *, gaps: bool) -> str:
    shown = got if got == "a blank cell" else repr(got)
    alternative = ", or a blank cell where there is no sample" if gaps else ""
    return f"got {shown}, expected a finite number{alternative}"


def _listed(columns: Sequence[str]) -> str:
    return ", ".join(columns[:8]) + (", .." if len(columns) > 8 else "")
