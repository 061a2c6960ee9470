"""A linear price p(n) = a n: the baseline of one price a row, learned over a grid of a by `Ucb1` or `Exp3`."""

from __future__ import annotations

import numpy as np

from fairpool.ground.arrays import Floats
from fairpool.ground.errors import InputError
from fairpool.pricing.curves.curve import PriceCurve
from fairpool.pricing.curves.purchase import expected_revenue
from fairpool.pricing.curves.valuations import Valuations


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
