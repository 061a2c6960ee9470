"""A marketplace for data: contributors verified, prices fitted or learned, revenue shared.

curves                price curves, purchases, arbitrage
optimal, oracles      the curve that earns most from known types of buyers, and who is asked for it
valuations            what rows are worth to a buyer, from a learning curve
policies, simulator   prices learned from sales, and their regret
verification          of deposits
stock, revenue        which rows a sale delivers, and the division of what it brings
published             from papers: a market for features, versions of one model by noise, two contributors
"""

from fairpool.pricing.curves.arbitrage import check
from fairpool.pricing.curves.curve import PriceCurve, price_curve
from fairpool.pricing.curves.nearest_curve import nearest_arbitrage_free
from fairpool.pricing.curves.purchase import purchases
from fairpool.pricing.curves.tariff import tariff_rounded_down
from fairpool.pricing.curves.valuations import Valuations
from fairpool.pricing.optimal.fitting import fit
from fairpool.pricing.oracles.menu_search import MenuSearch
from fairpool.pricing.policies.upper_confidence import UpperConfidence
from fairpool.pricing.revenue.splits import by_amount_and_quality, by_cramer_von_mises
from fairpool.pricing.simulator.simulation import TradingGround, simulate
from fairpool.pricing.verification.report import verify

__all__ = [  # noqa: RUF022 in the order a user needs them
    "Valuations",
    "PriceCurve",
    "price_curve",
    "fit",
    "purchases",
    "check",
    "nearest_arbitrage_free",
    "tariff_rounded_down",
    "MenuSearch",
    "UpperConfidence",
    "TradingGround",
    "simulate",
    "verify",
    "by_amount_and_quality",
    "by_cramer_von_mises",
]
