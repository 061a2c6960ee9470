"""The price curve that is posted: what a market asks for n rows now.

Curves are posted one after the other and never changed; every sale names the one it was made at.  `posted` says which
one counts now: an operator posts one by `post_curve`, a learner (`learning`) one after a round that changes its mind.
"""

from __future__ import annotations

import json
import sqlite3
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from fairpool import __version__
from fairpool.documents.marketplace import OpenedMarket, PostedDocument
from fairpool.ground.errors import InputError
from fairpool.ground.money import format_minor
from fairpool.marketplace.file.store import founding, writing, written_moment
from fairpool.marketplace.terms import MarketTerms, read_terms, write_terms
from fairpool.pricing.curves.arbitrage import Arbitrage
from fairpool.pricing.curves.curve import PriceCurve
from fairpool.pricing.curves.tariff import tariff_rounded_down


@dataclass(frozen=True, slots=True, eq=False)
class PostedCurve:
    """A curve in whole minor units; ``number`` counts them from 1.

    arbitrage: the pair for which two purchases cost less than one, if the curve was posted in spite of it.
    """

    number: int
    curve: PriceCurve
    arbitrage: Arbitrage | None
    at: str

    def price(self, amount: int) -> int:
        """What ``amount`` rows cost; InputError for more than the curve prices."""
        if amount > self.curve.most:
            raise InputError(
                f"amount: got {amount:,}, expected at most {self.curve.most:,}, as far as the prices go"
            )
        return int(self.curve.price(amount))

    def shown(self) -> dict[str, Any]:
        """As documents show it."""
        pairs = tuple((int(n), int(p)) for n, p in self.curve.pairs())
        return {"curve": self.number, "prices": pairs, "arbitrage": arbitrage_shown(self.arbitrage)}


def open_market(
    folder: Path, terms: MarketTerms, curve: PriceCurve, *, at: datetime, force: bool = False
) -> OpenedMarket:
    """Make a market.

    Parameters
    ----------
    folder : Path
        Where; it is made if it is not there.
    terms : MarketTerms
        They hold for good.
    curve : PriceCurve
        What is asked at first, in units of the currency; it is rounded down to minor units.
    at : datetime
        When, with a time zone; kept in UTC, to the second.
    force : bool
        Whether a curve with arbitrage is posted all the same, and marked wherever prices are shown.

    Returns
    -------
    OpenedMarket
        The terms, and the curve as it was posted: ``prices`` are pairs of rows and minor units.

    Raises
    ------
    InputError
        Where there is a market already, for a curve that falls or, unless ``force``, has arbitrage, for a price above
        `money.LARGEST_AMOUNT`, and for a time without a time zone.

    Examples
    --------
    >>> import tempfile
    >>> from datetime import UTC, datetime
    >>> from fractions import Fraction
    >>> from pathlib import Path
    >>> from fairpool.marketplace import MarketTerms, open_market
    >>> from fairpool.pricing import price_curve
    >>> at = datetime(2026, 3, 1, 12, tzinfo=UTC)
    >>> place = tempfile.TemporaryDirectory()
    >>> shop = Path(place.name) / "shop"
    >>> opened = open_market(shop, MarketTerms("EUR", Fraction(1, 10)), price_curve([(10, 4.0), (60, 8.0)]), at=at)
    >>> opened.prices
    ((10, 400), (60, 800))
    >>> place.cleanup()
    """
    moment, offered = written_moment(at), checked(curve, terms.currency, force=force)
    with founding(folder) as connection:
        write_terms(connection, terms, at=moment, software=f"fairpool {__version__}")
        made = write_curve(connection, offered, at=moment)
    return OpenedMarket(**terms.shown(), market=str(folder), **made.shown())


