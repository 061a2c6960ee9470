"""One treatment for a round: imputing, scaling and encoding features, and the unit of labels, learnt once.

It is learnt from the distinct rows of all validation files together, and from nothing else
(docs/decisions/0004-one-treatment-for-a-round.md).  So every coalition of the round is measured on the same
scale, no party's training data moves anybody's, and copies of a party or a validation file change nothing.

numeric      missing -> median; then (x - centre) / spread (`fairpool.tables.treatment.standardisation`)
boolean      missing -> the more frequent; 0 or 1
categorical  missing -> the category "missing"; a column of 0 and 1 per category; an unknown one is all zeros
label        of a regression: (y - centre) / spread, so that no learner sees its unit; predictions are put back

Centre and spread are held against outliers: a few rows of one validation file cannot stretch the scale of all.
Every statistic is of one column, so each column is sorted on its own before it is learnt from: the order of
rows, files and parties does not matter to the last bit.  A constant column has scale 1.  Outliers in the data
themselves are kept as they are: a party that brings them bears what they do to its gain.  A number that the scaling
would carry beyond 1e38 is an InputError, never an infinity.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from fairpool.ground.arrays import Float, Floats, Int, Integers
from fairpool.tables.dataset import LARGEST_NUMBER, Dataset, settle_all
from fairpool.tables.labels import class_codes, label_numbers
from fairpool.tables.names import refuse_duplicates, require_columns
from fairpool.tables.schema import Column, ColumnKind, Schema, column_values
from fairpool.tables.treatment.standardisation import UNSCALED, Standardisation

MISSING_CATEGORY = "missing"
MOST_TOGETHER = 10_000  # rows


@dataclass(frozen=True, slots=True, eq=False)
class Preprocessing:
    """A treatment that has been learnt; `learn_preprocessing` makes it and shows it at work.

    Attributes
    ----------
    schema : Schema
        The columns it reads.
    transformer : ColumnTransformer
        Fitted on what `inputs` gives; in a Pipeline with an estimator, a model on raw columns.
    names : tuple of str
        The d columns it makes: ``age``, ``smoker``, ``sex=female``.
    label_unit : Standardisation
        What labels of a regression are measured in; of a classification nothing.

    Examples
    --------
    >>> import pandas as pd
    >>> from fairpool.tables import Kind, agree_schema
    >>> ward = Dataset.from_frame(pd.DataFrame({"sex": ["f", "m"], "ill": ["yes", "no"]}), label="ill")
    >>> schema = agree_schema([ward], [ward], task=Kind.CLASSIFICATION, features=None)
    >>> learn_preprocessing(schema, [ward]).names
    ('sex=f', 'sex=m')
    """

    schema: Schema
    transformer: ColumnTransformer
    names: tuple[str, ...]
    label_unit: Standardisation = UNSCALED

    def apply(self, dataset: Dataset) -> Float[Floats, "rows d"]:
        """Treated features: float64 (rows, d), C-contiguous, finite; InputError where they could not be."""
        return self.apply_all([dataset])[0]

    def apply_all(self, datasets: Sequence[Dataset]) -> list[Float[Floats, "rows d"]]:
        """The same of many: small ones go through the treatment together, which costs as much for one row as for 1,000.

        A row's treatment depends on that row alone, so no number is another.
        """
        read = [treatable(dataset, self.schema) for dataset in datasets]
        treated: list[Floats] = []
        for batch in _batches(read):
            together = pd.concat(batch, ignore_index=True) if len(batch) > 1 else batch[0]
            with np.errstate(over="ignore"):  # refused just below, with its place
                values = np.asarray(self.transformer.transform(together), dtype=np.float64)
            ends = np.cumsum([len(frame) for frame in batch])
            treated += [np.ascontiguousarray(part) for part in np.split(values, ends[:-1])]
        for dataset, values in zip(datasets, treated, strict=True):
            self._refuse_far(dataset, values)
        return treated

    def _refuse_far(self, dataset: Dataset, values: Float[Floats, "rows d"]) -> None:
        for place, column in enumerate(self.schema.of_kind(ColumnKind.NUMERIC)):
            far = ~(np.abs(values[:, place]) <= LARGEST_NUMBER)
            dataset.refuse(far, dataset.features[column], self._near_column(place))

    def labels(self, dataset: Dataset) -> Float[Floats, " rows"] | Int[Integers, " rows"]:
        """Labels (rows,): float64 in the ``label_unit`` for regression, else int64 positions in ``schema.classes``.

        Raises InputError for a label that would be carried beyond 1e38.
        """
        if self.schema.classes is None:
            with np.errstate(over="ignore"):  # refused just below
                labels = self.label_unit.taken(label_numbers(dataset))
            dataset.refuse(~(np.abs(labels) <= LARGEST_NUMBER), dataset.label, _near(self.label_unit))
            return labels
        return class_codes(dataset, self.schema.classes)

    def inputs(self, features: pd.DataFrame, *, name: str = "data") -> pd.DataFrame:
        """Raw columns in any form as ``transformer`` takes them, in the order of the schema; no label needed.

        Numeric and boolean: float64, NaN where missing.  Categorical: str, "" where missing.
        Raises InputError, with the position of the row, as for a file.
        """
        names = [str(column).strip() for column in features.columns]
        refuse_duplicates(names, file=name)
        settled = settle_all(features.set_axis(names, axis=1).reset_index(drop=True))
        unlabelled = pd.Series(np.nan, index=settled.index, name=self.schema.label)
        return treatable(Dataset(settled, unlabelled, name, rows_start=0), self.schema)

    def untreated(self, treated: Float[Floats, "rows d"]) -> pd.DataFrame:
        """Treated features as columns of their own names, numbers in their own unit and texts again.

        What was missing comes filled in; a category that no validation row holds comes as "".
        """
        columns: dict[str, object] = {}
        scaler = self.transformer.named_transformers_.get("numeric")
        numbers = self.schema.of_kind(ColumnKind.NUMERIC)
        for place, name in enumerate(numbers):
            unit = Standardisation(float(scaler["scale"].mean_[place]), float(scaler["scale"].scale_[place]))
            columns[name] = unit.restored(treated[:, place])
        start = len(numbers)
        for name in self.schema.of_kind(ColumnKind.BOOLEAN):
            columns[name] = treated[:, start]
            start += 1
        texts = self.schema.of_kind(ColumnKind.CATEGORICAL)
        for name, known in zip(texts, _known_categories(texts, self.transformer), strict=True):
            block = treated[:, start : start + len(known)]
            found = np.append(np.asarray(known, dtype=object), "")
            columns[name] = found[np.where(block.any(axis=1), block.argmax(axis=1), len(known))]
            start += len(known)
        return pd.DataFrame(columns)[[column.name for column in self.schema.columns]]

    def _near_column(self, place: int) -> str:
        scaler = self.transformer.named_transformers_["numeric"]["scale"]
        return _near(Standardisation(float(scaler.mean_[place]), float(scaler.scale_[place])))


def learn_preprocessing(schema: Schema, validations: Sequence[Dataset]) -> Preprocessing:
    """Learn the treatment of a round from the distinct rows of all ``validations`` together.

    Parameters
    ----------
    schema : Schema
        What the round agreed on.
    validations : sequence of Dataset
        The rows that models are scored on.

    Returns
    -------
    Preprocessing

    Raises
    ------
    InputError
        Where a validation file does not keep to the schema.

    Notes
    -----
    Costs O(rows log rows) per column.

    Examples
    --------
    >>> import pandas as pd
    >>> from fairpool.tables import Kind, agree_schema
    >>> rows = pd.DataFrame({"age": [40.0, 60.0], "ill": ["yes", "no"]})
    >>> ward = Dataset.from_frame(rows, label="ill")
    >>> schema = agree_schema([ward], [ward], task=Kind.CLASSIFICATION, features=None)
    >>> learn_preprocessing(schema, [ward]).apply(ward).tolist()
    [[-1.0], [1.0]]
    """
    rows = pd.concat([treatable(dataset, schema) for dataset in validations], ignore_index=True)
    distinct = rows.drop_duplicates()
    known = {column.name: _known(distinct[column.name], column) for column in schema.columns}
    statistics = pd.DataFrame({name: np.sort(cells) for name, cells in known.items()})
    transformer = _untrained(schema).fit(statistics)
    _scale(transformer, statistics[schema.of_kind(ColumnKind.NUMERIC)])
    return Preprocessing(
        schema, transformer, _names(schema, transformer), _label_unit(schema, rows, validations)
    )


def _known(cells: pd.Series, column: Column) -> NDArray[Any]:
    """A column's cells; a text that is no category as one that is: an encoder learns which there are, not how many."""
    if column.kind is not ColumnKind.CATEGORICAL:
        return cells.to_numpy()
    return np.where(cells.isin(["", *column.categories]), cells, column.categories[0]).astype(object)


