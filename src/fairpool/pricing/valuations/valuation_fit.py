"""Valuations of buyers who train a model: what n more rows raise its score by, in money.

    v(n) = u max(0, s(n_0 + n) - s_0)

    s    ``fitted``      her learning curve
    u    ``unit_value``  what one whole unit of score (from 0 to 1) is worth to her, in money
    n_0  ``own_rows``    rows like those for sale that she has already
    s_0  ``alone``       her score without buying; s(n_0) where she has rows and no other score is given

Never negative and never falling, whatever the fit.  The worth of n rows is uncertain as the fit is.  Three ways to ask
what a price curve earns then: at the lower and the upper end of the whole band, where all true valuations lie between
with the probability asked for (one type at a time), and at valuations drawn from the law of the parameters.  Revenue
does not rise with valuations, as a buyer to whom a small bundle becomes worth more may leave the large one: revenues at
the two ends do not enclose the true one, and draws are the answer to how sure a revenue is.

Ends of the band are made to ascend: as a true valuation never falls, what it exceeds at n it exceeds at every larger
amount (running maximum of the lower end), and what it stays below at n holds for every smaller one (of the upper end,
the running minimum from the right).  This loses nothing of the band's level.

Where ``own_rows`` gives s_0, its error and that of s(n_0 + n) partly cancel, and the band is that of the rise.  An
``alone`` that is given counts as exact.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from fairpool.ground.arrays import Floats, Integers
from fairpool.ground.errors import InputError
from fairpool.pricing.curves.curve import PriceCurve
from fairpool.pricing.curves.purchase import expected_revenue
from fairpool.pricing.curves.valuations import Valuations
from fairpool.pricing.valuations.curve_fit import FittedCurve
from fairpool.pricing.valuations.learning_curves import LearningCurve

LEVEL = 0.95


@dataclass(frozen=True, slots=True, eq=False)
class BuyerType:
    """Who values rows by her learning curve.

    alone: None takes the measured score without rows, or s(own_rows) where ``own_rows`` are given.
    Raises InputError where neither is known.
    """

    fitted: FittedCurve
    unit_value: float
    own_rows: int = 0
    alone: float | None = None

    def __post_init__(self) -> None:
        if not (np.isfinite(self.unit_value) and self.unit_value > 0):
            raise InputError(
                f"buyer {self.name!r}: got a unit value of {self.unit_value:g}, expected money above 0"
            )
        if self.own_rows < 0:
            raise InputError(f"buyer {self.name!r}: got {self.own_rows:,} own rows, expected 0 or more")
        if self.own_rows == 0 and self.known_alone is None:
            raise InputError(
                f"buyer {self.name!r}: got no score without rows, expected one (a row of n = 0, or `alone`), "
                "or the number of rows she has"
            )

    @property
    def name(self) -> str:
        return self.fitted.measured.name

    @property
    def known_alone(self) -> float | None:
        """s_0, where it does not follow from the curve."""
        if self.alone is not None or self.own_rows:
            return self.alone
        return self.fitted.measured.alone

    def value(self, curve: LearningCurve, amounts: Integers) -> Floats:
        """v(n), float64 (amounts,), if ``curve`` were the true one."""
        return self._worth(self._rise(curve, amounts))

    def band(self, amounts: Integers, level: float) -> tuple[Floats, Floats]:
        """Ends of v, each float64 (amounts,) and ascending, that hold at all amounts at once."""
        middle = self._rise(self.fitted.curve, amounts)
        above = self.own_rows if self.known_alone is None else 0
        error = self.fitted.standard_error(self.own_rows + amounts, above=above)
        reach = self.fitted.whole_width(level) * error
        lower = np.maximum.accumulate(middle - reach)
        upper = np.minimum.accumulate((middle + reach)[::-1])[::-1]
        return self._worth(lower), self._worth(np.minimum(upper, self._most_rise))

    @property
    def _most_rise(self) -> float:
        """From s_0 to the ceiling."""
        return self.fitted.ceiling - self._start(self.fitted.curve)

    def _rise(self, curve: LearningCurve, amounts: Integers) -> Floats:
        return curve.at(self.own_rows + amounts) - self._start(curve)

    def _start(self, curve: LearningCurve) -> float:
        return float(curve.at(self.own_rows)) if self.known_alone is None else self.known_alone

    def _worth(self, rise: Floats) -> Floats:
        """In money; the running maximum irons out falls in the last digit."""
        return np.maximum.accumulate(self.unit_value * np.maximum(rise, 0.0))


def fitted_valuations(buyers: Sequence[BuyerType], amounts: Integers) -> Valuations:
    """Valuations at these amounts (np.arange(1, N + 1) for all), from the fitted curves.  Cost O(types amounts)."""
    return _valuations(buyers, amounts, lambda buyer: buyer.value(buyer.fitted.curve, amounts))


def lower_valuations(buyers: Sequence[BuyerType], amounts: Integers, *, level: float = LEVEL) -> Valuations:
    """The lower end of each type's band."""
    return _valuations(buyers, amounts, lambda buyer: buyer.band(amounts, level)[0])


