"""Rows of one owner: a table whose label is set apart from its features.

Rows are numbered as their owner would count them (`fairpool.tables.table`); the index of ``features`` and ``label``
holds each row's distance from the first number.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from fairpool.ground.arrays import Bool, Booleans, Float, Floats
from fairpool.ground.errors import InputError
from fairpool.tables.cells import is_readable, missing, numbers, settle
from fairpool.tables.names import refuse_duplicates, require_columns
from fairpool.tables.table import refuse_cells

LABEL = "\0label"  # a name that no column of a file has
LARGEST_NUMBER = 1e38  # forests and ONNX compute in float32, which ends at 3.4e38


@dataclass(frozen=True, slots=True, eq=False)
class Dataset:
    """Features and label of one owner, as read, before any treatment.

    Attributes
    ----------
    features : DataFrame
        The columns as read, in the order of the file.
    label : Series
        What is to be predicted; ``label.name`` is the column's name.
    name : str
        For messages: the file's name or the party's.
    rows_start : int
        Number of the first row: 2 for CSV with a header, 1 for Parquet, 0 for a DataFrame.

    Examples
    --------
    >>> import pandas as pd
    >>> from fairpool.tables import Dataset
    >>> ward = Dataset.from_frame(pd.DataFrame({"age": [41, 52], "ill": ["no", "yes"]}), label="ill", name="ward")
    >>> len(ward), list(ward.features), ward.label.tolist()
    (2, ['age'], ['no', 'yes'])
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

    def distinct(self) -> Dataset:
        """The rows without those that repeat an earlier one, label included."""
        first = ~self.features.assign(**{LABEL: self.label}).duplicated()
        return Dataset(self.features[first], self.label[first], self.name, self.rows_start)

    def row_of(self, position: int) -> int:
        """The number of the row at ``position``, as its owner counts."""
        return self.rows_start + int(self.label.index[position])

    def refuse(self, wrong: Bool[Booleans, " rows"], cells: pd.Series, expected: str) -> None:
        """Raise InputError for the first cell that is ``wrong``; do nothing where none is."""
        refuse_cells(wrong, cells, expected, file=self.name, rows_start=self.rows_start, blank="a blank")

    def readable(self, cells: pd.Series) -> pd.Series:
        """``cells`` themselves, or InputError where they are dates, lists or the like."""
        if not is_readable(cells):
            problem = f"got cells of type {cells.dtype}, expected numbers, truth values or text"
            raise InputError(problem, file=self.name, column=str(cells.name))
        return cells

    def finite_numbers(self, cells: pd.Series, *, why: str) -> Float[Floats, " rows"]:
        """A column of numbers, NaN where missing.

        Raises InputError for a cell that is no number (with ``why`` one is expected), infinite, or beyond 1e38.
        """
        values = numbers(self.readable(cells))
        unknown = np.isnan(values)
        if unknown.any():
            self.refuse(unknown & ~missing(cells), cells, f"a number like 1234.5 ({why})")
        self.refuse(np.isinf(values), cells, "a finite number")
        self.refuse(
            np.abs(values) > LARGEST_NUMBER,
            cells,
            f"a number between -{LARGEST_NUMBER} and {LARGEST_NUMBER}",
        )
        return values


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
