"""A market that learns its prices: how it was begun, and the curve its learner posts.

From `learn` on the learner's curve is posted, and every visit is a round: a sale, or a visitor who saw the prices and
left (`rounds`).  It goes on until prices are posted by hand or another `learn` begins anew, which is told from the
curve that is posted now: it is the learner's, or it is not.

What a learner decides follows from the market's seed, the number of the learning and the log of rounds.
"""

from __future__ import annotations

import json
import platform
import sqlite3
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import scipy

from fairpool import __version__
from fairpool.ground.errors import InputError
from fairpool.marketplace.learner_state import kept, without_pool, write_pool
from fairpool.marketplace.moment import written_moment
from fairpool.marketplace.posted import PostedCurve, arbitrage_document, posted, write_curve
from fairpool.marketplace.store import writing
from fairpool.marketplace.terms import read_terms
from fairpool.pricing.curves.arbitrage import Arbitrage
from fairpool.pricing.curves.curve import PriceCurve
from fairpool.pricing.curves.tariff import tariff_rounded_down
from fairpool.pricing.curves.valuations import Valuations
from fairpool.pricing.oracles.postable_curves import PostableCurves, in_minor_units
from fairpool.pricing.policies.catalogue import market_policy
from fairpool.pricing.policies.policy import PricePolicy, checked_horizon
from fairpool.tables.dataset import listed

ROUNDS = 1000
LARGEST_HORIZON = 10**9
_LEARNT = 4  # what a generator is for; `appraising`, `sales` and `division` have 0 to 3


@dataclass(frozen=True, slots=True, eq=False)
class Learning:
    """How a market learns.

    rounds: how many were expected when it began; valuations: in whole minor units; forced: curves with arbitrage are
    posted, too; number: counts them from 1; software: what it began with.
    """

    number: int
    learner: str
    rounds: int
    forced: bool
    valuations: Valuations
    currency: str
    first_curve: int
    software: str

    @property
    def types(self) -> tuple[str, ...]:
        return self.valuations.names

    def made(self) -> PricePolicy[Any]:
        """The learner."""
        oracle = PostableCurves(self.valuations, self.currency, with_arbitrage=self.forced)
        return market_policy(self.learner).make(self.valuations, oracle, self.rounds)

    def chance(self, seed: int) -> np.random.Generator:
        """All chance of the learner, from the market's seed."""
        return np.random.default_rng([seed, _LEARNT, self.number])

    def offered(self, curve: PriceCurve) -> tuple[PriceCurve, Arbitrage | None]:
        """A curve of the learner as it is posted: its prices are whole already."""
        whole = tariff_rounded_down(curve.without_idle_bundles(), self.currency, unit=1.0)
        return whole.curve, whole.arbitrage


@dataclass(frozen=True, slots=True, eq=False)
class BegunLearning:
    """A learning that began, and the curve of its first round."""

    learning: Learning
    posted: PostedCurve

    def document(self) -> dict[str, Any]:
        return {
            "learner": self.learning.learner,
            "types": list(self.learning.types),
            "horizon": self.learning.rounds,
            "currency": self.learning.currency,
            "curve": self.posted.number,
            "prices": self.posted.pairs(),
            "arbitrage": arbitrage_document(self.posted.arbitrage),
        }


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

    valuations: what amounts are worth to each type of buyer, in units of the market's currency.  rounds: how many
    visits are expected; more do no harm but that nothing is proved of them.  force: post curves with arbitrage, marked.
    Raises InputError for an unknown learner, and for valuations as `in_minor_units` does.
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
        begun = Learning(number, learner, rounds, force, worths, terms.currency, first_curve, _software())
        return BegunLearning(begun, _begin(connection, begun, terms.seed, moment))


def learning_now(connection: sqlite3.Connection) -> Learning | None:
    """How the market learns; None where the prices that are posted now are no learner's."""
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
    return Learning(
        number,
        row["learner"],
        row["rounds"],
        bool(row["forced"]),
        worths,
        currency,
        row["curve"],
        row["software"],
    )


def type_named(learning: Learning | None, name: str | None) -> str | None:
    """The type that a buyer is said to be of; InputError unless one is told exactly where it is learned from."""
    if learning is None:
        if name is not None:
            raise InputError(
                f"type: got {name!r}, but this market does not learn its prices; `learn` begins it"
            )
        return None
    known = f"expected one of {listed(learning.types)}"
    if name is None:
        raise InputError(
            f"type: got none, but this market learns its prices from the types of buyers; {known}"
        )
    if name.strip() not in learning.types:
        raise InputError(f"type: got {name!r}, {known}")
    return name.strip()


def _begin(connection: sqlite3.Connection, begun: Learning, seed: int, at: str) -> PostedCurve:
    learner = begun.made()
    state = learner.start(rng=begun.chance(seed))
    document, worths = state.document(), begun.valuations
    made = write_curve(connection, begun.offered(learner.curve(state)), at=at)
    given = {
        "types": list(worths.names),
        "amounts": worths.amounts.tolist(),
        "values": worths.values.astype(np.int64).tolist(),
    }
    connection.execute(
        "INSERT INTO learning (id, learner, rounds, forced, valuations, curve, state, software, began_at) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            begun.number,
            begun.learner,
            begun.rounds,
            int(begun.forced),
            json.dumps(given),
            made.number,
            kept(without_pool(document)),
            begun.software,
            at,
        ),
    )
    write_pool(connection, begun.number, document)
    return made


def _software() -> str:
    """What a decision may depend on in its last bits."""
    return f"fairpool {__version__}, numpy {np.__version__}, scipy {scipy.__version__}, {platform.machine()}"
