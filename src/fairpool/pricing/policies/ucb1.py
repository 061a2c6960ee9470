"""UCB1 on a list of curves (Auer, Cesa-Bianchi, Fischer 2002): a baseline that ignores types.

    x_k     ``earned[k] / tried[k]``, revenue of curve k per round, in units of ``largest``
    index   x_k + sqrt(2 log t / tried[k]); every curve is tried once first

Only the revenue of a round is used; right for buyers that come independently.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fairpool.ground.arrays import Floats, Integers
from fairpool.ground.errors import InputError
from fairpool.pricing.curves.curve import PriceCurve
from fairpool.pricing.policies.policy import Purchase
from fairpool.pricing.policies.state import PolicyState


@dataclass(frozen=True, slots=True, eq=False)
class Ucb1State(PolicyState):
    """tried: int64 (curves,); earned: float64 (curves,); choice: the posted curve."""

    round: int
    tried: Integers
    earned: Floats
    choice: int


@dataclass(frozen=True, slots=True, eq=False)
class Ucb1:
    """largest: what a round can earn at most, None for the largest price.  Cost of a round O(curves)."""

    curves: Sequence[PriceCurve]
    largest: float | None = None

    def __post_init__(self) -> None:
        if not self.curves:
            raise InputError("UCB1: got no curves, expected at least one")
        if self.largest is not None and not 0 < self.largest < np.inf:
            raise InputError(
                f"UCB1: got {self.largest:g} as the most that a round can earn, expected a positive number"
            )

    @property
    def unit(self) -> float:
        """What a round can earn at most; 1 if all is free."""
        most = (
            max(float(curve.prices.max()) for curve in self.curves) if self.largest is None else self.largest
        )
        return most or 1.0

    def start(self, *, rng: np.random.Generator) -> Ucb1State:  # noqa: ARG002 - it uses no chance
        number = len(self.curves)
        return Ucb1State(0, np.zeros(number, dtype=np.int64), np.zeros(number), 0)

    def curve(self, state: Ucb1State) -> PriceCurve:
        return self.curves[state.choice]

    def observe(self, state: Ucb1State, sale: Purchase | None) -> Ucb1State:
        done, tried, earned = state.round + 1, state.tried.copy(), state.earned.copy()
        tried[state.choice] += 1
        earned[state.choice] += 0.0 if sale is None else sale.price
        choice = done if done < len(tried) else self._most_promising(tried, earned, done)
        return Ucb1State(done, tried, earned, choice)

    def _most_promising(self, tried: Integers, earned: Floats, done: int) -> int:
        index = earned / (self.unit * tried) + np.sqrt(2 * np.log(done) / tried)
        return int(np.argmax(index))
