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

from fairpool.ground.arrays import Float, Floats, Int, Integers
from fairpool.ground.errors import InputError
from fairpool.ground.money import LARGEST_AMOUNT, check_currency, whole
from fairpool.market.tolerances import NOTHING_LEFT
from fairpool.market.valuation import Valuation

LARGEST_SUM = 2**63 - 1
"""Minor units that may be paid in by all parties together."""


@dataclass(frozen=True, slots=True)
class PriceTerms:
    """What was agreed about money: whole minor units of ``currency``, or InputError.

    unit_price    price of one unit (0 to 1) of gain
    minimum_fee   what every party leaves at least
    """

    unit_price: int
    minimum_fee: int = 0
    currency: str = "EUR"

    def __post_init__(self) -> None:
        for what, amount in (("unit-price", self.unit_price), ("minimum-fee", self.minimum_fee)):
            if isinstance(amount, bool) or not isinstance(amount, int | np.integer):
                raise InputError(f"{what}: got {amount!r}, expected whole minor units")
            if not 0 <= amount <= LARGEST_AMOUNT:
                raise InputError(f"{what}: got {amount}, expected 0 to {LARGEST_AMOUNT} minor units")
        check_currency(self.currency)

    def check_for(self, parties: int) -> None:
        """InputError where so many parties could pay in more than an int64 holds."""
        dearest = max(self.unit_price, self.minimum_fee)
        if parties * dearest > LARGEST_SUM:
            what = "unit-price" if dearest == self.unit_price else "minimum-fee"
            raise InputError(
                f"{what}: got {dearest} minor units, expected at most {LARGEST_SUM // parties} for {parties} parties"
            )

    def fees(self, alone: Floats) -> Floats:
        """A_i before rounding."""
        return np.maximum(self.unit_price * (1.0 - alone), self.minimum_fee)

    def improvements(self, alone: Floats, gains: Floats) -> Floats:
        """a_i before rounding."""
        return self.unit_price * (gains - alone)


@dataclass(frozen=True, slots=True, eq=False)
class Payments:
    """Whole minor units, int64 (n,) each."""

    fee: Int[Integers, " parties"]
    improvement: Int[Integers, " parties"]
    retained: Int[Integers, " parties"]
    reward: Int[Integers, " parties"]
    returned: Int[Integers, " parties"]

    @property
    def refund(self) -> Int[Integers, " parties"]:
        return self.fee - self.improvement - self.retained

    @property
    def net(self) -> Int[Integers, " parties"]:
        return self.reward + self.returned - self.improvement


def pay(terms: PriceTerms, valuation: Valuation) -> Payments:
    """Make the market's payments whole.

    Fees and improvements are rounded to the nearest minor unit; the pot is then split by largest remainder, so the nets
    sum to zero exactly.  Parties of equal gains and shares get the same but for one unit: where the units left over do
    not reach all who are equally near to the next one, the earlier get it.
    """
    shares, parties = valuation.shares, len(valuation.shares)
    fee = np.rint(terms.fees(valuation.alone)).astype(np.int64)
    improvement = np.rint(terms.improvements(valuation.alone, valuation.gains)).astype(np.int64)
    pot = int(improvement.sum())
    left = max(0.0, 1.0 - float(shares.sum()))
    back = left * improvement / pot if pot else np.zeros(parties)
    parts = whole(pot, np.concatenate([shares, np.where(left > NOTHING_LEFT, back, 0.0)]))
    retained = np.maximum(terms.minimum_fee - improvement, 0)
    return Payments(fee, improvement, retained, reward=parts[:parties], returned=parts[parties:])


def utilities(terms: PriceTerms, valuation: Valuation) -> Float[Floats, " parties"]:
    """c gain_i + b_i + returned_i - a_i before rounding: what each party has before any is retained."""
    gains, shares = valuation.gains, valuation.shares
    paid = terms.improvements(valuation.alone, gains)
    back = max(0.0, 1.0 - float(shares.sum())) * paid
    return np.asarray(terms.unit_price * gains + shares * paid.sum() + back - paid, dtype=np.float64)
