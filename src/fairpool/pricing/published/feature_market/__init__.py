"""A market for features: every buyer one task, every seller one column (Agarwal, Dahleh, Sarkar, EC 2019)."""

from fairpool.pricing.published.feature_market.allocation import NoiseAllocation
from fairpool.pricing.published.feature_market.buyer_task import task_with_holdout
from fairpool.pricing.published.feature_market.division import ShapleyApprox, ShapleyRobust, least_penalty
from fairpool.pricing.published.feature_market.feature_game import Judge
from fairpool.pricing.published.feature_market.feature_model import LinearModel
from fairpool.pricing.published.feature_market.market import FeatureMarket
from fairpool.pricing.published.feature_market.payment import GainCurve, linear_payment
from fairpool.pricing.published.feature_market.prediction_gain import AboveGuessing
from fairpool.pricing.published.feature_market.price_update import equal_weights, price_net
from fairpool.pricing.published.feature_market.similarity import absolute_correlation

__all__ = [  # noqa: RUF022 in the order a user needs them
    "FeatureMarket",
    "NoiseAllocation",
    "ShapleyRobust",
    "ShapleyApprox",
    "absolute_correlation",
    "equal_weights",
    "price_net",
    "task_with_holdout",
    "Judge",
    "LinearModel",
    "AboveGuessing",
    "GainCurve",
    "linear_payment",
    "least_penalty",
]
