"""A market that learns its prices: how it was begun, the policy that sets them, and the policy's state in the file.

From `learn` on the policy's curve is posted, and every visit is a round: a sale, or a visitor who saw the prices and
left (`visits`).  It goes on until prices are posted by hand or another `learn` begins anew, which is told from the
curve that is posted now: it is the policy's, or it is not.

What a policy decides follows from the market's seed, the number of the learning and the log of rounds.  Its state is
kept after every round, in full, and yet small: as compressed JSON.  What a resampled leader's state holds most of is
its pool of curves, which only ever gets longer: of that each round adds what is new (table ``learned_curve``), so a
round costs a kilobyte or so.  Nothing has to be computed again to go on, also by a program whose random numbers or sums
come out differently.
"""

from __future__ import annotations

import json
import platform
import sqlite3
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import scipy

from fairpool import __version__
from fairpool.documents.marketplace import BegunLearning
from fairpool.ground.errors import InputError
from fairpool.ground.seeds import Stream, generator
from fairpool.marketplace.file.store import writing, written_moment
from fairpool.marketplace.prices.posting import PostedCurve, posted, write_curve
from fairpool.marketplace.terms import read_terms
from fairpool.pricing.curves.valuations import Valuations
from fairpool.pricing.learned_prices import LearnedPrices
from fairpool.pricing.oracles.postable_curves import in_minor_units
from fairpool.pricing.policies.catalogue import market_policy
from fairpool.pricing.policies.policy import checked_horizon
from fairpool.tables.names import listed

ROUNDS = 1000
LARGEST_HORIZON = 10**9
_POOL, _LENGTH = "pool", "pool_length"


@dataclass(frozen=True, slots=True, eq=False)
class Learning:
    """Prices that a market learns; number: counts them from 1; software: what it began with."""

    number: int
    prices: LearnedPrices
    first_curve: int
    software: str

    def chance(self, seed: int) -> np.random.Generator:
        """All chance of the policy, from the market's seed."""
        return generator(seed, Stream.LEARNT, self.number)


def learn(
    folder: Path,
    valuations: Valuations,
    *,
    at: datetime,
    learner: str = "upper-confidence",
    rounds: int = ROUNDS,
    force: bool = False,
) -> BegunLearning:
    """Let the market learn its prices from now on, beginning anew.

    Parameters
    ----------
    folder : Path
    valuations : Valuations
        What amounts are worth to each type of buyer, in units of the market's currency.
    at : datetime
        When, with a time zone; kept in UTC, to the second.
    learner : {"upper-confidence", "upper-confidence-bernstein", "resampled-leader"}
        The policy that sets the prices.
    rounds : int
        How many visits are expected; more do no harm but that nothing is proved of them.
    force : bool
        Whether curves with arbitrage are posted as they are, and marked.

    Returns
    -------
    BegunLearning
        The types, and the curve of the first round: ``prices`` are pairs of rows and minor units.

    Raises
    ------
    InputError
        For an unknown learner, no rounds or more than 10^9, a type that pays nothing for all rows, worths above
        `money.LARGEST_AMOUNT`, a time without a time zone, and where there is no market in ``folder``.

    Notes
    -----
    Every visit from now on is a round, a sale (`buy`) or none (`declined`), and may ask the policy's oracle a question:
    see `fairpool.pricing.UpperConfidence` for how often.

    Examples
    --------
    >>> import tempfile
    >>> from datetime import UTC, datetime
    >>> from fractions import Fraction
    >>> from pathlib import Path
    >>> import numpy as np
    >>> from fairpool.marketplace import MarketTerms, learn, open_market
    >>> from fairpool.pricing import Valuations, price_curve
    >>> at = datetime(2026, 3, 1, 12, tzinfo=UTC)
    >>> place = tempfile.TemporaryDirectory()
    >>> shop = Path(place.name) / "shop"
    >>> opened = open_market(shop, MarketTerms("EUR", Fraction(1, 10)), price_curve([(10, 4.0), (60, 8.0)]), at=at)
    >>> worths = Valuations(np.array([1, 40]), np.array([[2.0, 5.0], [0.0, 30.0]]), ("small", "large"))
    >>> begun = learn(shop, worths, at=at)
    >>> begun.prices
    ((40, 500),)
    >>> place.cleanup()
    """
    moment = written_moment(at)
    market_policy(learner)
    if checked_horizon(rounds) > LARGEST_HORIZON:
        raise InputError(f"rounds: got {rounds:,}, expected at most {LARGEST_HORIZON:,}")
    with writing(folder) as connection:
        terms = read_terms(connection)
        number = int(connection.execute("SELECT count(*) + 1 FROM learning").fetchone()[0])
        worths = in_minor_units(valuations, terms.currency)
        first_curve = posted(connection).number + 1
        prices = LearnedPrices(learner, rounds, force, worths, terms.currency)
        begun = Learning(number, prices, first_curve, _software())
        made = _begin(connection, begun, terms.seed, moment)
    return BegunLearning(
        learner=learner, types=prices.types, horizon=rounds, currency=terms.currency, **made.shown()
    )


