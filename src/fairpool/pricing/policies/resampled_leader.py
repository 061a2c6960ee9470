"""Follow the perturbed leader with an honest estimate of who came: buyers in any order, only sales tell a type.

Algorithm 4 of [CHK24] credits every type not sold to when nobody buys, which is too much (`perturbed_leader`).  Here a
sale to type i counts 1 / P(i), where P(i) is how likely the curve of that round was to sell to type i, and a round
without a sale counts nothing: right on average for every type, whoever came.  That is a combinatorial semi-bandit, as a
curve shows the arrivals of exactly the types it sells to.  1 / P(i) is found by geometric resampling (Neu, Bartok,
"Importance weighting without importance weights", 2016): perturbations are drawn afresh until the leader would
have sold to type i, and the number of draws, at most B, is the estimate.

    W        ``credit``        float64 (types,), sum of the estimates
    eta_t    ``rate(t)``       round t posts the leader of W + z, z_i exponential with mean 1 / eta_t, drawn afresh
    gamma_t  ``_exploring``    how likely round t posts the leader of those curves that sell to everyone instead
    B_t      1 / eta_t, rounded down: the most draws

Against any curve fixed beforehand, for arrivals that may even depend on earlier rounds (so against the best curve in
hindsight, if the order of arrivals is fixed beforehand), with v the largest value and V the sum of the types' largest
values,
    E regret <= V / eta_T + v sum over t of (3.44 eta_t / (1 - gamma_t) + gamma_t + exp(-gamma_t B_t)) + E shortfall.
All but the last is `regret_bound`.  With gamma_t = eta_t log(t) / 2 and eta_t = sqrt(V / (2 v t (3.5 + log(t) / 2)))
it is about 2 sqrt(2 V v T (3.5 + log(T) / 2)) + 2 v sqrt(T) = O(v sqrt(m T log T)), and the number of rounds need not
be known.  Proof: docs/theory/learning-prices.md.

The leader is taken from a pool of curves (`curve_pool`), as a question for each draw would be dear.  The oracle is
asked about W + a draw of its own.  A question that gained more than ``tolerance`` V / eta_t halves the pause to the
next one, another doubles it; the pause stays between a 400th and a 20th of the rounds so far, so that T rounds ask some
hundred times.  ``shortfall`` in the state sums what the questions gained; with that of one more question after the
last round it is, on average, at least what all curves that the pool did not hold could have cost.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log

import numpy as np

from fairpool.ground.arrays import Floats, Integers, Positions
from fairpool.ground.errors import InputError
from fairpool.pricing.curves.curve import PriceCurve
from fairpool.pricing.curves.valuations import Valuations
from fairpool.pricing.oracles.oracle import CurveOracle
from fairpool.pricing.policies.curve_pool import CurvePool, joined, pool_of
from fairpool.pricing.policies.policy import (
    Posted,
    Purchase,
    best_posted,
    buyer_of,
    chance_of,
    checked_horizon,
    new_key,
    posted,
    welcoming_curve,
)
from fairpool.pricing.policies.state import PolicyState

DRAWS = 8  # perturbations drawn at a time
MOST_RAISES = 6  # times that the weights of types not sold to are raised, to find a curve for everyone
NEAREST, FURTHEST = 400, 20  # questions lie between rounds / NEAREST and rounds / FURTHEST apart


@dataclass(frozen=True, slots=True)
class Questions(PolicyState):
    """When the oracle is asked: after round ``next_at``, ``pause`` after the last; shortfall: gained so far."""

    next_at: int
    pause: int
    shortfall: float

    def after(self, gain: float, *, much: bool, done: int) -> Questions:
        """After a question in round ``done``."""
        wanted = self.pause // 2 if much else 2 * self.pause
        pause = max(min(max(wanted, done // NEAREST), done // FURTHEST), 1)
        return Questions(done + pause, pause, self.shortfall + gain)


@dataclass(frozen=True, slots=True, eq=False)
class ResampledLeaderState(PolicyState):
    """credit: float64 (types,); choice: place in the pool of the posted curve."""

    round: int
    key: int
    credit: Floats
    pool: CurvePool
    choice: int
    questions: Questions


@dataclass(frozen=True, slots=True, eq=False)
class ResampledLeader:
    """The policy.

    boldness: factor to the rates, 1 as in the bound; more perturbs less.  tolerance: see above.
    Cost of a round: about 1 / P(i) draws, O(curves m) each.
    """

    valuations: Valuations
    oracle: CurveOracle
    boldness: float = 1.0
    tolerance: float = 0.01

    def __post_init__(self) -> None:
        if not 0 < self.boldness < np.inf:
            raise InputError(f"boldness: got {self.boldness:g}, expected a positive number, such as 1")
        if not 0 <= self.tolerance < np.inf:
            raise InputError(f"tolerance: got {self.tolerance:g}, expected a number from 0 up, such as 0.01")

    def rate(self, round_number: int) -> float:
        """eta_t for rounds counted from 1."""
        return float(_rates(np.array([round_number]), self.valuations, self.boldness)[0])

    def start(self, *, rng: np.random.Generator) -> ResampledLeaderState:
        types = self.valuations.types
        pool = pool_of([posted(welcoming_curve(self.valuations), self.valuations)])
        for weights in [np.ones(types), *rng.standard_exponential((types, types))]:
            pool = joined(
                joined(pool, best_posted(self.oracle, weights, self.valuations)), self._for_everyone(weights)
            )
        return self._chosen(0, new_key(rng), np.zeros(types), pool, Questions(1, 1, 0.0))

    def curve(self, state: ResampledLeaderState) -> PriceCurve:
        return state.pool.curves[state.choice]

    def observe(self, state: ResampledLeaderState, sale: Purchase | None) -> ResampledLeaderState:
        done, credit, pool, questions = state.round + 1, state.credit, state.pool, state.questions
        chance = chance_of(state.key, 2 * done)
        if sale is not None:
            buyer, credit = buyer_of(sale, state.pool.buys[state.choice]), credit.copy()
            credit[buyer] += self._draws_until(state, buyer, chance)
        if done >= questions.next_at:
            pool, questions = self._asked(done, credit, pool, questions, chance)
        return self._chosen(done, state.key, credit, pool, questions)

    def _chosen(
        self, done: int, key: int, credit: Floats, pool: CurvePool, questions: Questions
    ) -> ResampledLeaderState:
        chance = chance_of(key, 2 * done + 1)
        choice = int(self._drawn(1, credit, pool, self.rate(done + 1), done + 1, chance)[0])
        return ResampledLeaderState(done, key, credit, pool, choice, questions)

    def _draws_until(self, state: ResampledLeaderState, buyer: int, chance: np.random.Generator) -> float:
        """min(B, draws until the curve would have sold to ``buyer``): 1 / P(buyer) on average, but for the cut."""
        rate = self.rate(state.round + 1)
        most = int(1 / rate)
        for drawn in range(0, most, DRAWS):
            places = self._drawn(DRAWS, state.credit, state.pool, rate, state.round + 1, chance)
            sells = state.pool.buys[places, buyer]
            if sells.any():
                return float(min(drawn + int(np.argmax(sells)) + 1, most))
        return float(most)

    def _drawn(
        self,
        number: int,
        credit: Floats,
        pool: CurvePool,
        rate: float,
        coming: int,
        chance: np.random.Generator,
    ) -> Positions:
        """Places of the curves posted in ``number`` independent repetitions of the coming round."""
        perturbed = credit + chance.standard_exponential((number, len(credit))) / rate
        explores = chance.random(number) < _exploring(rate, coming)
        return np.where(explores, pool.leader_for_all(credit), pool.leaders(perturbed))

    def _asked(
        self, done: int, credit: Floats, pool: CurvePool, questions: Questions, chance: np.random.Generator
    ) -> tuple[CurvePool, Questions]:
        rate = self.rate(done)
        weights = credit + chance.standard_exponential(len(credit)) / rate
        best = best_posted(self.oracle, weights, self.valuations)
        gain = max(float(best.payments @ weights) - pool.most(weights), 0.0)
        much = gain > self.tolerance * float(self.valuations.values[:, -1].sum()) / rate
        return joined(pool, best), questions.after(gain, much=much, done=done)

    def _for_everyone(self, weights: Floats) -> Posted:
        """A good curve that sells to every type: types that it leaves out are raised until it does not."""
        raised = weights
        for raises in range(1, MOST_RAISES + 1):
            best = best_posted(self.oracle, raised, self.valuations)
            if best.buys.all():
                return best
            raised = np.where(best.buys, raised, 2.0**raises * weights.max())
        return posted(welcoming_curve(self.valuations), self.valuations)


def regret_bound(valuations: Valuations, rounds: int, *, boldness: float = 1.0) -> float:
    """What the expected regret over ``rounds`` is at most if the pool holds all curves; else add E shortfall."""
    coming = np.arange(1, checked_horizon(rounds) + 1)
    eta = _rates(coming, valuations, boldness)
    gamma = np.array([_exploring(rate, t) for rate, t in zip(eta.tolist(), coming.tolist(), strict=True)])
    a_round = 2 * (np.e - 1) * eta / (1 - gamma) + gamma + np.exp(-gamma * np.floor(1 / eta))
    return float(valuations.values[:, -1].sum() / eta[-1] + valuations.largest * a_round.sum())


def _rates(coming: Integers, valuations: Valuations, boldness: float) -> Floats:
    """eta_t, at most 1, for int64 (rounds,) counted from 1; where nothing is worth anything, as for one type."""
    types = float(valuations.values[:, -1].sum()) / valuations.largest if valuations.largest else 1.0
    return np.minimum(boldness * np.sqrt(types / (2 * coming * (3.5 + np.log(coming) / 2))), 1.0)


def _exploring(rate: float, coming: int) -> float:
    """gamma_t, at most a half."""
    return min(rate * log(coming) / 2, 0.5)