def upper_valuations(buyers: Sequence[BuyerType], amounts: Integers, *, level: float = LEVEL) -> Valuations:
    """The upper end of each type's band."""
    return _valuations(buyers, amounts, lambda buyer: buyer.band(amounts, level)[1])


def drawn_valuations(
    buyers: Sequence[BuyerType], amounts: Integers, count: int, *, rng: np.random.Generator
) -> Iterator[Valuations]:
    """``count`` valuations, each with a curve drawn for each type from the normal law of its parameters."""
    for _ in range(count):
        yield _valuations(buyers, amounts, lambda buyer: buyer.value(buyer.fitted.drawn(rng=rng), amounts))


def bootstrapped_valuations(
    buyers: Sequence[BuyerType], amounts: Integers, count: int, *, rng: np.random.Generator
) -> Iterator[Valuations]:
    """As `drawn_valuations`, with curves fitted again to drawn scores: slower, and right also where the law bends."""
    curves = {id(buyer): buyer.fitted.bootstrap(count, rng=rng) for buyer in buyers}
    for _ in range(count):
        yield _valuations(buyers, amounts, lambda buyer: buyer.value(next(curves[id(buyer)]), amounts))


@dataclass(frozen=True, slots=True, eq=False)
class RevenueRange:
    """What a price curve earns a buyer if the fit is right, at the ends of the band, and at draws (draws,)."""

    fitted: float
    lower: float
    upper: float
    drawn: Floats


def revenue_range(
    curve: PriceCurve,
    buyers: Sequence[BuyerType],
    probabilities: Floats,
    *,
    draws: int,
    rng: np.random.Generator,
    level: float = LEVEL,
) -> RevenueRange:
    """Revenue of ``curve`` under the uncertainty of the fits.

    A curve that is optimal for the fitted valuations leaves some buyers nothing, so where the truth is a little lower
    they do not buy: at the lower end, and at half of the draws, it may earn far less than it seems to.
    """
    amounts = curve.amounts

    def earned(valuations: Valuations) -> float:
        return expected_revenue(curve, valuations, probabilities)

    return RevenueRange(
        earned(fitted_valuations(buyers, amounts)),
        earned(lower_valuations(buyers, amounts, level=level)),
        earned(upper_valuations(buyers, amounts, level=level)),
        np.array([earned(one) for one in drawn_valuations(buyers, amounts, draws, rng=rng)]),
    )


def _valuations(
    buyers: Sequence[BuyerType], amounts: Integers, value: Callable[[BuyerType], Floats]
) -> Valuations:
    if not buyers:
        raise InputError("valuations: got no buyers, expected at least one")
    values = np.array([value(buyer) for buyer in buyers])
    return Valuations(amounts, values, tuple(buyer.name for buyer in buyers))
