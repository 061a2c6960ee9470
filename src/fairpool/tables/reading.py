"""A file's bytes to a table, by the end of its name: ``.csv``, ``.csv.gz`` or ``.parquet``.

Raw data often ends in ``.data``, ``.dat``, ``.txt`` or ``.tsv``: these are read as ``.csv`` is.

The bytes come from whoever may open files (`fairpool.files.table_file`) or from wherever else they are.
"""

from __future__ import annotations

import gzip
import re
import zlib
from typing import BinaryIO

import pandas as pd
import pyarrow as pa
import pyarrow.parquet

from fairpool.ground.errors import InputError
from fairpool.tables.columns import exact, of_frame
from fairpool.tables.conventions import Conventions
from fairpool.tables.delimited.rows import read_csv
from fairpool.tables.names import refuse_duplicates, refuse_nul
from fairpool.tables.table import Table

_TEXTS = (".csv", ".data", ".dat", ".txt", ".tsv")
_ZIPPED = ".csv.gz"
_PARQUET = ".parquet"
_NAMELESS = re.compile(r"(__index_level_\d+__)?")
_ROWS_START = 1  # of a Parquet file
_PLAIN = Conventions()


def read_table(stream: BinaryIO, *, name: str, conventions: Conventions = _PLAIN) -> Table:
    """Read a table from an open file or any other stream of bytes.

    Parameters
    ----------
    stream : binary stream
        What a file opened with ``"rb"`` or `io.BytesIO` gives; Parquet asks it to ``seek``.
    name : str
        The file's name: its end says what the bytes are, and messages begin with it.
    conventions : Conventions
        How its owner means it to be read; without them as `fairpool.tables.delimited.rows` says.

    Returns
    -------
    Table
        One column for each name that the header has; rows know their lines.

    Raises
    ------
    InputError
        For another end of the name, a file that is empty, no text in UTF-8 or the encoding that was said, ragged (with
        the row) or not what its suffix says, for two columns of one name, and for conventions of CSV where the file is
        Parquet.  Where a convention would settle it, the message names the key.

    Notes
    -----
    A million rows of 20 columns take a few seconds and about three times the size of the file.

    Examples
    --------
    >>> import io
    >>> read_table(io.BytesIO(b"age,ill\\n41,yes\\n52,no\\n"), name="ward.csv").frame
       age  ill
    0   41  yes
    1   52   no
    """
    match suffix_of(name):
        case ".parquet":
            conventions.refuse_of_text("Parquet", file=name)
            table = _read_parquet(stream, name, conventions)
        case ".csv.gz":
            table = read_csv(_unzipped(stream.read(), name), name=name, conventions=conventions)
        case _:
            table = read_csv(stream.read(), name=name, conventions=conventions)
    if table.frame.empty:
        raise InputError("got no rows of data, expected at least one", file=name)
    return table


def suffix_of(name: str) -> str:
    """Which of the suffixes a file's name ends in; InputError for any other."""
    lowered = name.lower()
    for suffix in (*_TEXTS, _ZIPPED, _PARQUET):
        if lowered.endswith(suffix):
            return suffix
    raise InputError(
        f"expected a file whose name ends in .csv, .csv.gz or .parquet ({', '.join(_TEXTS[1:])} are read as .csv)",
        file=name,
    )


def _unzipped(raw: bytes, name: str) -> bytes:
    try:
        return gzip.decompress(raw)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise InputError(f"got something that is not a gzip file: {error}", file=name) from error


def _read_parquet(stream: BinaryIO, name: str, conventions: Conventions) -> Table:
    try:
        table = pyarrow.parquet.ParquetFile(stream).read()
    except pa.ArrowInvalid as error:
        raise InputError(f"got something that is not a Parquet file: {error}", file=name) from error
    names = [column.strip() for column in table.column_names]
    refuse_nul(names, file=name)
    refuse_duplicates(names, file=name)
    columns = {column: exact(table.column(place)) for place, column in enumerate(names)}
    frame = pd.DataFrame({key: cells for key, cells in columns.items() if not _NAMELESS.fullmatch(key)})
    meant, met = of_frame(frame, conventions, file=name)
    return Table(meant, name, _ROWS_START, tuple(map(str, meant.columns)), met=met)
