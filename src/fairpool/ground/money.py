"""Whole money: integer minor units, made whole in one place.

No float ever reaches a ledger.  An amount is an ``int`` of minor units (cents); real-valued entitlements
become whole by the method of largest remainders (Hamilton's method), so that the parts match the total to
the last cent.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fairpool.ground.errors import InputError

# ISO 4217 currencies whose minor unit is not a hundredth.
_EXPONENTS = {
    **dict.fromkeys(("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI"), 0),
    **dict.fromkeys(("VND", "VUV", "XAF", "XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
    **dict.fromkeys(("CLF", "UYW"), 4),
}
_CURRENCY = re.compile("[A-Z]{3}")
_AMOUNT = re.compile(r"\s*(?P<number>[+-]?\d+(?:\.\d+)?)\s*(?P<currency>[A-Z]{3})\s*")
LARGEST_AMOUNT = 2**53  # above this a float64 cannot tell neighbouring minor units apart


@dataclass(frozen=True, slots=True)
class Amount:
    """A sum of money: ``minor`` whole minor units of ``currency`` (ISO 4217)."""

    minor: int
    currency: str

    def __str__(self) -> str:
        return f"{format_minor(self.minor, self.currency)} {self.currency}"


def check_currency(given: object) -> None:
    """InputError for anything but three capital letters: how many decimals "euro" has, nobody can look up."""
    if not (isinstance(given, str) and _CURRENCY.fullmatch(given)):
        raise InputError(f'currency: got {given!r}, expected three capital letters like "EUR"')


def exponent(currency: str) -> int:
    """How many decimals the minor unit of ``currency`` has (EUR 2, JPY 0, KWD 3, CLF 4)."""
    return _EXPONENTS.get(currency, 2)


def format_minor(minor: int, currency: str) -> str:
    """``-123456`` of EUR as ``-1234.56``, without the currency."""
    decimals = exponent(currency)
    return f"{Decimal(int(minor)).scaleb(-decimals):.{decimals}f}"


def parse_amount(text: object, *, what: str = "amount", file: str | None = None) -> Amount:
    """Read ``"1000.00 EUR"``; raises InputError for anything else, for fractions of a minor unit and for minus."""
    match = _AMOUNT.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise InputError(
            f'{what}: got {text!r}, expected a number and a currency like "1000.00 EUR"', file=file
        )
    currency = match["currency"]
    minor = Decimal(match["number"]).scaleb(exponent(currency))
    if minor != minor.to_integral_value():
        raise InputError(f"{what}: got {text!r}, but {currency} has {exponent(currency)} decimals", file=file)
    if minor < 0:
        raise InputError(f"{what}: got {text!r}, expected an amount that is not negative", file=file)
    if minor > LARGEST_AMOUNT:
        raise InputError(f"{what}: got {text!r}, expected at most {LARGEST_AMOUNT} minor units", file=file)
    return Amount(int(minor), currency)


def whole(total: int, entitlements: ArrayLike) -> NDArray[np.int64]:
    """Split ``total`` minor units in proportion to ``entitlements`` by largest remainder.

    entitlements: float64 (n,), each >= 0, not all zero unless ``total`` is 0.
    Returns int64 (n,) with ``sum == total`` exactly; each part is within one unit of its exact quota, and an
    entitlement of zero gets zero.  Equal remainders go to the earlier entry.  Quotas are computed as
    fractions, so no rounding of floats decides who gets the last cent.  Cost O(n log n).
    """
    weights = [Fraction(float(w)) for w in np.asarray(entitlements, dtype=np.float64)]
    if any(w < 0 for w in weights):
        raise ValueError("entitlements must not be negative")
    whole_weight = sum(weights, Fraction(0))
    if total == 0 or whole_weight == 0:
        if total != 0:
            raise ValueError("nobody is entitled to anything, but there is something to hand out")
        return np.zeros(len(weights), dtype=np.int64)
    quotas = [total * w / whole_weight for w in weights]
    parts = [int(quota) for quota in quotas]
    left = total - sum(parts)
    by_remainder = sorted(range(len(parts)), key=lambda i: (parts[i] - quotas[i], i))
    for i in by_remainder[:left]:
        parts[i] += 1
    return np.array(parts, dtype=np.int64)
