"""Learned prices computed again: from the market's seed and the log of rounds alone, and compared with the file.

A policy is started anew and told every round.  What it would post, and its state, must be what was booked.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import Any

from fairpool.marketplace.prices.learning import Learning, kept, learning_of, pool, read, without_pool
from fairpool.marketplace.prices.posting import PostedCurve, posted_as
from fairpool.marketplace.terms import read_terms
from fairpool.pricing.curves.curve import PriceCurve
from fairpool.pricing.learned_prices import Visit


def wrong_lessons(connection: sqlite3.Connection) -> tuple[str, ...]:
    """Where what was learned is not what the seed and the log say, in words: of every learning the first place."""
    numbers = [row["id"] for row in connection.execute("SELECT id FROM learning ORDER BY id")]
    firsts = (next(_wrong(connection, learning_of(connection, number)), None) for number in numbers)
    return tuple(one for one in firsts if one is not None) + tuple(_untold(connection))


def _wrong(connection: sqlite3.Connection, learning: Learning) -> Iterator[str]:
    prices, policy = learning.prices, learning.prices.made()
    state = policy.start(rng=learning.chance(read_terms(connection).seed))
    first = connection.execute("SELECT state FROM learning WHERE id = ?", (learning.number,)).fetchone()
    seen = posted_as(connection, learning.first_curve)
    if not _same(learning, seen, policy.curve(state), state, first["state"]):
        yield f"learning {learning.number}: its first curve is another than the seed gives{_with(learning)}"
    for row in _log(connection, learning):
        where = f"learning {learning.number}, round {row['round']}"
        visit = Visit(row["type"], row["amount"] or 0, row["price"] or 0)
        if row["curve"] != seen.number or (row["sold_at"] or seen.number) != seen.number:
            yield f"{where}: its visitor was asked other prices than were posted"
        if row["expected"] != prices.expects(seen.curve, visit):
            yield f"{where}: it is marked otherwise than the valuations say"
        state = policy.observe(state, prices.told(seen.curve, visit))
        seen = posted_as(connection, row["next_curve"])
        if not _same(learning, seen, policy.curve(state), state, row["state"]):
            yield f"{where}: the learner would have posted or kept something else{_with(learning)}"
    if pool(connection, learning.number) != read(kept(state.document().get("pool", []))):
        yield f"learning {learning.number}: it keeps other curves than its learner would{_with(learning)}"


def _log(connection: sqlite3.Connection, learning: Learning) -> list[sqlite3.Row]:
    return connection.execute(
        "SELECT r.*, s.amount, s.price, s.curve AS sold_at FROM learning_round r LEFT JOIN sale s ON s.id = r.sale "
        "WHERE r.learning = ? ORDER BY r.round",
        (learning.number,),
    ).fetchall()


def _same(learning: Learning, booked: PostedCurve, curve: PriceCurve, state: Any, content: bytes) -> bool:
    """Whether a curve and a state are those that were booked; the pool of a state is looked at when all is done."""
    if learning.prices.offered(curve)[0].pairs() != booked.curve.pairs():
        return False
    return bool(read(kept(without_pool(state.document()))) == read(content))


def _with(learning: Learning) -> str:
    return f" (it began with {learning.software})"


def _untold(connection: sqlite3.Connection) -> Iterator[str]:
    found = connection.execute(
        "SELECT id FROM sale WHERE (curve IN (SELECT curve FROM learning) OR curve IN (SELECT next_curve FROM "
        "learning_round)) AND id NOT IN (SELECT sale FROM learning_round WHERE sale IS NOT NULL) ORDER BY id"
    )
    for row in found:
        yield f"sale {row['id']} was made at learned prices, but the learner was not told"
