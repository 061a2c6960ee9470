"""Rows as the market keeps and hands them out: every deposit in the same columns of the same kinds.

The first deposit fixes the kinds, later ones are held against them:

    number  float64, finite; missing is null
    truth   true, false or null; later deposits may write 1 and 0
    text    text as it was written, without the spaces around it, or null; codes like 007 are text

Rows are known again by `fingerprint`: SHA-256 over the columns and the cells, whatever file they come in.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
from numpy.typing import NDArray

from fairpool.ground.arrays import Integers
from fairpool.ground.errors import InputError
from fairpool.tables.cells import (
    all_numbers,
    all_truths,
    blank,
    is_readable,
    missing,
    numbers,
    present,
    settle,
    truths,
    written,
)
from fairpool.tables.names import listed, refuse_duplicates

_CODE = re.compile(r"\s*[+-]?0\d+\s*", re.ASCII)  # 007 is a name, not the number 7
_LARGEST_EXACT = 2**53
_ARROW: Final = {"number": pa.float64(), "truth": pa.bool_(), "text": pa.string()}
_EXPECTED: Final = {"number": "a finite number", "truth": "true or false"}


@dataclass(frozen=True, slots=True)
class RowColumn:
    """A column of the rows for sale; ``kind`` is number, truth or text."""

    name: str
    kind: str


@dataclass(frozen=True, slots=True, eq=False)
class Brought:
    """Rows as somebody brings them: a cell's line in ``file`` is the index of ``rows`` plus ``first_row``."""

    rows: pd.DataFrame
    file: str = "rows"
    first_row: int = 0

    def refuse(self, wrong: NDArray[np.bool_], column: str, expected: str) -> None:
        """InputError for the first cell that is ``wrong``: bool (rows,)."""
        if wrong.any():
            place = int(np.argmax(wrong))
            cell = self.rows[column].iloc[place : place + 1]
            got = "a missing cell" if missing(cell)[0] else repr(written(cell.iloc[0]))
            row = int(self.rows.index[place]) + self.first_row
            raise InputError(f"got {got}, expected {expected}", file=self.file, row=row, column=column)


def columns_of(brought: Brought, names: Sequence[str] | None) -> tuple[RowColumn, ...]:
    """The columns that a first deposit fixes; ``names``: those the market was opened for, if it said so.

    Raises InputError for other columns, and for one that is missing in every row.
    """
    refuse_other_columns(brought, names or [str(name) for name in brought.rows.columns])
    return tuple(RowColumn(name, _kind(brought, name)) for name in names or map(str, brought.rows.columns))


def table_of(brought: Brought, columns: Sequence[RowColumn]) -> pa.Table:
    """The rows in the columns of the market; InputError for the first cell that is not of its column's kind."""
    refuse_other_columns(brought, [column.name for column in columns])
    return pa.table({column.name: _cells(brought, column) for column in columns})


def refuse_other_columns(brought: Brought, names: Sequence[str]) -> None:
    """InputError unless the rows have exactly these columns, in whatever order, and there are rows."""
    got = [str(name) for name in brought.rows.columns]
    refuse_duplicates(got, file=brought.file)
    if not len(brought.rows):
        raise InputError("got no rows of data, expected at least one", file=brought.file)
    lacking, foreign = ([n for n in a if n not in b] for a, b in ((names, got), (got, names)))
    if lacking or foreign:
        problems = [f"no column {listed(lacking)}"] * bool(lacking) + [
            f"the column {listed(foreign)} that the market does not have"
        ] * bool(foreign)
        raise InputError(
            f"got {' and '.join(problems)}; expected the market's columns: {listed(names)}", file=brought.file
        )


def to_frame(table: pa.Table) -> pd.DataFrame:
    """The rows for pandas: float64, nullable boolean and str columns."""
    return table.to_pandas(types_mapper={pa.bool_(): pd.BooleanDtype()}.get)


def to_parquet(table: pa.Table, facts: Mapping[str, str] | None = None) -> bytes:
    """The rows as a Parquet file; ``facts`` go into its metadata."""
    stream = io.BytesIO()
    said = {f"fairpool.{name}": value for name, value in (facts or {}).items()}
    pyarrow.parquet.write_table(table.replace_schema_metadata(said), stream, compression="zstd")
    return stream.getvalue()


def from_parquet(content: bytes) -> pa.Table:
    """What `to_parquet` wrote; InputError for anything else."""
    try:
        return pyarrow.parquet.ParquetFile(io.BytesIO(content)).read()
    except (pa.ArrowException, OSError) as problem:
        raise InputError(f"got something that is not a Parquet file of rows: {problem}") from problem


def fingerprint(table: pa.Table) -> str:
    """SHA-256 over names, types and cells, in hexadecimals; equal for equal rows in equal order."""
    digest = hashlib.sha256(json.dumps([[field.name, str(field.type)] for field in table.schema]).encode())
    stream = io.BytesIO()
    pyarrow.csv.write_csv(table, stream, pyarrow.csv.WriteOptions(include_header=False))
    digest.update(stream.getbuffer())
    return digest.hexdigest()


def gathered(parts: Iterable[tuple[pa.Table, Integers, Integers]], columns: Sequence[RowColumn]) -> pa.Table:
    """Rows of several tables in one order: of each table, which rows, and at which place each goes."""
    empty = pa.table({column.name: pa.array([], _ARROW[column.kind]) for column in columns})
    pieces, goes_to = [empty], [np.empty(0, dtype=np.int64)]
    for table, rows, places in parts:
        pieces.append(table.take(pa.array(rows)))
        goes_to.append(places)
    together = pa.concat_tables(pieces)
    return together.take(pa.array(np.argsort(np.concatenate(goes_to), kind="stable"))).combine_chunks()


def _kind(brought: Brought, name: str) -> str:
    cells = _settled(brought, name)
    distinct = present(cells)
    if not len(distinct):
        raise InputError(
            "every cell is missing, expected the first deposit to show what the column holds",
            file=brought.file,
            column=name,
        )
    if all_truths(distinct):
        return "truth"
    if all_numbers(distinct) and not any(isinstance(c, str) and _CODE.fullmatch(c) for c in distinct):
        return "number"
    return "text"


def _settled(brought: Brought, name: str) -> pd.Series:
    cells = settle(brought.rows[name])
    if isinstance(cells.dtype, pd.CategoricalDtype) and is_readable(cells):
        cells = settle(cells.astype(object))
    if not is_readable(cells):
        raise InputError(
            f"got cells of type {cells.dtype}, expected numbers, truth values or text",
            file=brought.file,
            column=name,
        )
    return cells


def _cells(brought: Brought, column: RowColumn) -> pa.Array:
    cells = _settled(brought, column.name)
    if column.kind == "text":
        return _texts(cells)
    read: Callable[[pd.Series], NDArray[np.float64]] = numbers if column.kind == "number" else truths
    values, absent = read(cells), missing(cells)
    expected = f"{_EXPECTED[column.kind]}, as in the market's first deposit"
    brought.refuse(~np.isfinite(values) & ~absent, column.name, expected)
    if cells.dtype.kind in "iu":
        inexact = (cells > _LARGEST_EXACT) | (cells < -_LARGEST_EXACT)
        brought.refuse(inexact.to_numpy(dtype=bool, na_value=False), column.name, "at most 2^53, or text")
    if column.kind == "number":
        return pa.array(values, mask=absent)
    return pa.array(values == 1.0, mask=absent)


def _texts(cells: pd.Series) -> pa.Array:
    held = [None if gone else written(cell).strip() for cell, gone in zip(cells, blank(cells), strict=True)]
    return pa.array(held, pa.string())
