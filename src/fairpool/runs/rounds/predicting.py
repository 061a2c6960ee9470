"""A delivered model at work: rows of a file in, what the model says of each out.

The rows are read by the conventions that travel with the model, and each column as the round read it, so a cell that
the round would have refused is refused here, with its place.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import onnxruntime
import pandas as pd

from fairpool.documents.model_description import ENTRY, ModelDescription, read_description
from fairpool.files.faults import refuse_all
from fairpool.files.market.cells_refused import refused_cells
from fairpool.files.reading_keys import is_parquet, of_columns
from fairpool.files.table_file import read_table
from fairpool.ground.errors import InputError
from fairpool.learning.onnx.description import facts_of
from fairpool.tables.columns import refuse_unmet_columns
from fairpool.tables.conventions import Conventions, refuse_of_csv
from fairpool.tables.dataset import Dataset, settle_all
from fairpool.tables.names import rename_hint, require_columns
from fairpool.tables.schema import ColumnKind, column_values
from fairpool.tables.table import Table

_MOST_NAMED = 5
_NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True, eq=False)
class Predictions:
    """table: row, prediction, and a probability for each class where the model gives them.

    notes  for whoever brought the rows: they may say what stands in a cell
    """

    table: pd.DataFrame
    notes: tuple[str, ...]


def predicted(model: Path, rows: Path, given: Mapping[str, Any] = _NOTHING) -> Predictions:
    """Ask a model file about the rows of a file; ``given`` stands in place of the conventions that travel with it.

    Raises InputError for a file that is no model a round delivered, rows that lack one of its columns, and cells that
    cannot be read as the round read them.
    """
    content = _content(model)
    facts = facts_of(content, file=model)
    if ENTRY not in facts:
        raise InputError(
            "got an ONNX file that no round delivered, expected one of a round's models/", file=model
        )
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    description = read_description(facts[ENTRY], file=model)
    data = _dataset(_table(rows, description, given), description, given.get("rename", ()))
    if "recode" not in given:  # the model's own is no key that who asks could mend
        data = replace(data, met=frozenset())
    values = _all_values(data, description)
    feed = {one.name: cells for one, cells in zip(session.get_inputs(), values, strict=True)}
    answers = session.run(None, feed)
    table = pd.DataFrame(
        {"row": [data.row_of(place) for place in range(len(data))], "prediction": answers[0]}
    )
    if session.get_outputs()[-1].name == "probabilities":
        classes = json.loads(facts["classes"])
        table[[f"probability {name}" for name in classes]] = answers[1]
    return Predictions(table, tuple(_unknown(data, description)))


def _content(model: Path) -> bytes:
    try:
        return model.read_bytes()
    except OSError as problem:
        raise InputError(f"cannot be read: {problem.strerror}", file=model) from None


def _table(rows: Path, description: ModelDescription, given: Mapping[str, Any]) -> Table:
    """The rows as the party's own files are read; without a header they may come with or without the label."""
    conventions = description.reading().but({"labels": {}}).but(given)
    if is_parquet(rows):
        refuse_of_csv(given, "Parquet", file=str(rows))
        conventions = of_columns(conventions)
    try:
        table = read_table(rows, conventions)
        refuse_unmet_columns(given, table.met, names=table.names, file=str(rows))
        return table
    except InputError:
        if conventions.columns is None or description.label not in conventions.columns:
            raise
    return read_table(rows, _without_label(conventions, description.label))


def _without_label(conventions: Conventions, label: str) -> Conventions:
    columns = tuple(name for name in conventions.columns or () if name != label)
    return replace(conventions, columns=columns)


def _dataset(table: Table, description: ModelDescription, renamed: Iterable[str]) -> Dataset:
    wanted = [column.name for column in description.columns]
    what = "column, which the model wants"
    try:
        require_columns(wanted, table.names, file=table.name, what=what, met=table.met)
    except InputError as problem:
        hint = rename_hint(str(problem.column), table.names, [*wanted, description.label], renamed)
        said = hint.replace("no other file has", "the model does not know")
        raise InputError(f"{problem.problem}{said}", file=problem.file, column=problem.column) from None
    features = settle_all(table.frame[wanted])
    blank = pd.Series(np.nan, index=features.index, name=description.label)
    return Dataset(features, blank, table.name, table.rows_start, table.met)


def _all_values(data: Dataset, description: ModelDescription) -> list[np.ndarray[Any, Any]]:
    """Every column as the model takes it; an InputError tells of all cells that cannot be read so."""
    try:
        return [_values(data, column) for column in description.columns]
    except InputError:
        columns = [one.column() for one in description.columns]
        refuse_all([fault for one in columns for fault in refused_cells(partial(column_values, one), data)])
        raise


def _values(data: Dataset, column: Any) -> np.ndarray[Any, Any]:
    """One column as the model takes it, (rows, 1)."""
    values = column_values(column.column(), data)
    return np.asarray(values, dtype=object if values.dtype == object else np.float64)[:, None]


def _unknown(data: Dataset, description: ModelDescription) -> Iterator[str]:
    """A sentence for each column with texts that the model does not tell apart."""
    for column in description.columns:
        if column.kind == ColumnKind.CATEGORICAL.value:
            texts: Sequence[str] = [text for text in column_values(column.column(), data) if text]
            counts = Counter(text for text in texts if text not in column.categories)
            named = [
                f'"{text}" ({rows:,} row{"s" * (rows > 1)})' for text, rows in counts.most_common(_MOST_NAMED)
            ]
            if named:
                more = f" and {len(counts) - _MOST_NAMED} more" if len(counts) > _MOST_NAMED else ""
                known = ", ".join(column.categories)
                yield (
                    f"{data.name}, column {column.name!r}: {', '.join(named)}{more}: the model does not know it and "
                    f"reads it as none of {known}"
                )
