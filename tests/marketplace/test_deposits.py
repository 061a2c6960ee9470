"""Deposits: columns and kinds, what is refused, and what verification says."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from builders.shops import AT, Shop, bring, opened, rows_of
from fairpool.ground.errors import InputError
from fairpool.marketplace.accounts.inspection import inspect_market
from fairpool.marketplace.accounts.statements import listing, statement
from fairpool.marketplace.membership import add_buyer, add_contributor
from fairpool.marketplace.sales.deliveries import rows_of_sale
from fairpool.marketplace.sales.selling import buy


@pytest.fixture
def empty(tmp_path: Path) -> Shop:
    shop = opened(tmp_path / "shop")
    for name in ("North", "South"):
        add_contributor(shop.folder, name, at=AT)
    return shop


def test_the_first_deposit_fixes_columns_and_kinds(empty: Shop):
    """Numbers, truth values and text; codes that begin with a zero stay text."""
    frame = pd.DataFrame(
        {"age": ["61", "7.5"], "ill": ["true", None], "zip": ["01067", "10115"], "n": [1, 2]}
    )
    bring(empty, "North", frame)
    kinds = [(column.name, column.kind) for column in listing(empty.folder).columns]
    assert kinds == [("age", "number"), ("ill", "truth"), ("zip", "text"), ("n", "number")]


def test_later_deposits_are_read_as_the_first_was(empty: Shop):
    """Other column order, whole numbers, 1 and 0 for true and false: the same cells reach the buyer."""
    bring(empty, "North", pd.DataFrame({"age": [61.5, 40.25], "ill": [True, False], "code": ["01", "02"]}))
    bring(empty, "South", pd.DataFrame({"code": [30, 41], "ill": [1, 0], "age": [33, None]}))
    add_buyer(empty.folder, "Ada", at=AT)
    number = buy(empty.folder, "Ada", listing(empty.folder).rows, at=AT)[0].sale
    got = rows_of_sale(empty.folder, number)
    assert list(got.columns) == ["age", "ill", "code"]
    assert {61.5, 40.25} <= set(got["age"].dropna()) <= {61.5, 40.25, 33.0}
    assert set(got["code"]) <= {"01", "02", "30", "41"}


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        ({"age": [1.0, 2.0]}, "rows.csv: got no column 'bmi'; expected the market's columns: 'age', 'bmi'"),
        ({"age": [1.0], "bmi": [2.0], "x": [0]}, "the column 'x' that the market does not have"),
        (
            {"age": [1.0, 2.0], "bmi": ["3", "low"]},
            "rows.csv, row 3, column 'bmi': got 'low', expected a finite number",
        ),
        ({"age": [1.0, np.inf], "bmi": [3, 4]}, "row 3, column 'age': got 'inf'"),
        (
            {"age": [1, 2**53 + 1], "bmi": [3, 4]},
            "row 3, column 'age': got '9007199254740993', expected at most 2",
        ),
        ({"age": [pd.Timestamp(0)], "bmi": [1]}, "column 'age': got cells of type datetime64"),
        ({"age": [], "bmi": []}, "got no rows of data"),
    ],
)
def test_rows_of_another_kind_are_refused(empty: Shop, frame: dict[str, list[object]], message: str):
    """The message names file, row and column; the market stays as it was."""
    bring(empty, "North", pd.DataFrame({"age": [1.5, 2.5], "bmi": [20.0, 21.0]}))
    before = empty.file.read_bytes()
    with pytest.raises(InputError) as problem:
        bring(empty, "South", pd.DataFrame(frame), file="rows.csv", first_row=2)
    assert message in str(problem.value)
    assert empty.file.read_bytes() == before


def test_a_frame_of_any_index_and_column_names_is_taken(empty: Shop):
    """Columns are called by their names as text, rows by their position where the index is no number."""
    bring(empty, "North", pd.DataFrame({0: [1.5, 2.5], 1: ["a", "b"]}, index=["x", "y"]))
    assert [column.name for column in listing(empty.folder).columns] == ["0", "1"]
    with pytest.raises(InputError, match="row 1, column '0': got 'c'"):
        bring(empty, "South", pd.DataFrame({0: ["1", "c"], 1: ["a", "b"]}, index=["x", "y"]))


def test_columns_agreed_on_beforehand_bind_the_first_deposit(tmp_path: Path):
    """A market opened for certain columns takes no others, and keeps their order."""
    shop = opened(tmp_path / "shop", columns=("bmi", "age"))
    add_contributor(shop.folder, "North", at=AT)
    with pytest.raises(InputError, match="expected the market's columns: 'bmi', 'age'"):
        bring(shop, "North", pd.DataFrame({"age": [1.0], "weight": [2.0]}))
    bring(shop, "North", pd.DataFrame({"age": [1.0], "bmi": [2.0]}))
    assert [column.name for column in listing(shop.folder).columns] == ["bmi", "age"]


def test_a_column_of_nothing_says_nothing_of_its_kind(empty: Shop):
    """The first deposit has to show what a column holds."""
    with pytest.raises(InputError, match="column 'bmi': every cell is missing"):
        bring(empty, "North", pd.DataFrame({"age": [1.0], "bmi": [None]}))


def test_rows_that_are_there_already_are_told_so(shop: Shop):
    """The same rows by the same contributor, in whatever column order, are one deposit."""
    with pytest.raises(InputError, match="exactly the rows of deposit 1 of 'North'"):
        bring(shop, "North", rows_of(0)[["town", "smoker", "bmi", "age"]])
    assert shop.number("SELECT count(*) FROM deposit") == 3


def test_copied_rows_are_told_and_not_sold(shop: Shop):
    """Whoever brings another's rows gets a report that names each line, and has nothing more for sale."""
    copied = pd.concat([rows_of(1).head(10), rows_of(8, 5)])
    receipt = bring(shop, "West", copied.reset_index(drop=True), file="w.csv", first_row=2)
    named = {
        row for finding in receipt.report.findings if finding.effect == "removed" for row in finding.rows
    }
    assert set(range(2, 12)) <= named
    assert receipt.rows - receipt.verified == len(named)
    assert statement(shop.folder, "West").deposits[1].report == receipt.report


