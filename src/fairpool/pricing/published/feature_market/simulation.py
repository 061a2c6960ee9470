"""Regret measured: R_N, what Algorithm 1 earns from a sequence of buyers, beside the best fixed price (`learn_prices`).

Lies of buyers and copies of sellers are tried in `fairpool.audits.feature_market`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fairpool.ground.arrays import Floats
from fairpool.ground.errors import InputError
from fairpool.pricing.published.feature_market.allocation import Allocation
from fairpool.pricing.published.feature_market.feature_game import Judge, gains_at_levels
from fairpool.pricing.published.feature_market.payment import GainCurve
from fairpool.pricing.published.feature_market.price_update import PriceWeights


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
class Learned:
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


def learn_prices(weights: PriceWeights, revenues: Floats) -> Learned:
    """Run Algorithm 1 on revenues float64 (N, experts): what each price would earn from each buyer.

    No price is drawn: weights do not depend on which was, so the expected revenue is computed.  Cost O(N experts).
    """
    earned = np.empty(len(revenues))
    for n, of_prices in enumerate(revenues):
        earned[n] = weights.probabilities @ of_prices
        weights = weights.updated(of_prices)
    return Learned(earned, revenues[:, int(np.argmax(revenues.sum(axis=0)))], weights)
