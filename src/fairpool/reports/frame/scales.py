"""Axes: round ticks, and money in units that fit on a phone."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import altair as alt

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


def ticks(low: float, high: float, *, most: int, smallest: float = 0.0) -> list[float]:
    """At most ``most`` round numbers (1, 2 or 5 times a power of ten apart) within [low, high]."""
    power = 10.0 ** math.floor(math.log10((high - low) / most) - 1e-9)
    for step in (m * power for m in (1, 2, 5, 10, 20, 50)):
        first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
        if last - first < most and step >= smallest * (1 - 1e-9):
            return [round(i * step, 12) for i in range(first, last + 1)]
    return [0.0]


def tick_format(values: Sequence[float], *, percent: bool = False) -> str:
    """d3's format with as many decimals as the ticks need."""
    shown = [100 * v if percent else v for v in values]
    decimals = next((d for d in range(4) if all(abs(v - round(v, d)) < 1e-9 for v in shown)), 4)
    return f",.{decimals}{'%' if percent else 'f'}"


def axis(values: Sequence[float], *, title: str, percent: bool = False, columns: bool = True) -> alt.Axis:
    """An axis with exactly these ticks; ``columns``: with grid lines, and labels in the middle below them."""
    return alt.Axis(
        values=list(values),
        format=tick_format(values, percent=percent),
        title=title,
        labelOverlap=True,
        grid=columns,
        labelFlush=not columns,
    )


def padded(low: float, high: float, *, smallest: float) -> tuple[float, float]:
    """A range that contains 0 and is not empty."""
    low, high = min(low, 0.0), max(high, 0.0)
    return (low, high) if high > low else (-smallest, smallest)
