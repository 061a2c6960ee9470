"""Optimism on types: Algorithm 3 of [CHK24], for types that come independently from a fixed law.

    T_i   ``shown[i]``    rounds whose curve would have sold to type i
    N_i   ``seen[i]``     rounds in which type i bought
    S_t   ``posted.buys`` types that this round's curve sells to
    qhat  N_i / T_i + sqrt(log T / T_i)

Round 1 is free, so that every T_i is at least 1.  Each later round asks the oracle for the curve that earns most if
type i came qhat_i times.  For valuations up to 1 and T >= 2 its expected regret, against the curve that is best for
the law, is at most 4 m sqrt(T log T) (proof: docs/theory/learning-prices.md).  After round T it goes on with the radius
of T, and nothing is proved.

Departures, both optional.  ``growth`` g > 0 keeps a curve until some T_i has grown by the factor 1 + g since it was
chosen (the rarely switching trick of Abbasi-Yadkori et al. 2011): the radius in force is at most sqrt(1 + g) times the
published one, so the bound grows by that factor only, and the oracle is asked at most 1 + m log(T) / log(1 + g) times,
not T.  g = 0 is as published.  ``radius`` replaces the square root; `bernstein` uses that rare types have little
variance, and its regret is O(sqrt(m T log T)) + O(m log^2 T).
A question is asked of the oracle only when qhat has changed, so the state is all there is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from fairpool.ground.arrays import Floats, Integers
from fairpool.ground.errors import InputError
from fairpool.ground.seeds import Chance
from fairpool.pricing.curves.curve import PriceCurve
from fairpool.pricing.curves.valuations import Valuations
from fairpool.pricing.oracles.oracle import CurveOracle
from fairpool.pricing.policies.policy import (
    Posted,
    Purchase,
    best_posted,
    buyer_of,
    checked_horizon,
    free_curve,
    posted,
    welcoming_curve,
)
from fairpool.pricing.policies.state import PolicyState

Radius = Callable[[Floats, Floats, float], Floats]


def published_radius(_: Floats, shown: Floats, log_rounds: float) -> Floats:
    """sqrt(log T / T_i)."""
    return np.sqrt(log_rounds / shown)


def bernstein(means: Floats, shown: Floats, log_rounds: float) -> Floats:
    """sqrt(2 V x / T_i) + 3 x / T_i, V = mean (1 - mean), x = log(3T): Audibert, Munos, Szepesvari 2009, Theorem 1.

    Left at some count up to T with probability at most e (1 + x) log(T) / T.
    """
    logarithm = log_rounds + np.log(3.0)
    return np.sqrt(2 * means * (1 - means) * logarithm / shown) + 3 * logarithm / shown


@dataclass(frozen=True, slots=True, eq=False)
class UpperConfidenceState(PolicyState):
    """shown, seen, chosen_at: int64 (types,); chosen_at is ``shown`` when the posted curve was chosen."""

    round: int
    shown: Integers
    seen: Integers
    chosen_at: Integers
    posted: Posted


@dataclass(frozen=True, slots=True, eq=False)
class UpperConfidence:
    """Algorithm 3: posts the best curve for frequencies that are as large as what was seen allows.

    Parameters
    ----------
    valuations : Valuations
        Of (types, amounts), in the units of the prices.
    oracle : CurveOracle
        Finds the best curve for frequencies, such as `MenuSearch`.
    rounds : int
        T, how many buyers are expected.
    growth : float
        A curve is kept until some type was shown more than 1 + growth times as often as when it was chosen; 0 is as
        published.
    radius : callable
        What is added to a frequency: of means and counts, float64 (types,) each, and log T; `published_radius` or
        `bernstein`.

    Raises
    ------
    InputError
        For no rounds, and a growth that is negative or not finite.

    Notes
    -----
    Cost of a round: O(types), and one question to the oracle when a curve is due; with growth g at most
    1 + types log(T) / log(1 + g) questions in all.

    References
    ----------
    [CHK24] Chen, Huh, Kandasamy, "Learning to Price Homogeneous Data", NeurIPS 2024, Algorithm 3.

    Examples
    --------
    >>> from fairpool.pricing.oracles.menu_search import MenuSearch
    >>> worths = Valuations(np.array([1, 10]), np.array([[2.0, 5.0], [0.0, 30.0]]), ("small", "large"))
    >>> policy = UpperConfidence(worths, MenuSearch(worths), rounds=100)
    >>> state = policy.start(rng=np.random.default_rng(1))
    >>> policy.curve(state).pairs()  # the first round is free, so that every type shows itself
    [[10, 0.0]]
    >>> policy.curve(policy.observe(state, Purchase(1, 10, 0.0))).pairs()
    [[1, 2.0], [10, 30.0]]
    """

    valuations: Valuations
    oracle: CurveOracle
    rounds: int
    growth: float = 0.0
    radius: Radius = published_radius

    def __post_init__(self) -> None:
        checked_horizon(self.rounds)
        if not 0 <= self.growth < np.inf:
            raise InputError(f"growth: got {self.growth:g}, expected a number from 0 up, such as 0.02")

    def start(self, *, rng: Chance) -> UpperConfidenceState:  # noqa: ARG002 - it uses no chance
        none = np.zeros(self.valuations.types, dtype=np.int64)
        return UpperConfidenceState(0, none, none, none, posted(free_curve(self.valuations), self.valuations))

    def curve(self, state: UpperConfidenceState) -> PriceCurve:
        return state.posted.curve

    def observe(self, state: UpperConfidenceState, sale: Purchase | None) -> UpperConfidenceState:
        shown = state.shown + state.posted.buys
        seen = state.seen if sale is None else _one_more(state.seen, buyer_of(sale, state.posted.buys))
        if (shown <= (1 + self.growth) * state.chosen_at).all():
            return UpperConfidenceState(state.round + 1, shown, seen, state.chosen_at, state.posted)
        best = best_posted(self.oracle, self.optimistic(shown, seen), self.valuations)
        return UpperConfidenceState(state.round + 1, shown, seen, shown, best)

    def optimistic(self, shown: Integers, seen: Integers) -> Floats:
        """qhat, float64 (types,)."""
        trials = np.maximum(shown, 1).astype(np.float64)
        means = seen / trials
        return means + self.radius(means, trials, float(np.log(self.rounds)))


@dataclass(frozen=True, slots=True, eq=False)
class PaidStart:
    """Upper confidence whose first round is not free, but at the dearest single bundle that every type buys.

    As published, round 1 gives all rows away so that every type would show itself.  Here it would, too, and pay.
    """

    policy: UpperConfidence

    def start(self, *, rng: Chance) -> UpperConfidenceState:
        valuations = self.policy.valuations
        return replace(self.policy.start(rng=rng), posted=posted(welcoming_curve(valuations), valuations))

    def curve(self, state: UpperConfidenceState) -> PriceCurve:
        return self.policy.curve(state)

    def observe(self, state: UpperConfidenceState, sale: Purchase | None) -> UpperConfidenceState:
        return self.policy.observe(state, sale)


def _one_more(counts: Integers, place: int) -> Integers:
    more = counts.copy()
    more[place] += 1
    return more