def learning_now(connection: sqlite3.Connection) -> Learning | None:
    """How the market learns; None where the prices that are posted now are no policy's."""
    row = connection.execute(
        "SELECT l.id, ifnull((SELECT next_curve FROM learning_round WHERE learning = l.id "
        "ORDER BY round DESC LIMIT 1), l.curve) AS curve FROM learning l ORDER BY l.id DESC LIMIT 1"
    ).fetchone()
    if row is None or row["curve"] != posted(connection).number:
        return None
    return learning_of(connection, row["id"])


def learning_of(connection: sqlite3.Connection, number: int) -> Learning:
    """A learning by its number."""
    row = connection.execute("SELECT * FROM learning WHERE id = ?", (number,)).fetchone()
    given = json.loads(row["valuations"])
    worths = Valuations(
        np.array(given["amounts"], dtype=np.int64),
        np.array(given["values"], dtype=np.float64),
        tuple(given["types"]),
    )
    currency = read_terms(connection).currency
    prices = LearnedPrices(row["learner"], row["rounds"], bool(row["forced"]), worths, currency)
    return Learning(number, prices, row["curve"], row["software"])


def type_named(learning: Learning | None, name: str | None) -> str | None:
    """The type that a buyer is said to be of; InputError unless one is told exactly where it is learned from."""
    if learning is None:
        if name is not None:
            raise InputError(
                f"type: got {name!r}, but this market does not learn its prices; `learn` begins it"
            )
        return None
    known = f"expected one of {listed(learning.prices.types)}"
    if name is None:
        raise InputError(
            f"type: got none, but this market learns its prices from the types of buyers; {known}"
        )
    if name.strip() not in learning.prices.types:
        raise InputError(f"type: got {name!r}, {known}")
    return name.strip()


def _begin(connection: sqlite3.Connection, begun: Learning, seed: int, at: str) -> PostedCurve:
    prices = begun.prices
    policy = prices.made()
    state = policy.start(rng=begun.chance(seed))
    made = write_curve(connection, prices.offered(policy.curve(state)), at=at)
    given = {
        "types": list(prices.types),
        "amounts": prices.valuations.amounts.tolist(),
        "values": prices.valuations.values.astype(np.int64).tolist(),
    }
    how = (prices.policy, prices.rounds, int(prices.forced), json.dumps(given), made.number)
    connection.execute(
        "INSERT INTO learning (id, learner, rounds, forced, valuations, curve, state, software, began_at) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (begun.number, *how, kept(without_pool(state.document())), begun.software, at),
    )
    write_pool(connection, begun.number, state.document())
    return made


def _software() -> str:
    """What a decision may depend on in its last bits."""
    return f"fairpool {__version__}, numpy {np.__version__}, scipy {scipy.__version__}, {platform.machine()}"


# ---- states


def kept(document: object) -> bytes:
    """A document as the file keeps it; floats come back to the last bit."""
    return zlib.compress(json.dumps(document, separators=(",", ":")).encode(), 9)


def read(content: bytes) -> Any:
    """What `kept` has kept."""
    return json.loads(zlib.decompress(content))


def without_pool(document: Mapping[str, Any]) -> dict[str, Any]:
    """A state's document with the length of its pool in the place of it, if it has one."""
    rest = {name: value for name, value in document.items() if name != _POOL}
    return {**rest, _LENGTH: len(document[_POOL])} if _POOL in document else rest


def write_pool(connection: sqlite3.Connection, learning: int, document: Mapping[str, Any]) -> None:
    """Record the curves of a state's pool that are not recorded yet."""
    pool = document.get(_POOL, [])
    known = connection.execute("SELECT count(*) FROM learned_curve WHERE learning = ?", (learning,))
    first = int(known.fetchone()[0])
    connection.executemany(
        "INSERT INTO learned_curve (learning, place, document) VALUES (?, ?, ?)",
        [(learning, place, kept(one)) for place, one in enumerate(pool[first:], start=first)],
    )


def with_pool(connection: sqlite3.Connection, learning: int, content: bytes) -> dict[str, Any]:
    """The document of a state again."""
    document: dict[str, Any] = read(content)
    length = document.pop(_LENGTH, None)
    return document if length is None else {**document, _POOL: pool(connection, learning)[:length]}


def pool(connection: sqlite3.Connection, learning: int) -> list[Any]:
    """The documents of all curves that a learner keeps."""
    found = connection.execute(
        "SELECT document FROM learned_curve WHERE learning = ? ORDER BY place", (learning,)
    )
    return [read(row["document"]) for row in found]
