"""CSV: bytes to columns, with the line on which each row stands.

What a reader of the file would expect, and gets:

- CSV is UTF-8, columns separated by commas, one header line; names and texts lose the spaces around them.
- ``"12"`` in quotes is the number 12: quotes mark where a cell ends, not what it is.
- A column of numbers is read as numbers, of ``true``/``false`` as truth values, of anything else as text;
  whole numbers that start with a zero (``007``) stay text, so that no digit is lost before the round has
  agreed whether the column is a number.  What ``1,234`` or a stray text in a column of numbers means is asked
  later (`fairpool.tables.schema`), where it is known what the column should be.
- Blank lines and rows of nothing but blanks are left out and still count as lines.
- A column without a name (the row names that R and pandas write) is left out: nothing can ask for it.

Decimal numbers are rounded correctly, so a number reads to the same bits in every file.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from fairpool.ground.arrays import Bool, Booleans, Int, Integers
from fairpool.ground.errors import InputError
from fairpool.tables.cells import MISSING
from fairpool.tables.names import refuse_duplicates, refuse_nul
from fairpool.tables.table import Table

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_LONGEST_ROW = 2**24  # bytes; also how much of a file Arrow looks at in one piece
_CODE = r"^[+-]?0\d"  # 007 is a name, not the number 7
_MOST_SPELLINGS = 2**4 + 2**5  # of true and false, by capital letters
_CONTENT = re.compile(rb"\S")
_ROWS_START = 2  # below a header of one line


def read_csv(raw: bytes, *, name: str) -> Table:
    """The table in the bytes of a CSV file; see `read_table`."""
    text = _unix_lines(raw)
    header, header_line, start = _header(text, name)
    places = [place for place, column in enumerate(header) if column]
    if not _CONTENT.search(text, start):
        frame = pd.DataFrame(columns=[header[place] for place in places])
        return Table(frame, name, _ROWS_START, tuple(header), text)
    table = _parse(text, start, len(header), name)
    lines = _lines_of_rows(text, start, header_line, table, name)
    filled = _rows_with_content(table)
    if filled is not None:
        table, lines = table.filter(pa.array(filled)), lines[filled]
    columns = {header[place]: _column(table.column(place)) for place in places}
    frame = pd.DataFrame(columns).set_axis(pd.Index(lines - _ROWS_START), axis=0)
    return Table(frame, name, _ROWS_START, tuple(header), text)


def records(text: bytes, *, name: str) -> Iterator[tuple[int, list[str]]]:
    """Every record as it was written, the header first, with the line on which it begins; blank lines are ().

    Reads no further than it is asked.
    """
    return ((line, cells) for line, cells, _ in _records(io.BytesIO(text), name))


def _unix_lines(raw: bytes) -> bytes:
    if b"\r" in raw and b"\n" not in raw:
        raw = raw.replace(b"\r", b"\n")
    return raw.removeprefix(_BYTE_ORDER_MARK)


def _header(raw: bytes, name: str) -> tuple[list[str], int, int]:
    """Names of the columns, the line on which the header ends, and the byte at which the rows begin."""
    stream = io.BytesIO(raw)
    for _, cells, last_line in _records(stream, name):
        header = [cell.strip() for cell in cells]
        if any(header):
            _refuse_other_separators(header, name)
            refuse_nul(header, file=name)
            refuse_duplicates([column for column in header if column], file=name)
            return header, last_line, stream.tell()
    raise InputError("got an empty file, expected a header line and rows", file=name)


def _refuse_other_separators(names: list[str], name: str) -> None:
    for separator, called in ((";", "semicolons"), ("\t", "tabs")):
        if len(names) == 1 and separator in names[0]:
            raise InputError(f"got columns separated by {called}, expected commas", file=name)


def _parse(raw: bytes, start: int, width: int, name: str) -> pa.Table:
    """The rows as columns of text, called by their places; null where a cell is missing."""
    places = [str(place) for place in range(width)]
    try:
        return pyarrow.csv.read_csv(
            pa.BufferReader(pa.py_buffer(raw).slice(start)),
            pyarrow.csv.ReadOptions(column_names=places, block_size=_LONGEST_ROW),
            pyarrow.csv.ParseOptions(newlines_in_values=True),
            pyarrow.csv.ConvertOptions(
                column_types=dict.fromkeys(places, pa.string()),
                null_values=sorted(MISSING),
                strings_can_be_null=True,
            ),
        )
    except pa.ArrowInvalid as error:
        _first_lines(raw, width, name)
        raise InputError(f"got something that does not read as CSV: {error}", file=name) from error


def _lines_of_rows(
    raw: bytes, start: int, header_line: int, table: pa.Table, name: str
) -> Int[Integers, " rows"]:
    """The line on which each row begins.

    Only a file in which lines and rows are not the same (blank lines, cells of several lines, a quote that is
    never closed) is gone through a second time, line by line.
    """
    lines = raw.count(b"\n", start) + (not raw.endswith(b"\n"))
    if lines == table.num_rows:
        return np.arange(header_line + 1, header_line + 1 + lines, dtype=np.int64)
    return np.array(_first_lines(raw, table.num_columns, name)[1:], dtype=np.int64)


def _first_lines(raw: bytes, width: int, name: str) -> list[int]:
    """The line on which each record begins, header included; InputError where one has not ``width`` cells."""
    firsts: list[int] = []
    for line, cells, _ in _records(io.BytesIO(raw), name):
        if cells and (firsts or any(cell.strip() for cell in cells)):
            if len(cells) != width:
                problem = f"got {len(cells)} cell(s), expected {width} as in the header"
                raise InputError(problem, file=name, row=line)
            firsts.append(line)
    return firsts


def _records(stream: io.BytesIO, name: str) -> Iterator[tuple[int, list[str], int]]:
    """Each record with the lines on which it begins and ends; reads no further than it is asked."""
    reader = csv.reader(_decoded_lines(stream, name), strict=True)
    line = 1
    try:
        for cells in reader:
            yield line, cells, reader.line_num
            line = reader.line_num + 1
    except csv.Error as error:
        problem = f"got a row that does not read as CSV ({error}); is a quotation mark left open?"
        raise InputError(problem, file=name, row=line) from None


def _decoded_lines(stream: io.BytesIO, name: str) -> Iterator[str]:
    for number, line in enumerate(iter(stream.readline, b""), start=1):
        try:
            yield line.decode("utf-8")
        except UnicodeDecodeError as error:
            problem = f"got the byte 0x{line[error.start]:02x}, expected text in UTF-8 (save as CSV UTF-8)"
            raise InputError(problem, file=name, row=number) from None


def _rows_with_content(table: pa.Table) -> Bool[Booleans, " rows"] | None:
    """Which rows have a cell that is not missing; None where all have."""
    if any(column.null_count == 0 for column in table.columns):
        return None
    filled = np.zeros(table.num_rows, dtype=bool)
    for column in table.columns:
        filled |= column.is_valid().to_numpy()
    return None if filled.all() else filled


def _column(cells: pa.ChunkedArray) -> pd.Series:
    """Cells of text as numbers, truth values or text, whichever all that are not missing can be."""
    read = _as_numbers(cells)
    if read is None:
        trimmed = pc.utf8_trim_whitespace(cells)
        cells = pc.if_else(pc.is_in(trimmed, pa.array(sorted(MISSING))), None, trimmed)
        read = _as_numbers(cells)
    if read is None:
        read = _as_truths(cells)
    return cells.to_pandas() if read is None else read


def _as_numbers(cells: pa.ChunkedArray) -> pd.Series | None:
    """The column as int64 or float64; None where a cell is no number, or a code like 007."""
    try:
        decimals: pd.Series = cells.cast(pa.float64()).to_pandas()
    except pa.ArrowInvalid:
        return None
    try:
        whole: pd.Series = cells.cast(pa.int64()).to_pandas()
    except pa.ArrowInvalid:
        return decimals
    return None if pc.any(pc.match_substring_regex(cells, _CODE)).as_py() else whole


def _as_truths(cells: pa.ChunkedArray) -> pd.Series | None:
    """The column as truth values; None where one is neither true nor false."""
    distinct = pc.unique(cells).drop_null()
    if len(distinct) > _MOST_SPELLINGS or not set(pc.utf8_lower(distinct).to_pylist()) <= {"true", "false"}:
        return None
    truths: pd.Series = pc.equal(pc.utf8_lower(cells), "true").to_pandas()
    return truths.astype("boolean") if cells.null_count else truths
