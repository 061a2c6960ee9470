"""The price policies by name: how each decides, how it is made for a simulation and, if it can be, for a market.

A policy is added in two places: its own file, and an entry in `POLICIES`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from fairpool.ground.errors import InputError
from fairpool.pricing.curves.valuations import Valuations
from fairpool.pricing.oracles.oracle import CurveOracle
from fairpool.pricing.policies.exp3 import Exp3
from fairpool.pricing.policies.explore_then_commit import ExploreThenCommit
from fairpool.pricing.policies.fixed_curve import linear_curves, single_bundles
from fairpool.pricing.policies.perturbed_leader import LazyPerturbedLeader
from fairpool.pricing.policies.policy import PricePolicy
from fairpool.pricing.policies.resampled_leader import ResampledLeader, ResampledLeaderState
from fairpool.pricing.policies.state import PolicyState
from fairpool.pricing.policies.ucb1 import Ucb1
from fairpool.pricing.policies.upper_confidence import (
    PaidStart,
    Radius,
    UpperConfidence,
    UpperConfidenceState,
    bernstein,
    published_radius,
)
from fairpool.tables.names import listed

Make = Callable[[Valuations, CurveOracle, int], PricePolicy[Any]]

# a new curve is chosen when some type was shown so much more often; decides what a market posts: change it with the
# format of its file
GROWTH = 0.02
LINEAR_PRICES = 40
GRID_AMOUNTS, GRID_LEVELS = 8, 12


@dataclass(frozen=True, slots=True)
class InMarket:
    """How a market learns its prices by a policy: what makes it, and the type of the states that the market keeps."""

    make: Make
    state: type[PolicyState]


@dataclass(frozen=True, slots=True)
class NamedPolicy:
    """What a user may name.

    title, words    for a reader of the report
    make            from valuations, an oracle and the number of rounds that are expected
    in_market       None where it only runs in simulations
    """

    title: str
    words: str
    make: Make
    in_market: InMarket | None = None


def market_policy(name: str) -> InMarket:
    """What a market can learn its prices by; InputError for another name."""
    known = {one: policy.in_market for one, policy in POLICIES.items() if policy.in_market is not None}
    if name not in known:
        raise InputError(f"learner: got {name!r}, expected one of {listed(list(known))}")
    return known[name]


def _on_single_bundles(valuations: Valuations, _: CurveOracle, rounds: int) -> Exp3:
    places = np.unique(np.linspace(0, len(valuations.amounts) - 1, GRID_AMOUNTS).round().astype(int))
    amounts = valuations.amounts[places].tolist()
    return Exp3(single_bundles(amounts, valuations.largest, levels=GRID_LEVELS), rounds)


def _upper_confidence(radius: Radius) -> Callable[[Valuations, CurveOracle, int], UpperConfidence]:
    return lambda valuations, oracle, rounds: UpperConfidence(
        valuations, oracle, rounds, growth=GROWTH, radius=radius
    )


def _paid_upper_confidence(radius: Radius) -> InMarket:
    simulated = _upper_confidence(radius)
    return InMarket(lambda *given: PaidStart(simulated(*given)), UpperConfidenceState)


def _resampled(valuations: Valuations, oracle: CurveOracle, _: int) -> ResampledLeader:
    return ResampledLeader(valuations, oracle)


POLICIES: dict[str, NamedPolicy] = {
    "upper-confidence": NamedPolicy(
        "Upper confidence",
        "Counts how often each type bought among the rounds in which it would have, adds what chance may have hidden,"
        " and posts the curve that earns most from these optimistic frequencies. For buyers that come independently.",
        _upper_confidence(published_radius),
        _paid_upper_confidence(published_radius),
    ),
    "upper-confidence-bernstein": NamedPolicy(
        "Upper confidence (Bernstein)",
        "The same with a smaller addition for types that are rare: their frequencies vary less.",
        _upper_confidence(bernstein),
        _paid_upper_confidence(bernstein),
    ),
    "resampled-leader": NamedPolicy(
        "Resampled leader",
        "Posts the curve that would have earned most so far, after random bonuses drawn afresh in every round; a sale"
        " counts the more the less likely it was. For buyers that come in any order.",
        _resampled,
        InMarket(_resampled, ResampledLeaderState),
    ),
    "perturbed-leader": NamedPolicy(
        "Perturbed leader (as published)",
        "Posts the curve that would have earned most so far, after bonuses drawn once; a buyer who leaves counts for"
        " every type that the curve does not sell to. That estimate is too high, and regret can grow linearly.",
        LazyPerturbedLeader,
    ),
    "explore-then-commit": NamedPolicy(
        "Explore, then commit",
        "Gives data away for a while, so that every type shows itself, then posts the best curve for the frequencies"
        " seen, for ever.",
        ExploreThenCommit,
    ),
    "exp3": NamedPolicy(
        "EXP3 on single bundles",
        "Tries one bundle at one price at a time, from a fixed list, and more often those that earned more. It looks at"
        " revenue only, not at types.",
        _on_single_bundles,
    ),
    "linear-price": NamedPolicy(
        "One price a row",
        "Charges the same for every row, and learns which price from a fixed list earns most (UCB1).",
        lambda valuations, _, __: Ucb1(linear_curves(valuations, LINEAR_PRICES)),
    ),
}
DEFAULT_POLICIES = ("upper-confidence", "resampled-leader", "explore-then-commit", "exp3", "linear-price")
