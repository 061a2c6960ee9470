"""Explore, then commit: a baseline for types that come independently.

The curve is free for the first E rounds, so that every type shows, then the best curve for the frequencies seen is
posted for ever.  E = T^(2/3) balances what exploring loses (all revenue) against what a wrong curve loses
(about sqrt(m / E) a round): regret O(sqrt(m) T^(2/3)).  One question to the oracle.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fairpool.ground.arrays import Integers
from fairpool.ground.errors import InputError
from fairpool.pricing.curves.curve import PriceCurve
from fairpool.pricing.curves.valuations import Valuations
from fairpool.pricing.oracles.oracle import CurveOracle
from fairpool.pricing.policies.policy import Purchase, buyer_of, checked_horizon, free_curve
from fairpool.pricing.policies.state import PolicyState


@dataclass(frozen=True, slots=True, eq=False)
class ExploreThenCommitState(PolicyState):
    """seen: int64 (types,), how often each type came while the curve was free."""

    round: int
    seen: Integers
    curve: PriceCurve


@dataclass(frozen=True, slots=True, eq=False)
class ExploreThenCommit:
    """exploring: E, rounds for free; None takes T^(2/3), rounded up."""

    valuations: Valuations
    oracle: CurveOracle
    rounds: int
    exploring: int | None = None

    def __post_init__(self) -> None:
        checked_horizon(self.rounds)
        if self.exploring is not None and self.exploring < 1:
            raise InputError(f"exploring: got {self.exploring} rounds, expected at least 1")

    @property
    def free_rounds(self) -> int:
        """E."""
        return int(np.ceil(self.rounds ** (2 / 3))) if self.exploring is None else self.exploring

    def start(self, *, rng: np.random.Generator) -> ExploreThenCommitState:  # noqa: ARG002 - it uses no chance
        none = np.zeros(self.valuations.types, dtype=np.int64)
        return ExploreThenCommitState(0, none, free_curve(self.valuations))

    def curve(self, state: ExploreThenCommitState) -> PriceCurve:
        return state.curve

    def observe(self, state: ExploreThenCommitState, sale: Purchase | None) -> ExploreThenCommitState:
        done = state.round + 1
        if done > self.free_rounds:
            return ExploreThenCommitState(done, state.seen, state.curve)
        seen = state.seen
        if sale is not None:
            seen = seen.copy()
            seen[buyer_of(sale, np.ones(len(seen), dtype=np.bool_))] += 1
        if done < self.free_rounds:
            return ExploreThenCommitState(done, seen, state.curve)
        return ExploreThenCommitState(done, seen, self.oracle.best(seen.astype(np.float64)).curve)
