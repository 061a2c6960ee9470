"""Samples as agents hand them in: a CSV or Parquet file each, one column per coordinate, all cells numbers.

A blank line is no sample.  A blank cell is refused, but where samples of different distributions stand side by side
(columns of different lengths) it is no sample either.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from fairpool.files.table_file import read_table
from fairpool.ground.arrays import Float, Floats
from fairpool.ground.errors import InputError
from fairpool.tables.cells import MISSING, missing
from fairpool.tables.columns import Met
from fairpool.tables.conventions import Conventions, is_mark
from fairpool.tables.delimited.rows import records
from fairpool.tables.table import Table

_PLAIN = Conventions()
LARGEST = 1e100  # squares of samples stay within float64
_NOTHING_HANDED_IN = "an agent that hands in nothing leaves out the key samples"


@dataclass(frozen=True, slots=True, eq=False)
class SampleTable:
    """One file; nan where a cell is blank."""

    path: Path
    columns: tuple[str, ...]
    values: Float[Floats, "rows columns"]
    met: Met = frozenset()

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
        return SampleTable(self.path, columns, self.values[:, places], self.met)


def read_samples(path: Path, *, gaps: bool, conventions: Conventions = _PLAIN) -> SampleTable:
    """Read one agent's file; ``gaps`` says whether a blank cell is no sample or a mistake.

    Raises InputError as `read_table`, and for a cell that is no finite number, with row (line of the file) and column.
    """
    table = _table(path, conventions)
    if table.text is not None and _has_gaps(table, table.text):
        _refuse_words(table, table.text, conventions, gaps=gaps)
        table = replace(table, frame=table.frame.dropna(how="all"))  # lines of spaces are blank lines
    columns = [_numbers(table, name, gaps=gaps) for name in table.names]
    return SampleTable(path, table.names, np.column_stack(columns), table.met)


def _table(path: Path, conventions: Conventions) -> Table:
    try:
        table = read_table(path, conventions)
    except InputError as problem:
        if "no rows" in problem.problem or "empty file" in problem.problem:
            raise InputError(f"{problem.problem}; {_NOTHING_HANDED_IN}", file=path) from problem
        raise
    if not table.names:
        raise InputError(
            "got no column with a name, expected a header line with one per coordinate", file=path
        )
    return table


def _has_gaps(table: Table, text: bytes) -> bool:
    """Whether a cell is missing, or a line that may have held nothing but missing cells was left out."""
    lines = np.diff(table.frame.index.to_numpy(), prepend=-1)
    last_line = text.count(b"\n") + (not text.endswith(b"\n"))
    return bool(
        table.frame.isna().any(axis=None) or (lines != 1).any() or last_line > table.row_of(len(lines) - 1)
    )


def _refuse_words(table: Table, text: bytes, conventions: Conventions, *, gaps: bool) -> None:
    """InputError for the first cell that says NaN or the like, and, unless there may be gaps, for a blank one."""
    for line, cells in records(text, name=table.name, separator=table.separator):
        trimmed = [cell.strip() for cell in cells]
        if len(cells) == 1 and cells[0] and not trimmed[0]:
            continue  # a line of spaces
        for name, cell in zip(table.header, trimmed, strict=False):
            blank = not cell or is_mark(cell, conventions.marks_of(name)) is not None
            if name in table.names and (blank or cell in MISSING) and not (blank and gaps):
                got = repr(cell) if cell else "a blank cell"
                raise InputError(
                    f"got {got}, expected {_expected(gaps=gaps)}", file=table.name, row=line, column=name
                )


def _numbers(table: Table, name: str, *, gaps: bool) -> Float[Floats, " rows"]:
    values = table.numbers(name, "numbers")
    wrong = ~(np.abs(values) <= LARGEST) & ~(missing(table.frame[name]) & gaps)
    table.refuse(wrong, name, _expected(gaps=gaps))
    return values


def _expected(*, gaps: bool) -> str:
    return "a finite number, or a blank cell where there is no sample" if gaps else "a finite number"


def _listed(columns: Sequence[str]) -> str:
    return ", ".join(columns[:8]) + (", .." if len(columns) > 8 else "")
