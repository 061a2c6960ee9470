"""The market's one file: what is no market, who may write, a full disk, a damaged file."""

from __future__ import annotations

import shutil
import sqlite3
import threading
from fractions import Fraction
from pathlib import Path

import pandas as pd
import pytest

from builders.rights import nobody
from builders.shops import AT, Shop, bring, opened, rows_of, square_roots, terms
from fairpool.ground.errors import InputError
from fairpool.marketplace.accounts.inspection import inspect_market
from fairpool.marketplace.accounts.statements import listing
from fairpool.marketplace.file import store
from fairpool.marketplace.prices.posting import open_market
from fairpool.marketplace.sales.deliveries import complete_all, deliver
from fairpool.marketplace.sales.selling import buy, quote
from fairpool.marketplace.terms import MarketTerms, commission_of, read_terms
from fairpool.pricing.revenue.division import division_named


def refused(folder: Path) -> str:
    with pytest.raises(InputError) as problem:
        listing(folder)
    return str(problem.value)


def test_what_is_no_market_says_so(tmp_path: Path):
    """No folder, an empty one, a file that is not SQLite, a database of something else, one of a newer fairpool."""
    assert "there is no such folder; `open` makes one" in refused(tmp_path / "none")
    assert "there is no market here; `open` makes one" in refused(tmp_path)
    file = tmp_path / store.FILE
    file.write_text("n,price\n" * 500)
    assert "is no file of a market" in refused(tmp_path)
    file.unlink()
    with sqlite3.connect(file) as other:
        other.execute("CREATE TABLE birds (name TEXT)")
    other.close()
    assert "is no file of a market" in refused(tmp_path)


def test_a_newer_format_is_refused(shop: Shop):
    """A market written by a later version is not guessed at."""
    shop.tamper("PRAGMA user_version = 99")
    assert "was written in format 99 by another fairpool" in refused(shop.folder)


def test_a_market_is_opened_once(shop: Shop):
    """Opening it again changes nothing."""
    before = shop.file.read_bytes()
    with pytest.raises(InputError, match="there is a market here already"):
        open_market(shop.folder, terms(), square_roots(), at=AT)
    assert shop.file.read_bytes() == before


def test_a_full_disk_books_nothing(shop: Shop, monkeypatch: pytest.MonkeyPatch):
    """Where SQLite can write no further page, one line says so; what is there goes on."""
    connect = store._connect

    def small(file: Path, *, mode: str) -> sqlite3.Connection:
        connection = connect(file, mode=mode)
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages}")
        return connection

    monkeypatch.setattr(store, "_connect", small)
    with pytest.raises(InputError, match="the disk is full; nothing of this command was booked"):
        bring(shop, "North", rows_of(9, 300))
    monkeypatch.undo()
    assert shop.number("SELECT count(*) FROM deposit") == 3
    buy(shop.folder, "Ada", 10, at=AT)
    assert all(check.holds for check in inspect_market(shop.folder))


def test_a_market_in_use_is_waited_for_and_then_told(shop: Shop, monkeypatch: pytest.MonkeyPatch):
    """Readers read on while another writes; a second writer gives up with a message."""
    monkeypatch.setattr(store, "PATIENCE", 0.05)
    with store.writing(shop.folder):
        assert listing(shop.folder).sales == 0
        with pytest.raises(InputError, match="another command has been using the market"):
            buy(shop.folder, "Ada", 1, at=AT)
    buy(shop.folder, "Ada", 1, at=AT)


def test_a_market_that_may_only_be_read_is_read(shop: Shop):
    """list and quote work in a folder without write permission; a sale says what is missing."""
    shop.file.chmod(0o444)
    shop.folder.chmod(0o555)
    try:
        with nobody(shop.file):
            assert quote(shop.folder, 4).price == 200
            with pytest.raises(InputError, match=r"market\.sqlite"):
                buy(shop.folder, "Ada", 1, at=AT)
    finally:
        shop.folder.chmod(0o755)


def test_a_sale_whose_file_cannot_be_written_is_kept(shop: Shop, tmp_path: Path):
    """The money is booked, the message says so, and `deliver` writes the rows elsewhere."""
    (shop.folder / "deliveries").write_text("in the way")
    with pytest.raises(InputError, match=r"Sale 1 is booked and its rows are safe.*`deliver 1 --out FILE`"):
        buy(shop.folder, "Ada", 5, at=AT)
    waiting = list(complete_all(shop.folder, at=AT))
    assert [isinstance(one, InputError) for one in waiting] == [True]
    made = deliver(shop.folder, 1, at=AT, out=tmp_path / "rows.parquet")
    assert len(pd.read_parquet(made.file)) == 5
    assert list(complete_all(shop.folder, at=AT)) == []
    assert all(check.holds for check in inspect_market(shop.folder))


