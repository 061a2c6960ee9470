"""Price curves: what an amount of data costs (section 2 of [CHK24]).

[CHK24]: Chen, Huh, Kandasamy, "Learning to Price Homogeneous Data", NeurIPS 2024.

    N     ``most``     the largest amount for sale
    p(n)  ``price(n)`` what n rows cost; p(0) = 0

A curve is kept as the bundles on offer, ascending: whoever wants n rows pays the price of the smallest bundle holding
them.  A curve that prices every amount is the special case of N bundles; the m-step curves of the paper have at most m.
Money is real here and in the units of the valuations; `tariff` makes it whole.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from fairpool.ground.arrays import Floats, Integers
from fairpool.ground.errors import InputError
from fairpool.ground.tabular import Tabular

if TYPE_CHECKING:
    import pandas as pd


MOST_SHOWN = 4  # bundles in a line


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class PriceCurve(Tabular):
    """Bundles on offer.

    Parameters
    ----------
    amounts : int64 array of shape (bundles,)
        Rows in each bundle, at least 1, ascending.
    prices : float64 array of shape (bundles,)
        What each bundle costs, in the units of the valuations; finite and not negative.

    Raises
    ------
    InputError
        For anything else.  Prices that fall are not refused here; `is_monotone` tells.

    References
    ----------
    [CHK24] Chen, Huh, Kandasamy, "Learning to Price Homogeneous Data", NeurIPS 2024, section 2.

    Examples
    --------
    >>> import numpy as np
    >>> PriceCurve(np.array([100, 1000]), np.array([14.0, 26.0])).price(250).item()
    26.0
    """

    amounts: Integers
    prices: Floats

    def __post_init__(self) -> None:
        if self.amounts.ndim != 1 or self.amounts.shape != self.prices.shape or not len(self.amounts):
            raise InputError(
                f"price curve: got amounts of shape {self.amounts.shape} and prices of shape {self.prices.shape}, "
                "expected one price for each of one or more amounts"
            )
        _refuse_amounts(self.amounts)
        _refuse_prices(self.amounts, self.prices)

    @property
    def most(self) -> int:
        """The largest amount for sale, N."""
        return int(self.amounts[-1])

    @property
    def is_monotone(self) -> bool:
        """Whether no larger bundle is cheaper."""
        return bool((np.diff(self.prices) >= 0).all())

    def price(self, amount: ArrayLike) -> Floats:
        """p(n), float64 of the shape of ``amount``; InputError for amounts below 0 or above ``most``."""
        wanted = np.asarray(amount)
        beyond = wanted[~((wanted >= 0) & (wanted <= self.most))]
        if beyond.size:
            raise InputError(f"amount: got {beyond.flat[0]:,}, expected between 0 and {self.most:,} rows")
        bundle = np.searchsorted(self.amounts, wanted)
        return np.where(wanted == 0, 0.0, self.prices[bundle])

    def without_idle_bundles(self) -> PriceCurve:
        """The same prices, without bundles for whose price there is a larger one."""
        needed = np.append(self.prices[:-1] != self.prices[1:], True)
        return PriceCurve(self.amounts[needed], self.prices[needed])

    def pairs(self) -> list[list[float]]:
        """[[n, price], ..], as documents show a curve."""
        return [[int(n), float(p)] for n, p in zip(self.amounts, self.prices, strict=True)]

    def to_frame(self) -> pd.DataFrame:
        """One row per bundle: ``amount`` and ``price``."""
        import pandas as pd

        return pd.DataFrame({"amount": self.amounts, "price": self.prices})

    def headline(self) -> str:
        """The first bundles."""
        shown = ", ".join(f"{n}: {p:.6g}" for n, p in self.pairs()[:MOST_SHOWN])
        more = len(self.amounts) - MOST_SHOWN
        return shown + (f", and {more} more up to {self.most}: {self.prices[-1]:.6g}" if more > 0 else "")


def price_curve(bundles: Iterable[tuple[int, float]]) -> PriceCurve:
    """A curve from its bundles.

    Parameters
    ----------
    bundles : iterable of (int, float)
        Rows and price of each, in any order.

    Returns
    -------
    PriceCurve

    Raises
    ------
    InputError
        For an amount that is no whole number, one that is there twice, and as `PriceCurve` does.

    Examples
    --------
    >>> price_curve([(100, 14.0), (1000, 26.0)]).pairs()
    [[100, 14.0], [1000, 26.0]]
    """
    ordered = sorted(bundles)
    for amount, _ in ordered:
        if amount != int(amount):
            raise InputError(f"price curve: got a bundle of {amount:g} rows, expected a whole number")
    return PriceCurve(
        np.array([n for n, _ in ordered], dtype=np.int64), np.array([p for _, p in ordered], dtype=np.float64)
    )


def _refuse_amounts(amounts: Integers) -> None:
    if amounts[0] < 1:
        raise InputError(
            f"price curve: got a bundle of {amounts[0]} rows, expected at least 1; 0 rows cost nothing"
        )
    if (np.diff(amounts) <= 0).any():
        place = int(np.argmax(np.diff(amounts) <= 0))
        raise InputError(
            f"price curve: got the amount {amounts[place + 1]:,} after {amounts[place]:,}, expected ascending amounts"
        )


def _refuse_prices(amounts: Integers, prices: Floats) -> None:
    wrong = ~np.isfinite(prices) | (prices < 0)
    if wrong.any():
        place = int(np.argmax(wrong))
        raise InputError(
            f"price curve: got the price {prices[place]:g} for {amounts[place]:,} rows, expected a number from 0 up"
        )
