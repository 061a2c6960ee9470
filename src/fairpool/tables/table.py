"""A file's columns, and the number of every row as the file's owner would count it.

Rows are numbered by the line of a CSV file (the header is line 1, so the first row is usually 2), from 1 in a Parquet
file, from 0 in a DataFrame.  The index of the columns holds each row's distance from the first number, which is its
position unless blank lines were left out or a cell has several lines.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from fairpool.ground.arrays import Bool, Booleans, Float, Floats
from fairpool.ground.errors import InputError
from fairpool.tables.cells import is_readable, is_truth, numbers, written
from fairpool.tables.columns import Met


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """What `read_table` gives.

    Attributes
    ----------
    frame : DataFrame
        A column for each name; the index is as above.
    name : str
        The file's name, for messages.
    rows_start : int
        Number of the first row: 2 for CSV, 1 for Parquet.
    header : tuple of str
        Names as the header has them, renamed: "" where a column, left out of ``frame``, has none.
    text : bytes or None
        The file as text in UTF-8 where it is CSV: for whoever asks how a cell was written (`delimited.rows.records`).
    separator : str
        Of that text.
    met : frozenset
        What of the file's conventions was there (`fairpool.tables.columns`).

    Examples
    --------
    >>> import io
    >>> from fairpool.tables.reading import read_table
    >>> table = read_table(io.BytesIO(b"age,bmi\\n\\n41,23.5\\n"), name="ward.csv")
    >>> table.row_of(0)
    3
    >>> table.numbers("age", "an age in years").tolist()
    [41.0]
    """

    frame: pd.DataFrame
    name: str
    rows_start: int
    header: tuple[str, ...]
    text: bytes | None = None
    separator: str = ","
    met: Met = frozenset()

    @property
    def names(self) -> tuple[str, ...]:
        """The columns that have a name, in order."""
        return tuple(map(str, self.frame.columns))

    def row_of(self, position: int) -> int:
        """The number of the row at ``position``, as its owner counts."""
        return self.rows_start + int(self.frame.index[position])

    def numbers(self, column: str, expected: str) -> Float[Floats, " rows"]:
        """One column as float64, NaN where a cell is missing, a truth value or no number.

        Raises InputError, with what was ``expected``, where cells are dates, lists or the like.
        """
        cells = self.frame[column]
        if not is_readable(cells):
            problem = f"got cells of type {cells.dtype}, expected {expected}"
            raise InputError(problem, file=self.name, column=column)
        return np.full(len(cells), np.nan) if is_truth(cells) else numbers(cells)

    def refuse(
        self, wrong: Bool[Booleans, " rows"], column: str, expected: str, *, blank: str = "a blank cell"
    ) -> None:
        """Raise InputError for the first cell that is ``wrong``; do nothing where none is."""
        refuse_cells(
            wrong, self.frame[column], expected, file=self.name, rows_start=self.rows_start, blank=blank
        )


def refuse_cells(
    wrong: Bool[Booleans, " rows"],
    cells: pd.Series,
    expected: str,
    *,
    file: str,
    rows_start: int,
    blank: str,
) -> None:
    """InputError for the first cell of a column that is ``wrong``; a missing one is called ``blank``."""
    if wrong.any():
        position = int(wrong.argmax())
        cell = cells.iloc[position]
        got = blank if pd.isna(cell) or not str(cell).strip() else repr(written(cell))
        row = rows_start + int(cells.index[position])
        raise InputError(f"got {got}, expected {expected}", file=file, row=row, column=str(cells.name))
