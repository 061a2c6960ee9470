"""Does the market's file hold what it should?  Everything that can be computed again is, and compared.

file        SQLite finds its pages and references in order
deposits    the rows of every deposit have the fingerprint they were booked with
balance     the entries of every sale sum to zero
price       what the buyer pays is the price of the curve the sale names
rows        the rows of a sale passed verification, and none was sold twice to one holder
draw        they are those that the market's seed draws of what the buyer could still get
split       commission and payments are those of the market's terms
delivery    the rows have the fingerprint the sale was booked with, and were delivered
learning    learned prices are those that the market's seed and the log of rounds give
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa

from fairpool.documents.marketplace import MarketCheck
from fairpool.ground.errors import InputError
from fairpool.marketplace.deposits.row_table import fingerprint, from_parquet
from fairpool.marketplace.file.store import reading
from fairpool.marketplace.membership import Member
from fairpool.marketplace.prices.posting import posted_as
from fairpool.marketplace.prices.replay import wrong_lessons
from fairpool.marketplace.sales.deliveries import rows_of_stock
from fairpool.marketplace.sales.selling import booked, divide, holder_of, rows_drawn
from fairpool.marketplace.sales.stock import for_sale, held, sold
from fairpool.marketplace.terms import MarketTerms, read_terms
from fairpool.pricing.stock import Stock


def inspect_market(folder: Path) -> tuple[MarketCheck, ...]:
    """Does the market's file hold what it should?  All checks, in the order of the module's table.

    Parameters
    ----------
    folder : Path

    Returns
    -------
    tuple of MarketCheck
        The ``name`` of each, whether it ``holds``, and what is ``wrong``, a sentence each.

    Raises
    ------
    InputError
        Where there is no market in ``folder``, or its file cannot be read at all; whatever else does not hold is
        returned.

    Notes
    -----
    Cost: all deposits are fingerprinted, all sales drawn, split and delivered again, and all rounds of learning told to
    the policy again.

    Examples
    --------
    >>> import tempfile
    >>> from datetime import UTC, datetime
    >>> from fractions import Fraction
    >>> from pathlib import Path
    >>> import pandas as pd
    >>> from fairpool.marketplace import MarketTerms, add_buyer, add_contributor, buy, deposit, open_market
    >>> from fairpool.marketplace import inspect_market
    >>> from fairpool.pricing import price_curve
    >>> at = datetime(2026, 3, 1, 12, tzinfo=UTC)
    >>> place = tempfile.TemporaryDirectory()
    >>> shop = Path(place.name) / "shop"
    >>> opened = open_market(shop, MarketTerms("EUR", Fraction(1, 10)), price_curve([(10, 4.0), (60, 8.0)]), at=at)
    >>> member = add_contributor(shop, "North", at=at)
    >>> receipt = deposit(shop, "North", pd.DataFrame({"age": [float(a) for a in range(20, 60)]}), at=at)
    >>> member = add_buyer(shop, "Ada", at=at)
    >>> sale, delivery = buy(shop, "Ada", 10, at=at)
    >>> all(check.holds for check in inspect_market(shop))
    True
    >>> place.cleanup()
    """
    with reading(folder) as connection:
        terms = read_terms(connection)
        made = connection.execute("SELECT * FROM sale ORDER BY id").fetchall()
        each = [_Booked(connection, terms, row) for row in made]
        return (
            _check("file", _file(connection)),
            _check("deposits", _deposits(connection)),
            *(
                _check(name, tuple(wrong for one in each if (wrong := check(one)) is not None))
                for name, check in _OF_SALES.items()
            ),
            _check("learning", wrong_lessons(connection)),
        )


def _check(name: str, wrong: tuple[str, ...]) -> MarketCheck:
    return MarketCheck(name=name, holds=not wrong, wrong=wrong)


@dataclass(frozen=True, slots=True, eq=False)
class _Booked:
    """A sale as its row has it."""

    connection: sqlite3.Connection
    terms: MarketTerms
    row: sqlite3.Row

    @property
    def number(self) -> int:
        return int(self.row["id"])

    @property
    def holder(self) -> int:
        return holder_of(self.terms, Member(self.row["buyer"], ""))

    @property
    def rows(self) -> Stock:
        return sold(self.connection, self.number)

    @property
    def offered(self) -> Stock:
        """What the buyer could have had."""
        stock = for_sale(self.connection, self.row["appraisal"])
        return stock.without(held(self.connection, self.holder, before=self.number))


def _file(connection: sqlite3.Connection) -> tuple[str, ...]:
    said = [row[0] for row in connection.execute("PRAGMA integrity_check")]
    strays = connection.execute("PRAGMA foreign_key_check").fetchall()
    return tuple(line for line in said if line != "ok") + tuple(
        f"a row of {row[0]} refers to nothing in {row[2]}" for row in strays
    )


def _deposits(connection: sqlite3.Connection) -> tuple[str, ...]:
    found = connection.execute("SELECT id, content, sha256 FROM deposit ORDER BY id")
    return tuple(
        f"deposit {row['id']} holds other rows than were brought"
        for row in found
        if _fingerprint(partial(from_parquet, row["content"])) != row["sha256"]
    )


def _fingerprint(rows: Callable[[], pa.Table]) -> str | None:
    """None for rows that cannot be read any more."""
    try:
        return fingerprint(rows())
    except InputError:
        return None


def _balance(sale: _Booked) -> str | None:
    total = sale.connection.execute(
        "SELECT sum(amount) FROM entry WHERE sale = ?", (sale.number,)
    ).fetchone()[0]
    return None if total == 0 else f"the entries of sale {sale.number} sum to {total}"


def _price(sale: _Booked) -> str | None:
    asked = posted_as(sale.connection, sale.row["curve"]).price(sale.row["amount"])
    paid = booked(sale.connection, sale.number)[0].price
    if asked == paid == sale.row["price"]:
        return None
    return f"sale {sale.number} was booked at {paid}, but curve {sale.row['curve']} asks {asked}"


def _rows(sale: _Booked) -> str | None:
    rows, offered = sale.rows, sale.offered
    if len(rows) == sale.row["amount"] and not len(rows.without(offered)):
        return None
    return f"sale {sale.number} holds rows that were not for sale to its buyer, or another number of them"


def _draw(sale: _Booked) -> str | None:
    offered, rows = sale.offered, sale.rows
    if len(offered) >= sale.row["amount"]:
        again = rows_drawn(offered, sale.row["amount"], seed=sale.terms.seed, sale=sale.number)
        if np.array_equal(again.deposits, rows.deposits) and np.array_equal(again.positions, rows.positions):
            return None
    return f"the rows of sale {sale.number} are not those that the market's seed draws"


def _split(sale: _Booked) -> str | None:
    offer = posted_as(sale.connection, sale.row["curve"])
    due = divide(sale.connection, sale.terms, offer, sale.row["appraisal"], sale.rows, sale.number)
    return None if due == booked(sale.connection, sale.number) else f"sale {sale.number} is split otherwise"


def _delivery(sale: _Booked) -> str | None:
    if _fingerprint(partial(rows_of_stock, sale.connection, sale.rows)) != sale.row["sha256"]:
        return f"the rows of sale {sale.number} are not those that were sold"
    written = sale.connection.execute("SELECT 1 FROM delivery WHERE sale = ?", (sale.number,)).fetchone()
    return None if written else f"sale {sale.number} is not delivered yet; `deliver {sale.number}` does it"


_OF_SALES: dict[str, Callable[[_Booked], str | None]] = {
    "balance": _balance,
    "price": _price,
    "rows": _rows,
    "draw": _draw,
    "split": _split,
    "delivery": _delivery,
}
