"""Price curves in whole money.

    p(n)   ``PriceCurve``   real prices, as the theory finds them
    t(n)   ``Tariff``       what is asked: whole minor units of a currency

Two ways to make prices whole, and what each changes.

**Down** (`tariff_rounded_down`).  Whoever would pay p(n) would pay t(n) <= p(n), so no buyer is lost: the way for
curves of an optimiser, which ask exactly what somebody will pay.  Rounded down, though, two bundles may be one minor
unit cheaper than one of twice the size; so the cheapest cover is taken, the largest whole prices below p without
arbitrage.  It is lower than p by less than one minor unit for each bundle that it takes to cover the amount: little
where bundles cost many minor units, but all where one costs less than one, as then it is a gift.  `largest_cut` tells.

**Up** (`tariff_rounded_up`).  Prices that never fall and have no arbitrage keep both, as
ceil(x + y) <= ceil(x) + ceil(y), and rise by less than one minor unit.  A buyer whose worth lies in between is lost.

In both a buyer may take another bundle than at real prices, if utilities differ by less than the prices moved.
A curve with arbitrage keeps its prices but for rounding, and the tariff is marked with it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from fairpool.ground.arrays import Floats, Integers
from fairpool.ground.errors import InputError
from fairpool.ground.money import LARGEST_AMOUNT, exponent
from fairpool.pricing.curves.arbitrage import Arbitrage, find_arbitrage
from fairpool.pricing.curves.curve import PriceCurve
from fairpool.pricing.curves.nearest_curve import cover_prices

WHOLE = 1e-6  # minor units: prices this near to a whole number are meant to be it (29 cents are 0.29 * 100 = 28.99..)


@dataclass(frozen=True, slots=True, eq=False)
class Tariff:
    """Bundles and what they cost in whole minor units of ``currency``.

    amounts, prices: int64 (bundles,), as in `PriceCurve`; prices at most `money.LARGEST_AMOUNT`.
    arbitrage: the pair that is cheaper in two parts, in minor units, or None.
    Raises InputError as `PriceCurve` does, and for prices above the largest.
    """

    amounts: Integers
    prices: Integers
    currency: str
    arbitrage: Arbitrage | None = field(init=False)

    def __post_init__(self) -> None:
        _refuse_large(self.amounts, self.prices)
        object.__setattr__(self, "arbitrage", find_arbitrage(self.curve))

    @property
    def curve(self) -> PriceCurve:
        """The same prices as floats, in minor units; nothing is lost, as all are at most 2**53."""
        return PriceCurve(self.amounts, self.prices.astype(np.float64))

    @property
    def most(self) -> int:
        """The largest amount for sale, N."""
        return int(self.amounts[-1])

    def price(self, amount: int) -> int:
        """What ``amount`` rows cost; InputError for amounts below 0 or above ``most``."""
        return int(self.curve.price(amount))


def tariff_rounded_down(curve: PriceCurve, currency: str, *, unit: float | None = None) -> Tariff:
    """The largest whole prices that are nowhere above ``curve``, without arbitrage if it has none.

    Parameters
    ----------
    curve : PriceCurve
        Of ``bundles`` bundles.
    currency : str
        ISO 4217.
    unit : float, optional
        Minor units in one unit of the curve's prices; if not given, these are in units of the currency (1.00 EUR).

    Returns
    -------
    Tariff
        Prices in whole minor units of ``currency``, and the arbitrage of a curve that has some.

    Raises
    ------
    InputError
        For prices above `money.LARGEST_AMOUNT` minor units, and a unit that is not above 0.

    Notes
    -----
    Cost: that of looking for arbitrage (`check`), and O(bundles^2) if rounding brings some in.  A price within 1e-6
    minor units of a whole one counts as that.

    Examples
    --------
    >>> from fairpool.pricing.curves.curve import price_curve
    >>> tariff_rounded_down(price_curve([(1, 0.0133), (3, 0.039)]), "EUR").prices.tolist()
    [1, 3]
    """
    return _made_whole(curve, _snapped(np.floor, _in_minor(curve, currency, unit)), currency)


def tariff_rounded_up(curve: PriceCurve, currency: str, *, unit: float | None = None) -> Tariff:
    """The smallest whole prices that are nowhere below ``curve``, without arbitrage if it has none.

    ``unit``, cost and errors as for `tariff_rounded_down`; what is snapped to a whole price counts as that price.
    """
    return _made_whole(curve, _snapped(np.ceil, _in_minor(curve, currency, unit)), currency)


def largest_cut(curve: PriceCurve, tariff: Tariff, *, unit: float | None = None) -> float:
    """By how many minor units the price of a bundle of ``curve`` is lower in ``tariff``, at most."""
    cuts = _in_minor(curve, tariff.currency, unit) - tariff.curve.price(curve.amounts)
    return max(float(cuts.max()), 0.0)


def _made_whole(curve: PriceCurve, prices: Integers, currency: str) -> Tariff:
    """These prices, or their cheapest cover if they have arbitrage that ``curve`` has not."""
    whole = Tariff(curve.amounts, prices, currency)
    if whole.arbitrage is None or not curve.is_monotone or find_arbitrage(curve) is not None:
        return whole
    return Tariff(curve.amounts, cover_prices(curve.amounts, prices), currency)


def _in_minor(curve: PriceCurve, currency: str, unit: float | None) -> Floats:
    if unit is not None and not 0 < unit < np.inf:
        raise InputError(
            f"unit: got {unit:g} minor units in one unit of the curve, expected a number above 0"
        )
    minor = curve.prices * (10.0 ** exponent(currency) if unit is None else unit)
    _refuse_large(curve.amounts, minor)
    return minor


def _snapped(rounded: np.ufunc, minor: Floats) -> Integers:
    """Rounded down or up, but to the nearest where that is within `WHOLE`."""
    nearest = np.rint(minor)
    return np.where(np.abs(minor - nearest) <= WHOLE, nearest, rounded(minor)).astype(np.int64)


def _refuse_large(amounts: Integers, minor: Floats | Integers) -> None:
    if (minor > LARGEST_AMOUNT).any():
        place = int(np.argmax(minor > LARGEST_AMOUNT))
        raise InputError(
            f"price of {amounts[place]:,} rows: got {minor[place]:.16g} minor units, expected at most "
            f"{LARGEST_AMOUNT:,}"
        )
