"""A price policy at work: prices in whole minor units, and what the policy is told of a visit.

    a sale to a type that buys at the posted curve, by the valuations   the purchase, at the price booked
    a sale to a type that does not                                      nothing was bought
    a visitor who leaves                                                nothing was bought

The second line is right: policies estimate how often each type comes *among the rounds whose curve sells to it*, so a
purchase in another round is no evidence on it, and for the types that do buy it says what a visitor who leaves says:
she was none of them.  Such rounds are marked as not expected, like sales of another amount than the valuations say and
visitors who leave though every type would buy: many of them mean that the valuations are wrong.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fairpool.pricing.curves.arbitrage import Arbitrage
from fairpool.pricing.curves.curve import PriceCurve
from fairpool.pricing.curves.purchase import purchases
from fairpool.pricing.curves.tariff import tariff_rounded_down
from fairpool.pricing.curves.valuations import Valuations
from fairpool.pricing.oracles.postable_curves import PostableCurves
from fairpool.pricing.policies.catalogue import market_policy
from fairpool.pricing.policies.policy import PricePolicy, Purchase


@dataclass(frozen=True, slots=True)
class Visit:
    """A visitor: the type, amount and price (minor units) of the purchase, or None, 0 and 0 where she left."""

    type: str | None
    amount: int
    price: int


@dataclass(frozen=True, slots=True, eq=False)
class LearnedPrices:
    """Which policy of the catalogue sets prices, and from what.

    rounds: how many were expected when it began; valuations: in whole minor units; forced: curves with arbitrage are
    posted, too.
    """

    policy: str
    rounds: int
    forced: bool
    valuations: Valuations
    currency: str

    @property
    def types(self) -> tuple[str, ...]:
        return self.valuations.names

    def made(self) -> PricePolicy[Any]:
        """The policy, around an oracle of curves that can be posted."""
        oracle = PostableCurves(self.valuations, self.currency, with_arbitrage=self.forced)
        return market_policy(self.policy).make(self.valuations, oracle, self.rounds)

    def offered(self, curve: PriceCurve) -> tuple[PriceCurve, Arbitrage | None]:
        """A curve of the policy as it is posted: its prices are whole already."""
        whole = tariff_rounded_down(curve.without_idle_bundles(), self.currency, unit=1.0)
        return whole.curve, whole.arbitrage

    def told(self, seen: PriceCurve, visit: Visit) -> Purchase | None:
        """What the policy is told of a visit at the curve that was ``seen``."""
        if visit.type is None:
            return None
        place = self.types.index(visit.type)
        buys = purchases(seen, self.valuations).buys[place]
        return Purchase(place, visit.amount, float(visit.price)) if buys else None

    def expects(self, seen: PriceCurve, visit: Visit) -> bool:
        """Whether a visit is as the valuations say."""
        taken = purchases(seen, self.valuations)
        if visit.type is None:
            return not taken.buys.all()
        return bool(taken.amounts[self.types.index(visit.type)] == visit.amount)
