"""A market for features: every buyer one task, every seller one column (Agarwal, Dahleh, Sarkar, EC 2019)."""

from fairpool.pricing.published.feature_market.allocation import Allocation, MaskAllocation, NoiseAllocation
from fairpool.pricing.published.feature_market.buyer_task import (
    BuyerTask,
    task_on_all_rows,
    task_with_holdout,
)
from fairpool.pricing.published.feature_market.division import (
    Division,
    DivisionRule,
    ExactShapley,
    ShapleyApprox,
    ShapleyRobust,
    SharedPermutations,
    ValueEstimate,
    Valuer,
    first_paying_copies,
    least_penalty,
    permutations_needed,
    published_permutations,
)
from fairpool.pricing.published.feature_market.feature_game import (
    FeatureGame,
    Judge,
    curve_at,
    gains_at_levels,
)
from fairpool.pricing.published.feature_market.feature_model import FeatureModel, LinearModel, ScikitModel
from fairpool.pricing.published.feature_market.market import Falls, FeatureMarket, Features, FeatureSale
from fairpool.pricing.published.feature_market.payment import (
    GainCurve,
    Payment,
    linear_payment,
    myerson_payment,
    payments_over_prices,
)
from fairpool.pricing.published.feature_market.prediction_gain import AboveGuessing, GainMeasure
from fairpool.pricing.published.feature_market.price_update import (
    PriceWeights,
    equal_weights,
    net_regret_bound,
    price_net,
    price_weights_from,
    published_weights,
    regret_bound,
)
from fairpool.pricing.published.feature_market.similarity import (
    absolute_correlation,
    absolute_cosine,
    hellinger_similarity,
)
from fairpool.pricing.published.feature_market.simulation import (
    FeaturePricesLearned,
    SellerReplicationGain,
    Truthfulness,
    gains_over_draws,
    learn_prices,
    mean_curve,
    replication_gain,
    truthfulness,
)

__all__ = [
    "AboveGuessing",
    "Allocation",
    "BuyerTask",
    "Division",
    "DivisionRule",
    "ExactShapley",
    "Falls",
    "FeatureGame",
    "FeatureMarket",
    "FeatureModel",
    "FeaturePricesLearned",
    "FeatureSale",
    "Features",
    "GainCurve",
    "GainMeasure",
    "Judge",
    "LinearModel",
    "MaskAllocation",
    "NoiseAllocation",
    "Payment",
    "PriceWeights",
    "ScikitModel",
    "SellerReplicationGain",
    "ShapleyApprox",
    "ShapleyRobust",
    "SharedPermutations",
    "Truthfulness",
    "ValueEstimate",
    "Valuer",
    "absolute_correlation",
    "absolute_cosine",
    "curve_at",
    "equal_weights",
    "first_paying_copies",
    "gains_at_levels",
    "gains_over_draws",
    "hellinger_similarity",
    "learn_prices",
    "least_penalty",
    "linear_payment",
    "mean_curve",
    "myerson_payment",
    "net_regret_bound",
    "payments_over_prices",
    "permutations_needed",
    "price_net",
    "price_weights_from",
    "published_permutations",
    "published_weights",
    "regret_bound",
    "replication_gain",
    "task_on_all_rows",
    "task_with_holdout",
    "truthfulness",
]
