"""One treatment of features for a round: imputing, scaling and encoding, learnt once.

It is learnt from the distinct feature rows of all validation files together, and from nothing else
(docs/decisions/0004-one-treatment-for-a-round.md).  So every coalition of the round is measured on the same
scale, no party's training data moves anybody's, and copies of a party or a validation file change nothing.

numeric      missing -> median; then (x - mean) / standard deviation, of the distinct validation rows
boolean      missing -> the more frequent; 0 or 1
categorical  missing -> the category "missing"; a column of 0 and 1 per category; an unknown one is all zeros

Every statistic is of one column, so each column is sorted on its own before it is learnt from: the order of
rows, files and parties does not matter to the last bit.  A constant column has scale 1.  Outliers in training
data are kept as they are: a party that brings them bears what they do to its gain.  A number that the scaling
would carry beyond 1e38 is an InputError, never an infinity.
"""

from __future__ import annotations

from collections.abc import Sequence
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

MISSING_CATEGORY = "missing"


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

    def apply(self, dataset: Dataset) -> Float[Floats, "rows d"]:
        """Treated features: float64 (rows, d), C-contiguous, finite; InputError where they could not be."""
        with np.errstate(over="ignore"):  # refused just below, with its place
            treated = self.transformer.transform(treatable(dataset, self.schema))
        values = np.ascontiguousarray(treated, dtype=np.float64)
        for place, column in enumerate(self.schema.of_kind(ColumnKind.NUMERIC)):
            far = ~(np.abs(values[:, place]) <= LARGEST_NUMBER)
            dataset.refuse(far, dataset.features[column], self._near(place))
        return values

    def labels(self, dataset: Dataset) -> Float[Floats, " rows"] | Int[Integers, " rows"]:
        """Labels (rows,): float64 for regression, else int64 positions in ``schema.classes``."""
        if self.schema.classes is None:
            return label_numbers(dataset)
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

    def _near(self, place: int) -> str:
        scaler = self.transformer.named_transformers_["numeric"]["scale"]
        return (
            f"a number within {LARGEST_NUMBER} standard deviations of the validation data's mean "
            f"({scaler.mean_[place]:.6g}, standard deviation {scaler.scale_[place]:.6g})"
        )


def learn_preprocessing(schema: Schema, validations: Sequence[Dataset]) -> Preprocessing:
    """Learn the treatment of a round from the distinct feature rows of all ``validations`` together.

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
    return Preprocessing(schema, transformer, _names(schema, transformer))


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


def _names(schema: Schema, transformer: ColumnTransformer) -> tuple[str, ...]:
    plain = [*schema.of_kind(ColumnKind.NUMERIC), *schema.of_kind(ColumnKind.BOOLEAN)]
    texts = schema.of_kind(ColumnKind.CATEGORICAL)
    known = transformer.named_transformers_["categorical"]["encode"].categories_ if texts else []
    encoded = [f"{name}={category}" for name, some in zip(texts, known, strict=True) for category in some]
    return (*plain, *encoded)
