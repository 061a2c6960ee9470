"""What learns prices from sales (sections 4 and 5 of [CHK24]): a state passed from round to round, never kept.

A round: the market posts ``curve(state)``, one buyer comes, and ``observe(state, sale)`` is told what she bought, or
None if she left with nothing.  Only a sale tells a type; who left is never known.

A state is a small frozen value with ``document()`` (JSON) and ``from_document``.  Whatever chance a policy uses is
drawn from a key or a perturbation kept in its state, so a policy started from the same seed and told the same log
posts the same curves, in one go or stopped and resumed anywhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, TypeVar

import numpy as np

from fairpool.ground.arrays import Booleans, Floats
from fairpool.ground.errors import InputError
from fairpool.pricing.curves.curve import PriceCurve, price_curve
from fairpool.pricing.curves.purchase import purchases
from fairpool.pricing.curves.valuations import Valuations
from fairpool.pricing.oracles.oracle import CurveOracle
from fairpool.pricing.policies.state import PolicyState

State = TypeVar("State")


@dataclass(frozen=True, slots=True)
class Purchase:
    """One purchase.  type: which type bought; amount: rows; price: paid, in the units of the valuations.

    Raises InputError for a negative type, an amount below 1, or a price that is not a number from 0 up.
    """

    type: int
    amount: int
    price: float

    def __post_init__(self) -> None:
        if self.type < 0 or self.amount < 1 or not 0 <= self.price < np.inf:
            raise InputError(
                f"sale: got {self.amount:,} rows to type {self.type} for {self.price:g}, expected a type from 0 up, "
                "one row or more and a price from 0 up; None says that nobody bought"
            )


class PricePolicy(Protocol[State]):
    """Learns what to charge."""

    def start(self, *, rng: np.random.Generator) -> State:
        """The state before the first round; all chance of the rounds to come is drawn here."""
        ...

    def curve(self, state: State) -> PriceCurve:
        """What to post this round."""
        ...

    def observe(self, state: State, sale: Purchase | None) -> State:
        """The state after the round in which ``curve(state)`` was posted and this sale was made, or none."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Posted(PolicyState):
    """A curve, what each type pays for it, float64 (types,), and which types buy, bool (types,)."""

    curve: PriceCurve
    payments: Floats
    buys: Booleans


def posted(curve: PriceCurve, valuations: Valuations) -> Posted:
    """What happens if ``curve`` is posted."""
    taken = purchases(curve, valuations)
    return Posted(curve, taken.payments, taken.buys)


def best_posted(oracle: CurveOracle, weights: Floats, valuations: Valuations) -> Posted:
    """The oracle\'s curve for float64 (types,) weights, and what happens if it is posted."""
    return posted(oracle.best(weights).curve, valuations)


def buyer_of(sale: Purchase, buys: Booleans) -> int:
    """The type that bought.  buys: bool (types,), whom the posted curve sells to.

    Raises InputError for a type that is not there or does not buy at that curve: an estimate of how often she comes
    would be wrong without a sign of it.
    """
    if sale.type >= len(buys):
        raise InputError(f"sale: got one to type {sale.type}, expected a type from 0 to {len(buys) - 1}")
    if not buys[sale.type]:
        raise InputError(
            f"sale: got one to type {sale.type}, who by her valuation does not buy at the posted curve: the log "
            "belongs to another curve, or the valuation is wrong"
        )
    return sale.type


def free_curve(valuations: Valuations) -> PriceCurve:
    """All rows for nothing: everyone takes them and tells her type."""
    return price_curve([(valuations.most, 0.0)])


def welcoming_curve(valuations: Valuations) -> PriceCurve:
    """All rows at the least that any type gives for them: the dearest single bundle that everyone buys."""
    return price_curve([(valuations.most, float(valuations.values[:, -1].min()))])


def checked_horizon(rounds: int) -> int:
    """T, at least 1; InputError otherwise."""
    if rounds < 1:
        raise InputError(f"rounds: got {rounds}, expected at least 1")
    return rounds


def chance_of(key: int, round_number: int) -> np.random.Generator:
    """The chance of one round: the same for the same key and round, independent between rounds."""
    return np.random.Generator(np.random.Philox(key=key, counter=[0, 0, 0, round_number]))


def new_key(rng: np.random.Generator) -> int:
    """A key for `chance_of`."""
    return int(rng.integers(2**63))
