"""The market for features, one buyer after the other (section 3 of [ADS19]).

1.  A price is drawn from the learner's weights, before the buyer comes.
2.  The buyer brings a task and bids what a unit of gain is worth to it.
3.  AF degrades the features as far as the bid is below the price; the model is fitted; the gain is measured.
4.  RF* says what the buyer pays for that gain.
5.  PD divides the payment among the sellers, by what each feature adds to the gain.
6.  The learner is told what every other price would have earned.

Where this departs from the paper: `Falls.SKIP`, the default, sells the best of all levels that a bid gets, so that
Assumption 1 (the gain never falls with the bid) holds on every draw and the truth is best on every draw;
`Falls.KEEP` is the paper's rule, under which measured gains do fall here and there.  `Features.AS_HELD`, the default,
divides by what undegraded features are worth: AF degrades each column by itself, so in `Features.AS_SOLD`, the paper's
rule, every copy brings news (a mean of noisy copies has less noise), and copies pay whatever Theorem 5.4 says.

Bids, prices and gains are real; what is booked is whole: the payment rounded down (never below 0), its parts by largest
remainder.  What robust division takes from sellers is the market's ``surplus``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from fairpool.ground.arrays import Floats
from fairpool.ground.errors import InputError
from fairpool.ground.money import LARGEST_AMOUNT, whole
from fairpool.pricing.published.feature_market.allocation import Allocation
from fairpool.pricing.published.feature_market.division import Division, DivisionRule
from fairpool.pricing.published.feature_market.feature_game import (
    FeatureGame,
    Judge,
    curve_at,
    gains_at_levels,
)
from fairpool.pricing.published.feature_market.payment import GainCurve, payments_over_prices, refuse_bids
from fairpool.pricing.published.feature_market.price_update import PriceWeights

Minor = NDArray[np.int64]


class Falls(Enum):
    """What a bid gets where the gain falls as quality rises."""

    KEEP = "keep"  # its own level, as published
    SKIP = "skip"  # the best level up to its own


class Features(Enum):
    """Which features a payment is divided by."""

    AS_SOLD = "as sold"  # degraded, as published
    AS_HELD = "as held"  # undegraded


@dataclass(frozen=True, slots=True, eq=False)
class FeatureSale:
    """What one buyer got, paid, and who was paid.

    price, bid     per unit of gain, in minor units
    measured       gain by bid at that price, as measured on the draw
    curve          the same as sold: equal, or without falls
    gain           curve.gain(bid)
    level          the quality that was sold
    predictions    for all T rows, (T,) or (T, classes)
    exact_payment  RF*; ``payment`` is what is booked of it
    division       parts, with their standard errors
    paid           int64 (M,): what sellers get, in whole minor units
    revenues       float64 (experts,): RF* under every price of the learner
    """

    price: float
    bid: float
    measured: GainCurve
    curve: GainCurve
    gain: float
    level: float
    predictions: Floats
    exact_payment: float
    payment: int
    division: Division
    paid: Minor
    revenues: Floats

    @property
    def surplus(self) -> int:
        """What the market keeps: the payment less what sellers get."""
        return self.payment - int(self.paid.sum())

    def entries(self, buyer: str, sellers: Sequence[str], market: str = "market") -> list[tuple[str, int]]:
        """What is booked, minus for what is paid: whole amounts that sum to zero."""
        to_sellers = [(seller, int(amount)) for seller, amount in zip(sellers, self.paid, strict=True)]
        return [(buyer, -self.payment), *to_sellers, (market, self.surplus)]


@dataclass(frozen=True, slots=True, eq=False)
class FeatureMarket:
    """Sellers' features and the market's rules; `after` a sale it is another value, with other weights.

    Parameters
    ----------
    features : float64 array of shape (T, M)
        Finite: one row per moment or case, one column per seller.
    allocation : Allocation
        How features are degraded for a bid below the price, such as `NoiseAllocation`.
    division : DivisionRule
        How a payment is divided among the sellers, such as `ShapleyRobust`.
    prices : PriceWeights
        The state of the learner, in minor units per unit of gain.
    falls : Falls
        What a bid gets where the gain falls as quality rises; `Falls.KEEP` is the paper's rule.
    divided : Features
        Which features a payment is divided by; `Features.AS_SOLD` is the paper's rule.

    Raises
    ------
    InputError
        For features of another shape or not finite, and a largest bid above `money.LARGEST_AMOUNT`.

    Notes
    -----
    Cost of a sale: a fit for each level of the allocation, and those of the division.

    References
    ----------
    [ADS19] Agarwal, Dahleh, Sarkar, "A Marketplace for Data: An Algorithmic Solution", EC 2019, section 3.

    Examples
    --------
    >>> import numpy as np
    >>> from fairpool.learning import score_named
    >>> from fairpool.pricing.published.feature_market import Judge, LinearModel, task_with_holdout
    >>> rng = np.random.default_rng(1)
    >>> features = rng.normal(size=(40, 2))
    >>> task = task_with_holdout(features[:, 0], share=0.5, rng=rng)
    >>> judge = Judge(task, LinearModel(), score_named("one-minus-rmse"))
    >>> from fairpool.pricing.published.feature_market import (
    ...     NoiseAllocation, ShapleyApprox, ShapleyRobust, absolute_correlation, equal_weights, price_net
    ... )
    >>> market = FeatureMarket(
    ...     features,
    ...     NoiseAllocation(1.0, largest_price=100.0),
    ...     ShapleyRobust(ShapleyApprox(50), absolute_correlation),
    ...     equal_weights(price_net(100.0, 5.0), largest_bid=100.0, horizon=50),
    ... )
    >>> sale = market.serve(judge, bid=80.0, rng=rng)
    >>> entries = sale.entries("buyer", ["first", "second"])
    >>> [account for account, _ in entries], sum(amount for _, amount in entries)
    (['buyer', 'first', 'second', 'market'], 0)
    >>> market.after(sale).prices.rounds
    1
    """

    features: Floats
    allocation: Allocation
    division: DivisionRule
    prices: PriceWeights
    falls: Falls = Falls.SKIP
    divided: Features = Features.AS_HELD

    def __post_init__(self) -> None:
        if self.features.ndim != 2 or not self.features.size:
            raise InputError(f"features: got shape {self.features.shape}, expected (rows, sellers)")
        if not np.isfinite(self.features).all():
            row, seller = np.argwhere(~np.isfinite(self.features))[0]
            raise InputError(f"features: got {self.features[row, seller]} in row {row} of seller {seller}")
        if self.prices.largest_bid > LARGEST_AMOUNT:
            raise InputError(f"largest_bid: expected at most {LARGEST_AMOUNT} minor units")

    def sell(self, judge: Judge, *, bid: float, price: float, rng: np.random.Generator) -> FeatureSale:
        """One buyer, from its bid to what is booked.  Cost: a fit for each level and those of the division."""
        self._refuse_bid(bid)
        draw = self.allocation.draw(self.features.shape, rng=rng)
        measured = gains_at_levels(judge, self.features, self.allocation, draw)
        gains = self.sold(measured)
        curve = curve_at(price, self.allocation, gains)
        level = self._level(measured, int(curve.place(bid)))
        features = self.allocation.degraded(self.features, level, draw)
        valued = self.features if self.divided is Features.AS_HELD else features
        division = self.division.divide(FeatureGame(judge, valued), valued, rng=rng)
        exact = float(curve.payment(bid))
        payment = booked(exact)
        return FeatureSale(
            price=price,
            bid=bid,
            measured=curve_at(price, self.allocation, measured),
            curve=curve,
            gain=float(curve.gain(bid)),
            level=level,
            predictions=judge.predictions(features),
            exact_payment=exact,
            payment=payment,
            division=division,
            paid=parts_of(payment, division),
            revenues=self.revenues(gains, bid),
        )

    def serve(self, judge: Judge, *, bid: float, rng: np.random.Generator) -> FeatureSale:
        """`sell` at a price drawn for the occasion."""
        return self.sell(judge, bid=bid, price=self.prices.draw(rng=rng), rng=rng)

    def after(self, sale: FeatureSale) -> FeatureMarket:
        """The market that has learned from a sale."""
        return replace(self, prices=self.prices.updated(sale.revenues))

    def sold(self, measured: Floats) -> Floats:
        """Gains of what is sold at each level, float64 (levels,), from those measured."""
        return np.maximum.accumulate(measured) if self.falls is Falls.SKIP else measured

    def revenues(self, gains: Floats, bid: float) -> Floats:
        """RF*(c, b) for every price c of the learner: float64 (experts,)."""
        return payments_over_prices(self.allocation.least_bids(self.prices.prices), gains, bid)

    def _level(self, measured: Floats, place: int) -> float:
        """The quality that a bid's level sells: its own, or the best up to it (of equal ones the worse)."""
        chosen = int(np.argmax(measured[: place + 1])) if self.falls is Falls.SKIP else place
        return float(self.allocation.levels[chosen])

    def _refuse_bid(self, bid: float) -> None:
        refuse_bids(np.asarray(bid, dtype=np.float64))
        if bid > self.prices.largest_bid:
            raise InputError(
                f"bid: got {bid:g}, expected at most {self.prices.largest_bid:g}, the largest bid"
            )


def booked(payment: float) -> int:
    """Whole minor units of a payment: rounded down, at least 0, so that nobody pays more than RF*.

    A payment within 1e-9 below a whole number is that number.
    """
    return max(0, int(np.floor(payment + 1e-9)))


def parts_of(payment: int, division: Division) -> Minor:
    """Sellers' parts of a payment: int64 (M,); what the division retains stays with the market."""
    if not payment:
        return np.zeros(len(division.shares), dtype=np.int64)
    return whole(payment, np.append(division.shares, division.retained))[:-1]
