"""Sales: a buyer gets rows, pays the posted price, and the price is split; all of it in one commit, or nothing.

A sale is decided and booked in one transaction: which rows (drawn with the market's seed and the sale's number), the
price, every contributor's part and, where prices are learned, the learner's next curve.  From that commit on the rows
are the buyer's: they are in the market's file, and which ones they are is booked.  Writing them out as a Parquet file
comes after it and can be repeated at will (`deliveries`).
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from fairpool.ground.errors import InputError
from fairpool.marketplace.deliveries import (
    DeliveredRows,
    complete,
    deliver,
    refuse_taken_place,
    rows_of_stock,
    take_place,
)
from fairpool.marketplace.division import divide
from fairpool.marketplace.learning import learning_now, type_named
from fairpool.marketplace.ledger import book, booked
from fairpool.marketplace.members import Member, MemberRole, member_named
from fairpool.marketplace.moment import written_moment
from fairpool.marketplace.posted import PostedCurve, arbitrage_document, posted, posted_as
from fairpool.marketplace.reference import plain_reference
from fairpool.marketplace.rounds import (
    Progress,
    Visit,
    book_round,
    progress_now,
    refuse_other_curve,
)
from fairpool.marketplace.row_table import fingerprint
from fairpool.marketplace.stock import (
    NOBODY,
    Stock,
    drawn,
    for_sale,
    held,
    latest_appraisal,
)
from fairpool.marketplace.store import reading, writing
from fairpool.marketplace.terms import MarketTerms, read_terms
from fairpool.pricing.curves.arbitrage import Arbitrage

_DRAWN = 2  # what a generator is for; `appraising` has 0 and 1


@dataclass(frozen=True, slots=True)
class Share:
    """What a sale brings a contributor: how many of the rows are its own, and its payment in minor units."""

    contributor: str
    rows: int
    payment: int


@dataclass(frozen=True, slots=True)
class Sale:
    """A sale as it is booked, in minor units: price == refund + commission + withheld + payments of all shares.

    curve: the number of the curve it was made at, and ``arbitrage`` if that was forced with one; type: what the buyer
    said to be, where prices are learned; sha256: fingerprint of the rows in the order in which they are delivered.
    """

    number: int
    buyer: str
    amount: int
    price: int
    refund: int
    commission: int
    withheld: int
    shares: tuple[Share, ...]
    curve: int
    arbitrage: Arbitrage | None
    type: str | None
    reference: str | None
    sha256: str
    at: str

    def document(self) -> dict[str, Any]:
        return {
            "sale": self.number,
            "buyer": self.buyer,
            "amount": self.amount,
            "price": self.price,
            "refund": self.refund,
            "commission": self.commission,
            "withheld": self.withheld,
            "shares": [
                {"contributor": s.contributor, "rows": s.rows, "payment": s.payment} for s in self.shares
            ],
            "curve": self.curve,
            "arbitrage": arbitrage_document(self.arbitrage),
            "type": self.type,
            "reference": self.reference,
            "sha256": self.sha256,
            "at": self.at,
        }


@dataclass(frozen=True, slots=True)
class Quote:
    """What ``amount`` rows cost now; ``left``: how many can be had, by ``buyer`` or, without one, by a new buyer.

    learning: how far the prices are learned, None where they are not.
    """

    amount: int
    price: int
    currency: str
    buyer: str | None
    left: int
    curve: int
    arbitrage: Arbitrage | None
    learning: Progress | None

    def document(self) -> dict[str, Any]:
        return {
            "amount": self.amount,
            "price": self.price,
            "currency": self.currency,
            "buyer": self.buyer,
            "left": self.left,
            "curve": self.curve,
            "arbitrage": arbitrage_document(self.arbitrage),
            "learning": None if self.learning is None else self.learning.document(),
        }


def quote(folder: Path, amount: int, *, buyer: str | None = None) -> Quote:
    """The price of ``amount`` rows; InputError for an amount that cannot be had, and for an unknown buyer."""
    with reading(folder) as connection:
        who = None if buyer is None else member_named(connection, MemberRole.BUYER, buyer)
        offer, left = _offered(connection, amount, who)
        currency, learning = read_terms(connection).currency, progress_now(connection)
    return Quote(
        amount,
        offer.price(amount),
        currency,
        None if who is None else who.name,
        len(left),
        offer.number,
        offer.arbitrage,
        learning,
    )


def buy(
    folder: Path,
    buyer: str,
    amount: int,
    *,
    at: datetime,
    out: Path | None = None,
    type: str | None = None,
    curve: int | None = None,
    reference: str | None = None,
) -> tuple[Sale, DeliveredRows]:
    """Sell ``amount`` rows to a registered buyer and write them to ``out`` (default: a place in the market's folder).

    The buyer gets rows it has not got yet.  type: of the buyer, where prices are learned.  curve: the number of the
    curve it has seen, if it is to pay those prices or none.  reference: the buyer's own name for the purchase; one that
    was made already is not made again, its rows are delivered.

    Raises InputError, and nothing is booked, for an unknown buyer or type, an amount that cannot be had, prices that
    have changed, a reference of another purchase, and a file that is there already: rows are never written over
    anything.  If the file cannot be written after the sale is booked, the InputError says so; the rows are not lost.
    """
    moment, order = written_moment(at), Order(amount, type, curve, plain_reference(reference))
    made = None if order.reference is None else _made_before(folder, buyer, order)
    if made is not None:
        return made, deliver(folder, made.number, at=at, out=out)
    place = take_place(folder, out)
    with writing(folder) as connection:
        who = member_named(connection, MemberRole.BUYER, buyer)
        before = _referred(connection, who, order)
        if before is None:
            refuse_taken_place(connection, place)
        number = _book(connection, who, order, place, moment) if before is None else before
    delivery = complete(folder, number, at=at)
    with reading(folder) as connection:
        return sale_booked(connection, number), delivery


@dataclass(frozen=True, slots=True)
class Order:
    """What a buyer asks for, as `buy` is told."""

    amount: int
    type: str | None
    curve: int | None
    reference: str | None


def sale_booked(connection: sqlite3.Connection, number: int) -> Sale:
    """A sale by its number; InputError where there is none."""
    row = connection.execute(
        "SELECT s.*, b.name, r.type FROM sale s JOIN buyer b ON b.id = s.buyer "
        "LEFT JOIN learning_round r ON r.sale = s.id WHERE s.id = ?",
        (number,),
    ).fetchone()
    if row is None:
        raise InputError(f"sale: got {number}, expected one of the {sales(connection)} sales, counted from 1")
    split, _ = booked(connection, number)
    return Sale(
        number=number,
        buyer=row["name"],
        amount=row["amount"],
        price=split.price,
        refund=split.refund,
        commission=split.commission,
        withheld=split.withheld,
        shares=_shares(connection, number),
        curve=row["curve"],
        arbitrage=posted_as(connection, row["curve"]).arbitrage,
        type=row["type"],
        reference=row["reference"],
        sha256=row["sha256"],
        at=row["made_at"],
    )


def sales(connection: sqlite3.Connection) -> int:
    """How many sales there are."""
    return int(connection.execute("SELECT count(*) FROM sale").fetchone()[0])


def holder_of(terms: MarketTerms, buyer: Member | None) -> int:
    """In whose name rows are booked: the buyer's, or nobody's where they are sold once only."""
    return NOBODY if terms.exclusive or buyer is None else buyer.number


def rows_drawn(stock: Stock, amount: int, *, seed: int, sale: int) -> Stock:
    """The rows that a sale delivers of those the buyer may still get."""
    return drawn(stock, amount, bits=np.random.PCG64([seed, _DRAWN, sale]))


def _offered(connection: sqlite3.Connection, amount: int, buyer: Member | None) -> tuple[PostedCurve, Stock]:
    """The posted curve and the rows that can be had; InputError unless ``amount`` of them can."""
    if amount < 1:
        raise InputError(f"amount: got {amount:,}, expected a whole number of rows from 1 up")
    offer, terms = posted(connection), read_terms(connection)
    offer.price(amount)
    stock = for_sale(connection, latest_appraisal(connection))
    left = stock.without(held(connection, holder_of(terms, buyer)))
    if amount > len(left):
        raise InputError(_too_many(amount, len(left), len(stock), terms, buyer))
    return offer, left


def _too_many(amount: int, left: int, stock: int, terms: MarketTerms, buyer: Member | None) -> str:
    got = f"amount: got {amount:,}, but "
    if stock == 0:
        return f"{got}there are no rows for sale; `deposit` brings some"
    if left == stock:
        return f"{got}only {stock:,} rows are for sale"
    if terms.exclusive:
        return f"{got}of {stock:,} rows for sale only {left:,} are left; here a row is sold once"
    name = "the buyer" if buyer is None else repr(buyer.name)
    return f"{got}of {stock:,} rows for sale {name} has all but {left:,}"


def _made_before(folder: Path, buyer: str, order: Order) -> Sale | None:
    """The sale of a reference, if it is made; InputError where it was another purchase."""
    with reading(folder) as connection:
        who = member_named(connection, MemberRole.BUYER, buyer)
        number = _referred(connection, who, order)
        return None if number is None else sale_booked(connection, number)


def _referred(connection: sqlite3.Connection, buyer: Member, order: Order) -> int | None:
    row = connection.execute(
        "SELECT id, amount FROM sale WHERE buyer = ? AND reference = ?", (buyer.number, order.reference)
    ).fetchone()
    if row is None:
        return None
    if row["amount"] != order.amount:
        raise InputError(
            f"reference: {order.reference!r} is sale {row['id']} of {row['amount']:,} rows, got {order.amount:,}; "
            "another purchase needs a reference of its own"
        )
    return int(row["id"])


def _book(connection: sqlite3.Connection, buyer: Member, order: Order, place: str | None, at: str) -> int:
    terms, learning = read_terms(connection), learning_now(connection)
    kind = type_named(learning, order.type)
    offer, left = _offered(connection, order.amount, buyer)
    refuse_other_curve(offer, order.curve, "nothing was sold")
    number, appraisal = sales(connection) + 1, latest_appraisal(connection)
    chosen = rows_drawn(left, order.amount, seed=terms.seed, sale=number)
    split, owed = divide(connection, terms, offer, appraisal, chosen, number)
    rows = rows_of_stock(connection, chosen)
    sold_as = (order.amount, split.price, fingerprint(rows), place, order.reference, at)
    connection.execute(
        "INSERT INTO sale (id, buyer, curve, appraisal, amount, price, sha256, place, reference, made_at) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (number, buyer.number, offer.number, appraisal, *sold_as),
    )
    _book_rows(connection, number, holder_of(terms, buyer), chosen)
    book(connection, number, split, owed)
    if learning is not None:
        book_round(connection, learning, Visit(number, kind, order.amount, split.price), at=at)
    connection.execute("INSERT INTO seal (sale) VALUES (?)", (number,))
    return number


def _book_rows(connection: sqlite3.Connection, sale: int, holder: int, chosen: Stock) -> None:
    order = zip(chosen.deposits.tolist(), chosen.positions.tolist(), range(len(chosen)), strict=True)
    connection.executemany(
        "INSERT INTO sold_row (deposit, position, holder, sale, place) VALUES (?, ?, ?, ?, ?)",
        [(deposit, position, holder, sale, place) for deposit, position, place in order],
    )


def _shares(connection: sqlite3.Connection, sale: int) -> tuple[Share, ...]:
    split, owed = booked(connection, sale)
    found = connection.execute(
        "SELECT d.contributor, count(*) FROM sold_row s JOIN deposit d ON d.id = s.deposit "
        "WHERE s.sale = ? GROUP BY d.contributor",
        (sale,),
    )
    rows: dict[int, int] = {row[0]: row[1] for row in found}
    return tuple(
        Share(m.name, rows.get(m.number, 0), pay) for m, pay in zip(owed, split.payments, strict=True)
    )
