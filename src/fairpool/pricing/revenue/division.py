"""How the price of a sale is divided: by rows delivered times quality, by how alike rows are, or by Shapley value.

What Cramér-von Mises payments withhold goes back to the buyer: an operator that kept it would earn by finding fault.
Shapley values are of rows alike, told apart by their number (`contribution_game`), then weighed by quality.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction

import numpy as np

from fairpool.ground.arrays import Floats, Integers
from fairpool.ground.errors import InputError
from fairpool.pricing.curves.curve import PriceCurve
from fairpool.pricing.revenue.contribution_game import sale_game, shapley_of_sale
from fairpool.pricing.revenue.splits import (
    Recipient,
    Split,
    by_amount_and_quality,
    by_cramer_von_mises,
    by_shapley,
)
from fairpool.tables.names import listed

_MOST_STEPS = 4e8  # additions, a second: nobody else can write to the market meanwhile


class RevenueRule(Enum):
    """How a sale's price is split among the contributors."""

    AMOUNT_AND_QUALITY = "amount-and-quality"
    CRAMER_VON_MISES = "cramer-von-mises"
    SHAPLEY = "shapley"


@dataclass(frozen=True, slots=True)
class Delivered:
    """What a contributor delivers to a sale.

    rows      how many of the sale's are its own
    quality   of all its rows, 0 to 1
    loss      how unlike the others' its rows are, None where they were compared with nobody's
    verified  how many rows it has for sale
    """

    rows: int
    quality: float
    loss: float | None
    verified: int


def division_named(name: str) -> RevenueRule:
    """InputError for a name that is none."""
    known = [one.value for one in RevenueRule]
    if name not in known:
        raise InputError(f"split: got {name!r}, expected one of {listed(known)}")
    return RevenueRule(name)


def divided(
    rule: RevenueRule,
    price: int,
    delivered: Sequence[Delivered],
    curve: PriceCurve,
    commission: Fraction,
    *,
    rng: np.random.Generator,
) -> Split:
    """The split of ``price``, in minor units, that was paid for the rows delivered at ``curve``.

    ``rng`` is for Shapley values of many contributors.  Raises InputError where Cramér-von Mises payments are agreed on
    and fewer than three contributors can be compared.
    """
    rows = np.array([one.rows for one in delivered], dtype=np.int64)
    qualities = np.array([one.quality for one in delivered])
    match rule:
        case RevenueRule.AMOUNT_AND_QUALITY:
            return by_amount_and_quality(price, rows, qualities, commission=commission)
        case RevenueRule.CRAMER_VON_MISES:
            return _by_losses(price, delivered, commission)
        case RevenueRule.SHAPLEY:
            values = _values_of_rows(curve, rows, rng=rng)
            return by_shapley(price, values * qualities, commission=commission)


def _by_losses(price: int, delivered: Sequence[Delivered], commission: Fraction) -> Split:
    losses = [one.loss for one in delivered]
    if all(loss is None for loss in losses):
        raise InputError(
            f"split: {RevenueRule.CRAMER_VON_MISES.value} compares the rows of at least three contributors, but only "
            f"{sum(one.verified > 0 for one in delivered)} have rows for sale"
        )
    return by_cramer_von_mises(price, losses, commission=commission, withheld_to=Recipient.BUYER)


def _values_of_rows(curve: PriceCurve, delivered: Integers, *, rng: np.random.Generator) -> Floats:
    """Shapley values of what each contributor's rows would cost, the curve's bundles joined by straight lines from 0.

    By the curve itself, one row of a bundle of a hundred would be worth as much as ninety-nine.
    """
    amounts, prices = np.append(0, curve.amounts), np.append(0.0, curve.prices)
    worths = np.interp(np.arange(int(delivered.sum()) + 1), amounts, prices)
    return shapley_of_sale(sale_game(worths, delivered), rng=rng, most_steps=_MOST_STEPS).values
