"""A marketplace for data: contributors verified, prices fitted or learned, revenue shared.

curves                price curves, purchases, arbitrage
known_types           the curve that earns most from known types of buyers
measured_valuations   what rows are worth to a buyer, from a learning curve
learners, simulator   prices learned from sales, and their regret
contributors          verification of deposits, and what dishonesty earns
revenue               the division of what a sale brings
marketplace           all of it in one file: open, deposit, quote, buy, statement
feature_market        the market of Agarwal, Dahleh and Sarkar for features
model_versions        versions of one model by noise
"""

from fairpool.pricing import marketplace as sell
from fairpool.pricing.contributors.verification import VerificationReport, verify
from fairpool.pricing.curves.curve import PriceCurve, price_curve
from fairpool.pricing.curves.nearest_curve import nearest_arbitrage_free
from fairpool.pricing.curves.purchase import expected_revenue, purchases
from fairpool.pricing.curves.tariff import Tariff, tariff_rounded_down
from fairpool.pricing.curves.valuations import Valuations
from fairpool.pricing.doors import Verdict, check, fit, simulate
from fairpool.pricing.known_types.menu_search import MenuSearch
from fairpool.pricing.known_types.optimal import OptimalCurve
from fairpool.pricing.learners.resampled_leader import ResampledLeader
from fairpool.pricing.learners.upper_confidence import UpperConfidence
from fairpool.pricing.revenue.splits import by_amount_and_quality, by_cramer_von_mises, by_shapley
from fairpool.pricing.simulator.simulation import TradingGround

__all__ = [
    "MenuSearch",
    "OptimalCurve",
    "PriceCurve",
    "ResampledLeader",
    "Tariff",
    "TradingGround",
    "UpperConfidence",
    "Valuations",
    "Verdict",
    "VerificationReport",
    "by_amount_and_quality",
    "by_cramer_von_mises",
    "by_shapley",
    "check",
    "expected_revenue",
    "fit",
    "nearest_arbitrage_free",
    "price_curve",
    "purchases",
    "sell",
    "simulate",
    "tariff_rounded_down",
    "verify",
]
