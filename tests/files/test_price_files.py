"""CURVE.csv and VALUATIONS.csv: what is read, and what is refused with file, row and column."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairpool.files.pricing.amounts import curve_csv, read_curve, read_valuations
from fairpool.ground.errors import InputError
from fairpool.pricing.curves.curve import price_curve


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "table.csv"


def test_a_curve_is_read_in_any_order(file: Path):
    """Rows by amount; the row for nothing is not a bundle."""
    file.write_text("n,price\n20,8.5\n0,0\n5,3\n")
    curve = read_curve(file)
    assert curve.pairs() == [[5, 3.0], [20, 8.5]]


def test_prices_may_fall(file: Path):
    """Whether they do is what `price check` is for."""
    file.write_text("n,price\n5,3\n20,2\n")
    assert not read_curve(file).is_monotone


def test_valuations_are_read_in_any_order(file: Path):
    """A column a type, called as the type is; blank lines are none."""
    file.write_text("n,small,large one\n200,12,32\n\n100,10,20\n0,0,0\n")
    found = read_valuations(file)
    assert found.names == ("small", "large one")
    assert found.amounts.tolist() == [100, 200]
    assert found.values.tolist() == [[10, 12], [20, 32]]


def test_parquet_is_read_too(tmp_path: Path):
    """The same columns; rows are counted from 1."""
    file = tmp_path / "valuations.parquet"
    pd.DataFrame({"n": [10, 20], "a": [1.0, 3.0]}).to_parquet(file)
    assert read_valuations(file).values.tolist() == [[1.0, 3.0]]
    pd.DataFrame({"n": [10, 20], "a": [1.0, 0.5]}).to_parquet(file)
    with pytest.raises(
        InputError, match=r"row 2, column 'a': got 0\.5 for 20 rows, less than the 1 for 10 \(row 1\)"
    ):
        read_valuations(file)


@pytest.mark.long
def test_a_million_amounts(file: Path):
    """Every one of 1..N listed: read whole, and to the last digit."""
    n = np.arange(1, 1_000_001)
    worth = np.log1p(n)
    pd.DataFrame({"n": n, "a": worth, "b": np.sqrt(n)}).to_csv(file, index=False)
    found = read_valuations(file)
    assert found.most == 1_000_000
    assert (found.values[0] == worth).all()


BOTH: dict[str, tuple[str, str]] = {
    "empty": ("", "got an empty file, expected a header line and rows"),
    "header only": ("n,price\n", "got no rows of data, expected at least one"),
    "no header": ("10,5\n20,8\n", "row 1: got '10' as the first name of the header, expected a header line n"),
    "other first column": ("rows,price\n1,2\n", "row 1: got 'rows' as the first name of the header, expected"),
    "amounts only": ("n\n1\n2\n", "got the column 'n' only, expected n"),
    "a column without a name": ("n,price,\n1,2,3\n", "row 1: got no name for column 3 in the header, expected n"),
    "one name twice": ("n,price,price\n1,2,3\n", "column 'price': got one name for columns 2 and 3"),
    "ragged": ("n,price\n1,2\n2,3,4\n", "row 3: got 3 cell(s), expected 2 as in the header"),
    "short": ("n,price\n1,2\n2\n", "row 3: got 1 cell(s), expected 2 as in the header"),
    "semicolons": ("n;price\n1;2\n", "got columns separated by semicolons, expected commas"),
    "text": ("n,price\n1,2\n2,dear\n", "row 3, column 'price': got 'dear', expected a number from 0 up"),
    "nan": ("n,price\n1,2\n2,nan\n", "row 3, column 'price': got a missing cell, expected a number from 0 up"),
    "infinite": ("n,price\n1,2\n2,inf\n", "row 3, column 'price': got 'inf', expected a number from 0 to 1e+100"),
    "negative": ("n,price\n1,-2\n", "row 2, column 'price': got '-2', expected a number from 0 up"),
    "truth": ("n,price\n1,true\n", "row 2, column 'price': got 'true', expected a number from 0 up"),
    "thousands": ('n,price\n1,"1,234"\n', "row 2, column 'price': got '1,234', expected a number from 0 up"),
    "a currency": ("n,price\n1,5 EUR\n", "row 2, column 'price': got '5 EUR', expected a number from 0 up"),
    "a part of a row": ("n,price\n1,2\n1.5,3\n", "row 3, column 'n': got '1.5', expected a whole number of rows"),
    "fewer than no rows": ("n,price\n-1,2\n", "row 2, column 'n': got '-1', expected a whole number of rows from 0"),
    "too many rows": ("n,price\n1e99,2\n", "row 2, column 'n': got '1e+99', expected a whole number of rows from 0 to"),
    "no amount": ("n,price\n,2\n", "row 2, column 'n': got a missing cell, expected a whole number of rows"),
    "an amount twice": ("n,price\n5,2\n1,1\n5,2\n", "row 4, column 'n': got 5 as in row 2, expected each amount once"),
    "nothing costs": ("n,price\n0,1\n5,2\n", "row 2, column 'price': got 1 for 0 rows, expected 0, or no row for n"),
    "nothing only": ("n,price\n0,0\n", "got no amount but 0, expected a"),
    "another alphabet": ("n,pr\udcffce\n1,2\n", "expected text in UTF-8"),
}  # fmt: skip


@pytest.mark.parametrize("read", [read_curve, read_valuations])
@pytest.mark.parametrize("case", BOTH)
def test_what_is_no_table_of_amounts_is_refused(read, case: str, file: Path):
    """With the row as a text editor counts it, and the column."""
    content, message = BOTH[case]
    file.write_bytes(content.encode("utf-8", "surrogateescape"))
    with pytest.raises(InputError) as problem:
        read(file)
    assert str(problem.value).startswith(str(file))
    assert message in str(problem.value)


def test_a_missing_file_is_refused(file: Path):
    """Also a folder, and a file of another kind."""
    with pytest.raises(InputError, match="there is no such file"):
        read_curve(file)
    with pytest.raises(InputError, match=r"expected a file whose name ends in \.csv"):
        read_curve(file.with_suffix(".xlsx"))


def test_a_curve_has_one_price(file: Path):
    """More columns are a table of valuations, or a mistake."""
    file.write_text("n,cost\n1,2\n")
    with pytest.raises(InputError, match="got the columns 'n,cost', expected 'n,price'"):
        read_curve(file)
    file.write_text("n,price,note\n1,2,3\n")
    with pytest.raises(InputError, match="got the columns 'n,price,note', expected 'n,price'"):
        read_curve(file)


@pytest.mark.parametrize("rows", ["100,10,20\n200,9,30\n300,12,40\n", "300,12,40\n200,9,30\n100,10,20\n"])
def test_valuations_that_fall_are_refused(rows: str, file: Path):
    """In the order of amounts, whatever the order of rows; both rows are named."""
    file.write_text(f"n,small,large\n{rows}")
    first = 2 if rows.startswith("100") else 4
    with pytest.raises(InputError) as problem:
        read_valuations(file)
    assert problem.value.row == 3
    assert problem.value.column == "small"
    assert (
        f"got 9 for 200 rows, less than the 10 for 100 (row {first}); expected valuations that never"
        in str(problem.value)
    )


@given(
    st.dictionaries(st.integers(1, 10**9), st.floats(0, 1e9, allow_subnormal=False), min_size=1, max_size=20)
)
def test_a_curve_that_is_written_reads_the_same(
    tmp_path_factory: pytest.TempPathFactory, bundles: dict[int, float]
):
    """To the last bit."""
    file = tmp_path_factory.mktemp("curves") / "curve.csv"
    curve = price_curve(bundles.items())
    file.write_text(curve_csv(curve))
    assert read_curve(file).pairs() == curve.pairs()
