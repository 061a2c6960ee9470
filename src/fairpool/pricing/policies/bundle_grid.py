"""Curves with one bundle, on a grid of amounts and prices: what a learner without an oracle can try."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fairpool.ground.errors import InputError
from fairpool.pricing.curves.curve import PriceCurve, price_curve


def single_bundles(amounts: Sequence[int], largest: float, *, levels: int) -> tuple[PriceCurve, ...]:
    """A curve for each amount and each price largest k / levels, k = 1..levels: amounts * levels curves."""
    if levels < 1 or not len(amounts) or not 0 < largest < np.inf:
        raise InputError(
            f"bundles: got {levels} levels, {len(amounts)} amounts and the largest price {largest:g}, expected "
            "at least one of each and a positive price"
        )
    prices = largest * np.arange(1, levels + 1) / levels
    return tuple(price_curve([(int(n), float(p))]) for n in amounts for p in prices)
