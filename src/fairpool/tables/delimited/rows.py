"""CSV: bytes to columns, with the line on which each row stands.

What a reader of the file would expect, and gets, where its owner says nothing else (`fairpool.tables.conventions`):

- CSV is UTF-8, columns separated by commas, one header line; names and texts lose the spaces around them.
- ``"12"`` in quotes is the number 12: quotes mark where a cell ends, not what it is.
- A column of numbers is read as numbers, of ``true``/``false`` as truth values, of anything else as text;
  whole numbers that start with a zero (``007``) or have more than 18 digits stay text, so that no digit is lost before
  the round has agreed whether the column is a number.  What ``1,234`` or a stray text in a column of numbers means is
  asked later (`fairpool.tables.schema`), where it is known what the column should be.
- Blank lines and rows of nothing but blanks (or marks that mean missing) are left out and still count as lines.
- A column without a name (the row names that R and pandas write) is left out: nothing can ask for it.

Decimal numbers are rounded correctly, so a number reads to the same bits in every file.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from fairpool.ground.arrays import Bool, Booleans, Int, Integers
from fairpool.ground.errors import InputError
from fairpool.tables.cells import MISSING, is_number
from fairpool.tables.columns import columns_met, of_texts, refuse_pointed, renamed
from fairpool.tables.conventions import Conventions
from fairpool.tables.delimited.text import (
    SEPARATORS,
    encoding_hint,
    has_lone_returns,
    separator_hint,
    text_of,
)
from fairpool.tables.names import refuse_duplicates, refuse_nul
from fairpool.tables.table import Table

_LONGEST_ROW = 2**24  # bytes; also how much of a file Arrow looks at in one piece
_CONTENT = re.compile(rb"\S")
_ROWS_START = 2  # below a header of one line


@dataclass(frozen=True, slots=True)
class _Layout:
    """Where the rows of a text begin.

    header       names of the columns, as they stand in the file
    header_line  the line on which the header ends; 0 where there is none
    start        the byte at which the rows begin
    """

    name: str
    separator: str
    header: tuple[str, ...]
    header_line: int
    start: int

    @property
    def rows_start(self) -> int:
        return _ROWS_START if self.header_line else 1


def read_csv(raw: bytes, *, name: str, conventions: Conventions) -> Table:
    """The table in the bytes of a CSV file; see `fairpool.tables.reading.read_table`."""
    text = text_of(raw, name=name, conventions=conventions)
    layout = _layout(text, name, conventions)
    names, met = renamed(layout.header, conventions, file=name)
    met |= columns_met(names, conventions)
    kept = {
        place: column for place, column in enumerate(names) if column and column not in conventions.exclude
    }
    if has_lone_returns(text):
        _first_lines(text, layout)
    if not _CONTENT.search(text, layout.start):
        return Table(
            pd.DataFrame(columns=list(kept.values())),
            name,
            layout.rows_start,
            tuple(names),
            text,
            layout.separator,
            met,
        )
    rows = _parse(text, layout)
    lines = _lines_of_rows(text, layout, rows)
    filled = _rows_with_content(rows, ("", *conventions.missing))
    if filled is not None:
        rows, lines = rows.filter(pa.array(filled)), lines[filled]
    columns: dict[str, pd.Series] = {}
    for place, column in kept.items():
        columns[column], found, wrong = of_texts(rows.column(place), column, conventions)
        met |= found
        if wrong is not None:
            cell = rows.column(place)[wrong].as_py().strip()
            raise refuse_pointed(cell, conventions, file=name, row=int(lines[wrong]), column=column)
    frame = pd.DataFrame(columns).set_axis(pd.Index(lines - layout.rows_start), axis=0)
    return Table(frame, name, layout.rows_start, tuple(names), text, layout.separator, met)


def records(text: bytes, *, name: str, separator: str = ",") -> Iterator[tuple[int, list[str]]]:
    """Every record as it was written, the header first, with the line on which it begins; blank lines are ().

    Reads no further than it is asked.
    """
    return ((line, cells) for line, cells, _ in _records(io.BytesIO(text), name, separator))


# ---- where the rows begin


def _layout(text: bytes, name: str, conventions: Conventions) -> _Layout:
    separator = conventions.separator or ","
    stream = io.BytesIO(text)
    for _, cells, last_line in _records(stream, name, separator):
        first = [cell.strip() for cell in cells]
        if not any(first):
            continue
        if conventions.columns is not None:
            _refuse_other_width(first, last_line, conventions, name)
            return _Layout(name, separator, conventions.columns, 0, 0)
        layout = _Layout(name, separator, tuple(first), last_line, stream.tell())
        _refuse_no_header(layout, text, conventions)
        return layout
    raise InputError("got an empty file, expected a header line and rows", file=name)


def _refuse_no_header(layout: _Layout, text: bytes, conventions: Conventions) -> None:
    """InputError where the first line cannot be the names of columns, with the key that says what it is."""
    header, name = layout.header, layout.name
    _refuse_other_separators(layout, text, conventions)
    refuse_nul(header, file=name)
    _refuse_title(layout, text)
    named = [column for column in header if column]
    again = next((column for place, column in enumerate(named) if column in named[:place]), None)
    if all(is_number(column) or column in MISSING for column in header) and (again or "." in "".join(named)):
        raise InputError(
            f"got the numbers {', '.join(named[:3])}, .. where names of columns are expected: the first line holds "
            f"data; name the {len(header)} columns with columns = [..]",
            file=name,
            row=layout.header_line,
        )
    refuse_duplicates(named, file=name)


def _refuse_other_width(first: Sequence[str], line: int, conventions: Conventions, name: str) -> None:
    columns = conventions.columns or ()
    if tuple(first) == columns:
        raise InputError(
            "got the names of the columns themselves, expected a first line of data as columns says; leave out "
            "columns, or set skip-lines",
            file=name,
            row=line,
        )
    if len(first) != len(columns):
        other = next((mark for mark in (*SEPARATORS, ",") if len(first) == 1 and mark in first[0]), None)
        hint = f"; {separator_hint(first[0].encode(), other)}" if other else ""
        problem = f"got {len(first)} cell(s), expected {len(columns)} as columns names{hint}"
        raise InputError(problem, file=name, row=line)


def _refuse_other_separators(layout: _Layout, text: bytes, conventions: Conventions) -> None:
    if len(layout.header) > 1:
        return
    for mark, called in (*SEPARATORS.items(), (",", "commas")):
        if mark in layout.header[0] and mark != layout.separator:
            said = conventions.separator
            expected = "commas" if said is None else f"{said!r} as separator says"
            hint = separator_hint(text[layout.start :], mark)
            raise InputError(
                f"got columns separated by {called}, expected {expected}; {hint}", file=layout.name
            )


def _refuse_title(layout: _Layout, text: bytes) -> None:
    """InputError where the first line has one cell and the next one the names."""
    named = [column for column in layout.header if column]
    if len(named) > 1:
        return
    stream = io.BytesIO(text[layout.start :])
    rows = _records(stream, layout.name, layout.separator, first=layout.header_line + 1)
    following = next((cells for _, cells, _ in rows if any(cell.strip() for cell in cells)), [])
    names = [cell.strip() for cell in following]
    wider = len(layout.header) == 1 and len(names) > 1
    padded = len(layout.header) > 2 and all(cell and not is_number(cell) for cell in names)
    if wider or padded:
        remark = named[0].startswith("#")
        key = 'comment = "#" leaves it out' if remark else f"skip-lines = {layout.header_line} leaves it out"
        got = f"got the one cell {named[0]!r} above rows of {len(names)} cells"
        raise InputError(
            f"{got}, expected the names of the columns; if it is a title, {key}",
            file=layout.name,
            row=layout.header_line,
        )


# ---- the rows


def _parse(text: bytes, layout: _Layout) -> pa.Table:
    """The rows as columns of text, called by their places; null where a cell is empty."""
    places = [str(place) for place in range(len(layout.header))]
    try:
        return pyarrow.csv.read_csv(
            pa.BufferReader(pa.py_buffer(text).slice(layout.start)),
            pyarrow.csv.ReadOptions(column_names=places, block_size=_LONGEST_ROW),
            pyarrow.csv.ParseOptions(delimiter=layout.separator, newlines_in_values=True),
            pyarrow.csv.ConvertOptions(
                column_types=dict.fromkeys(places, pa.string()),
                null_values=[""],
                strings_can_be_null=True,
            ),
        )
    except pa.ArrowInvalid as error:
        _first_lines(text, layout)
        raise InputError(f"got something that does not read as CSV: {error}", file=layout.name) from error


def _lines_of_rows(text: bytes, layout: _Layout, table: pa.Table) -> Int[Integers, " rows"]:
    """The line on which each row begins.

    Only a file in which lines and rows are not the same (blank lines, cells of several lines, a quote that is
    never closed) is gone through a second time, line by line.
    """
    lines = text.count(b"\n", layout.start) + (not text.endswith(b"\n"))
    if lines == table.num_rows:
        first = layout.header_line + 1
        return np.arange(first, first + lines, dtype=np.int64)
    return np.array(_first_lines(text, layout), dtype=np.int64)


def _first_lines(text: bytes, layout: _Layout) -> list[int]:
    """The line on which each row begins; InputError where one has not as many cells as the header."""
    width, firsts = len(layout.header), []
    for line, cells, last_line in _records(io.BytesIO(text), layout.name, layout.separator):
        if last_line <= layout.header_line or not cells:
            continue
        if len(cells) != width:
            said = "in the header" if layout.header_line else "columns names"
            problem = f"got {len(cells)} cell(s), expected {width} as {said}{_remark_hint(cells)}"
            raise InputError(problem, file=layout.name, row=line)
        firsts.append(line)
    return firsts


def _remark_hint(cells: Sequence[str]) -> str:
    return (
        '; if the line is a remark, comment = "#" leaves it out' if cells[0].lstrip().startswith("#") else ""
    )


def _records(
    stream: io.BytesIO, name: str, separator: str, *, first: int = 1
) -> Iterator[tuple[int, list[str], int]]:
    """Each record with the lines on which it begins and ends, counted from ``first``; reads no further than asked."""
    reader = csv.reader(_decoded_lines(stream, name, first), strict=True, delimiter=separator)
    line = first
    try:
        for cells in reader:
            last = first - 1 + reader.line_num
            yield line, cells, last
            line = last + 1
    except csv.Error as error:
        if "new-line" in str(error):
            problem = "got a carriage return within the line, expected line ends of one kind (or the cell in quotes)"
        else:
            problem = f"got a row that does not read as CSV ({error}); is a quotation mark left open?"
        raise InputError(problem, file=name, row=line) from None


def _decoded_lines(stream: io.BytesIO, name: str, first: int) -> Iterator[str]:
    for number, line in enumerate(iter(stream.readline, b""), start=first):
        try:
            yield line.decode("utf-8")
        except UnicodeDecodeError as error:
            problem = f"got the byte 0x{line[error.start]:02x}, expected text in UTF-8 (save as CSV UTF-8"
            hint = f", or set {encoding_hint(line, number)})"
            raise InputError(problem + hint, file=name, row=number) from None


def _rows_with_content(table: pa.Table, words: Sequence[str]) -> Bool[Booleans, " rows"] | None:
    """Which rows have a cell that is none of these words for nothing; None where all have."""
    empty: Bool[Booleans, " rows"] = _says_nothing(table.column(0), words)
    for column in table.columns[1:]:
        if not empty.any():
            return None
        places = np.flatnonzero(empty)
        empty[places] = _says_nothing(column.take(pa.array(places)), words)
    return ~empty if empty.any() else None


def _says_nothing(cells: pa.ChunkedArray, words: Sequence[str]) -> Bool[Booleans, " rows"]:
    said = pc.is_in(pc.utf8_trim_whitespace(cells), pa.array(sorted(set(words))))
    found: Bool[Booleans, " rows"] = pc.or_(pc.is_null(cells), said).to_numpy().astype(bool)
    return found