def post_curve(folder: Path, curve: PriceCurve, *, at: datetime, force: bool = False) -> PostedDocument:
    """Ask these prices from now on; where prices were learned, that ends.

    Parameters
    ----------
    folder : Path
    curve : PriceCurve
        In units of the market's currency; it is rounded down to minor units.
    at : datetime
        When, with a time zone; kept in UTC, to the second.
    force : bool
        Whether a curve with arbitrage is posted all the same, and marked wherever prices are shown.

    Returns
    -------
    PostedDocument
        The curve's number as ``curve``, counted from 1, and its ``prices``, pairs of rows and minor units.

    Raises
    ------
    InputError
        For a curve that falls or, unless ``force``, has arbitrage, for a price above `money.LARGEST_AMOUNT`, for a time
        without a time zone, and where there is no market in ``folder``.

    Examples
    --------
    >>> import tempfile
    >>> from datetime import UTC, datetime
    >>> from fractions import Fraction
    >>> from pathlib import Path
    >>> from fairpool.marketplace import MarketTerms, open_market, post_curve
    >>> from fairpool.pricing import price_curve
    >>> at = datetime(2026, 3, 1, 12, tzinfo=UTC)
    >>> place = tempfile.TemporaryDirectory()
    >>> shop = Path(place.name) / "shop"
    >>> opened = open_market(shop, MarketTerms("EUR", Fraction(1, 10)), price_curve([(10, 4.0), (60, 8.0)]), at=at)
    >>> post_curve(shop, price_curve([(60, 9.0)]), at=at).curve
    2
    >>> place.cleanup()
    """
    moment = written_moment(at)
    with writing(folder) as connection:
        currency = read_terms(connection).currency
        made = write_curve(connection, checked(curve, currency, force=force), at=moment)
    return PostedDocument(currency=currency, **made.shown())


def checked(curve: PriceCurve, currency: str, *, force: bool) -> tuple[PriceCurve, Arbitrage | None]:
    """The curve in whole minor units, rounded down (`tariff_rounded_down`), and the arbitrage it is forced with.

    Raises InputError for a price that falls, one too large, and unless ``force`` for arbitrage.
    """
    if not curve.is_monotone:
        place = int(np.argmax(np.diff(curve.prices) < 0))
        (few, dear), (many, cheap) = curve.pairs()[place : place + 2]
        raise InputError(
            f"price curve: got {cheap:g} for {many:,} rows, less than the {dear:g} for {few:,}; "
            "expected prices that never fall"
        )
    whole = tariff_rounded_down(curve, currency)
    found = whole.arbitrage
    if found is not None and not force:
        raise InputError(
            f"price curve: {arbitrage_words(found, currency)}; a buyer would buy in pieces. Mend the curve "
            "(`fairpool price check` shows the nearest one without), or offer it all the same with --force"
        )
    return whole.curve, found


def write_curve(
    connection: sqlite3.Connection, offered: tuple[PriceCurve, Arbitrage | None], *, at: str
) -> PostedCurve:
    """Record a `checked` curve as the one that is posted."""
    curve, arbitrage = offered
    kept = None if arbitrage is None else json.dumps(asdict(arbitrage))
    number = connection.execute(
        "INSERT INTO curve (arbitrage, posted_at) VALUES (?, ?)", (kept, at)
    ).lastrowid
    connection.executemany(
        "INSERT INTO bundle (curve, amount, price) VALUES (?, ?, ?)",
        [(number, int(n), int(p)) for n, p in curve.pairs()],
    )
    return PostedCurve(int(number or 0), curve, arbitrage, at)


def posted(connection: sqlite3.Connection) -> PostedCurve:
    """The curve that counts now."""
    return posted_as(connection, int(connection.execute("SELECT max(id) FROM curve").fetchone()[0]))


def posted_as(connection: sqlite3.Connection, number: int) -> PostedCurve:
    """A curve by its number."""
    found = connection.execute("SELECT arbitrage, posted_at FROM curve WHERE id = ?", (number,)).fetchone()
    bundles = connection.execute(
        "SELECT amount, price FROM bundle WHERE curve = ? ORDER BY amount", (number,)
    ).fetchall()
    curve = PriceCurve(
        np.array([n for n, _ in bundles], dtype=np.int64), np.array([p for _, p in bundles], dtype=np.float64)
    )
    pair = None if found["arbitrage"] is None else Arbitrage(**json.loads(found["arbitrage"]))
    return PostedCurve(number, curve, pair, found["posted_at"])


def arbitrage_words(found: Arbitrage, currency: str) -> str:
    """The pair, for a person; amounts in minor units."""
    together, apart = (f"{format_minor(int(p), currency)} {currency}" for p in (found.together, found.apart))
    return (
        f"{found.n1 + found.n2:,} rows cost {together} at once, but {apart} "
        f"as {found.n1:,} and {found.n2:,} rows"
    )


def arbitrage_shown(found: Arbitrage | None) -> tuple[int, int, int] | None:
    """n1, n2, and the price of both at once, as `fairpool price check` shows it; minor units."""
    return None if found is None else (found.n1, found.n2, int(found.together))
