"""The market's promises, measured: truthfulness, regret, replication.

U(b)   `truthfulness`       what a buyer with value mu gets out of each bid, and what lies gain over the truth
R_N    `learn_prices`       what Algorithm 1 earns from a sequence of buyers, and what the best fixed price would have
eps    `replication_gain`   what a seller and its copies get together, before and after
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fairpool.ground.arrays import Floats
from fairpool.ground.errors import InputError
from fairpool.pricing.published.feature_market.allocation import Allocation
from fairpool.pricing.published.feature_market.division import DivisionRule
from fairpool.pricing.published.feature_market.feature_game import FeatureGame, Judge, gains_at_levels
from fairpool.pricing.published.feature_market.payment import GainCurve
from fairpool.pricing.published.feature_market.price_update import PriceWeights


@dataclass(frozen=True, slots=True, eq=False)
class Truthfulness:
    """Utilities of one buyer.

    bids, utilities  float64 (bids,): all bids at which anything changes, and the truth
    best_bid, gain_from_lying  the best of them and how much more than the truth it brings, at least 0
    bound            d max |mu - b|: no lie among these bids gains more (see `payment`)
    """

    bids: Floats
    utilities: Floats
    best_bid: float
    gain_from_lying: float
    bound: float


def truthfulness(curve: GainCurve, *, value: float, largest_bid: float) -> Truthfulness:
    """Every bid in [0, largest_bid], as far as bids differ: U is constant between two steps of the curve."""
    bids = np.unique(np.append(curve.bids[curve.bids <= largest_bid], [value, largest_bid]))
    utilities = curve.utility(bids, value)
    truth, best = float(curve.utility(value, value)), int(np.argmax(utilities))
    return Truthfulness(
        bids=bids,
        utilities=utilities,
        best_bid=float(value if utilities[best] <= truth else bids[best]),
        gain_from_lying=max(0.0, float(utilities[best]) - truth),
        bound=curve.largest_fall * float(np.abs(bids - value).max()),
    )


def mean_curve(curves: Sequence[GainCurve]) -> GainCurve:
    """The expected gain at one price, estimated by a mean over draws: curves with the same bids."""
    if any(not np.array_equal(curve.bids, curves[0].bids) for curve in curves):
        raise InputError("mean of curves: expected curves with the same bids, of one price and allocation")
    return GainCurve(curves[0].bids, np.mean([curve.gains for curve in curves], axis=0))


def gains_over_draws(
    judge: Judge, features: Floats, allocation: Allocation, *, draws: int, rng: np.random.Generator
) -> Floats:
    """Gains at every level on independent draws: float64 (draws, levels)."""
    return np.array(
        [
            gains_at_levels(judge, features, allocation, allocation.draw(features.shape, rng=rng))
            for _ in range(draws)
        ]
    )


@dataclass(frozen=True, slots=True, eq=False)
class FeaturePricesLearned:
    """Algorithm 1 on a sequence of N buyers.

    earned   float64 (N,): expected revenue of each round, over the draw of the price
    best     float64 (N,): revenue of the price of the net that is best after all N rounds
    after    the learner's state at the end
    """

    earned: Floats
    best: Floats
    after: PriceWeights

    @property
    def regret(self) -> Floats:
        """Cumulative expected regret against that price: float64 (N,)."""
        return np.cumsum(self.best - self.earned)

    @property
    def average_regret(self) -> float:
        return float(self.regret[-1] / len(self.earned))


def learn_prices(weights: PriceWeights, revenues: Floats) -> FeaturePricesLearned:
    """Run Algorithm 1 on revenues float64 (N, experts): what each price would earn from each buyer.

    No price is drawn: weights do not depend on which was, so the expected revenue is computed.  Cost O(N experts).
    """
    earned = np.empty(len(revenues))
    for n, of_prices in enumerate(revenues):
        earned[n] = weights.probabilities @ of_prices
        weights = weights.updated(of_prices)
    return FeaturePricesLearned(earned, revenues[:, int(np.argmax(revenues.sum(axis=0)))], weights)


@dataclass(frozen=True, slots=True)
class SellerReplicationGain:
    """Parts of the revenue that a seller and its copies get together, and of all others together."""

    before: float
    after: float
    others_before: float
    others_after: float

    @property
    def gain(self) -> float:
        """What copying brings: to be at most eps."""
        return self.after - self.before


def replication_gain(
    judge: Judge,
    features: Floats,
    rule: DivisionRule,
    *,
    seller: int,
    copies: Floats,
    rng: np.random.Generator,
) -> SellerReplicationGain:
    """Divide with and without further columns ``copies``, float64 (T, k), that ``seller`` enters under other names."""
    if not 0 <= seller < features.shape[1]:
        raise InputError(f"seller: got {seller}, expected 0 to {features.shape[1] - 1}")
    larger = np.column_stack([features, copies])
    before = rule.divide(FeatureGame(judge, features), features, rng=rng).shares
    after = rule.divide(FeatureGame(judge, larger), larger, rng=rng).shares
    own = np.isin(np.arange(larger.shape[1]), [seller, *range(features.shape[1], larger.shape[1])])
    return SellerReplicationGain(
        before=float(before[seller]),
        after=float(after[own].sum()),
        others_before=float(np.delete(before, seller).sum()),
        others_after=float(after[~own].sum()),
    )
