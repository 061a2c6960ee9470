"""Rows of one owner: a table whose label is set apart from its features.

Rows are numbered as their owner would count them (`fairpool.tables.table`); the index of ``features`` and ``label``
holds each row's distance from the first number.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fairpool.ground.arrays import Bool, Booleans, Float, Floats
from fairpool.ground.errors import InputError
from fairpool.ground.handed_in import one_text, record, text_list
from fairpool.tables.cells import (
    canonical,
    entry_hint,
    is_readable,
    meaning_hint,
    missing,
    numbers,
    recode_hint,
    settle,
    texts,
    toml_key,
)
from fairpool.tables.columns import Met, of_frame, recoded_to, refuse_unmet_columns
from fairpool.tables.conventions import Conventions
from fairpool.tables.names import refuse_duplicates, require_columns
from fairpool.tables.table import Table, refuse_cells

POSITIVE, NEGATIVE = "yes", "no"  # the classes that a condition on the label makes
_PLAIN = Conventions()
_COMPARED: Mapping[str, Callable[[Any, Any], Any]] = MappingProxyType(
    {
        ">": operator.gt,
        ">=": operator.ge,
        "<": operator.lt,
        "<=": operator.le,
        "=": operator.eq,
        "!=": operator.ne,
    }
)
LABELLED = ("label", "labels")  # of `Dataset.met`: that conventions name labels, whether or not one was there
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
    met : frozenset
        What of its conventions was there (`fairpool.tables.columns`).

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
    met: Met = frozenset()

    @classmethod
    def from_frame(
        cls,
        frame: pd.DataFrame,
        *,
        label: str,
        features: Sequence[str] | None = None,
        name: str = "data",
        conventions: Conventions = _PLAIN,
    ) -> Dataset:
        """Set the column ``label`` apart from ``features`` (default: every other column).

        Columns are called by their names as text, without spaces around; rows are counted from 0, whatever
        the index was.  ``conventions`` say which cells mean missing, how columns are renamed and labels recoded.
        Raises InputError for a column that is not there, naming the nearest ones, for two columns of one name, and for
        conventions that only a CSV file can have.
        """
        one_text(name, what="name")
        if not isinstance(frame, pd.DataFrame):
            raise InputError(
                f"got {type(frame).__name__}, expected a DataFrame with named columns", file=name
            )
        one_text(label, what="label", expected="the name of a column")
        if features is not None:
            features = text_list(features, what="features", expected="a list of names of columns")
        record(conventions, Conventions, what="conventions").refuse_of_text("a DataFrame", file=name)
        plain = frame.reset_index(drop=True).set_axis([str(one).strip() for one in frame.columns], axis=1)
        refuse_duplicates(list(plain.columns), file=name)
        meant, met = of_frame(settle_all(plain), conventions, file=name)
        refuse_unmet_columns(conventions.given(), met, names=map(str, meant.columns), file=name)
        table = Table(meant, name, 0, tuple(meant.columns), met=met)
        return dataset_of(table, label=label, features=features, conventions=conventions)

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
            stray = unknown & ~missing(cells)
            self.refuse(stray, cells, f"a number like 1234.5 ({why}){self.text_hint(stray, cells)}")
        self.refuse(np.isinf(values), cells, "a finite number")
        self.refuse(
            np.abs(values) > LARGEST_NUMBER,
            cells,
            f"a number between -{LARGEST_NUMBER} and {LARGEST_NUMBER}",
        )
        return values

    def text_hint(self, stray: Bool[Booleans, " rows"], cells: pd.Series) -> str:
        """The key that the first stray text of a column seems to ask for; of a column of nothing else, or of one whose
        texts are recoded, the one that recodes it."""
        if not stray.any():
            return ""
        first, column = str(cells.iloc[int(stray.argmax())]).strip(), str(cells.name)
        if hint := meaning_hint(first) or self.entry_hint(first, column):
            return hint
        if not (stray | missing(cells)).all():
            return ""
        return recode_hint(first, None if column == self.label.name else column)

    def entry_hint(self, text: str, column: str) -> str:
        """Where conventions recode the column, or the label, but not to a text that is expected: the entry to add, or
        to correct; else nothing."""
        if column == self.label.name:
            made = ("labels to", text) in self.met
            return entry_hint("labels", text, made=made) if LABELLED in self.met else ""
        made = (recoded_to(column), text) in self.met
        table = f"recode.{toml_key(column)}"
        return entry_hint(table, text, made=made) if ("recode", column) in self.met else ""


def refuse_no_truths(dataset: Dataset, cells: pd.Series, unknown: Bool[Booleans, " rows"]) -> None:
    """InputError for the first of the cells of which it is ``unknown`` whether they are true, but for missing ones."""
    stray = unknown & ~missing(cells)
    expected = "true or false (the column is boolean in the validation data)"
    dataset.refuse(stray, cells, f"{expected}{dataset.text_hint(stray, cells)}")


def dataset_of(
    table: Table,
    *,
    label: str,
    features: Sequence[str] | None = None,
    name: str | None = None,
    conventions: Conventions = _PLAIN,
) -> Dataset:
    """A Dataset of a table that was read by ``conventions``, its label recoded; raises as `from_frame` does.

    ``name`` stands for the table in messages (default: its own).
    """
    file = name or table.name
    frame = table.frame.set_axis([str(column).strip() for column in table.frame.columns], axis=1)
    names = list(frame.columns)
    refuse_duplicates(names, file=file)
    require_columns([label], names, file=file, what="label", met=table.met)
    if label in conventions.recode:
        raise InputError("recode: got the label; labels = {..} recodes it", file=file, column=label)
    chosen = [column for column in names if column != label] if features is None else list(features)
    refuse_duplicates(chosen, file=file)
    if label in chosen:
        raise InputError(
            "got the label among the features, expected it in one place", file=file, column=label
        )
    require_columns(chosen, names, file=file, what="feature", met=table.met)
    cells, met = settle(frame[label]), table.met
    if conventions.positive is not None or conventions.labels:
        plain = Table(pd.DataFrame({label: cells}), file, table.rows_start, (label,))
        cells, recoded = recoded_label(plain, label, conventions)
        met |= recoded | (frozenset({LABELLED}) if conventions.labels else frozenset())
    return Dataset(settle_all(frame[chosen]), cells, file, table.rows_start, met)


def recoded_label(table: Table, label: str, conventions: Conventions) -> tuple[pd.Series, Met]:
    """The label as ``positive`` or ``labels`` have it, blanks as they are, and which of ``labels`` were there.

    InputError where ``positive`` asks of another column, or compares a cell that is no number with one.
    """
    cells, condition = table.frame[label], conventions.condition
    spelt = texts(cells)
    if condition is None:
        named = {canonical(old): (old, new) for old, new in conventions.labels.items()}
        hits = [named[text] for text in set(spelt) & set(named)]
        met = frozenset(one for old, new in hits for one in (("labels", old), ("labels to", canonical(new))))
        new = [named[text][1] if text in named else text for text in spelt]
        return _labels(new, cells) if met else cells, met
    if condition.column != label:
        old = conventions.rename.get(condition.column) == label
        hint = (
            f": {condition.column!r} is renamed to it, and positive names it by its new name" if old else ""
        )
        raise InputError(
            f"positive: got a condition on {condition.column!r}, expected one on the label {label!r}{hint}"
        )
    if condition.compares_numbers:
        values, sought = numbers(cells), float(condition.value)
        expected = f'a number, as positive = "{conventions.positive}" compares it; or say labels = {{..}} for this file'
        table.refuse(np.isnan(values) & ~missing(cells), label, expected)
        hit = _COMPARED[condition.sign](values, sought)
        spelt = np.where(np.isnan(values), "", spelt)
    else:
        hit = _COMPARED[condition.sign](spelt, canonical(condition.value))
    return _labels(np.where(spelt == "", "", np.where(hit, POSITIVE, NEGATIVE)), cells), frozenset()


def _labels(values: Sequence[str] | NDArray[np.object_], like: pd.Series) -> pd.Series:
    return pd.Series([value or None for value in values], index=like.index, name=like.name, dtype=object)


def settle_all(frame: pd.DataFrame) -> pd.DataFrame:
    """Every column of Python objects as numbers, truth values or text, whichever it holds."""
    return pd.DataFrame({name: settle(frame[name]) for name in frame.columns}, index=frame.index)
