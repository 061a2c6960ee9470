"""A marketplace for data: contributors verified, prices fitted or learned, revenue shared.

curves                price curves, purchases, arbitrage
optimal               the curve that earns most from known types of buyers
valuations            what rows are worth to a buyer, from a learning curve
policies, simulator   prices learned from sales, and their regret
verification          of deposits
revenue               the division of what a sale brings
published             from papers: the market of Agarwal, Dahleh and Sarkar for features
model_versions        versions of one model by noise
"""

from fairpool.pricing.curves.arbitrage import Verdict, check
from fairpool.pricing.curves.curve import PriceCurve, price_curve
from fairpool.pricing.curves.nearest_curve import nearest_arbitrage_free
from fairpool.pricing.curves.purchase import expected_revenue, purchases
from fairpool.pricing.curves.tariff import Tariff, tariff_rounded_down
from fairpool.pricing.curves.valuations import Valuations
from fairpool.pricing.optimal.fitting import fit
from fairpool.pricing.optimal.optimal import OptimalCurve
from fairpool.pricing.oracles.menu_search import MenuSearch
from fairpool.pricing.policies.resampled_leader import ResampledLeader
from fairpool.pricing.policies.upper_confidence import UpperConfidence
from fairpool.pricing.revenue.splits import by_amount_and_quality, by_cramer_von_mises, by_shapley
from fairpool.pricing.simulator.simulation import TradingGround, simulate
from fairpool.pricing.verification.report import VerificationReport, verify

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
    "simulate",
    "tariff_rounded_down",
    "verify",
]
