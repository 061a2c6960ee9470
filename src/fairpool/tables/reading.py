"""Files to tables: CSV (plain or gzipped) and Parquet.

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
import gzip
import io
import re
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet
from numpy.typing import NDArray

from fairpool.ground.errors import InputError
from fairpool.tables.cells import MISSING
from fairpool.tables.dataset import Dataset, dataset_of, refuse_duplicates

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_LONGEST_ROW = 2**24  # bytes; also how much of a file Arrow looks at in one piece
_CODE = r"^[+-]?0\d"  # 007 is a name, not the number 7
_MOST_SPELLINGS = 2**4 + 2**5  # of true and false, by capital letters
_CONTENT = re.compile(rb"\S")
_NAMELESS = re.compile(r"(__index_level_\d+__)?")
_ROWS_START_CSV, _ROWS_START_PARQUET = 2, 1


def read_dataset(
    path: Path, *, label: str, features: Sequence[str] | None = None, name: str | None = None
) -> Dataset:
    """Read a CSV or Parquet file and set the column ``label`` apart from ``features`` (default: all others).

    ``name`` stands for the file in messages (default: its path).  Raises InputError as `read_table` and
    `Dataset.from_frame` do.
    """
    frame = read_table(path)
    start = _ROWS_START_PARQUET if _suffix(path) == ".parquet" else _ROWS_START_CSV
    return dataset_of(frame, label=label, features=features, name=name or str(path), rows_start=start)


def read_table(path: Path) -> pd.DataFrame:
    """Read a CSV (``.csv``, ``.csv.gz``) or Parquet (``.parquet``) file: one row a line, one column a name.

    The index of a CSV table is each row's line number less 2, of a Parquet table the position of the row.
    Raises InputError for a file that is missing, empty, no text in UTF-8, ragged (with the row) or not what
    its suffix says, and for two columns of one name.  A million rows of 20 columns take a few seconds.
    """
    path = Path(path)
    read = _read_parquet if _suffix(path) == ".parquet" else _read_csv
    try:
        frame = read(path)
    except FileNotFoundError:
        raise InputError("there is no such file", file=path) from None
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror or error}", file=path) from error
    if frame.empty:
        raise InputError("got no rows of data, expected at least one", file=path)
    return frame


def _suffix(path: Path) -> str:
    lowered = Path(path).name.lower()
    for suffix in (".csv", ".csv.gz", ".parquet"):
        if lowered.endswith(suffix):
            return suffix
    raise InputError("expected a file whose name ends in .csv, .csv.gz or .parquet", file=path)


# ---- Parquet


def _read_parquet(path: Path) -> pd.DataFrame:
    try:
        table = pyarrow.parquet.ParquetFile(path).read()
    except pa.ArrowInvalid as error:
        raise InputError(f"got something that is not a Parquet file: {error}", file=path) from error
    names = [name.strip() for name in table.column_names]
    _refuse_nul(names, path)
    refuse_duplicates(names, file=str(path))
    columns = {name: _parquet_column(table.column(place)) for place, name in enumerate(names)}
    return pd.DataFrame({name: column for name, column in columns.items() if not _NAMELESS.fullmatch(name)})


def _parquet_column(cells: pa.ChunkedArray) -> pd.Series:
    if pa.types.is_decimal(cells.type):
        cells = cells.cast(pa.float64())
    column: pd.Series = cells.to_pandas()
    return column


# ---- CSV


def _read_csv(path: Path) -> pd.DataFrame:
    raw = _bytes_of(path)
    names, header_line, start = _header(raw, path)
    places = [place for place, name in enumerate(names) if name]
    if not _CONTENT.search(raw, start):
        return pd.DataFrame(columns=[names[place] for place in places])
    table = _parse(raw, start, len(names), path)
    lines = _lines_of_rows(raw, start, header_line, table, path)
    filled = _rows_with_content(table)
    if filled is not None:
        table, lines = table.filter(pa.array(filled)), lines[filled]
    columns = {names[place]: _csv_column(table.column(place)) for place in places}
    return pd.DataFrame(columns).set_axis(pd.Index(lines - _ROWS_START_CSV), axis=0)


def _bytes_of(path: Path) -> bytes:
    raw = path.read_bytes()
    if _suffix(path) == ".csv.gz":
        try:
            raw = gzip.decompress(raw)
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            raise InputError(f"got something that is not a gzip file: {error}", file=path) from error
    if b"\r" in raw and b"\n" not in raw:
        raw = raw.replace(b"\r", b"\n")
    return raw.removeprefix(_BYTE_ORDER_MARK)


def _header(raw: bytes, path: Path) -> tuple[list[str], int, int]:
    """Names of the columns, the line on which the header ends, and the byte at which the rows begin."""
    stream = io.BytesIO(raw)
    for _, cells, last_line in _records(stream, path):
        names = [cell.strip() for cell in cells]
        if any(names):
            _refuse_other_separators(names, path)
            _refuse_nul(names, path)
            refuse_duplicates([name for name in names if name], file=str(path))
            return names, last_line, stream.tell()
    raise InputError("got an empty file, expected a header line and rows", file=path)


def _refuse_nul(names: list[str], path: Path) -> None:
    """numpy drops NULs at the end of a text: a column whose name has one would not be found again."""
    for place, name in enumerate(names, 1):
        if "\0" in name:
            raise InputError(
                f"column {place}: got a NUL character in its name, expected plain text", file=path
            )


def _refuse_other_separators(names: list[str], path: Path) -> None:
    for separator, called in ((";", "semicolons"), ("\t", "tabs")):
        if len(names) == 1 and separator in names[0]:
            raise InputError(f"got columns separated by {called}, expected commas", file=path)


def _parse(raw: bytes, start: int, width: int, path: Path) -> pa.Table:
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
        _first_lines(raw, width, path)
        raise InputError(f"got something that does not read as CSV: {error}", file=path) from error


def _lines_of_rows(
    raw: bytes, start: int, header_line: int, table: pa.Table, path: Path
) -> NDArray[np.int64]:
    """The line on which each row begins: int64 (rows,).

    Only a file in which lines and rows are not the same (blank lines, cells of several lines, a quote that is
    never closed) is gone through a second time, line by line.
    """
    lines = raw.count(b"\n", start) + (not raw.endswith(b"\n"))
    if lines == table.num_rows:
        return np.arange(header_line + 1, header_line + 1 + lines, dtype=np.int64)
    return np.array(_first_lines(raw, table.num_columns, path)[1:], dtype=np.int64)


def _first_lines(raw: bytes, width: int, path: Path) -> list[int]:
    """The line on which each record begins, header included; InputError where one has not ``width`` cells."""
    firsts: list[int] = []
    for line, cells, _ in _records(io.BytesIO(raw), path):
        if cells and (firsts or any(cell.strip() for cell in cells)):
            if len(cells) != width:
                problem = f"got {len(cells)} cell(s), expected {width} as in the header"
                raise InputError(problem, file=path, row=line)
            firsts.append(line)
    return firsts


def _records(stream: io.BytesIO, path: Path) -> Iterator[tuple[int, list[str], int]]:
    """Each record with the lines on which it begins and ends; reads no further than it is asked."""
    reader = csv.reader(_decoded_lines(stream, path), strict=True)
    line = 1
    try:
        for cells in reader:
            yield line, cells, reader.line_num
            line = reader.line_num + 1
    except csv.Error as error:
        problem = f"got a row that does not read as CSV ({error}); is a quotation mark left open?"
        raise InputError(problem, file=path, row=line) from None


def _decoded_lines(stream: io.BytesIO, path: Path) -> Iterator[str]:
    for number, line in enumerate(iter(stream.readline, b""), start=1):
        try:
            yield line.decode("utf-8")
        except UnicodeDecodeError as error:
            problem = f"got the byte 0x{line[error.start]:02x}, expected text in UTF-8 (save as CSV UTF-8)"
            raise InputError(problem, file=path, row=number) from None


def _rows_with_content(table: pa.Table) -> NDArray[np.bool_] | None:
    """Which rows have a cell that is not missing; None where all have."""
    if any(column.null_count == 0 for column in table.columns):
        return None
    filled = np.zeros(table.num_rows, dtype=bool)
    for column in table.columns:
        filled |= column.is_valid().to_numpy()
    return None if filled.all() else filled


def _csv_column(cells: pa.ChunkedArray) -> pd.Series:
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
