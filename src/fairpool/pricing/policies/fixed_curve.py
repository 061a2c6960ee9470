"""Curves that are posted as they are: the yardstick of hindsight, and the lists that baselines choose from.

OPT in hindsight is the curve that earns most from the arrivals as they were: one question to the oracle, with the
counts of arrivals as weights.  `FixedCurve` posts a given curve and learns nothing.

    single bundles   one amount at one price, on a grid of both: what a policy without an oracle can try
    linear curves    p(n) = a n, one price for each row, over a grid of a
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fairpool.ground.arrays import Floats, Integers
from fairpool.ground.errors import InputError
from fairpool.pricing.curves.curve import PriceCurve, price_curve
from fairpool.pricing.curves.purchase import expected_revenue
from fairpool.pricing.curves.valuations import Valuations
from fairpool.pricing.oracles.oracle import CurveOracle, Offer
from fairpool.pricing.policies.policy import Purchase
from fairpool.pricing.policies.state import PolicyState


def best_in_hindsight(oracle: CurveOracle, arrivals: Integers) -> Offer:
    """The best fixed curve for int64 (types,) counts of arrivals."""
    return oracle.best(arrivals.astype(np.float64))


@dataclass(frozen=True, slots=True)
class FixedCurveState(PolicyState):
    round: int


@dataclass(frozen=True, slots=True, eq=False)
class FixedCurve:
    """Posts ``price_curve`` for ever."""

    price_curve: PriceCurve

    def start(self, *, rng: np.random.Generator) -> FixedCurveState:  # noqa: ARG002 - it uses no chance
        return FixedCurveState(0)

    def curve(self, state: FixedCurveState) -> PriceCurve:  # noqa: ARG002 - the same in every state
        return self.price_curve

    def observe(self, state: FixedCurveState, sale: Purchase | None) -> FixedCurveState:  # noqa: ARG002 - it learns nothing
        return FixedCurveState(state.round + 1)


def single_bundles(amounts: Sequence[int], largest: float, *, levels: int) -> tuple[PriceCurve, ...]:
    """A curve for each amount and each price largest k / levels, k = 1..levels: amounts * levels curves."""
    if levels < 1 or not len(amounts) or not 0 < largest < np.inf:
        raise InputError(
            f"bundles: got {levels} levels, {len(amounts)} amounts and the largest price {largest:g}, expected "
            "at least one of each and a positive price"
        )
    prices = largest * np.arange(1, levels + 1) / levels
    return tuple(price_curve([(int(n), float(p))]) for n in amounts for p in prices)


def linear_curve(valuations: Valuations, price_of_a_row: float) -> PriceCurve:
    """p(n) = a n at every listed amount."""
    return PriceCurve(valuations.amounts, (price_of_a_row * valuations.amounts).astype(np.float64))


def dearest_row(valuations: Valuations) -> float:
    """The least a at which nobody buys anything: max of v_i(n) / n."""
    return float((valuations.values / valuations.amounts).max())


def linear_curves(valuations: Valuations, number: int) -> tuple[PriceCurve, ...]:
    """Linear curves for ``number`` prices in equal ratios, from dearest / N up to the dearest that anyone pays."""
    if number < 2:
        raise InputError(f"number of linear prices: got {number}, expected at least 2")
    dearest = dearest_row(valuations)
    if dearest == 0:
        raise InputError("linear prices: no type values any amount above 0, so there is nothing to price")
    least = dearest / max(valuations.most, 2)
    return tuple(linear_curve(valuations, a) for a in np.geomspace(least, dearest, number))


def best_linear_curve(valuations: Valuations, weights: Floats, *, number: int = 1000) -> PriceCurve:
    """The best of a fine grid of linear prices for types that come ``weights`` times.  Cost O(number m N)."""
    curves = linear_curves(valuations, number)
    return max(curves, key=lambda curve: expected_revenue(curve, valuations, weights))
