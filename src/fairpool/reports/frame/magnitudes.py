"""Measured quantities as people read them, from 1e-9 to 1e9: as many digits as mean something.

Money is written by `numerals`; here are quantities in the units of somebody's data, whose size nobody knows
beforehand.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from fairpool.reports.frame.numerals import MINUS

NOTHING = "–"
_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_SMALLEST_EXPONENT, _LARGEST_EXPONENT = -4, 6  # beyond: powers of ten
_MOST_PLAIN_DIGITS = 12
_MOST_DIGITS = 8


def significant(value: float | None, digits: int = 3) -> str:
    """``74.2``, ``0.000531``, ``1,240``, ``3.10 × 10⁻⁹``; a dash for what is not known."""
    if value is None:
        return NOTHING
    if value == 0:
        return "0"
    exponent = _exponent(value, digits)
    sign = MINUS if value < 0 else ""
    if _SMALLEST_EXPONENT <= exponent <= _LARGEST_EXPONENT or 0 < exponent < digits <= _MOST_PLAIN_DIGITS:
        return f"{sign}{abs(value):,.{max(0, digits - 1 - exponent)}f}"
    return f"{sign}{_mantissa(abs(value), exponent, digits - 1)} × {power_of_ten(exponent)}"


def plain(value: float, most: int = 3) -> str:
    """``20``, ``0.0025``: no more digits than it needs, and at most ``most`` unless it is a whole number."""
    digits = next((d for d in range(1, most) if float(f"{value:.{d - 1}e}") == value), most)
    if value == round(value) and abs(value) < 10.0**_LARGEST_EXPONENT:
        return f"{MINUS if value < 0 else ''}{abs(value):,.0f}"
    return significant(value, digits)


def apart(values: Sequence[float | None], least: int = 3) -> list[str]:
    """All of them with the same decimals: ``least`` digits of the largest, more where they differ by little."""
    known = [value for value in values if value is not None]
    reach = max(known, default=0.0) - min(known, default=0.0)
    if reach == 0:
        return [significant(value, least) for value in values]
    needed = _exponent(max(map(abs, known)), least) - _exponent(reach, 2) + 1
    return _alike(values, min(max(least, needed), _MOST_DIGITS))


def _alike(values: Sequence[float | None], digits: int) -> list[str]:
    """``digits`` digits of the largest, and as many decimals for the others; each by itself where none is plain."""
    exponents = [_exponent(value, digits) for value in values if value]
    top = max(exponents, default=0)
    if not exponents or not _SMALLEST_EXPONENT <= min(exponents) <= top <= _LARGEST_EXPONENT:
        return [significant(value, digits) for value in values]
    decimals = max(0, digits - 1 - top)
    return [NOTHING if v is None else f"{MINUS if v < 0 else ''}{abs(v):,.{decimals}f}" for v in values]


def to_error(value: float | None, error: float | None) -> str:
    """``852.4`` where the error is 8.2: the digits that two digits of the error leave meaningful."""
    if value is None:
        return NOTHING
    if error is None or not error > 0:
        return significant(value, 4)
    if value == 0:
        return "0"
    digits = _exponent(value, 2) - _exponent(error, 2) + 2
    return significant(value, min(max(digits, 2), 15))


def with_error(value: float | None, error: float | None) -> str:
    """``852 ± 16``; both with one power of ten where they need one."""
    if value is None or error is None or not error > 0:
        return to_error(value, error)
    exponent, last = _exponent(max(abs(value), error), 2), _exponent(error, 2)
    sign = MINUS if value < 0 else ""
    if last >= _SMALLEST_EXPONENT - 2 and exponent < _MOST_PLAIN_DIGITS:
        decimals = max(0, 1 - last)
        return f"{sign}{abs(value):,.{decimals}f} ± {error:,.{decimals}f}"
    decimals = min(max(0, exponent - last + 1), 15)
    both = f"{sign}{_mantissa(abs(value), exponent, decimals)} ± {_mantissa(error, exponent, decimals)}"
    return f"({both}) × {power_of_ten(exponent)}"


def power_of_ten(exponent: int) -> str:
    """``10⁻⁹``."""
    return f"10{str(exponent).translate(_SUPERSCRIPTS)}"


def _exponent(value: float, digits: int) -> int:
    """Of the leading digit after rounding: 0 for 1 and 9.99, 1 for 9.999 rounded to three digits."""
    return int(f"{abs(value):.{digits - 1}e}".partition("e")[2])


def _mantissa(value: float, exponent: int, decimals: int) -> str:
    return f"{value / 10.0**exponent:.{decimals}f}"


@dataclass(frozen=True, slots=True)
class Gauge:
    """What an axis measures: (value - offset) / 10^exponent, so that its labels stay short."""

    offset: float
    exponent: int

    def __call__(self, value: float) -> float:
        return (value - self.offset) / 10.0**self.exponent

    def titled(self, words: str) -> str:
        """``words`` with what was taken off and the power of ten."""
        less = f" minus {self.offset:,.15g}" if self.offset else ""
        return f"{words}{less}{f', × {power_of_ten(self.exponent)}' if self.exponent else ''}"


def gauge(values: Sequence[float], *, from_zero: bool) -> Gauge:
    """The gauge for these values; ``from_zero``: nothing may be taken off."""
    low, high = min(values, default=0.0), max(values, default=0.0)
    largest, reach = max(abs(low), abs(high)), high - low
    offset = 0.0
    if not from_zero and 0 < reach < 1e-3 * largest:
        step = 10.0 ** math.ceil(math.log10(reach))
        offset, largest = round((low + high) / 2 / step) * step, reach
    if largest == 0 or 0.01 <= largest < 1e6:
        return Gauge(offset, 0)
    return Gauge(offset, max(-300, 3 * math.floor(math.log10(largest) / 3)))
