"""Numbers as people read them: amounts with thousands separators, scores, percentages, counts in words."""

from __future__ import annotations

from collections.abc import Sequence

from fairpool.ground.money import format_minor

MINUS = "\u2212"  # the minus sign that is as wide as a digit
_COUNTS = (
    "no",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
)


def amount(minor: int, currency: str) -> str:
    """``-123456`` of EUR as ``−1,234.56``."""
    whole, dot, cents = format_minor(abs(minor), currency).partition(".")
    return f"{MINUS if minor < 0 else ''}{int(whole):,}{dot}{cents}"


def signed_amount(minor: int, currency: str) -> str:
    """``123456`` of EUR as ``+1,234.56``; nothing is ``0.00``."""
    return f"+{amount(minor, currency)}" if minor > 0 else amount(minor, currency)


def amount_of(minor: int, currency: str) -> str:
    """``123456`` of EUR as ``1,234.56 EUR``, on one line."""
    return f"{amount(minor, currency)}\u00a0{currency}"


def signed_gain(gain: float, currency: str) -> str:
    """A computed gain in minor units, which need not be whole; ``< +0.01`` where it is less than one of them."""
    if 0 < abs(gain) < 1:
        return f"< {signed_amount(1, currency)}" if gain > 0 else f"> {signed_amount(-1, currency)}"
    return signed_amount(round(gain), currency)


def decimal(value: float, decimals: int = 2) -> str:
    """A score: ``0.54``; what rounds to nothing has no sign."""
    text = f"{abs(value):.{decimals}f}"
    return f"{MINUS}{text}" if value < 0 and float(text) != 0 else text


def signed_decimal(value: float, decimals: int = 2) -> str:
    """A change of a score: ``+0.23``."""
    text = decimal(value, decimals)
    return f"+{text}" if value > 0 and float(text) != 0 else text


def decimals_apart(*values: float) -> int:
    """How many decimals (2 to 4) tell different values apart."""
    different = len(set(values))
    return next((d for d in (2, 3) if len({round(v, d) for v in values}) == different), 4)


def percent(part: float, decimals: int = 1) -> str:
    """A share: ``0.314`` as ``31.4 %``."""
    return f"{decimal(100 * part, decimals)}\u00a0%"


def count_in_words(count: int) -> str:
    """``four``; from thirteen on in figures."""
    return _COUNTS[count] if 0 <= count < len(_COUNTS) else f"{count:,}"


def plural(count: int, word: str, words: str | None = None) -> str:
    """``1 row``, ``1,234 rows``."""
    return f"{count:,} {word if count == 1 else words or word + 's'}"


def beside(names: Sequence[str], texts: Sequence[str]) -> str:
    """``A 1.2, B 3.4 and C 5.6``, for those who do not see a chart."""
    return listed([f"{name} {text}" for name, text in zip(names, texts, strict=True)], most=12)


def listed(names: Sequence[str], most: int = 4) -> str:
    """``A, B and C``; beyond ``most`` names ``A, B, C and 7 others``."""
    if len(names) > most:
        shown, left = names[: most - 1], len(names) - most + 1
        return f"{', '.join(shown)} and {left} others"
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))
