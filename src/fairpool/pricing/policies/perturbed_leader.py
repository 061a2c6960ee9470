"""Follow the perturbed leader with the surrogate reward: Algorithm 4 of [CHK24], as it was described to us.

The paper's own text was not available: this follows notes on the algorithm, and what is refuted below is the algorithm
of those notes, not the paper's theorem, whose conditions and proof we have not seen.

    W         ``credit``        float64 (types,): what all rounds so far count towards each type
    r_s(p)    e_i of a sale to type i; without a sale, one for every type that the posted curve does not sell to
    theta_p   ``perturbation``  drawn once

The surrogate is linear in what types pay: the score of a curve is credit @ payments, so an oracle finds the leader.
`ListedPerturbedLeader` perturbs each listed curve by an exponential draw, as published.  `LazyPerturbedLeader`
perturbs the credit of each type instead, in the lazy way of Kalai and Vempala 2005 (FLL): a grid of cells of side
``spacing`` is shifted at random once, and the leader is asked for at the grid point above the credit.  At any round
that point is the credit plus a uniform draw from the cube of that side, and the oracle is asked only when a grid line
is crossed: about sum of |r_s| / spacing times.

What is proved, and what is not.  If the surrogate rewards did not depend on the perturbation, Theorem 1.1 of [KV05]
would give a regret of at most 2 sqrt(D R A T) with D = R = V = sum of the largest values and A = m: 2 V sqrt(m T), or
2 m^(3/2) sqrt(T) for values up to 1, at spacing sqrt(m T).  But they do depend on it: without a sale, every type not
sold to is credited, and that set depends on the curve posted.  The estimate is then too high for the curves that were
not posted, and the regret can be linear: with one amount, values 1, 0.4, 0.4 and arrivals of the first two types in
equal parts, both perturbations end up posting the price 0.4 half of the time and lose T/20, but for what the
perturbation is worth (by hand in docs/theory/learning-prices.md, exactly in the tests; drawing afresh changes
nothing).  Where curves leave out one type at most, the surrogate is exact and this works.  `ResampledLeader` has the
same leader with an honest estimate and a proved bound: prefer it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fairpool.ground.arrays import Floats, Integers
from fairpool.ground.errors import InputError
from fairpool.pricing.curves.curve import PriceCurve
from fairpool.pricing.curves.valuations import Valuations
from fairpool.pricing.oracles.oracle import CurveOracle, ListedCurves
from fairpool.pricing.policies.policy import Posted, Purchase, best_posted, buyer_of, checked_horizon
from fairpool.pricing.policies.state import PolicyState


def credited(credit: Floats, now: Posted, sale: Purchase | None) -> Floats:
    """W after a round in which ``now`` was posted; InputError as for `buyer_of`."""
    if sale is None:
        return credit + ~now.buys
    more = credit.copy()
    more[buyer_of(sale, now.buys)] += 1.0
    return more


@dataclass(frozen=True, slots=True, eq=False)
class ListedLeaderState(PolicyState):
    """credit: float64 (types,); perturbation: float64 (curves,); leader: place in the list of the posted curve."""

    round: int
    credit: Floats
    perturbation: Floats
    leader: int


@dataclass(frozen=True, slots=True, eq=False)
class ListedPerturbedLeader:
    """Algorithm 4 on a list of curves.

    rate: of the exponential perturbations; None takes sqrt(log(curves) / (m^2 T)).  Cost of a round O(curves m).
    """

    curves: ListedCurves
    rounds: int
    rate: float | None = None

    def __post_init__(self) -> None:
        checked_horizon(self.rounds)
        if self.rate is not None and not 0 < self.rate < np.inf:
            raise InputError(f"rate: got {self.rate:g}, expected a positive number")

    def start(self, *, rng: np.random.Generator) -> ListedLeaderState:
        number, types = self.curves.payments.shape
        published = float(np.sqrt(np.log(max(number, 2)) / (types**2 * self.rounds)))
        perturbation = rng.standard_exponential((number,)) / (published if self.rate is None else self.rate)
        return ListedLeaderState(0, np.zeros(types), perturbation, int(np.argmax(perturbation)))

    def curve(self, state: ListedLeaderState) -> PriceCurve:
        return self.curves.offers[state.leader].curve

    def observe(self, state: ListedLeaderState, sale: Purchase | None) -> ListedLeaderState:
        now = self.curves.offers[state.leader]
        credit = credited(state.credit, Posted(now.curve, now.payments, now.purchases.buys), sale)
        leader = int(np.argmax(self.curves.payments @ credit + state.perturbation))
        return ListedLeaderState(state.round + 1, credit, state.perturbation, leader)


@dataclass(frozen=True, slots=True, eq=False)
class LazyLeaderState(PolicyState):
    """credit, shift: float64 (types,); cell: int64 (types,), the grid point asked for is shift + spacing * cell."""

    round: int
    credit: Floats
    shift: Floats
    cell: Integers
    posted: Posted


@dataclass(frozen=True, slots=True, eq=False)
class LazyPerturbedLeader:
    """Algorithm 4 through an oracle.  spacing: side of the cube; None takes sqrt(m T).  Cost of a round O(m)."""

    valuations: Valuations
    oracle: CurveOracle
    rounds: int
    spacing: float | None = None

    def __post_init__(self) -> None:
        checked_horizon(self.rounds)
        if self.spacing is not None and not 0 < self.spacing < np.inf:
            raise InputError(f"spacing: got {self.spacing:g}, expected a positive number")

    @property
    def side(self) -> float:
        """Side of the cube."""
        return float(np.sqrt(self.valuations.types * self.rounds)) if self.spacing is None else self.spacing

    def start(self, *, rng: np.random.Generator) -> LazyLeaderState:
        shift = self.side * rng.random(self.valuations.types)
        nothing = np.zeros(self.valuations.types)
        return self._led(0, nothing, shift, self._cell(nothing, shift))

    def curve(self, state: LazyLeaderState) -> PriceCurve:
        return state.posted.curve

    def observe(self, state: LazyLeaderState, sale: Purchase | None) -> LazyLeaderState:
        credit = credited(state.credit, state.posted, sale)
        cell = self._cell(credit, state.shift)
        if (cell == state.cell).all():
            return LazyLeaderState(state.round + 1, credit, state.shift, cell, state.posted)
        return self._led(state.round + 1, credit, state.shift, cell)

    def _cell(self, credit: Floats, shift: Floats) -> Integers:
        return np.ceil((credit - shift) / self.side).astype(np.int64)

    def _led(self, done: int, credit: Floats, shift: Floats, cell: Integers) -> LazyLeaderState:
        leader = best_posted(self.oracle, shift + self.side * cell, self.valuations)
        return LazyLeaderState(done, credit, shift, cell, leader)