def treatable(dataset: Dataset, schema: Schema) -> pd.DataFrame:
    """The columns of a schema, read as it says; InputError for one that is missing, or a cell that is not so read."""
    names = list(dataset.features.columns)
    require_columns([column.name for column in schema.columns], names, file=dataset.name, what="feature")
    return pd.DataFrame({column.name: column_values(column, dataset) for column in schema.columns})


def _batches(frames: Sequence[pd.DataFrame]) -> Iterator[list[pd.DataFrame]]:
    """Frames in turn, as many at once as have `MOST_TOGETHER` rows."""
    batch: list[pd.DataFrame] = []
    rows = 0
    for frame in frames:
        if batch and rows + len(frame) > MOST_TOGETHER:
            yield batch
            batch, rows = [], 0
        batch.append(frame)
        rows += len(frame)
    if batch:
        yield batch


def _untrained(schema: Schema) -> ColumnTransformer:
    numeric = Pipeline([("impute", SimpleImputer(strategy="median")), ("scale", StandardScaler())])
    boolean = SimpleImputer(strategy="most_frequent")
    impute = SimpleImputer(missing_values="", strategy="constant", fill_value=MISSING_CATEGORY)
    encode = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    parts = (
        ("numeric", numeric, schema.of_kind(ColumnKind.NUMERIC)),
        ("boolean", boolean, schema.of_kind(ColumnKind.BOOLEAN)),
        (
            "categorical",
            Pipeline([("impute", impute), ("encode", encode)]),
            schema.of_kind(ColumnKind.CATEGORICAL),
        ),
    )
    return ColumnTransformer([part for part in parts if part[2]], sparse_threshold=0)


