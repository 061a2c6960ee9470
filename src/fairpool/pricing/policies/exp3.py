"""EXP3 on a list of curves (Auer, Cesa-Bianchi, Freund, Schapire 2002): a baseline that ignores types.

    K       ``curves``
    x_k     what curve k earned in a round, divided by ``largest``, estimated by x / P(k) in the rounds that posted it
    P(k)    (1 - gamma) exp(gamma / K * sum of estimates) / (sum over curves) + gamma / K

Only the revenue of a round is used.  Regret against the best listed curve at most 2.63 sqrt(T K log K) times the
largest price, and whatever the best listed curve falls short of the best curve.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fairpool.ground.arrays import Floats
from fairpool.ground.errors import InputError
from fairpool.pricing.curves.curve import PriceCurve
from fairpool.pricing.policies.policy import Purchase, chance_of, checked_horizon, new_key
from fairpool.pricing.policies.state import PolicyState


@dataclass(frozen=True, slots=True, eq=False)
class Exp3State(PolicyState):
    """estimates: float64 (curves,), sums of x / P; choice: the posted curve; likely: how likely it was."""

    round: int
    key: int
    estimates: Floats
    choice: int
    likely: float


@dataclass(frozen=True, slots=True, eq=False)
class Exp3:
    """EXP3 with its published exploration, min(1, sqrt(K log K / ((e - 1) T))).  Cost of a round O(K)."""

    curves: Sequence[PriceCurve]
    rounds: int

    def __post_init__(self) -> None:
        checked_horizon(self.rounds)
        if not self.curves:
            raise InputError("EXP3: got no curves, expected at least one")

    @property
    def exploring(self) -> float:
        """gamma."""
        number = len(self.curves)
        return float(min(1.0, np.sqrt(number * np.log(number) / ((np.e - 1) * self.rounds))))

    @property
    def largest(self) -> float:
        """The largest price of all curves: what a round can earn at most."""
        return max(float(curve.prices.max()) for curve in self.curves)

    def start(self, *, rng: np.random.Generator) -> Exp3State:
        return self._chosen(0, new_key(rng), np.zeros(len(self.curves)))

    def curve(self, state: Exp3State) -> PriceCurve:
        return self.curves[state.choice]

    def observe(self, state: Exp3State, sale: Purchase | None) -> Exp3State:
        estimates = state.estimates
        if sale is not None and sale.price > 0:
            estimates = estimates.copy()
            estimates[state.choice] += sale.price / (self.largest * state.likely)
        return self._chosen(state.round + 1, state.key, estimates)

    def probabilities(self, estimates: Floats) -> Floats:
        """P, float64 (curves,)."""
        share = self.exploring / len(self.curves)
        weights = np.exp(share * (estimates - estimates.max()))
        return (1 - self.exploring) * weights / weights.sum() + share

    def _chosen(self, done: int, key: int, estimates: Floats) -> Exp3State:
        likely = self.probabilities(estimates)
        cumulative = np.cumsum(likely)
        choice = int(
            np.searchsorted(cumulative, chance_of(key, done).random() * cumulative[-1], side="right")
        )
        choice = min(choice, len(likely) - 1)
        return Exp3State(done, key, estimates, choice, float(likely[choice]))
