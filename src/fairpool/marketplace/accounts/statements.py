"""What everybody may see of a market: what is for sale, a contributor's statement, the operator's books.

A contributor's statement holds nothing of the others but how many rows were sold for how much; the operator's books
hold everything.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

from fairpool.documents.marketplace import (
    Account,
    Books,
    ColumnDocument,
    Earning,
    Listing,
    Sale,
    Statement,
    Supply,
)
from fairpool.marketplace.deposits.depositing import columns_for_sale, receipts
from fairpool.marketplace.file.store import reading
from fairpool.marketplace.membership import Member, MemberRole, member_named, members
from fairpool.marketplace.prices.posting import posted
from fairpool.marketplace.prices.visits import progress, progress_now
from fairpool.marketplace.sales.selling import balance, number_of_sales, sale_booked
from fairpool.marketplace.sales.stock import NOBODY, appraised, for_sale, held, latest_appraisal
from fairpool.marketplace.terms import read_terms


def listing(folder: Path) -> Listing:
    """What is for sale now: columns, rows, who brought them, at which prices.

    Parameters
    ----------
    folder : Path

    Returns
    -------
    Listing
        Rows for sale as ``rows``, those a new buyer can have as ``left``; ``prices`` are pairs of rows and minor units.

    Raises
    ------
    InputError
        Where there is no market in ``folder``.

    Examples
    --------
    >>> import tempfile
    >>> from datetime import UTC, datetime
    >>> from fractions import Fraction
    >>> from pathlib import Path
    >>> import pandas as pd
    >>> from fairpool.marketplace import MarketTerms, add_contributor, deposit, listing, open_market
    >>> from fairpool.pricing import price_curve
    >>> at = datetime(2026, 3, 1, 12, tzinfo=UTC)
    >>> place = tempfile.TemporaryDirectory()
    >>> shop = Path(place.name) / "shop"
    >>> opened = open_market(shop, MarketTerms("EUR", Fraction(1, 10)), price_curve([(10, 4.0), (60, 8.0)]), at=at)
    >>> member = add_contributor(shop, "North", at=at)
    >>> receipt = deposit(shop, "North", pd.DataFrame({"age": [float(a) for a in range(20, 60)]}), at=at)
    >>> listing(shop).rows
    40
    >>> place.cleanup()
    """
    with reading(folder) as connection:
        terms = read_terms(connection)
        stock = for_sale(connection, latest_appraisal(connection))
        gone = len(stock) - len(stock.without(held(connection, NOBODY))) if terms.exclusive else 0
        return Listing(
            **terms.shown(),
            rows=len(stock),
            left=len(stock) - gone,
            columns=tuple(ColumnDocument(name=c.name, kind=c.kind) for c in columns_for_sale(connection)),
            contributors=supplies(connection),
            buyers=tuple(buyer.name for buyer in members(connection, MemberRole.BUYER)),
            sales=number_of_sales(connection),
            **posted(connection).shown(),
            learning=progress_now(connection),
        )


def statement(folder: Path, contributor: str) -> Statement:
    """A contributor's statement: its deposits, and what each sale brought it.

    Parameters
    ----------
    folder : Path
    contributor : str
        Its name.

    Returns
    -------
    Statement
        ``balance`` is what it is owed for all sales, in minor units.

    Raises
    ------
    InputError
        For an unknown contributor, and where there is no market in ``folder``.

    Examples
    --------
    >>> import tempfile
    >>> from datetime import UTC, datetime
    >>> from fractions import Fraction
    >>> from pathlib import Path
    >>> import pandas as pd
    >>> from fairpool.marketplace import MarketTerms, add_buyer, add_contributor, buy, deposit, open_market, statement
    >>> from fairpool.pricing import price_curve
    >>> at = datetime(2026, 3, 1, 12, tzinfo=UTC)
    >>> place = tempfile.TemporaryDirectory()
    >>> shop = Path(place.name) / "shop"
    >>> opened = open_market(shop, MarketTerms("EUR", Fraction(1, 10)), price_curve([(10, 4.0), (60, 8.0)]), at=at)
    >>> member = add_contributor(shop, "North", at=at)
    >>> receipt = deposit(shop, "North", pd.DataFrame({"age": [float(a) for a in range(20, 60)]}), at=at)
    >>> member = add_buyer(shop, "Ada", at=at)
    >>> sale, delivery = buy(shop, "Ada", 10, at=at)
    >>> statement(shop, "North").balance
    360
    >>> place.cleanup()
    """
    with reading(folder) as connection:
        who = member_named(connection, MemberRole.CONTRIBUTOR, contributor)
        return _statement(connection, who, _all_sales(connection))


def books(folder: Path) -> Books:
    """Everything, for the operator.

    Parameters
    ----------
    folder : Path

    Returns
    -------
    Books
        Every contributor's statement, every buyer's account, all sales, and their sums in minor units:
        ``charged == commission_kept + withheld + owed``.

    Raises
    ------
    InputError
        Where there is no market in ``folder``.

    Examples
    --------
    >>> import tempfile
    >>> from datetime import UTC, datetime
    >>> from fractions import Fraction
    >>> from pathlib import Path
    >>> import pandas as pd
    >>> from fairpool.marketplace import MarketTerms, add_buyer, add_contributor, books, buy, deposit, open_market
    >>> from fairpool.pricing import price_curve
    >>> at = datetime(2026, 3, 1, 12, tzinfo=UTC)
    >>> place = tempfile.TemporaryDirectory()
    >>> shop = Path(place.name) / "shop"
    >>> opened = open_market(shop, MarketTerms("EUR", Fraction(1, 10)), price_curve([(10, 4.0), (60, 8.0)]), at=at)
    >>> member = add_contributor(shop, "North", at=at)
    >>> receipt = deposit(shop, "North", pd.DataFrame({"age": [float(a) for a in range(20, 60)]}), at=at)
    >>> member = add_buyer(shop, "Ada", at=at)
    >>> sale, delivery = buy(shop, "Ada", 10, at=at)
    >>> found = books(shop)
    >>> found.charged == found.commission_kept + found.withheld + found.owed == 400
    True
    >>> place.cleanup()
    """
    with reading(folder) as connection:
        made = _all_sales(connection)
        statements = [_statement(connection, m, made) for m in members(connection, MemberRole.CONTRIBUTOR)]
        return Books(
            **read_terms(connection).shown(),
            contributors=tuple(statements),
            buyers=tuple(_account(m, made) for m in members(connection, MemberRole.BUYER)),
            sales=made,
            charged=sum(sale.charged for sale in made),
            commission_kept=sum(sale.commission for sale in made),
            withheld=sum(sale.withheld for sale in made),
            owed=sum(one.balance for one in statements),
            learnings=progress(connection),
        )


def supplies(connection: sqlite3.Connection) -> tuple[Supply, ...]:
    """Of every registered contributor, in the order of registration."""
    known = appraised(connection, latest_appraisal(connection))
    nothing = {"rows": 0, "for_sale": 0, "quality": 0.0, "quality_error": 0.0, "p_value": None}
    return tuple(
        Supply.model_validate(known.get(m.number, {"contributor": m.name, **nothing}), from_attributes=True)
        for m in members(connection, MemberRole.CONTRIBUTOR)
    )


def _statement(connection: sqlite3.Connection, who: Member, made: tuple[Sale, ...]) -> Statement:
    supply = next(one for one in supplies(connection) if one.contributor == who.name)
    return Statement(
        **read_terms(connection).shown(),
        **supply.model_dump(),
        deposits=receipts(connection, who.number),
        sales=tuple(
            Earning(
                **sale.model_dump(include={"sale", "at", "amount", "arbitrage"}),
                **share.model_dump(include={"rows", "payment"}),
                charged=sale.charged,
            )
            for sale in made
            for share in sale.shares
            if share.contributor == who.name
        ),
        balance=balance(connection, who.number),
    )


def _account(buyer: Member, made: tuple[Sale, ...]) -> Account:
    mine = [sale for sale in made if sale.buyer == buyer.name]
    return Account(buyer=buyer.name, rows=sum(s.amount for s in mine), charged=sum(s.charged for s in mine))


def _all_sales(connection: sqlite3.Connection) -> tuple[Sale, ...]:
    return tuple(sale_booked(connection, number) for number in range(1, number_of_sales(connection) + 1))
