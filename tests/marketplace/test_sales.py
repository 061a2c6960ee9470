"""What a sale delivers, books and splits."""

from __future__ import annotations

import sqlite3
import threading
from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builders.shops import (
    AT,
    CONTRIBUTORS,
    DIVISIONS,
    Shop,
    Stock,
    bring,
    opened,
    rows_of,
    square_roots,
    terms,
)
from fairpool.ground.errors import InputError
from fairpool.marketplace.accounts.inspection import inspect_market
from fairpool.marketplace.accounts.statements import books, listing, statement
from fairpool.marketplace.membership import add_buyer, add_contributor
from fairpool.marketplace.prices.posting import open_market, post_curve
from fairpool.marketplace.sales.deliveries import rows_of_sale
from fairpool.marketplace.sales.selling import buy, quote
from fairpool.pricing.curves.curve import price_curve
from fairpool.pricing.revenue.division import RevenueRule
from fairpool.pricing.stock import Stock as Rows
from fairpool.pricing.stock import drawn


def all_rows(*seeds: int) -> set[tuple[object, ...]]:
    return {tuple(row) for seed in seeds for row in rows_of(seed).itertuples(index=False)}


def as_set(frame: pd.DataFrame) -> set[tuple[object, ...]]:
    return {tuple(row) for row in frame.itertuples(index=False)}


@pytest.mark.parametrize("division", DIVISIONS)
def test_a_sale_delivers_its_rows_and_splits_its_price_to_the_cent(
    stock: Stock, division: RevenueRule, tmp_path: Path
):
    """Twelve rows cost sqrt(12) = 3.46 EUR; the commission is a tenth rounded down; nothing is left over."""
    shop = stock(division=division)
    sale, delivery = buy(shop.folder, "Ada", 12, at=AT, out=tmp_path / "rows.parquet")
    assert (sale.price, sale.commission) == (346, 34)
    assert sale.refund + sale.commission + sale.withheld + sum(s.payment for s in sale.shares) == 346
    assert min(s.payment for s in sale.shares) >= 0
    assert sum(s.rows for s in sale.shares) == 12
    frame = pd.read_parquet(delivery.file)
    assert len(as_set(frame)) == 12
    assert as_set(frame) <= all_rows(0, 1, 2)
    assert all(check.holds for check in inspect_market(shop.folder))


def test_columns_keep_their_kinds(shop: Shop, tmp_path: Path):
    """Numbers, truth values and text reach the buyer as such; the file names its sale."""
    sale, delivery = buy(shop.folder, "Ada", 5, at=AT, out=tmp_path / "rows.parquet")
    table = pyarrow.parquet.read_table(delivery.file)
    assert [str(field.type) for field in table.schema] == ["double", "double", "bool", "string"]
    assert table.schema.metadata == {b"fairpool.sale": b"1", b"fairpool.sha256": sale.sha256.encode()}


def test_who_comes_again_gets_other_rows(shop: Shop):
    """Two sales to one buyer share no row; another buyer may get them all again."""
    first, second = (buy(shop.folder, "Ada", 30, at=AT)[0].sale for _ in range(2))
    other = buy(shop.folder, "Bob", 60, at=AT)[0].sale
    got = [as_set(rows_of_sale(shop.folder, number)) for number in (first, second, other)]
    assert not got[0] & got[1]
    assert got[2] & (got[0] | got[1])


def test_a_buyer_cannot_get_more_than_there_is(shop: Shop):
    """After all rows but some, a sale of more than those is refused, and of just those it is not."""
    left = listing(shop.folder).rows - 60
    buy(shop.folder, "Ada", 60, at=AT)
    with pytest.raises(InputError, match=f"'Ada' has all but {left}$"):
        buy(shop.folder, "Ada", left + 1, at=AT)
    buy(shop.folder, "Ada", left, at=AT)
    assert books(shop.folder).buyers[0].rows == 60 + left


def test_exclusive_rows_are_sold_once(stock: Stock):
    """Where a row is sold once, buyers share none, and the last ones run out for everybody."""
    shop = stock(exclusive=True)
    rows = listing(shop.folder).rows
    buy(shop.folder, "Ada", 60, at=AT)
    assert listing(shop.folder).left == rows - 60
    with pytest.raises(InputError, match=f"only {rows - 60} are left; here a row is sold once"):
        buy(shop.folder, "Bob", rows - 59, at=AT)
    buy(shop.folder, "Bob", rows - 60, at=AT)
    assert not as_set(rows_of_sale(shop.folder, 1)) & as_set(rows_of_sale(shop.folder, 2))
    assert all(check.holds for check in inspect_market(shop.folder))