def _scale(transformer: ColumnTransformer, numbers: pd.DataFrame) -> None:
    """Give the fitted scaler centres and spreads that outliers do not move, in place of its own."""
    if not len(numbers.columns):
        return
    steps = transformer.named_transformers_["numeric"]
    filled = np.asarray(steps["impute"].transform(numbers), dtype=np.float64)
    learnt = [Standardisation.of(column) for column in filled.T]
    scaler = steps["scale"]
    scaler.mean_ = np.array([one.centre for one in learnt])
    scaler.scale_ = np.array([one.spread for one in learnt])
    scaler.var_ = scaler.scale_**2


def _label_unit(schema: Schema, rows: pd.DataFrame, validations: Sequence[Dataset]) -> Standardisation:
    if schema.classes is not None:
        return UNSCALED
    labels = np.concatenate([label_numbers(dataset) for dataset in validations])
    return Standardisation.of(np.sort(labels[~rows.assign(**{schema.label: labels}).duplicated()]))


def _near(unit: Standardisation) -> str:
    return (
        f"a number within {LARGEST_NUMBER} standard deviations of the validation data's mean "
        f"({unit.centre:.6g}, standard deviation {unit.spread:.6g})"
    )


def _names(schema: Schema, transformer: ColumnTransformer) -> tuple[str, ...]:
    plain = [*schema.of_kind(ColumnKind.NUMERIC), *schema.of_kind(ColumnKind.BOOLEAN)]
    texts = schema.of_kind(ColumnKind.CATEGORICAL)
    known = _known_categories(texts, transformer)
    encoded = [f"{name}={category}" for name, some in zip(texts, known, strict=True) for category in some]
    return (*plain, *encoded)


def _known_categories(texts: list[str], transformer: ColumnTransformer) -> list[NDArray[np.object_]]:
    return list(transformer.named_transformers_["categorical"]["encode"].categories_) if texts else []
