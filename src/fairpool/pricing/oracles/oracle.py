"""What a policy of prices asks an optimiser for: the curve that earns most if type i comes w_i times.

    w          ``weights``       float64 (types,), not negative; counts or probabilities
    r_i(p)     ``payments[i]``   what type i pays for curve p
    argmax_p   sum over i of w_i r_i(p)

Revenue is linear in what types pay, so whoever can answer this for any weights can run every policy here, stochastic
or adversarial, without a list of all curves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from fairpool.ground.arrays import Floats
from fairpool.pricing.curves.curve import PriceCurve
from fairpool.pricing.curves.purchase import Purchases, purchases
from fairpool.pricing.curves.valuations import Valuations


@dataclass(frozen=True, slots=True, eq=False)
class Offer:
    """A curve and what each type buys of it."""

    curve: PriceCurve
    purchases: Purchases

    @property
    def payments(self) -> Floats:
        """float64 (types,): r_i(p)."""
        return self.purchases.payments


class CurveOracle(Protocol):
    """Finds curves of most revenue for fixed valuations."""

    def best(self, weights: Floats) -> Offer:
        """A curve that maximises weights @ payments, at least nearly; weights float64 (types,), not negative."""
        ...


def offer(curve: PriceCurve, valuations: Valuations) -> Offer:
    return Offer(curve, purchases(curve, valuations))


class ListedCurves:
    """The best of a list: exact for small sets of curves, and the oracle that others are tested against.

    Cost of a question O(curves types).  Equal revenues go to the earlier curve.
    """

    def __init__(self, offers: Sequence[Offer]) -> None:
        self._offers = tuple(offers)
        self._payments = np.array([one.payments for one in offers])

    @property
    def payments(self) -> Floats:
        """float64 (curves, types)."""
        return self._payments

    @property
    def offers(self) -> tuple[Offer, ...]:
        return self._offers

    def best(self, weights: Floats) -> Offer:
        return self._offers[int(np.argmax(self._payments @ weights))]