def test_two_buyers_at_once_cannot_both_get_the_last_rows(stock: Stock):
    """Six threads ask for more than a sixth of an exclusive market each: some are refused, no row is sold twice."""
    shop = stock(exclusive=True)
    rows, each = listing(shop.folder).rows, 25
    outcomes: list[str] = []

    def take() -> None:
        try:
            outcomes.append(f"sale {buy(shop.folder, 'Ada', each, at=AT)[0].sale}")
        except InputError as problem:
            outcomes.append(str(problem))

    threads = [threading.Thread(target=take) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    made = [outcome for outcome in outcomes if outcome.startswith("sale ")]
    assert len(made) == rows // each
    assert len(set(made)) == len(made)
    assert all("a row is sold once" in outcome for outcome in set(outcomes) - set(made))
    assert shop.number("SELECT count(DISTINCT deposit * 1000 + position) FROM sold_row") == each * len(made)
    assert all(check.holds for check in inspect_market(shop.folder))


def test_the_same_seed_sells_the_same_rows(stock: Stock):
    """Two markets of one history agree to the last bit; another seed draws other rows."""
    hashes = [
        [buy(shop.folder, buyer, 20, at=AT)[0].sha256 for buyer in ("Ada", "Bob", "Ada")]
        for shop in (stock("a"), stock("b"), stock("c", seed=8))
    ]
    assert hashes[0] == hashes[1]
    assert not set(hashes[0]) & set(hashes[2])


def test_every_row_is_as_likely_as_any_other():
    """Over 4,000 draws of 3 rows of 12 each row comes up 1,000 times, within 4 standard errors."""
    rows = Rows(*(np.arange(12) for _ in range(3)))
    counts = np.zeros(12)
    for seed in range(4000):
        counts[drawn(rows, 3, bits=np.random.PCG64(seed)).positions] += 1
    assert np.abs(counts - 1000).max() < 4 * np.sqrt(4000 * 0.25 * 0.75)


def test_a_forced_curve_is_marked_wherever_it_sells(shop: Shop):
    """The pair that a buyer would exploit stands in quote, sale, list and statement."""
    with pytest.raises(
        InputError, match=r"20 rows cost 20\.00 EUR at once, but 10\.00 EUR as 10 and 10 rows"
    ):
        post_curve(shop.folder, price_curve([(10, 5.0), (50, 20.0)]), at=AT)
    posted = post_curve(shop.folder, price_curve([(10, 5.0), (50, 20.0)]), at=AT, force=True)
    sale, _ = buy(shop.folder, "Ada", 20, at=AT)
    assert posted.arbitrage == sale.arbitrage == quote(shop.folder, 20).arbitrage
    assert sale.model_dump(mode="json")["arbitrage"] == [10, 10, 2000]
    assert listing(shop.folder).model_dump(mode="json")["arbitrage"] == [10, 10, 2000]
    assert statement(shop.folder, "North").model_dump(mode="json")["sales"][0]["arbitrage"] == [10, 10, 2000]


def test_a_sale_keeps_the_prices_it_was_made_at(shop: Shop):
    """Prices that are posted later change no sale, and each names its curve."""
    buy(shop.folder, "Ada", 16, at=AT)
    post_curve(shop.folder, price_curve([(60, 100.0)]), at=AT)
    buy(shop.folder, "Bob", 16, at=AT)
    assert [(sale.curve, sale.price) for sale in books(shop.folder).sales] == [(1, 400), (2, 10_000)]
    assert all(check.holds for check in inspect_market(shop.folder))


def test_cramer_von_mises_needs_three_to_compare(stock: Stock):
    """With two contributors nobody can tell who differs: the sale is refused, and nothing is booked."""
    shop = stock(contributors=2, division=RevenueRule.CRAMER_VON_MISES)
    with pytest.raises(InputError, match="at least three contributors, but only 2 have rows for sale"):
        buy(shop.folder, "Ada", 5, at=AT)
    assert shop.entries() == []


@pytest.mark.parametrize(
    ("buyer", "amount", "message"),
    [
        ("Adda", 5, "buyer: got 'Adda', who is not registered; did you mean 'Ada'?"),
        ("Zoe", 5, "registered: 'Ada', 'Bob'"),
        ("Ada", 0, "amount: got 0, expected a whole number of rows from 1 up"),
        ("Ada", -3, "amount: got -3"),
        ("Ada", 61, "expected at most 60, as far as the prices go"),
    ],
)
def test_what_cannot_be_sold_is_not_booked(shop: Shop, buyer: str, amount: int, message: str):
    """An unknown buyer and amounts nobody can have are refused; file and folder stay as they were."""
    before = shop.file.read_bytes()
    with pytest.raises(InputError, match=message):
        buy(shop.folder, buyer, amount, at=AT)
    assert shop.file.read_bytes() == before
    assert shop.files() == {"market.sqlite"}


def test_an_empty_market_sells_nothing(tmp_path: Path):
    """Before the first deposit there is nothing to buy, and the message says how to begin."""
    shop = opened(tmp_path / "shop")
    add_buyer(shop.folder, "Ada", at=AT)
    with pytest.raises(InputError, match="there are no rows for sale; `deposit` brings some"):
        quote(shop.folder, 1)


def test_rows_are_never_written_over_a_file(shop: Shop, tmp_path: Path):
    """A file that stands where rows should go is left alone, and nothing is sold."""
    target = tmp_path / "rows.parquet"
    target.write_text("mine")
    with pytest.raises(InputError, match=r"rows\.parquet: there is something already"):
        buy(shop.folder, "Ada", 5, at=AT, out=target)
    assert target.read_text() == "mine"
    assert shop.entries() == []


def test_balances_are_the_sums_of_what_sales_brought(shop: Shop):
    """What buyers paid is what the operator keeps and what the contributors are owed, to the cent."""
    for amount in (1, 7, 30):
        buy(shop.folder, "Ada", amount, at=AT)
    found = books(shop.folder)
    assert found.charged == 100 + 265 + 548 == found.commission_kept + found.withheld + found.owed
    for one in found.contributors:
        assert one.balance == sum(earning.payment for earning in one.sales)


@settings(max_examples=8)
@given(
    commission=st.fractions(0, 1, max_denominator=1000),
    amounts=st.lists(st.integers(1, 20), min_size=1, max_size=3),
    division=st.sampled_from(DIVISIONS),
)
def test_every_sale_sums_to_zero(
    tmp_path_factory, commission: Fraction, amounts: list[int], division: RevenueRule
):
    """Whatever the commission, the amounts and the division, the entries of a sale sum to nothing."""
    folder = tmp_path_factory.mktemp("any") / "shop"
    shop = _with_rows(folder, commission, division)
    for amount in amounts:
        buy(shop.folder, "Ada", amount, at=AT)
    assert shop.query("SELECT sum(amount) FROM entry GROUP BY sale") == [(0,)] * len(amounts)
    assert shop.number("SELECT count(*) FROM entry WHERE account <> 'buyer' AND amount < 0") == 0
    assert all(check.holds for check in inspect_market(folder))


def _with_rows(folder: Path, commission: Fraction, division: RevenueRule) -> Shop:
    shop = opened(folder, commission=commission, division=division)
    for number, name in enumerate(CONTRIBUTORS):
        add_contributor(folder, name, at=AT)
        bring(shop, name, rows_of(number))
    add_buyer(folder, "Ada", at=AT)
    return shop


def test_the_file_itself_refuses_what_does_not_add_up(shop: Shop):
    """No program can book a sale whose entries do not balance, sell a row twice, or change a fact."""
    buy(shop.folder, "Ada", 5, at=AT)
    connection = sqlite3.connect(shop.file, isolation_level=None)
    connection.execute("PRAGMA foreign_keys = ON")
    for wrong in (
        "UPDATE entry SET amount = amount + 1",
        "DELETE FROM sale",
        "UPDATE sold_row SET holder = 9",
        "INSERT INTO entry (sale, account, amount) VALUES (1, 'withheld', 1)",
        "INSERT INTO sold_row SELECT deposit, position, holder, sale, place + 99 FROM sold_row",
    ):
        with pytest.raises(sqlite3.IntegrityError):
            connection.execute(wrong)
    connection.execute("BEGIN")
    connection.execute("INSERT INTO sale VALUES (2, 1, 1, 3, 1, 100, 'x', NULL, NULL, 'now')")
    with pytest.raises(sqlite3.IntegrityError, match="FOREIGN KEY"):
        connection.execute("COMMIT")
    with pytest.raises(sqlite3.IntegrityError, match="another number of rows"):
        connection.execute("INSERT INTO seal VALUES (2)")
    connection.execute("INSERT INTO sold_row VALUES (1, 29, 9, 2, 0)")
    connection.execute("INSERT INTO entry VALUES (2, 'buyer', NULL, -100), (2, 'commission', NULL, 99)")
    with pytest.raises(sqlite3.IntegrityError, match="do not balance"):
        connection.execute("INSERT INTO seal VALUES (2)")
    connection.close()
    assert shop.number("SELECT count(*) FROM sale") == 1


def test_a_curve_that_falls_is_refused(tmp_path: Path):
    """More rows for less money is a mistake, forced or not."""
    with pytest.raises(InputError, match="got 1 for 20 rows, less than the 2 for 10"):
        open_market(tmp_path / "a", terms(), price_curve([(10, 2.0), (20, 1.0)]), at=AT, force=True)
    assert not (tmp_path / "a").exists()


def test_prices_become_whole_without_arbitrage(tmp_path: Path):
    """Thirds of a cent are dropped, and one row is never asked more for than that in a pair."""
    curve = price_curve([(1, 0.01333), (2, 0.02666), (3, 0.03999)])
    posted = open_market(tmp_path / "shop", terms(), curve, at=AT)
    assert posted.model_dump(mode="json")["prices"] == [[1, 1], [2, 2], [3, 3]]
    assert posted.arbitrage is None


def test_square_roots_have_no_arbitrage_to_the_cent():
    """What the tests of this folder sell at is a curve that may be posted."""
    prices = np.rint(square_roots().prices * 100)
    worst = max(prices[a + b + 1] - prices[a] - prices[b] for a in range(60) for b in range(59 - a))
    assert worst <= 0
