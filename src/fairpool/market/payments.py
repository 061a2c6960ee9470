"""Fees, improvements, refunds and rewards: from gains and shares to whole money.

    A_i  ``fee``          what party i pays in: c (1 - G({i})), at least the minimum fee
    a_i  ``improvement``  what it pays for what it gained: c (gain_i - G({i}))
         ``retained``     max(f - a_i, 0): what the operator keeps so that every party leaves at least the minimum fee f
         ``refund``       A_i - a_i - retained_i >= 0
    b_i  ``reward``       its share of the pot, the sum of all a
         ``returned``     its part of what the division does not hand out, in proportion to a_i
         ``net``          b_i + returned_i - a_i; sums to zero exactly

c is the price of one unit of gain.  Without a minimum fee these are the paper's amounts ([OTT19] section 3).  What is
retained leaves the pot and is no part of the nets: a fee that came back as reward would deter nobody
(docs/decisions/0007-minimum-fee.md).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fairpool.ground.arrays import Floats
from fairpool.ground.money import whole

Minor = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class PriceTerms:
    """What was agreed about money, in minor units."""

    unit_price: int
    minimum_fee: int = 0

    def fees(self, alone: Floats) -> Floats:
        """A_i before rounding."""
        return np.maximum(self.unit_price * (1.0 - alone), self.minimum_fee)

    def improvements(self, alone: Floats, gains: Floats) -> Floats:
        """a_i before rounding."""
        return self.unit_price * (gains - alone)


@dataclass(frozen=True, slots=True, eq=False)
class Payments:
    """Whole minor units, int64 (n,) each."""

    fee: Minor
    improvement: Minor
    retained: Minor
    reward: Minor
    returned: Minor

    @property
    def refund(self) -> Minor:
        return self.fee - self.improvement - self.retained

    @property
    def net(self) -> Minor:
        return self.reward + self.returned - self.improvement


def pay(terms: PriceTerms, alone: Floats, gains: Floats, shares: Floats) -> Payments:
    """Make the market's payments whole.

    alone, gains, shares: float64 (n,), gains >= alone, shares >= 0 with sum <= 1.  Fees and improvements are rounded
    to the nearest minor unit; the pot is then split by largest remainder, so the nets sum to zero exactly.
    """
    fee = np.rint(terms.fees(alone)).astype(np.int64)
    improvement = np.rint(terms.improvements(alone, gains)).astype(np.int64)
    pot = int(improvement.sum())
    left = max(0.0, 1.0 - float(shares.sum()))
    back = left * improvement / pot if pot else np.zeros(len(alone))
    parts = whole(pot, np.concatenate([shares, np.where(left > _ROUNDING, back, 0.0)]))
    retained = np.maximum(terms.minimum_fee - improvement, 0)
    return Payments(fee, improvement, retained, reward=parts[: len(alone)], returned=parts[len(alone) :])


def utilities(terms: PriceTerms, alone: Floats, gains: Floats, shares: Floats) -> Floats:
    """c gain_i + b_i + returned_i - a_i before rounding, float64 (n,): what each party has before any is retained."""
    paid = terms.improvements(alone, gains)
    back = max(0.0, 1.0 - float(shares.sum())) * paid
    return np.asarray(terms.unit_price * gains + shares * paid.sum() + back - paid, dtype=np.float64)


_ROUNDING = 1e-12  # shares that sum to one but for rounding leave nothing to return
