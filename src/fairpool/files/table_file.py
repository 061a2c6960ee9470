"""Tables on disk: the one place that opens a CSV or Parquet file.

What is read and what is refused, with its row: `fairpool.tables.delimited.rows` and `fairpool.tables.reading`.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from fairpool.ground.errors import InputError
from fairpool.tables.conventions import Conventions
from fairpool.tables.dataset import Dataset, dataset_of
from fairpool.tables.reading import read_table as read_stream
from fairpool.tables.reading import suffix_of
from fairpool.tables.table import Table

_PLAIN = Conventions()


def read_table(path: Path, conventions: Conventions = _PLAIN) -> Table:
    """Read a CSV (``.csv``, ``.csv.gz``) or Parquet (``.parquet``) file as its owner means it.

    Raises InputError for a file that is missing or cannot be read, and as `fairpool.tables.reading.read_table` does.
    """
    suffix_of(str(path))
    try:
        with Path(path).open("rb") as stream:
            return read_stream(stream, name=str(path), conventions=conventions)
    except FileNotFoundError:
        raise InputError("there is no such file", file=path) from None
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror or error}", file=path) from error


def read_dataset(
    path: Path,
    *,
    label: str,
    features: Sequence[str] | None = None,
    name: str | None = None,
    conventions: Conventions = _PLAIN,
) -> Dataset:
    """Read a file and set the column ``label`` apart from ``features`` (default: all others).

    ``name`` stands for the file in messages (default: its path).  Raises InputError as `read_table` and
    `Dataset.from_frame` do.
    """
    table = read_table(path, conventions)
    return dataset_of(table, label=label, features=features, name=name, conventions=conventions)
