"""What features are worth to a buyer: as a game of the sellers, and as a function of quality.

v(S) = G(Y, M(X_S))        `FeatureGame`, the game that divisions share out
g_k  = G(Y, M(X at level k))   `gains_at_levels`, the gain of everybody's features at each quality
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fairpool.games.game import Coalitions
from fairpool.ground.arrays import Floats
from fairpool.ground.errors import InputError
from fairpool.pricing.published.feature_market.allocation import Allocation
from fairpool.pricing.published.feature_market.buyer_task import BuyerTask
from fairpool.pricing.published.feature_market.feature_model import FeatureModel
from fairpool.pricing.published.feature_market.payment import GainCurve
from fairpool.pricing.published.feature_market.prediction_gain import GainMeasure


@dataclass(frozen=True, slots=True, eq=False)
class Judge:
    """A buyer's task, the model that is fitted for it and the gain that is paid for.

    Parameters
    ----------
    task : BuyerTask
        Labels of T rows.
    model : FeatureModel
        Learns from some of the columns, such as `LinearModel`.
    measure : GainMeasure
        How good predictions are, in [0, 1]: `AboveGuessing`, or any score.

    Notes
    -----
    Cost of a gain: one fit.

    References
    ----------
    [ADS19] Agarwal, Dahleh, Sarkar, "A Marketplace for Data: An Algorithmic Solution", EC 2019, section 3.

    Examples
    --------
    >>> import numpy as np
    >>> from fairpool.learning import score_named
    >>> from fairpool.pricing.published.feature_market import LinearModel, task_with_holdout
    >>> rng = np.random.default_rng(1)
    >>> features = rng.normal(size=(40, 2))
    >>> task = task_with_holdout(features[:, 0], share=0.5, rng=rng)
    >>> judge = Judge(task, LinearModel(), score_named("one-minus-rmse"))
    >>> judge.gains(features, np.array([[False, True], [True, True]])).round(3).tolist()
    [0.801, 1.0]
    """

    task: BuyerTask
    model: FeatureModel
    measure: GainMeasure

    def gains(self, features: Floats, coalitions: Coalitions) -> Floats:
        """G(Y, M(X_S)) of each coalition: features float64 (T, M), coalitions bool (b, M) -> float64 (b,)."""
        self.refuse(features)
        rows = self.task.judge
        found = self.model.predictions(self.task.lesson(features), features[rows], coalitions)
        return self.measure.of(found, self.task.labels[rows])

    def gain(self, features: Floats) -> float:
        """G(Y, M(X)) of all features together."""
        return float(self.gains(features, _everybody(features))[0])

    def predictions(self, features: Floats) -> Floats:
        """What the buyer gets: predictions for all T rows from all features, (T,) or (T, classes)."""
        return self.model.predictions(self.task.lesson(features), features, _everybody(features))[0]

    def refuse(self, features: Floats) -> None:
        if features.ndim != 2 or len(features) != self.task.rows:
            raise InputError(
                f"features: got shape {features.shape}, expected a row for each of the task's {self.task.rows} labels"
            )


@dataclass(frozen=True, slots=True, eq=False)
class FeatureGame:
    """Sellers as players, a coalition worth the gain of the model on its columns: float64 (T, M)."""

    judge: Judge
    features: Floats

    @property
    def players(self) -> int:
        return self.features.shape[1]

    def worth(self, coalitions: Coalitions) -> Floats:
        return self.judge.gains(self.features, coalitions)


def gains_at_levels(judge: Judge, features: Floats, allocation: Allocation, draw: Floats) -> Floats:
    """g_k on one draw, for all of the allocation's levels: float64 (levels,).  Cost: a fit for each level."""
    return np.array(
        [judge.gain(allocation.degraded(features, float(level), draw)) for level in allocation.levels]
    )


def curve_at(price: float, allocation: Allocation, gains: Floats) -> GainCurve:
    """The gain as a function of the bid at this price, from the gains at the levels."""
    return GainCurve(allocation.least_bids(price), gains)


def _everybody(features: Floats) -> Coalitions:
    return np.ones((1, features.shape[1]), dtype=bool)
