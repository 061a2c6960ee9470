"""What the files of a round agree on: the columns, how each is read, and the classes.

The schema is fixed from the validation files, before any training row is looked at, and is then the same for
every party and every coalition; a training file is only ever held against it.

A column of the validation files, taken together, is read as
    boolean      where every cell that is not missing is true or false
    numeric      where every one is a number (or, in another file, a truth value: true is 1)
    categorical  otherwise; at most 256 categories
and left out where every cell is missing (`Schema.dropped`), or where every one is a date (`Schema.dates`; it is for
somebody to say what a date means: days since when?).  A numeric column takes truth values as 1 and 0, a boolean one
takes 1 and 0 as true and false, a categorical one takes anything.  A column that its owner says holds codes is
categorical, too (`Conventions.categorical`).

Two readings that would pass silently and be wrong are refused: numbers written with commas (``1,234``), which
would become one category each, and a stray text among numbers, which would turn them all into categories
(`fairpool.tables.stray_texts`).  So are infinite numbers, and those beyond 1e38: forests and ONNX compute in float32.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fairpool.ground.arrays import Float, Floats
from fairpool.ground.errors import InputError
from fairpool.tables.cells import (
    all_numbers,
    all_truths,
    is_number,
    present,
    texts,
    truths,
)
from fairpool.tables.dataset import Dataset, refuse_no_truths
from fairpool.tables.dates import holds_dates, refuse_dates
from fairpool.tables.identifiers import names_rows
from fairpool.tables.labels import agree_classes, label_numbers
from fairpool.tables.names import listed, refuse_duplicates, require_columns
from fairpool.tables.stray_texts import refuse_misfits, refuse_stray_texts

MOST_CATEGORIES = 256  # each becomes a column of 0 and 1; more of them name rows rather than describe them


class Kind(Enum):
    """What is predicted: one of several classes, or a number.

    Examples
    --------
    >>> Kind("classification") is Kind.CLASSIFICATION
    True
    """

    CLASSIFICATION = "classification"
    REGRESSION = "regression"


class ColumnKind(Enum):
    """How a column is read in a round.

    Examples
    --------
    >>> [kind.value for kind in ColumnKind]
    ['numeric', 'boolean', 'categorical']
    """

    NUMERIC = "numeric"
    BOOLEAN = "boolean"
    CATEGORICAL = "categorical"


@dataclass(frozen=True, slots=True)
class Column:
    """One feature and how it is read.

    Parameters
    ----------
    name : str
        Of the column, as the files have it.
    kind : ColumnKind
    categories : tuple of str
        Of a categorical column its values as text, sorted; else empty.

    Examples
    --------
    >>> Column("sex", ColumnKind.CATEGORICAL, ("female", "male")).categories
    ('female', 'male')
    """

    name: str
    kind: ColumnKind
    categories: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Schema:
    """The columns of a round, the same for every party and every coalition; `agree_schema` makes it.

    Attributes
    ----------
    columns : tuple of Column
        The features, in the order asked for, or else of the first validation file.
    label : str
        The column that is predicted.
    task : Kind
    classes : tuple of str or None
        The labels of a classification, as text, in order (of number where all are numbers); None for a regression.
    dropped : tuple of str
        Columns left out because they are missing in every row of the validation files.
    unshared : tuple of str
        Columns left out because some file does not have them.
    dates : tuple of str
        Columns left out because they hold dates.
    identifiers : tuple of str
        Columns left out because they name rows: nobody asked for them (`fairpool.tables.identifiers`).
    rare : tuple of str
        Columns left out because all their texts stand in too few rows.

    Examples
    --------
    >>> age, smoker = Column("age", ColumnKind.NUMERIC), Column("smoker", ColumnKind.BOOLEAN)
    >>> Schema((age, smoker), "ill", Kind.CLASSIFICATION, ("no", "yes")).of_kind(ColumnKind.BOOLEAN)
    ['smoker']
    """

    columns: tuple[Column, ...]
    label: str
    task: Kind
    classes: tuple[str, ...] | None
    dropped: tuple[str, ...] = ()
    unshared: tuple[str, ...] = ()
    dates: tuple[str, ...] = ()
    identifiers: tuple[str, ...] = ()
    rare: tuple[str, ...] = ()

    def of_kind(self, kind: ColumnKind) -> list[str]:
        """Names of the columns of one kind, in order."""
        return [column.name for column in self.columns if column.kind is kind]


def agree_schema(
    validations: Sequence[Dataset],
    trainings: Sequence[Dataset],
    *,
    task: Kind,
    features: Sequence[str] | None,
    fewest_rows: int = 1,
) -> Schema:
    """The schema of a round, and proof that every file keeps to it.

    Parameters
    ----------
    validations : sequence of Dataset
        The rows that models are scored on: they alone fix how a column is read.
    trainings : sequence of Dataset
        Each party's rows, held against the schema.
    task : Kind
        Whether the label is a class or a number.
    features : sequence of str or None
        The columns to learn from; None for every column but the label that all files share and that does not name rows.

    fewest_rows : int
        A text that stands in fewer rows of all files together, equal ones of a file counted once, is no category: what
        is learnt can then be handed out without it.

    Returns
    -------
    Schema

    Raises
    ------
    InputError
        Naming file, row and column, for a column that is not there, an empty file, text or an infinite number in a
        numeric column, a missing label, one that no validation row holds, one class only.

    Notes
    -----
    Costs a few passes over the columns, vectorised.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = pd.DataFrame({"age": [41, 52], "smoker": ["true", "false"], "ill": ["yes", "no"]})
    >>> ward = Dataset.from_frame(rows, label="ill")
    >>> schema = agree_schema([ward], [ward], task=Kind.CLASSIFICATION, features=None)
    >>> {column.name: column.kind.value for column in schema.columns}, schema.classes
    ({'age': 'numeric', 'smoker': 'boolean'}, ('no', 'yes'))
    """
    everyone = [*validations, *trainings]
    for dataset in everyone:
        _refuse_empty(dataset)
    label = _one_label(everyone)
    names, unshared = chosen_columns(everyone, features)
    dates = tuple(name for name in names if holds_dates(name, validations))
    if features is None:
        names = [name for name in names if name not in dates]
    else:
        refuse_dates(dates, validations)
    identifiers = identifiers_among(names, validations, trainings) if features is None else ()
    names = [name for name in names if name not in identifiers]
    agreed = {name: agree_column(name, validations, trainings) for name in names}
    columns, rare = _without_rare_texts([c for c in agreed.values() if c is not None], everyone, fewest_rows)
    dropped = tuple(name for name, column in agreed.items() if column is None)
    if rare and not columns:
        raise InputError(
            f"each text of {', '.join(rare)} stands in fewer than {fewest_rows} rows of the round, "
            "so that a model would show whose it is; expected a feature besides"
        )
    if not columns:
        raise InputError(
            f"every column that the files share holds dates ({listed(dates)}); expected one of numbers or texts"
            if dates and not dropped
            else "every feature is missing in every row of the validation files; expected at least one"
        )
    for dataset in everyone:
        for column in columns:
            values_in_a_round(column, dataset)
    classes = agree_classes(validations, trainings) if task is Kind.CLASSIFICATION else None
    if task is Kind.REGRESSION:
        for dataset in everyone:
            label_numbers(dataset)
    left = dates if features is None else ()
    return Schema(columns, label, task, classes, dropped, unshared, left, identifiers, rare)


def column_values(column: Column, dataset: Dataset) -> Float[Floats, " rows"] | NDArray[np.object_]:
    """One feature of ``dataset`` as the round reads it, (rows,).

    Numeric and boolean: float64, NaN where missing.  Categorical: str, "" where missing.
    Raises InputError for the first cell that cannot be read so.
    """
    cells = dataset.readable(dataset.features[column.name])
    if column.kind is ColumnKind.CATEGORICAL:
        return texts(cells)
    if column.kind is ColumnKind.NUMERIC:
        return dataset.finite_numbers(cells, why="the column is numeric in the validation data")
    values = truths(cells)
    unknown = np.isnan(values)
    if unknown.any():
        refuse_no_truths(dataset, cells, unknown)
    return values


def values_in_a_round(column: Column, dataset: Dataset) -> Float[Floats, " rows"] | NDArray[np.object_]:
    """`column_values` while it can still be said how the column is read: a stray text is refused with the keys that do.

    Once a model is learnt its columns are what they are.
    """
    if column.kind is not ColumnKind.CATEGORICAL:
        refuse_misfits(dataset, column.name, of_truths=column.kind is ColumnKind.BOOLEAN)
    return column_values(column, dataset)


def unknown_categories(schema: Schema, dataset: Dataset) -> dict[str, dict[str, int]]:
    """Texts of categorical columns that no validation row holds, with how many rows have them, by column.

    They are read as "none of the known ones": right for a rare category, wrong for a typing error.
    """
    found: dict[str, dict[str, int]] = {}
    for column in schema.columns:
        if column.kind is ColumnKind.CATEGORICAL:
            counts = Counter(text for text in column_values(column, dataset) if text)
            unknown = {text: n for text, n in sorted(counts.items()) if text not in column.categories}
            found |= {column.name: unknown} if unknown else {}
    return found


def _refuse_empty(dataset: Dataset) -> None:
    if len(dataset) == 0:
        raise InputError("got no rows of data, expected at least one", file=dataset.name)


def _one_label(everyone: Sequence[Dataset]) -> str:
    label = str(everyone[0].label.name)
    for dataset in everyone:
        if dataset.label.name != label:
            raise InputError(
                f"got the label {dataset.label.name!r}, expected {label!r} as in {everyone[0].name}",
                file=dataset.name,
            )
    return label


def chosen_columns(
    everyone: Sequence[Dataset], features: Sequence[str] | None
) -> tuple[list[str], tuple[str, ...]]:
    """Columns to learn from, and those left out because some file does not have them."""
    if features is not None:
        refuse_duplicates(list(features), file="features")
        for dataset in everyone:
            require_columns(features, list(dataset.features.columns), file=dataset.name, what="feature")
        return list(features), ()
    shared = set(everyone[0].features.columns).intersection(*(d.features.columns for d in everyone))
    if not shared:
        raise InputError(
            f"the files share no column but the label {everyone[0].label.name!r}; expected at least one"
        )
    order = dict.fromkeys(name for dataset in everyone for name in dataset.features.columns)
    return [name for name in order if name in shared], tuple(name for name in order if name not in shared)


def identifiers_among(
    names: Sequence[str], validations: Sequence[Dataset], trainings: Sequence[Dataset]
) -> tuple[str, ...]:
    """Columns that name rows; none where there is nothing else to learn from."""
    found = tuple(name for name in names if names_rows(name, validations, trainings))
    return found if len(found) < len(names) else ()


def agree_column(name: str, validations: Sequence[Dataset], trainings: Sequence[Dataset]) -> Column | None:
    """How the validation files, taken together, read a column; None where all of it is missing."""
    columns = [dataset.readable(dataset.features[name]) for dataset in validations]
    filled = [(cells, distinct) for cells in columns if len(distinct := present(cells))]
    if not filled:
        return None
    if all(all_truths(distinct) for _, distinct in filled):
        return Column(name, ColumnKind.BOOLEAN)
    if all(_reads_as_numbers(cells, distinct) for cells, distinct in filled):
        return Column(name, ColumnKind.NUMERIC)
    _refuse_commas(name, validations)
    refuse_stray_texts(name, validations, trainings)
    categories = sorted({text for cells, _ in filled for text in texts(cells)} - {""})
    if len(categories) > MOST_CATEGORIES:
        raise InputError(
            f"got {len(categories)} different texts, expected at most {MOST_CATEGORIES} categories; "
            f'if the column names rows rather than describes them, exclude = ["{name}"] leaves it out',
            file=validations[0].name,
            column=name,
        )
    return Column(name, ColumnKind.CATEGORICAL, tuple(categories))


def _without_rare_texts(
    columns: Sequence[Column], everyone: Sequence[Dataset], fewest_rows: int
) -> tuple[tuple[Column, ...], tuple[str, ...]]:
    """The columns with the categories that stand in rows enough, and the names of those that have none left."""
    if fewest_rows <= 1 or all(column.kind is not ColumnKind.CATEGORICAL for column in columns):
        return tuple(columns), ()
    distinct = [dataset.distinct() for dataset in everyone]
    kept = []
    for column in columns:
        if column.kind is ColumnKind.CATEGORICAL:
            rows = Counter(text for dataset in distinct for text in texts(dataset.features[column.name]))
            known = tuple(text for text in column.categories if rows[text] >= fewest_rows)
            kept.append(Column(column.name, column.kind, known))
        else:
            kept.append(column)
    empty = [
        column.name for column in kept if column.kind is ColumnKind.CATEGORICAL and not column.categories
    ]
    return tuple(column for column in kept if column.name not in empty), tuple(empty)


def _reads_as_numbers(cells: pd.Series, distinct: pd.Series) -> bool:
    declared_categorical = isinstance(cells.dtype, pd.CategoricalDtype)
    return all_truths(distinct) or (all_numbers(distinct) and not declared_categorical)


def _refuse_commas(name: str, validations: Sequence[Dataset]) -> None:
    """InputError for numbers written with commas, which would become a category each."""
    columns = [dataset.features[name] for dataset in validations]
    distinct = {str(value) for cells in columns for value in present(cells)}
    if any(isinstance(cells.dtype, pd.CategoricalDtype) for cells in columns):
        return
    if not all(is_number(text.replace(",", "")) for text in distinct):
        return
    wrong = [text for text in distinct if not is_number(text)]
    expected = (
        'a number like 1234.5, without commas; decimal = "," says that a comma is the decimal mark, '
        'thousands = "," that it groups digits'
    )
    for dataset, cells in zip(validations, columns, strict=True):
        dataset.refuse(cells.isin(wrong).to_numpy(dtype=bool), cells, expected)
