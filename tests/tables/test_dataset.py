"""Rows of one owner: the label set apart, columns by name, rows by number."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from fairpool.ground.errors import InputError
from fairpool.tables.dataset import Dataset

FRAME = pd.DataFrame({"age": [30, 40], "depth": [1.5, 2.5], "outcome": ["good", "bad"]}, index=["p", "q"])


def test_every_other_column_is_a_feature():
    """By default all but the label, in order; rows are counted from 0 whatever the index was."""
    data = Dataset.from_frame(FRAME, label="outcome")
    assert list(data.features.columns) == ["age", "depth"]
    assert data.label.tolist() == ["good", "bad"]
    assert (len(data), data.row_of(1), data.name) == (2, 1, "data")


def test_features_come_in_the_order_asked_for():
    """Only those asked for, in that order."""
    data = Dataset.from_frame(FRAME, label="outcome", features=["depth", "age"])
    assert list(data.features.columns) == ["depth", "age"]


def test_a_frame_may_have_no_features():
    """A label alone is a Dataset; it is the round that asks for a feature."""
    assert Dataset.from_frame(FRAME[["outcome"]], label="outcome").features.shape == (2, 0)


def test_numbered_columns_are_called_by_their_numbers_as_text():
    """A frame made of an array has columns 0, 1, 2."""
    data = Dataset.from_frame(pd.DataFrame(np.eye(3)), label="2")
    assert list(data.features.columns) == ["0", "1"]


def test_python_objects_become_what_they_hold():
    """A column of dtype object may hold numbers, truth values or a mixture that is text."""
    frame = pd.DataFrame(
        {
            "number": pd.Series([1, Decimal("2.5"), None], dtype=object),
            "truth": pd.Series([True, None, False], dtype=object),
            "mixed": pd.Series([1, "a", None], dtype=object),
            "y": [1, 2, 3],
        }
    )
    features = Dataset.from_frame(frame, label="y").features
    assert features["number"].dtype == np.float64
    assert features["truth"].dtype == "boolean"
    assert features["mixed"].dropna().tolist() == ["1", "a"]
    assert features.isna().sum().tolist() == [1, 1, 1]


@pytest.mark.parametrize(
    ("label", "features", "column", "problem"),
    [
        ("Outcom", None, "Outcom", "did you mean 'outcome'?"),
        ("xyz", None, "xyz", "the columns are 'age', 'depth', 'outcome'"),
        ("outcome", ["agee"], "agee", "got no such feature; did you mean 'age'?"),
        ("outcome", ["age", "age"], "age", "one name for columns 1 and 2"),
        ("outcome", ["age", "outcome"], "outcome", "got the label among the features"),
    ],
)
def test_columns_that_are_not_there_are_refused(label, features, column, problem):
    """The message names the file, the column and the nearest that there are."""
    with pytest.raises(InputError) as refused:
        Dataset.from_frame(FRAME, label=label, features=features, name="Minnesota")
    assert (refused.value.file, refused.value.column) == ("Minnesota", column)
    assert problem in str(refused.value)


def test_two_columns_of_one_name_are_refused():
    """Also where a number and its text make the same name."""
    with pytest.raises(InputError, match="one name for columns 1 and 2"):
        Dataset.from_frame(pd.DataFrame([[1, 2, 3]], columns=[1, "1", "y"]), label="y")


def test_the_given_frame_is_not_changed():
    """Reading is not writing."""
    before = FRAME.copy(deep=True)
    Dataset.from_frame(FRAME, label="outcome")
    pd.testing.assert_frame_equal(FRAME, before)
