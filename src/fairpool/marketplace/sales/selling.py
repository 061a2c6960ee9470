"""Sales: a buyer gets rows, pays the posted price, and the price is split; all of it in one commit, or nothing.

A sale is decided and booked in one transaction: which rows (drawn with the market's seed and the sale's number), the
price, every contributor's part and, where prices are learned, the policy's next curve.  From that commit on the rows
are the buyer's: they are in the market's file, and which ones they are is booked.  Writing them out as a Parquet file
comes after it and can be repeated at will (`deliveries`).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from fairpool.documents.marketplace import Quote, Sale, Share
from fairpool.ground.errors import InputError
from fairpool.ground.seeds import Stream, generator, raw_bits
from fairpool.marketplace.deposits.row_table import fingerprint
from fairpool.marketplace.file.store import reading, writing, written_moment
from fairpool.marketplace.membership import Member, MemberRole, member_named, members, plain_reference
from fairpool.marketplace.prices.learning import learning_now, type_named
from fairpool.marketplace.prices.posting import PostedCurve, arbitrage_shown, posted, posted_as
from fairpool.marketplace.prices.visits import book_round, progress_now, refuse_other_curve
from fairpool.marketplace.sales.deliveries import (
    DeliveredRows,
    complete,
    deliver,
    refuse_taken_place,
    rows_of_stock,
    take_place,
)
from fairpool.marketplace.sales.stock import NOBODY, appraised, for_sale, held, latest_appraisal
from fairpool.marketplace.terms import MarketTerms, read_terms
from fairpool.pricing.learned_prices import Visit
from fairpool.pricing.revenue.division import Delivered, divided
from fairpool.pricing.revenue.splits import Split
from fairpool.pricing.stock import Stock, drawn


def quote(folder: Path, amount: int, *, buyer: str | None = None) -> Quote:
    """The price of ``amount`` rows.

    Parameters
    ----------
    folder : Path
    amount : int
        Rows, at least 1.
    buyer : str, optional
        Whose name it is asked in: rows that it has got already cannot be had again.  None asks for a new buyer.

    Returns
    -------
    Quote
        The ``price`` in minor units, the rows ``left``, and the number of the posted ``curve``.

    Raises
    ------
    InputError
        For an amount that cannot be had or is not priced, an unknown buyer, and where there is no market in ``folder``.

    Examples
    --------
    >>> import tempfile
    >>> from datetime import UTC, datetime
    >>> from fractions import Fraction
    >>> from pathlib import Path
    >>> import pandas as pd
    >>> from fairpool.marketplace import MarketTerms, add_contributor, deposit, open_market, quote
    >>> from fairpool.pricing import price_curve
    >>> at = datetime(2026, 3, 1, 12, tzinfo=UTC)
    >>> place = tempfile.TemporaryDirectory()
    >>> shop = Path(place.name) / "shop"
    >>> opened = open_market(shop, MarketTerms("EUR", Fraction(1, 10)), price_curve([(10, 4.0), (60, 8.0)]), at=at)
    >>> member = add_contributor(shop, "North", at=at)
    >>> receipt = deposit(shop, "North", pd.DataFrame({"age": [float(a) for a in range(20, 60)]}), at=at)
    >>> quote(shop, 10).price
    400
    >>> place.cleanup()
    """
    with reading(folder) as connection:
        who = None if buyer is None else member_named(connection, MemberRole.BUYER, buyer)
        offer, left = _offered(connection, amount, who)
        currency, learning = read_terms(connection).currency, progress_now(connection)
    return Quote(
        amount=amount,
        price=offer.price(amount),
        currency=currency,
        buyer=None if who is None else who.name,
        left=len(left),
        curve=offer.number,
        arbitrage=arbitrage_shown(offer.arbitrage),
        learning=learning,
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
    """Sell rows to a registered buyer and write them to a Parquet file.

    Parameters
    ----------
    folder : Path
    buyer : str
        Its name.  It gets rows that it has not got yet.
    amount : int
        Rows, at least 1.
    at : datetime
        When, with a time zone; kept in UTC, to the second.
    out : Path, optional
        The file; if not given, a place in the market's folder.
    type : str, optional
        Of the buyer: wanted where prices are learned, and only there.
    curve : int, optional
        The number of the curve it has seen, if it is to pay those prices or none.
    reference : str, optional
        The buyer's own name for the purchase; one that was made already is not made again, its rows are delivered.

    Returns
    -------
    tuple of Sale and DeliveredRows
        The sale as it is booked, in minor units, and the file.

    Raises
    ------
    InputError
        For an unknown buyer or type, an amount that cannot be had, prices that have changed, a reference of another
        purchase, a time without a time zone, and a file that is there already, as rows are never written over anything:
        then nothing is booked.  If the file cannot be written after the sale is booked, the error says so; the rows are
        not lost.

    Examples
    --------
    >>> import tempfile
    >>> from datetime import UTC, datetime
    >>> from fractions import Fraction
    >>> from pathlib import Path
    >>> import pandas as pd
    >>> from fairpool.marketplace import MarketTerms, add_buyer, add_contributor, buy, deposit, open_market
    >>> from fairpool.pricing import price_curve
    >>> at = datetime(2026, 3, 1, 12, tzinfo=UTC)
    >>> place = tempfile.TemporaryDirectory()
    >>> shop = Path(place.name) / "shop"
    >>> opened = open_market(shop, MarketTerms("EUR", Fraction(1, 10)), price_curve([(10, 4.0), (60, 8.0)]), at=at)
    >>> member = add_contributor(shop, "North", at=at)
    >>> receipt = deposit(shop, "North", pd.DataFrame({"age": [float(a) for a in range(20, 60)]}), at=at)
    >>> member = add_buyer(shop, "Ada", at=at)
    >>> sale, delivery = buy(shop, "Ada", 10, at=at)
    >>> sale.price, sale.commission, sale.shares[0].payment, delivery.file.name
    (400, 40, 360, 'sale-000001.parquet')
    >>> place.cleanup()
    """
    moment, order = written_moment(at), Order(amount, type, curve, plain_reference(reference))
    made = None if order.reference is None else _made_before(folder, buyer, order)
    if made is not None:
        return made, deliver(folder, made.sale, at=at, out=out)
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
        "SELECT s.id AS sale, b.name AS buyer, s.amount, s.curve, r.type, s.reference, sha256, s.made_at AS at "
        "FROM sale s JOIN buyer b ON b.id = s.buyer LEFT JOIN learning_round r ON r.sale = s.id WHERE s.id = ?",
        (number,),
    ).fetchone()
    if row is None:
        raise InputError(
            f"sale: got {number}, expected one of the {number_of_sales(connection)} sales, counted from 1"
        )
    split, _ = booked(connection, number)
    return Sale(
        **dict(row),
        price=split.price,
        refund=split.refund,
        commission=split.commission,
        withheld=split.withheld,
        shares=_shares(connection, number),
        arbitrage=arbitrage_shown(posted_as(connection, row["curve"]).arbitrage),
    )


def number_of_sales(connection: sqlite3.Connection) -> int:
    """How many sales there are."""
    return int(connection.execute("SELECT count(*) FROM sale").fetchone()[0])


def holder_of(terms: MarketTerms, buyer: Member | None) -> int:
    """In whose name rows are booked: the buyer's, or nobody's where they are sold once only."""
    return NOBODY if terms.exclusive or buyer is None else buyer.number


def rows_drawn(stock: Stock, amount: int, *, seed: int, sale: int) -> Stock:
    """The rows that a sale delivers of those the buyer may still get."""
    return drawn(stock, amount, bits=raw_bits(seed, Stream.DRAWN, sale))


def divide(
    connection: sqlite3.Connection,
    terms: MarketTerms,
    offer: PostedCurve,
    appraisal: int,
    rows: Stock,
    sale: int,
) -> tuple[Split, tuple[Member, ...]]:
    """The split of a sale among all who had deposited, and who they are, in the order of registration."""
    reports = appraised(connection, appraisal)
    owed = tuple(m for m in members(connection, MemberRole.CONTRIBUTOR) if m.number in reports)
    counts = rows.of_contributors(max(reports))
    delivered = [
        Delivered(int(counts[m.number - 1]), report.quality, report.loss, report.verified_rows)
        for m in owed
        for report in (reports[m.number],)
    ]
    rng = generator(terms.seed, Stream.COALITIONS, sale)
    price = offer.price(len(rows))
    return divided(terms.division, price, delivered, offer.curve, terms.commission, rng=rng), owed


def booked(connection: sqlite3.Connection, sale: int) -> tuple[Split, tuple[Member, ...]]:
    """The entries of a sale, and whose its payments are; InputError where the file has lost one."""
    found = connection.execute(
        "SELECT e.account, e.amount, c.id, c.name FROM entry e LEFT JOIN contributor c ON c.id = e.contributor "
        "WHERE e.sale = ? ORDER BY c.id",
        (sale,),
    ).fetchall()
    market = {row["account"]: row["amount"] for row in found if row["id"] is None}
    if market.keys() != {"buyer", "refund", "commission", "withheld"}:
        raise InputError(f"sale {sale}: the market's file is damaged, not all of its entries are there")
    owed = [row for row in found if row["id"] is not None]
    split = Split(
        price=-market["buyer"],
        commission=market["commission"],
        payments=tuple(row["amount"] for row in owed),
        withheld=market["withheld"],
        refund=market["refund"],
    )
    return split, tuple(Member(row["id"], row["name"]) for row in owed)


def balance(connection: sqlite3.Connection, contributor: int) -> int:
    """What a contributor is owed for all sales."""
    row = connection.execute("SELECT ifnull(sum(amount), 0) FROM entry WHERE contributor = ?", (contributor,))
    return int(row.fetchone()[0])


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
    number, appraisal = number_of_sales(connection) + 1, latest_appraisal(connection)
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
    _book_entries(connection, number, split, owed)
    if learning is not None:
        book_round(connection, learning, Visit(kind, order.amount, split.price), at=at, sale=number)
    connection.execute("INSERT INTO seal (sale) VALUES (?)", (number,))
    return number


def _book_rows(connection: sqlite3.Connection, sale: int, holder: int, chosen: Stock) -> None:
    order = zip(chosen.deposits.tolist(), chosen.positions.tolist(), range(len(chosen)), strict=True)
    connection.executemany(
        "INSERT INTO sold_row (deposit, position, holder, sale, place) VALUES (?, ?, ?, ?, ?)",
        [(deposit, position, holder, sale, place) for deposit, position, place in order],
    )


def _book_entries(
    connection: sqlite3.Connection, sale: int, split: Split, contributors: Sequence[Member]
) -> None:
    """The ledger of a sale; ``contributors`` in the order of the split's payments.

    buyer        -price
    refund       what goes back to the buyer: `Split.refund`
    commission   the operator's part
    withheld     what the operator keeps beside it
    contributor  one entry each, also of nothing
    """
    market = [
        ("buyer", None, -split.price),
        ("refund", None, split.refund),
        ("commission", None, split.commission),
        ("withheld", None, split.withheld),
    ]
    owed = [("contributor", m.number, pay) for m, pay in zip(contributors, split.payments, strict=True)]
    connection.executemany(
        "INSERT INTO entry (sale, account, contributor, amount) VALUES (?, ?, ?, ?)",
        [(sale, *entry) for entry in (*market, *owed)],
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
        Share(contributor=m.name, rows=rows.get(m.number, 0), payment=pay)
        for m, pay in zip(owed, split.payments, strict=True)
    )
