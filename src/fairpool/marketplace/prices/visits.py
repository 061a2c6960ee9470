"""Visits of a market that learns: each is a round, told to the policy (`LearnedPrices`) in the commit that books it."""

from __future__ import annotations

import sqlite3
from datetime import datetime
from pathlib import Path

from fairpool.documents.marketplace import BookedVisit, LearningProgress
from fairpool.ground.errors import InputError
from fairpool.marketplace.file.store import writing, written_moment
from fairpool.marketplace.membership import plain_reference
from fairpool.marketplace.prices.learning import (
    Learning,
    kept,
    learning_now,
    learning_of,
    with_pool,
    without_pool,
    write_pool,
)
from fairpool.marketplace.prices.posting import PostedCurve, posted, posted_as, write_curve
from fairpool.pricing.learned_prices import Visit
from fairpool.pricing.policies.catalogue import market_policy

LEFT = Visit(None, 0, 0)


def declined(
    folder: Path, *, at: datetime, curve: int | None = None, reference: str | None = None
) -> BookedVisit:
    """A visitor saw the prices and left with nothing: a round without a sale.

    Parameters
    ----------
    folder : Path
    at : datetime
        When, with a time zone; kept in UTC, to the second.
    curve : int, optional
        The number of the curve that she saw, if it is known.
    reference : str, optional
        The caller's own name for the visit; one that was booked already is not booked again.

    Returns
    -------
    BookedVisit
        The ``round``, counted from 1, the number of the curve ``declined``, and the curve posted after it: ``prices``
        are pairs of rows and minor units.

    Raises
    ------
    InputError
        In a market that does not learn, where another curve than she saw is posted by now (what she left then says
        nothing of what is asked), for a reference that cannot be read, a time without a time zone, and
        where there is no market in ``folder``.  Nothing is booked then.

    Examples
    --------
    >>> import tempfile
    >>> from datetime import UTC, datetime
    >>> from fractions import Fraction
    >>> from pathlib import Path
    >>> import numpy as np
    >>> from fairpool.marketplace import MarketTerms, declined, learn, open_market
    >>> from fairpool.pricing import Valuations, price_curve
    >>> at = datetime(2026, 3, 1, 12, tzinfo=UTC)
    >>> place = tempfile.TemporaryDirectory()
    >>> shop = Path(place.name) / "shop"
    >>> opened = open_market(shop, MarketTerms("EUR", Fraction(1, 10)), price_curve([(10, 4.0), (60, 8.0)]), at=at)
    >>> worths = Valuations(np.array([1, 40]), np.array([[2.0, 5.0], [0.0, 30.0]]), ("small", "large"))
    >>> begun = learn(shop, worths, at=at)
    >>> declined(shop, at=at).round
    1
    >>> place.cleanup()
    """
    moment, reference = written_moment(at), plain_reference(reference)
    with writing(folder) as connection:
        before = None if reference is None else _round_called(connection, reference)
        if before is not None:
            return before
        learning = learning_now(connection)
        if learning is None:
            raise InputError(
                "this market does not learn its prices, so it counts no visits; `learn` begins it"
            )
        refuse_other_curve(posted(connection), curve, "the visit is not counted")
        return book_round(connection, learning, LEFT, at=moment, reference=reference)


def refuse_other_curve(offer: PostedCurve, seen: int | None, otherwise: str) -> None:
    """InputError where another curve is posted than a buyer has seen."""
    if seen is not None and seen != offer.number:
        raise InputError(
            f"curve: got {seen}, but curve {offer.number} is posted by now, at other prices; {otherwise}"
        )


def book_round(
    connection: sqlite3.Connection,
    learning: Learning,
    visit: Visit,
    *,
    at: str,
    sale: int | None = None,
    reference: str | None = None,
) -> BookedVisit:
    """Tell the policy, write the round down and post the policy's next curve, if it is another one.

    sale: the visit's, if she bought; reference: the caller's own name for a visit without one.
    """
    prices, seen = learning.prices, posted(connection)
    policy = prices.made()
    done, content = _last(connection, learning)
    state = market_policy(prices.policy).state.from_document(with_pool(connection, learning.number, content))
    state = policy.observe(state, prices.told(seen.curve, visit))
    offered, document = prices.offered(policy.curve(state)), state.document()
    made = seen if offered[0].pairs() == seen.curve.pairs() else write_curve(connection, offered, at=at)
    bought = (sale, visit.type, int(prices.expects(seen.curve, visit)), reference)
    after = (made.number, kept(without_pool(document)), at)
    connection.execute(
        "INSERT INTO learning_round "
        "(learning, round, curve, sale, type, expected, reference, next_curve, state, made_at) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (learning.number, done + 1, seen.number, *bought, *after),
    )
    write_pool(connection, learning.number, document)
    return _booked(done + 1, seen.number, made, learning)


def progress(connection: sqlite3.Connection) -> tuple[LearningProgress, ...]:
    """All learnings of a market, in the order in which they were begun."""
    now = learning_now(connection)
    found = connection.execute(
        "SELECT l.id, count(r.sale) AS sales, count(r.round) AS rounds, ifnull(sum(1 - r.expected), 0) AS unexpected "
        "FROM learning l LEFT JOIN learning_round r ON r.learning = l.id GROUP BY l.id ORDER BY l.id"
    ).fetchall()
    return tuple(
        _progress(learning_of(connection, row["id"]), row, now is not None and now.number == row["id"])
        for row in found
    )


def progress_now(connection: sqlite3.Connection) -> LearningProgress | None:
    """How far the learning is that goes on; None in a market that does not learn."""
    return next((one for one in progress(connection) if one.goes_on), None)


def _progress(learning: Learning, row: sqlite3.Row, goes_on: bool) -> LearningProgress:
    return LearningProgress(
        learner=learning.prices.policy,
        types=learning.prices.types,
        horizon=learning.prices.rounds,
        rounds=row["rounds"],
        sales=row["sales"],
        declined=row["rounds"] - row["sales"],
        unexpected=row["unexpected"],
        goes_on=goes_on,
    )


def _last(connection: sqlite3.Connection, learning: Learning) -> tuple[int, bytes]:
    """The number of the last round, 0 before the first, and the state after it."""
    row = connection.execute(
        "SELECT round, state FROM learning_round WHERE learning = ? ORDER BY round DESC LIMIT 1",
        (learning.number,),
    ).fetchone()
    if row is not None:
        return row["round"], row["state"]
    first = connection.execute("SELECT state FROM learning WHERE id = ?", (learning.number,)).fetchone()
    return 0, first["state"]


def _round_called(connection: sqlite3.Connection, reference: str) -> BookedVisit | None:
    row = connection.execute("SELECT * FROM learning_round WHERE reference = ?", (reference,)).fetchone()
    if row is None:
        return None
    made = posted_as(connection, row["next_curve"])
    return _booked(row["round"], row["curve"], made, learning_of(connection, row["learning"]))


def _booked(number: int, seen: int, made: PostedCurve, learning: Learning) -> BookedVisit:
    return BookedVisit(round=number, declined=seen, currency=learning.prices.currency, **made.shown())
