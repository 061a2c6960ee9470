"""Which family of learning curves a measured one is from.

    AICC           the lower corrected Akaike criterion: who follows the measured points better
    EXTRAPOLATION  fitted without the largest third of the amounts, who predicts their scores better

A price curve needs scores at more rows than were measured, which is what the second asks.  Both families have three
parameters, so the first comes down to the smaller sum of squares.  Both fits are kept: where they disagree beyond the
measured amounts, that disagreement is an uncertainty that neither band shows.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from fairpool.ground.errors import InputError
from fairpool.pricing.valuations.curve_fit import CEILING, FittedCurve, fit_learning_curve
from fairpool.pricing.valuations.learning_curves import FEWEST_AMOUNTS, CurveFamily, MeasuredCurve


class Criterion(StrEnum):
    AICC = "aicc"
    EXTRAPOLATION = "extrapolation"


@dataclass(frozen=True, slots=True, eq=False)
class CurveChoice:
    """Both fits, and how each did by the criterion (lower is better)."""

    power_law: FittedCurve
    exponential: FittedCurve
    criterion: Criterion
    power_law_loss: float
    exponential_loss: float

    @property
    def chosen(self) -> FittedCurve:
        """The better fit; the power law where they are equal."""
        return self.power_law if self.power_law_loss <= self.exponential_loss else self.exponential


def choose_curve(
    measured: MeasuredCurve, criterion: Criterion = Criterion.EXTRAPOLATION, *, ceiling: float = CEILING
) -> CurveChoice:
    """Fit both families and compare them.

    Raises InputError as `fit_learning_curve`, and for extrapolation with fewer than five distinct amounts.
    """
    power_law, exponential = (fit_learning_curve(measured, family, ceiling=ceiling) for family in CurveFamily)
    if criterion is Criterion.AICC:
        losses = power_law.aicc, exponential.aicc
    else:
        losses = prediction_loss(power_law), prediction_loss(exponential)
    return CurveChoice(power_law, exponential, criterion, *losses)


def prediction_loss(fitted: FittedCurve) -> float:
    """Mean square error, in standard errors where they are known, on the largest third of the distinct amounts.

    The curve is fitted to the others, of which at least four stay.
    """
    measured = fitted.measured
    distinct = np.unique(measured.amounts)
    hidden = min(max(len(distinct) // 3, 1), len(distinct) - FEWEST_AMOUNTS)
    if hidden < 1:
        raise InputError(
            f"learning curve of {measured.name!r}: got scores at {len(distinct)} amounts, expected at least "
            f"{FEWEST_AMOUNTS + 1} to try how well a curve predicts the largest; or choose by {Criterion.AICC.value!r}"
        )
    earlier = measured.between(1, int(distinct[-hidden - 1]))
    curve = fit_learning_curve(earlier, fitted.curve.family, ceiling=fitted.ceiling)
    later = measured.amounts >= distinct[-hidden]
    missed = measured.scores[later] - curve.at(measured.amounts[later])
    return float(np.average(missed**2 * measured.weights[later]))
