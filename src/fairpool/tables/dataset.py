"""Rows of one owner: a table whose label is set apart from its features.

Rows are numbered as their owner would count them: by the line of a CSV file (the header is line 1, so the
first row is usually 2), from 1 in a Parquet file, from 0 in a DataFrame.  The index of ``features`` and
``label`` holds each row's distance from the first, which is its position unless blank lines were left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fairpool.ground.errors import InputError
from fairpool.tables.cells import is_readable, missing, numbers, settle, written

LARGEST_NUMBER = 1e38  # forests and ONNX compute in float32, which ends at 3.4e38

_MOST_LISTED = 20


@dataclass(frozen=True, slots=True, eq=False)
class Dataset:
    """Features and label of one owner, as read, before any treatment.

    features    the columns as read, in the order of the file
    label       what is to be predicted; ``label.name`` is the column's name
    name        for messages: the file's name or the party's
    rows_start  number of the first row: 2 for CSV with a header, 1 for Parquet, 0 for a DataFrame

    Examples
    --------
    >>> import pandas as pd
    >>> from fairpool.market import Dataset
    >>> rows = Dataset.from_frame(pd.DataFrame({"age": [34, 61], "ill": ["no", "yes"]}), label="ill")
    >>> list(rows.features), rows.label.tolist()
    (['age'], ['no', 'yes'])
    """

    features: pd.DataFrame
    label: pd.Series
    name: str
    rows_start: int

    @classmethod
    def from_frame(
        cls, frame: pd.DataFrame, *, label: str, features: Sequence[str] | None = None, name: str = "data"
    ) -> Dataset:
        """Set the column ``label`` apart from ``features`` (default: every other column).

        Columns are called by their names as text, without spaces around; rows are counted from 0, whatever
        the index was.  Raises InputError for a column that is not there, naming the nearest ones, and for two
        columns of one name.
        """
        return dataset_of(
            frame.reset_index(drop=True), label=label, features=features, name=name, rows_start=0
        )

    def __len__(self) -> int:
        return len(self.label)

    def row_of(self, position: int) -> int:
        """The number of the row at ``position``, as its owner counts."""
        return self.rows_start + int(self.label.index[position])

    def refuse(self, wrong: NDArray[np.bool_], cells: pd.Series, expected: str) -> None:
        """Raise InputError for the first cell that is ``wrong``, bool (n,); do nothing where none is."""
        if wrong.any():
            position = int(wrong.argmax())
            got = cells.iloc[position]
            shown = "a blank" if pd.isna(got) or not str(got).strip() else repr(written(got))
            raise InputError(
                f"got {shown}, expected {expected}",
                file=self.name,
                row=self.row_of(position),
                column=str(cells.name),
            )


def dataset_of(
    frame: pd.DataFrame, *, label: str, features: Sequence[str] | None, name: str, rows_start: int
) -> Dataset:
    """A Dataset of ``frame``, whose index counts rows from ``rows_start``; raises as `from_frame` does."""
    names = [str(column).strip() for column in frame.columns]
    refuse_duplicates(names, file=name)
    named = frame.set_axis(names, axis=1)
    require_columns([label], names, file=name, what="label")
    chosen = [column for column in names if column != label] if features is None else list(features)
    refuse_duplicates(chosen, file=name)
    if label in chosen:
        raise InputError(
            "got the label among the features, expected it in one place", file=name, column=label
        )
    require_columns(chosen, names, file=name, what="feature")
    return Dataset(settle_all(named[chosen]), settle(named[label]), name, rows_start)


def settle_all(frame: pd.DataFrame) -> pd.DataFrame:
    """Every column of Python objects as numbers, truth values or text, whichever it holds."""
    return pd.DataFrame({name: settle(frame[name]) for name in frame.columns}, index=frame.index)


def readable(dataset: Dataset, cells: pd.Series) -> pd.Series:
    """``cells`` themselves, or InputError where they are dates, lists or the like."""
    if not is_readable(cells):
        problem = f"got cells of type {cells.dtype}, expected numbers, truth values or text"
        raise InputError(problem, file=dataset.name, column=str(cells.name))
    return cells


def finite_numbers(dataset: Dataset, cells: pd.Series, *, why: str) -> NDArray[np.float64]:
    """A column of numbers: float64 (n,), NaN where missing.

    Raises InputError for a cell that is no number (with ``why`` one is expected), infinite, or beyond 1e38.
    """
    values = numbers(readable(dataset, cells))
    unknown = np.isnan(values)
    if unknown.any():
        dataset.refuse(unknown & ~missing(cells), cells, f"a number like 1234.5 ({why})")
    dataset.refuse(np.isinf(values), cells, "a finite number")
    dataset.refuse(
        np.abs(values) > LARGEST_NUMBER, cells, f"a number between -{LARGEST_NUMBER} and {LARGEST_NUMBER}"
    )
    return values


def require_columns(wanted: Iterable[str], names: Sequence[str], *, file: str, what: str) -> None:
    """Raise InputError for the first of ``wanted`` that is not among ``names``, with the nearest that are."""
    for column in wanted:
        if column not in names:
            raise InputError(f"got no such {what}; {_nearest(column, names)}", file=file, column=column)


def refuse_duplicates(names: Sequence[str], *, file: str) -> None:
    """Raise InputError for the first name that comes twice."""
    seen: set[str] = set()
    for place, column in enumerate(names, start=1):
        if column in seen:
            first = names.index(column) + 1
            raise InputError(
                f"got one name for columns {first} and {place}, expected different names",
                file=file,
                column=column,
            )
        seen.add(column)


def listed(names: Sequence[str]) -> str:
    """``'a', 'b', 'c'``, cut short after 20."""
    shown = ", ".join(repr(name) for name in names[:_MOST_LISTED])
    return f"{shown} and {len(names) - _MOST_LISTED} more" if len(names) > _MOST_LISTED else shown


def _nearest(column: str, names: Sequence[str]) -> str:
    by_lower = {name.lower(): name for name in names}
    near = [by_lower[match] for match in get_close_matches(column.lower(), list(by_lower), n=3)]
    return f"did you mean {listed(near)}?" if near else f"the columns are {listed(names)}"
