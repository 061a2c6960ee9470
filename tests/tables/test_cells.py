"""How a cell reads, however it arrives."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairpool.tables.cells import (
    blank,
    canonical,
    is_number,
    is_readable,
    missing,
    numbers,
    settle,
    texts,
    truths,
)


@pytest.mark.parametrize(
    ("cells", "name"),
    [
        ([1, 1.0, np.int64(1), np.float32(1), "1", "1.0", " 1.00 ", "1e0", "+1"], "1"),
        ([True, np.True_, "true", "TRUE", " True "], "true"),
        ([0, -0.0, "0", "-0", "0.0"], "0"),
        ([2.5, "2.50", "25e-1"], "2.5"),
        ([np.nan, "", "  "], ""),
        (["NA", " NA "], "NA"),
    ],
)
def test_equal_values_have_one_spelling(cells, name):
    """Whether they came as a number or as a text."""
    assert {canonical(cell) for cell in cells} == {name}


def test_codes_that_start_with_zero_are_not_numbers():
    """007 and 7 are two categories."""
    assert canonical("007") == "007"
    assert canonical(7) == "7"


@given(st.one_of(st.integers(-(2**53), 2**53), st.floats(allow_nan=False, allow_infinity=False)))
def test_a_number_and_its_text_are_one_category(value):
    """So a category matches across a file read as text and a file read as numbers."""
    assert canonical(value) == canonical(repr(value)) == canonical(canonical(value))


@pytest.mark.parametrize("text", ["1,234", "1_000", "0x10", "<5", "", "-", ".", "1d", "١٢", "true", "nan"])
def test_what_is_no_number(text):
    """Thousands separators, digits of other scripts and the like are not guessed at."""
    assert not is_number(text)


@pytest.mark.parametrize("text", ["12", "-1.5", "+2", ".5", "5.", "1e-3", "1E5", " 7 ", "inf", "-Infinity"])
def test_what_is_a_number(text):
    """As Python reads it."""
    assert is_number(text)
    assert numbers(pd.Series([text])).tolist() == [float(text)]


COLUMNS = {
    "text": pd.Series(["1", "true", " ", "x"]),
    "object": pd.Series(["1", "true", None, "x"], dtype=object),
    "category": pd.Series(["1", "true", None, "x"], dtype="category"),
    "nullable": pd.Series(["1", "true", None, "x"], dtype="string"),
    "arrow": pd.Series(["1", "true", None, "x"], dtype="string[pyarrow]"),
}


@pytest.mark.parametrize("cells", COLUMNS.values(), ids=COLUMNS.keys())
def test_texts_read_alike_in_every_dtype(cells):
    """One reading, whatever pandas calls the column."""
    assert missing(cells).tolist() == [False, False, True, False]
    np.testing.assert_array_equal(numbers(cells), [1, np.nan, np.nan, np.nan])
    np.testing.assert_array_equal(truths(cells), [1, 1, np.nan, np.nan])
    assert texts(cells).tolist() == ["1", "true", "", "x"]


@pytest.mark.parametrize("dtype", ["float64", "float32", "Int64", "Float64", "int64[pyarrow]", "category"])
def test_numbers_read_alike_in_every_dtype(dtype):
    """0, 1 and 3, with one missing."""
    cells = pd.Series([0, 1, None, 3], dtype="float64").astype(dtype)
    assert missing(cells).tolist() == [False, False, True, False]
    np.testing.assert_array_equal(numbers(cells), [0, 1, np.nan, 3])
    np.testing.assert_array_equal(truths(cells), [0, 1, np.nan, np.nan])
    assert texts(cells).tolist() == ["0", "1", "", "3"]


def test_na_is_missing_among_numbers_and_a_text_among_texts():
    """The code of Namibia is nobody's blank; in a column of numbers NA cannot be anything else."""
    countries, ages = pd.Series(["ZA", "NA", " ", None]), pd.Series(["41", "NA", " ", None])
    assert blank(countries).tolist() == [False, False, True, True]
    assert texts(countries).tolist() == ["ZA", "NA", "", ""]
    assert missing(ages).tolist() == [False, True, True, True]


@pytest.mark.parametrize("numbers_of", [int, Decimal, np.int64])
def test_whole_numbers_beyond_floats_keep_their_digits(numbers_of):
    """Nineteen digits are a code: two of them that float64 cannot tell apart stay two."""
    codes = [1582218195625938945, 1582218195625938946]
    cells = settle(pd.Series([numbers_of(code) for code in codes] + [None], dtype=object))
    assert texts(cells).tolist() == [*map(str, codes), ""]
    np.testing.assert_array_equal(numbers(cells), [*map(float, codes), np.nan])


@pytest.mark.parametrize("dtype", ["boolean", "bool[pyarrow]", "category"])
def test_truth_values_read_alike_in_every_dtype(dtype):
    """True, false and missing."""
    cells = pd.Series([True, False, None], dtype=object).astype(dtype)
    np.testing.assert_array_equal(truths(cells), [1, 0, np.nan])
    assert texts(cells).tolist() == ["true", "false", ""]


def test_minus_zero_is_zero():
    """Equal cells are equal to the last bit."""
    assert not np.signbit(numbers(pd.Series([-0.0]))).any()
    assert not np.signbit(numbers(pd.Series(["-0"]))).any()


def test_dates_and_lists_are_not_read():
    """What they mean as a feature is for their owner to say."""
    assert not is_readable(pd.Series(pd.to_datetime(["2020-01-01"])))
    assert not is_readable(pd.Series(pd.to_timedelta([1], unit="s")))
    assert not is_readable(pd.Series([1 + 2j]))
    assert not is_readable(pd.Series([[1], [2]]))
    assert not is_readable(pd.Series(pd.to_datetime(["2020-01-01"])).astype("category"))


def test_whatever_counts_as_space_around_a_number_is_left_out():
    """Python strips the separators of ASCII from a text, but does not when it reads a number."""
    assert numbers(pd.Series([" 3\x1f", "\u20034"])).tolist() == [3.0, 4.0]