def test_an_earlier_depositor_cannot_be_displaced_by_a_copy(shop: Shop):
    """North came first, but South was first with these rows: North's copy of them takes nothing from South."""

    def for_sale(name: str) -> int:
        return next(s.for_sale for s in listing(shop.folder).contributors if s.contributor == name)

    before = for_sale("South")
    receipt = bring(shop, "North", rows_of(1))
    assert receipt.verified == 0
    assert for_sale("South") == before


def test_padding_lowers_quality(shop: Shop):
    """Rows that did not pass count as rows brought: quality falls by their part, and no more is for sale."""

    def north() -> tuple[int, int, float]:
        supply = listing(shop.folder).contributors[0]
        return supply.rows, supply.for_sale, supply.quality

    rows, for_sale, quality = north()
    bring(shop, "North", rows_of(1).head(rows))
    assert north()[:2] == (2 * rows, for_sale)
    assert north()[2] < 0.6 * quality


def test_deposits_at_once_all_count(empty: Shop):
    """Four deposits in four threads: each is verified against those that came before it."""
    for name in ("East", "West"):
        add_contributor(empty.folder, name, at=AT)
    problems: list[BaseException] = []

    def bring_one(number: int, name: str) -> None:
        try:
            bring(empty, name, rows_of(number, 15))
        except InputError as problem:
            problems.append(problem)

    names = ("North", "South", "East", "West")
    threads = [threading.Thread(target=bring_one, args=one) for one in enumerate(names)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    assert empty.query("SELECT count(*), count(DISTINCT contributor) FROM deposit") == [(4, 4)]
    assert empty.number("SELECT count(DISTINCT contributor) FROM appraisal WHERE deposit = 4") == 4
    assert all(check.holds for check in inspect_market(empty.folder))


def test_names_are_registered_once(empty: Shop):
    """A name that differs by capitals only would be mistaken for another."""
    with pytest.raises(InputError, match="there is a contributor called 'North' already"):
        add_contributor(empty.folder, "NORTH", at=AT)
    for wrong in ("", "  ", "a\nb", "x" * 201, "North, earlier deposits"):
        with pytest.raises(InputError, match="contributor: got the name"):
            add_contributor(empty.folder, wrong, at=AT)
    with pytest.raises(InputError, match="did you mean 'North'"):
        bring(empty, "Nort", rows_of(0))
