"""Curves that a market can post: whole minor units, and no arbitrage unless it is asked for.

A policy has to know the prices that are really asked: who would have bought at them is what it counts.  So prices are
not mended after it has chosen them.  Its oracle names nothing but what can be posted, and all that it believes, it
believes of that:

    whole           worths are rounded down to whole minor units, of which the best prices are sums and differences
    no arbitrage    the best curve where it has none, else its cheapest cover on all listed amounts (`nearest_curve`),
                    which is what buyers would pay anyway who buy in parts; or p(n) = fee + slope n, if one of these
                    earns more

The tariffs are there because a cover may earn next to nothing: where rows are worth little until there are many, ten
small bundles are far cheaper than a large one.  With slope 0 and the fees v_i(N) they contain the best single price,
which earns at least 1 / (1 + log(largest / smallest v_i(N))) of all that any curve could earn:  let R be what it earns
and W(c) the weight of the types with v_i(N) >= c; then c W(c) <= R, and  sum of w_i v_i(N) = integral of W <= R (1 +
log(largest / smallest)).  That much is proved of every answer; on 31 random markets of five types it was 0.96 of the
best curve on average and 0.87 at worst.  Upper confidence with such an oracle has its regret bound against that part
of the best curve, as  part * q @ r(best) - q @ r(posted) <= (qhat - q) @ r(posted).
"""

from __future__ import annotations

from functools import cached_property

import numpy as np

from fairpool.ground.arrays import Floats
from fairpool.ground.errors import InputError
from fairpool.ground.money import LARGEST_AMOUNT, exponent
from fairpool.pricing.curves.arbitrage import find_arbitrage
from fairpool.pricing.curves.curve import PriceCurve
from fairpool.pricing.curves.nearest_curve import cheapest_cover
from fairpool.pricing.curves.tariff import WHOLE, tariff_rounded_down
from fairpool.pricing.curves.valuations import Valuations
from fairpool.pricing.optimal.grids.data_grid import Assumption, amounts_offered
from fairpool.pricing.oracles.menu_search import MenuSearch
from fairpool.pricing.oracles.oracle import ListedCurves, Offer, offer

# These decide what is posted, and so what `check` expects of an older market: change them with the file's format.
SLOPES = 24
MOST_BOXES = 50  # of a question: a sale waits for it
MOST_AMOUNTS = 1000  # beyond, amounts on a grid are offered
GRID = 0.1  # its epsilon


class PostableCurves:
    """The oracle of a market that learns; implements `oracle.CurveOracle`, in minor units.

    valuations: of `in_minor_units`; with_arbitrage: post the best curve of all, marked.
    The answer depends on the weights alone.  Cost of a question: one of `MenuSearch`, and O(types^2).
    """

    def __init__(self, valuations: Valuations, currency: str, *, with_arbitrage: bool) -> None:
        self._valuations, self._currency = valuations, currency
        self._search = MenuSearch(valuations, most_boxes=MOST_BOXES)
        self._with_arbitrage = with_arbitrage

    @cached_property
    def _tariffs(self) -> ListedCurves:
        return ListedCurves(_fees_and_slopes(self._valuations))

    def best(self, weights: Floats) -> Offer:
        """A curve of most revenue among those that can be posted, nearly."""
        asked = weights if weights.any() else np.ones(len(weights))
        best = self._search.best(asked).curve
        whole = tariff_rounded_down(best, self._currency, unit=1.0)
        if self._with_arbitrage:
            return offer(whole.curve.without_idle_bundles(), self._valuations)
        cover = whole.curve if whole.arbitrage is None else self._cover(whole.curve)
        own, tariff = offer(cover.without_idle_bundles(), self._valuations), self._tariffs.best(asked)
        return own if own.payments @ asked >= tariff.payments @ asked else tariff

    def _cover(self, curve: PriceCurve) -> PriceCurve:
        amounts = np.union1d(curve.amounts, self._valuations.amounts)
        return cheapest_cover(PriceCurve(amounts, curve.price(amounts)))


def in_minor_units(valuations: Valuations, currency: str) -> Valuations:
    """Worths in units of the currency as whole minor units, rounded down, at no more than about `MOST_AMOUNTS` amounts.

    Raises InputError for a type that pays nothing for all rows, and for worths above `money.LARGEST_AMOUNT`.
    """
    minor = valuations.values * 10.0 ** exponent(currency)
    nearest = np.rint(minor)
    values = np.where(np.abs(minor - nearest) <= WHOLE, nearest, np.floor(minor))
    for name, value in zip(valuations.names, values[:, -1].tolist(), strict=True):
        _refuse_worth(name, value, valuations.most, currency)
    whole = Valuations(valuations.amounts, values, valuations.names)
    if len(whole.amounts) <= MOST_AMOUNTS:
        return whole
    return whole.only_at(amounts_offered(whole, Assumption.ADAPTED, GRID))


def _refuse_worth(name: str, value: float, most: int, currency: str) -> None:
    if value < 1:
        raise InputError(
            f"valuations of {name!r}: {most:,} rows are worth less than the smallest coin of {currency}; who pays "
            "nothing cannot be told from a visitor who leaves: leave the type out"
        )
    if value > LARGEST_AMOUNT:
        raise InputError(
            f"valuations of {name!r}: got {value:.16g} minor units, expected at most {LARGEST_AMOUNT:,}"
        )


def _fees_and_slopes(valuations: Valuations) -> list[Offer]:
    """p(n) = fee + slope n, rounded up: for each slope the fees that some type just pays.

    Rounding up keeps p(x + y) <= p(x) + p(y); where that costs a type its purchase, a lower fee is among them.
    """
    a_row = valuations.largest / valuations.most
    slopes = np.append(0.0, np.geomspace(a_row / 200, 4 * a_row, SLOPES))
    return [offer(curve, valuations) for slope in slopes.tolist() for curve in _with_slope(valuations, slope)]


def _with_slope(valuations: Valuations, slope: float) -> list[PriceCurve]:
    rows = np.ceil(slope * valuations.amounts)
    fees = np.unique((valuations.values - rows).max(axis=1))
    return [
        PriceCurve(valuations.amounts, fee + rows).without_idle_bundles()
        for fee in fees[fees >= 0].tolist()
        if find_arbitrage(PriceCurve(valuations.amounts, fee + rows)) is None
    ]
