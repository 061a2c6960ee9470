"""Who gets what of a sale's price: commission, contributors, and what goes back.

    price       what the buyer paid, whole minor units
    commission  the market's, a share of the price rounded down, or a fixed fee
    pot         price - commission, divided in one of three ways:

    by_amount_and_quality   pot in proportion to  n_i q_i,  rows delivered times quality
    by_cramer_von_mises     (pot / m) (1 - L_i) to each of m contributors (Algorithm 4 of [CCZ25]); the rest is withheld
    by_shapley              pot in proportion to the Shapley values of what was sold (`contribution_game`)

Always ``price == commission + withheld + refund + sum(payments)``, to the last minor unit, by largest remainder, and no
part is negative.  Where nobody is entitled to anything (all qualities or values are zero) the pot is refunded to the
buyer: a market that could keep it would earn by finding fault with everybody.

[CCZ25]: Clinton, Chen, Zeng, Zhu, Kandasamy, NeurIPS 2025; losses: `fairpool.comparing.cramer_von_mises`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from fractions import Fraction

import numpy as np
from numpy.typing import ArrayLike

from fairpool.ground.arrays import Floats
from fairpool.ground.errors import InputError
from fairpool.ground.money import LARGEST_AMOUNT, whole


class Recipient(Enum):
    """Who gets what the Cramér-von Mises payments withhold."""

    BUYER = "buyer"
    MARKET = "market"


@dataclass(frozen=True, slots=True)
class FixedFee:
    """A commission of so many minor units a sale, or the whole price where that is less."""

    amount: int

    def __post_init__(self) -> None:
        if not 0 <= self.amount <= LARGEST_AMOUNT:
            raise InputError(
                f"commission: got a fee of {self.amount}, expected 0 to {LARGEST_AMOUNT} minor units"
            )


Commission = Fraction | float | Decimal | FixedFee


@dataclass(frozen=True, slots=True)
class Split:
    """The parts of a price, in whole minor units.

    payments: one for each contributor.  withheld: kept by the market beside its commission.  refund: back to the buyer.
    """

    price: int
    commission: int
    payments: tuple[int, ...]
    withheld: int = 0
    refund: int = 0

    @property
    def charged(self) -> int:
        """What the buyer is out of pocket: price less refund."""
        return self.price - self.refund

    @property
    def is_balanced(self) -> bool:
        """Whether the parts add up to the price and none is negative."""
        parts = (self.commission, self.withheld, self.refund, *self.payments)
        return min(parts) >= 0 and sum(parts) == self.price


def by_amount_and_quality(
    price: int, delivered: ArrayLike, qualities: ArrayLike, *, commission: Commission
) -> Split:
    """The pot in proportion to rows delivered times quality.

    Parameters
    ----------
    price : int
        What the buyer paid, in whole minor units.
    delivered : array of shape (m,)
        Rows of each contributor in what was sold, not negative.
    qualities : array of shape (m,)
        Of each contributor, between 0 and 1 (`VerificationReport.quality`).
    commission : Fraction, float, Decimal or FixedFee
        The market's share of the price, from 0 to 1, rounded down; or a fee in minor units.

    Returns
    -------
    Split
        In whole minor units; the parts add up to the price.  Where nobody is entitled to anything the pot is refunded.

    Raises
    ------
    InputError
        For anything else, lengths that differ, and a price or commission out of range.

    Examples
    --------
    >>> by_amount_and_quality(1000, [30, 10], [0.8, 0.8], commission=0.1).payments
    (675, 225)
    """
    rows, shares = _amounts(delivered, "delivered"), _amounts(qualities, "qualities")
    if rows.shape != shares.shape:
        raise InputError(
            f"qualities: got {shares.size}, expected one for each of the {rows.size} contributors"
        )
    if (shares > 1).any():
        raise InputError(f"qualities: got {shares.max():g}, expected numbers from 0 to 1")
    return _in_proportion(price, rows * shares, commission)


def by_cramer_von_mises(
    price: int, losses: Sequence[float | None], *, commission: Commission, withheld_to: Recipient
) -> Split:
    """(pot / m) (1 - L_i) to each contributor; what the losses take off goes to ``withheld_to``.

    Amounts do not enter, so more rows pay only by a smaller loss.

    Parameters
    ----------
    price : int
        What the buyer paid, in whole minor units.
    losses : sequence of (float or None), of length m
        L_i between 0 and 1 of each contributor (`VerificationReport.loss`); None counts as 1: nothing verified, nothing
        earned.
    commission : Fraction, float, Decimal or FixedFee
        The market's share of the price, from 0 to 1, rounded down; or a fee in minor units.
    withheld_to : Recipient
        Who gets what is withheld: the buyer, as ``refund``, or the market, as ``withheld``.

    Returns
    -------
    Split
        In whole minor units; the parts add up to the price.

    Raises
    ------
    InputError
        Where all losses are None, as with fewer than three contributors, for losses outside [0, 1], and a price or
        commission out of range.

    References
    ----------
    [CCZ25] Clinton, Chen, Zeng, Zhu, Kandasamy, "A Cramér-von Mises approach to incentivizing truthful data sharing",
    NeurIPS 2025, Algorithm 4.

    Examples
    --------
    >>> split = by_cramer_von_mises(1000, [0.1, 0.1, 0.9], commission=0.1, withheld_to=Recipient.MARKET)
    >>> split.payments, split.withheld
    ((270, 270, 30), 330)
    """
    if not losses or all(loss is None for loss in losses):
        raise InputError(
            "losses: got none; Cramér-von Mises payments need at least three contributors with verified rows"
        )
    L = _amounts([1.0 if loss is None else loss for loss in losses], "losses")
    if (L > 1).any():
        raise InputError(f"losses: got {L.max():g}, expected numbers from 0 to 1")
    fee = commission_of(price, commission)
    *payments, rest = whole(price - fee, [*(1 - L), L.sum()]).tolist()
    if withheld_to is Recipient.MARKET:
        return Split(price, fee, tuple(payments), withheld=rest)
    return Split(price, fee, tuple(payments), refund=rest)


def by_shapley(price: int, values: ArrayLike, *, commission: Commission) -> Split:
    """The pot in proportion to Shapley values, float (m,), not negative.

    Values come from `contribution_game.shapley_of_sale`.  A game that never falls when rows are added has no negative
    values; estimates may dip below zero by their error, so InputError for a negative one says what to do.
    """
    return _in_proportion(price, _amounts(values, "values"), commission)


def commission_of(price: int, commission: Commission) -> int:
    """The market's part: a share rounded down to the minor unit, or a fixed fee.

    A float is read as it is written: 0.29 of 100 is 29, although the float is a little less than 0.29.
    """
    if not 0 <= price <= LARGEST_AMOUNT:
        raise InputError(f"price: got {price}, expected 0 to {LARGEST_AMOUNT} minor units")
    if isinstance(commission, FixedFee):
        return min(commission.amount, price)
    return int(price * commission_share(commission))


def commission_share(commission: Fraction | float | Decimal) -> Fraction:
    """The share as an exact fraction; InputError unless it is between 0 and 1."""
    try:
        share = Fraction(str(commission))
    except ValueError:
        share = Fraction(-1)
    if not 0 <= share <= 1:
        raise InputError(
            f"commission: got {commission}, expected a share of the price from 0 to 1, or a FixedFee of minor units"
        )
    return share


def _in_proportion(price: int, entitlements: Floats, commission: Commission) -> Split:
    fee = commission_of(price, commission)
    largest = float(entitlements.max())
    if largest == 0:
        return Split(price, fee, (0,) * entitlements.size, refund=price - fee)
    return Split(price, fee, tuple(whole(price - fee, entitlements / largest).tolist()))


def _amounts(given: ArrayLike, name: str) -> Floats:
    """float64 (m,), m >= 1, finite and not negative."""
    amounts = np.asarray(given, dtype=np.float64)
    if amounts.ndim != 1 or not amounts.size:
        raise InputError(f"{name}: got shape {amounts.shape}, expected one number for each contributor")
    wrong = ~np.isfinite(amounts) | (amounts < 0)
    if wrong.any():
        place = int(np.argmax(wrong))
        raise InputError(
            f"{name}: got {amounts[place]:g} for contributor {place}, expected a number from 0 up"
        )
    return amounts
