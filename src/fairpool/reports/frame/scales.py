"""Axes of money, in units that fit on a phone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fairpool.ground.money import exponent

_UNITS = ((1e12, "trillion"), (1e9, "billion"), (1e6, "million"))


@dataclass(frozen=True, slots=True)
class MoneyScale:
    """Minor units -> what an axis shows: units, thousands or millions of the currency."""

    currency: str
    factor: float
    word: str

    @property
    def title(self) -> str:
        return f"{self.word} {self.currency}".strip()

    @property
    def smallest(self) -> float:
        """One minor unit on this axis."""
        return 1 / self.factor

    def __call__(self, minor: float) -> float:
        return minor / self.factor


def money_scale(amounts: Sequence[float], currency: str) -> MoneyScale:
    """The unit in which the largest of ``amounts`` (minor units) is read easily."""
    unit = 10 ** exponent(currency)
    largest = max((abs(a) for a in amounts), default=0) / unit
    size, word = next(((size, word) for size, word in _UNITS if largest >= size), (1.0, ""))
    return MoneyScale(currency, unit * size, word)


def padded(low: float, high: float, *, smallest: float) -> tuple[float, float]:
    """A range that contains 0 and is not empty."""
    low, high = min(low, 0.0), max(high, 0.0)
    return (low, high) if high > low else (-smallest, smallest)
