"""What a buyer takes from a price curve (section 2 of [CHK24]).

    n_{i,p}  ``amounts[i]``   the largest n that maximises v_i(n) - p(n), if that is not negative; else 0
    p(n_{i,p})  ``payments[i]``

The largest maximiser is a bundle of the curve, so only bundles are looked at.  Utilities that differ by less than
`TIE` of what all rows are worth to the type count as equal: prices of an optimal curve make buyers indifferent, and a
rounding error in the fifteenth digit is no reason to buy less.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fairpool.ground.arrays import Floats, Integers
from fairpool.pricing.curves.curve import PriceCurve
from fairpool.pricing.curves.valuations import Valuations

TIE = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class Purchases:
    """What each type buys: amounts int64 (types,), 0 for nothing; payments float64 (types,)."""

    amounts: Integers
    payments: Floats

    @property
    def buys(self) -> NDArray[np.bool_]:
        return self.amounts > 0


def purchases(curve: PriceCurve, valuations: Valuations) -> Purchases:
    """What every type takes from ``curve``.  Cost O(types bundles log amounts).

    Parameters
    ----------
    curve : PriceCurve
    valuations : Valuations
        Of (types,) types, in the units of the prices.

    Returns
    -------
    Purchases
        amounts: int64 (types,), payments: float64 (types,).

    Examples
    --------
    >>> import numpy as np
    >>> from fairpool.pricing.curves.curve import price_curve
    >>> worths = Valuations(np.array([1, 10]), np.array([[2.0, 5.0], [0.0, 30.0]]), ("small", "large"))
    >>> taken = purchases(price_curve([(1, 2.0), (10, 30.0)]), worths)
    >>> taken.amounts.tolist(), taken.payments.tolist()
    ([1, 10], [2.0, 30.0])
    """
    utilities = valuations.at(curve.amounts) - curve.prices
    place = largest_maximiser(utilities, tie=TIE * valuations.values[:, -1])
    amounts = np.append(curve.amounts, 0)[place]
    return Purchases(amounts, np.append(curve.prices, 0.0)[place])


def largest_maximiser(utilities: Floats, *, tie: ArrayLike) -> NDArray[np.intp]:
    """For each row of float64 (.., bundles) the last place within ``tie`` of its largest; -1 if that is below -tie.

    tie: float64, one for all rows or for each, as broadcast to (..,).
    """
    best = utilities.max(axis=-1)
    chosen = utilities >= (best - np.asarray(tie))[..., None]
    last = utilities.shape[-1] - 1 - np.argmax(chosen[..., ::-1], axis=-1)
    return np.where(best >= -np.asarray(tie), last, -1)


def expected_revenue(curve: PriceCurve, valuations: Valuations, probabilities: Floats) -> float:
    """sum over types of q_i p(n_{i,p}): what a buyer pays on average."""
    return float(probabilities @ purchases(curve, valuations).payments)