def test_deliver_writes_the_same_rows_again(shop: Shop, tmp_path: Path):
    """Lost files are written again, equal to the last byte; something else in their place is left alone."""
    _, delivery = buy(shop.folder, "Ada", 9, at=AT, out=tmp_path / "rows.parquet")
    content = delivery.file.read_bytes()
    delivery.file.unlink()
    assert deliver(shop.folder, 1, at=AT).file.read_bytes() == content
    delivery.file.write_bytes(b"notes")
    with pytest.raises(InputError, match="something else is there"):
        deliver(shop.folder, 1, at=AT)
    assert delivery.file.read_bytes() == b"notes"
    with pytest.raises(InputError, match="sale: got 2, expected one of the 1 sales"):
        deliver(shop.folder, 2, at=AT)


def test_two_sales_cannot_go_to_one_file(shop: Shop, tmp_path: Path):
    """Of four threads that buy into one file one makes its sale; the others are refused before any money moves."""
    target = tmp_path / "rows.parquet"
    refusals: list[str] = []

    def take() -> None:
        try:
            buy(shop.folder, "Ada", 5, at=AT, out=target)
        except InputError as problem:
            refusals.append(str(problem))

    threads = [threading.Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refusals) == 3
    assert shop.number("SELECT count(*) FROM sale") == 1


TAMPERED = {
    "balance": ("UPDATE entry SET amount = amount + 1 WHERE account = 'commission'", {"balance", "split"}),
    "price": ("UPDATE bundle SET price = price + 1 WHERE amount = 8", {"price", "split"}),
    "row": (
        "UPDATE sold_row SET position = (SELECT max(position) + 1 FROM sold_row) WHERE place = 0",
        {"rows", "draw", "delivery"},
    ),
    "seed": ("UPDATE market SET seed = seed + 1", {"draw"}),
    "commission": ("UPDATE market SET commission = '1/5'", {"split"}),
    "content": (
        "UPDATE deposit SET content = (SELECT content FROM deposit WHERE id = 2) WHERE id = 1",
        {"deposits", "delivery"},
    ),
    "damage": ("UPDATE deposit SET content = x'00' WHERE id = 1", {"deposits", "delivery"}),
    "hash": ("UPDATE sale SET sha256 = 'x'", {"delivery"}),
    "undelivered": ("DELETE FROM delivery", {"delivery"}),
}


@pytest.mark.parametrize("kind", TAMPERED)
def test_a_file_that_was_changed_is_found_out(shop: Shop, kind: str):
    """Amounts, prices, rows, terms and contents that were changed behind the market's back do not check."""
    buy(shop.folder, "Ada", 8, at=AT)
    sql, expected = TAMPERED[kind]
    shop.tamper(sql)
    wrong = {check.name for check in inspect_market(shop.folder) if not check.holds}
    assert wrong == expected


def test_a_copy_of_the_folder_is_the_market(shop: Shop, tmp_path: Path):
    """One file holds all: moved elsewhere it sells on and delivers to its own folder."""
    buy(shop.folder, "Ada", 5, at=AT)
    moved = tmp_path / "moved"
    moved.mkdir()
    shutil.copy(shop.file, moved)
    assert buy(moved, "Ada", 5, at=AT)[0].sale == 2
    assert deliver(moved, 1, at=AT).file == moved / "deliveries" / "sale-000001.parquet"
    assert all(check.holds for check in inspect_market(moved))


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"currency": "euro"}, "currency: got 'euro'"),
        ({"commission": Fraction(11, 10)}, "commission: got 1.1, expected a part of the price"),
        ({"seed": -1}, "seed: got -1"),
        ({"columns": ("age", "age")}, "got one name for columns 1 and 2"),
        ({"columns": ("",)}, "columns: got ''"),
    ],
)
def test_terms_that_are_none(changed: dict[str, object], message: str):
    """Terms are checked before a market is made."""
    with pytest.raises(InputError, match=message.replace("(", r"\(")):
        terms(**changed)


def test_commission_is_read_exactly():
    """A tenth is a tenth, however it is written."""
    assert [commission_of(text) for text in ("0.1", "10%", "1/10", " 10 %")] == [Fraction(1, 10)] * 4
    for wrong in ("ten", "", "1/0", "nan"):
        with pytest.raises(InputError, match="commission: got"):
            commission_of(wrong)
    with pytest.raises(InputError, match="split: got 'fair', expected one of 'amount-and-quality'"):
        division_named("fair")


def test_terms_survive_the_file(tmp_path: Path):
    """What a market was opened on is what it reads back."""
    given: MarketTerms = terms(exclusive=True, columns=("a", "b"), commission=Fraction(1, 3))
    open_market(tmp_path / "shop", given, square_roots(), at=AT)
    with store.reading(tmp_path / "shop") as connection:
        assert read_terms(connection) == given
    assert opened(tmp_path / "other").folder.exists()
