"""The learners that PRICE.toml can name: what each is called, how it decides, and how it is made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from fairpool.pricing.curves.valuations import Valuations
from fairpool.pricing.optimal.oracle import CurveOracle
from fairpool.pricing.policies.bundle_grid import single_bundles
from fairpool.pricing.policies.exp3 import Exp3
from fairpool.pricing.policies.explore_then_commit import ExploreThenCommit
from fairpool.pricing.policies.linear_price import linear_curves
from fairpool.pricing.policies.perturbed_leader import LazyPerturbedLeader
from fairpool.pricing.policies.policy import PricePolicy
from fairpool.pricing.policies.resampled_leader import ResampledLeader
from fairpool.pricing.policies.ucb1 import Ucb1
from fairpool.pricing.policies.upper_confidence import UpperConfidence, bernstein

Make = Callable[[Valuations, CurveOracle, int], PricePolicy[Any]]

GROWTH = 0.02  # a new curve is chosen when some type was shown so much more often
LINEAR_PRICES = 40
GRID_AMOUNTS, GRID_LEVELS = 8, 12


@dataclass(frozen=True, slots=True)
class NamedLearner:
    """``make`` takes valuations, an oracle and the number of rounds; ``words`` are for a reader of the report."""

    title: str
    words: str
    make: Make


def _single_bundles(valuations: Valuations, _: CurveOracle, rounds: int) -> Exp3:
    places = np.unique(np.linspace(0, len(valuations.amounts) - 1, GRID_AMOUNTS).round().astype(int))
    amounts = valuations.amounts[places].tolist()
    return Exp3(single_bundles(amounts, valuations.largest, levels=GRID_LEVELS), rounds)


LEARNERS: dict[str, NamedLearner] = {
    "upper-confidence": NamedLearner(
        "Upper confidence",
        "Counts how often each type bought among the rounds in which it would have, adds what chance may have hidden,"
        " and posts the curve that earns most from these optimistic frequencies. For buyers that come independently.",
        lambda valuations, oracle, rounds: UpperConfidence(valuations, oracle, rounds, growth=GROWTH),
    ),
    "upper-confidence-bernstein": NamedLearner(
        "Upper confidence (Bernstein)",
        "The same with a smaller addition for types that are rare: their frequencies vary less.",
        lambda valuations, oracle, rounds: UpperConfidence(
            valuations, oracle, rounds, growth=GROWTH, radius=bernstein
        ),
    ),
    "resampled-leader": NamedLearner(
        "Resampled leader",
        "Posts the curve that would have earned most so far, after random bonuses drawn afresh in every round; a sale"
        " counts the more the less likely it was. For buyers that come in any order.",
        lambda valuations, oracle, _: ResampledLeader(valuations, oracle),
    ),
    "perturbed-leader": NamedLearner(
        "Perturbed leader (as published)",
        "Posts the curve that would have earned most so far, after bonuses drawn once; a buyer who leaves counts for"
        " every type that the curve does not sell to. That estimate is too high, and regret can grow linearly.",
        lambda valuations, oracle, rounds: LazyPerturbedLeader(valuations, oracle, rounds),
    ),
    "explore-then-commit": NamedLearner(
        "Explore, then commit",
        "Gives data away for a while, so that every type shows itself, then posts the best curve for the frequencies"
        " seen, for ever.",
        lambda valuations, oracle, rounds: ExploreThenCommit(valuations, oracle, rounds),
    ),
    "exp3": NamedLearner(
        "EXP3 on single bundles",
        "Tries one bundle at one price at a time, from a fixed list, and more often those that earned more. It looks at"
        " revenue only, not at types.",
        _single_bundles,
    ),
    "linear-price": NamedLearner(
        "One price a row",
        "Charges the same for every row, and learns which price from a fixed list earns most (UCB1).",
        lambda valuations, _, __: Ucb1(linear_curves(valuations, LINEAR_PRICES)),
    ),
}
DEFAULT_LEARNERS = ("upper-confidence", "resampled-leader", "explore-then-commit", "exp3", "linear-price")
