"""Rounds of a market that learns: one visit each, told to the learner in the same commit that books it.

What the learner is told of a round:

    a sale to a type that buys at the posted curve, by the valuations   the sale, at the price booked
    a sale to a type that does not                                      no sale
    a visitor who leaves                                                no sale

The second line looks odd and is right: learners estimate how often each type comes *among the rounds whose curve sells
to it*, so a purchase in another round is no evidence on it, and for the types that do buy it says what a visitor who
leaves says: she was none of them.  Such rounds are marked as not expected, like sales of another amount than the
valuations say and visitors who leave though every type would buy: many of them mean that the valuations are wrong.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from fairpool.ground.errors import InputError
from fairpool.marketplace.learner_state import kept, with_pool, without_pool, write_pool
from fairpool.marketplace.learning import Learning, learning_now, learning_of
from fairpool.marketplace.moment import written_moment
from fairpool.marketplace.posted import PostedCurve, arbitrage_document, posted, posted_as, write_curve
from fairpool.marketplace.reference import plain_reference
from fairpool.marketplace.store import writing
from fairpool.pricing.curves.purchase import purchases
from fairpool.pricing.policies.catalogue import market_policy
from fairpool.pricing.policies.policy import Purchase


@dataclass(frozen=True, slots=True)
class Visit:
    """What a round is booked as.

    type, amount and price (minor units) of the ``sale``, or None, 0 and 0 for a visitor who left.
    """

    sale: int | None
    type: str | None
    amount: int
    price: int
    reference: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class BookedVisit:
    """A visit that was booked: which, the number of the curve the visitor saw, and the curve posted after it."""

    number: int
    curve: int
    posted: PostedCurve
    currency: str

    def document(self) -> dict[str, Any]:
        return {
            "round": self.number,
            "declined": self.curve,
            "currency": self.currency,
            "curve": self.posted.number,
            "prices": self.posted.pairs(),
            "arbitrage": arbitrage_document(self.posted.arbitrage),
        }


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a learning is: rounds are sales or declined; ``unexpected`` of them were not as the valuations say.

    goes_on: whether the prices that are posted now are this learner's.
    """

    learner: str
    types: tuple[str, ...]
    horizon: int
    sales: int
    declined: int
    unexpected: int
    goes_on: bool

    @property
    def rounds(self) -> int:
        return self.sales + self.declined

    def document(self) -> dict[str, Any]:
        return {
            "learner": self.learner,
            "types": list(self.types),
            "horizon": self.horizon,
            "rounds": self.rounds,
            "sales": self.sales,
            "declined": self.declined,
            "unexpected": self.unexpected,
            "goes_on": self.goes_on,
        }


def declined(
    folder: Path, *, at: datetime, curve: int | None = None, reference: str | None = None
) -> BookedVisit:
    """A visitor saw the prices and left with nothing: a round without a sale.

    curve: the number of the curve she saw, if it is known.  reference: the caller's own name for the visit; one that
    was booked already is not booked again.  Raises InputError, and nothing is booked, in a market that does not learn,
    and where another curve than she saw is posted by now: what she left then says nothing of what is asked.
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
        return book_round(connection, learning, Visit(None, None, 0, 0, reference), at=moment)


def refuse_other_curve(offer: PostedCurve, seen: int | None, otherwise: str) -> None:
    """InputError where another curve is posted than a buyer has seen."""
    if seen is not None and seen != offer.number:
        raise InputError(
            f"curve: got {seen}, but curve {offer.number} is posted by now, at other prices; {otherwise}"
        )


def book_round(connection: sqlite3.Connection, learning: Learning, visit: Visit, *, at: str) -> BookedVisit:
    """Tell the learner, write the round down and post the learner's next curve, if it is another one."""
    learner, seen = learning.made(), posted(connection)
    done, content = _last(connection, learning)
    state = market_policy(learning.learner).state.from_document(
        with_pool(connection, learning.number, content)
    )
    state = learner.observe(state, told(learning, seen, visit))
    offered, document = learning.offered(learner.curve(state)), state.document()
    made = seen if offered[0].pairs() == seen.curve.pairs() else write_curve(connection, offered, at=at)
    connection.execute(
        "INSERT INTO learning_round "
        "(learning, round, curve, sale, type, expected, reference, next_curve, state, made_at) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            learning.number,
            done + 1,
            seen.number,
            visit.sale,
            visit.type,
            int(is_expected(learning, seen, visit)),
            visit.reference,
            made.number,
            kept(without_pool(document)),
            at,
        ),
    )
    write_pool(connection, learning.number, document)
    return BookedVisit(done + 1, seen.number, made, learning.currency)


def told(learning: Learning, seen: PostedCurve, visit: Visit) -> Purchase | None:
    """What the learner is told of a visit."""
    if visit.type is None:
        return None
    place = learning.types.index(visit.type)
    buys = purchases(seen.curve, learning.valuations).buys[place]
    return Purchase(place, visit.amount, float(visit.price)) if buys else None


def is_expected(learning: Learning, seen: PostedCurve, visit: Visit) -> bool:
    """Whether a visit is as the valuations say."""
    taken = purchases(seen.curve, learning.valuations)
    if visit.type is None:
        return not taken.buys.all()
    return bool(taken.amounts[learning.types.index(visit.type)] == visit.amount)


def progress(connection: sqlite3.Connection) -> tuple[Progress, ...]:
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


def progress_now(connection: sqlite3.Connection) -> Progress | None:
    """How far the learning is that goes on; None in a market that does not learn."""
    return next((one for one in progress(connection) if one.goes_on), None)


def _progress(learning: Learning, row: sqlite3.Row, goes_on: bool) -> Progress:
    return Progress(
        learning.learner,
        learning.types,
        learning.rounds,
        row["sales"],
        row["rounds"] - row["sales"],
        row["unexpected"],
        goes_on,
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
    learning = learning_of(connection, row["learning"])
    return BookedVisit(
        row["round"], row["curve"], posted_as(connection, row["next_curve"]), learning.currency
    )
