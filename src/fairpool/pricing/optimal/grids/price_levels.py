"""The price grid W of Algorithm 1 of [CHK24], and how to bring a curve down to it without losing a sale.

[CHK24]: Chen, Huh, Kandasamy, "Learning to Price Homogeneous Data", NeurIPS 2024.  Prices here are in units of the
largest value, so they lie in [0, 1].

    m, eps   ``types``, ``epsilon``
    Z_i      eps (1 + eps)^i,  i = 0..ceil(log_{1+eps}(1/eps))
    W_i      Z_{i-1} (1 + eps k/m),  k = 1..ceil((2 + eps) m)
    W        ``price_grid``      0 and all W_i, what is above 1 made 1
    tau      ``rounding_loss``   what bringing prices down to W costs at most

Coming down (own; the paper's own construction lowers by whole steps): the discounts d_j = p_j - w_j must not fall
along the levels, then whoever preferred a level to those below still does.  So w_j is the largest level of W up to
p_j - d_{j-1}; levels for which that is 0 are taken off the menu.  Proof of tau: docs/theory/price-curves.md.
"""

from __future__ import annotations

from math import ceil, log, log1p

import numpy as np

from fairpool.ground.arrays import Booleans, Floats
from fairpool.ground.errors import InputError
from fairpool.pricing.curves.curve import PriceCurve

SAME = 1e-12
"""Levels closer than this are one level computed in two ways; prices this far below a level count as that level."""


def price_grid(types: int, epsilon: float) -> Floats:
    """W, ascending from 0 to 1.  float64 (levels,), levels <= `largest_grid`."""
    refuse_epsilon(epsilon)
    bottoms = epsilon * (1 + epsilon) ** np.arange(_blocks(epsilon))
    steps = 1 + epsilon * np.arange(1, _steps(types, epsilon) + 1) / types
    levels = np.minimum(np.outer(bottoms, steps), 1.0)
    ascending = np.sort(np.append(levels, [0.0, 1.0]))
    return ascending[np.append(np.diff(ascending) > SAME, True)]


def largest_grid(types: int, epsilon: float) -> int:
    """1 + ceil(log_{1+eps}(1/eps)) ceil((2+eps) m): O((m/eps) log(1/eps)) levels at most."""
    return 1 + _blocks(epsilon) * _steps(types, epsilon)


def rounding_loss(types: int, epsilon: float) -> float:
    """tau = eps (1 + eps/m) / (1 - eps/m)^(m-1): the most that `lowered` takes off a buyer's payment.

    Nearly reached: a type that values nothing above the least positive level, eps (1 + eps/m), pays nothing on W.
    """
    refuse_epsilon(epsilon)
    step = epsilon / types
    return epsilon * (1 + step) / (1 - step) ** (types - 1)


def lowered(curve: PriceCurve, levels: Floats) -> PriceCurve:
    """The curve with prices brought down to ``levels``, a price grid in the curve's money, ascending from 0.

    The curve is monotone with at most ``types`` bundles.  Bundles whose price would become 0 are left out; if none is
    left, the largest amount stands at the highest level, where nobody gains by it.
    """
    prices, kept = _lowered_prices(curve.prices, levels)
    if not kept.any():
        return PriceCurve(curve.amounts[-1:], levels[-1:])
    return PriceCurve(curve.amounts[kept], prices[kept]).without_idle_bundles()


def _lowered_prices(prices: Floats, levels: Floats) -> tuple[Floats, Booleans]:
    """w_j for each of the prices p_j, ascending, and which of them are above 0."""
    new = np.zeros_like(prices)
    discount = 0.0
    for j, price in enumerate(prices):
        new[j] = levels[np.searchsorted(levels, price - discount + SAME * levels[-1], side="right") - 1]
        if new[j] > 0:
            discount = max(discount, price - new[j])
    return new, new > 0


def refuse_epsilon(epsilon: float) -> None:
    if not 0 < epsilon < 1:
        raise InputError(f"epsilon: got {epsilon:g}, expected a number between 0 and 1")


def _blocks(epsilon: float) -> int:
    return ceil(log(1 / epsilon) / log1p(epsilon) - SAME)


def _steps(types: int, epsilon: float) -> int:
    return ceil((2 + epsilon) * types - SAME)
