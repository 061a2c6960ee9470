"""Which minimum fees deter copies in the market of one common task: exact, by the corners of the gain.

f        ``floor_in_pot``   every party pays p_i = max(c a_i, f)
c a_j    ``breakpoints``   between two neighbours, and beyond the largest, every amount is linear in f
gain(f)                    what a party earns more by k copies: `common_market.replication_gain` at f

A gain that is linear between corners needs to be known at the corners only.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from typing import Any

from oracles.common_market import DIVISIONS, Gains, copies_of, parties_of, settle_shares, with_copies
from oracles.values import Name


def gain_as_function_of_fee(
    gains: Gains, party: Name, k: int, division: str, unit_price: Any = 1
) -> Callable[[Any], Any]:
    """f -> `replication_gain`: the shares before and after are computed once."""
    larger = with_copies(gains, party, k)
    before, after = DIVISIONS[division](gains), DIVISIONS[division](larger)
    mine = [party, *copies_of(party, k)]

    def gain(f: Any) -> Any:
        honest = settle_shares(gains, before, Fraction(unit_price), Fraction(f))
        copied = settle_shares(larger, after, Fraction(unit_price), Fraction(f))
        return sum(copied.net[i] for i in mine) - honest.net[party]

    return gain


def breakpoints(gains: Gains, unit_price: Any = 1) -> list[Any]:
    """0 and every c a_j: between two neighbours, and beyond the last, everything is linear in the minimum
    fee.
    """
    top = gains[max(gains, key=len)]
    own = [gains[frozenset({i})] for i in parties_of(gains)]
    return sorted({Fraction(0)} | {Fraction(unit_price) * (max(top, g) - g) for g in own})


def safe_fees(
    gains: Gains, division: str, unit_price: Any = 1, most_copies: int = 5
) -> list[tuple[Any, Any]]:
    """All minimum fees at which nobody gains from k = 1..most_copies copies, as closed intervals.

    An upper end of None means: and every larger fee.  An empty list means: no minimum fee deters.
    """
    gain = [
        gain_as_function_of_fee(gains, i, k, division, unit_price)
        for i in parties_of(gains)
        for k in range(1, most_copies + 1)
    ]
    corners = breakpoints(gains, unit_price)
    pieces = [(low, high, True) for low, high in pairwise(corners)]
    pieces.append((corners[-1], corners[-1] + 1, False))
    safe: list[tuple[Any, Any]] = []
    for low, high, bounded in pieces:
        interval = safe_piece(gain, low, high, bounded)
        if interval is not None:
            safe.append(interval)
    return joined(safe)


def safe_piece(
    gain: list[Callable[[Any], Any]], low: Any, high: Any, bounded: bool
) -> tuple[Any, Any] | None:
    """Where all of some functions that are linear on [low, high] (or on [low, infinity)) are <= 0."""
    start, end = low, high if bounded else None
    for g in gain:
        value, slope = g(low), (g(high) - g(low)) / (high - low)
        if slope == 0 and value > 0:
            return None
        zero = low - value / slope if slope != 0 else None
        if slope < 0:
            start = max(start, zero)
        elif slope > 0:
            end = zero if end is None else min(end, zero)
    return (start, end) if end is None or start <= end else None


def joined(intervals: list[tuple[Any, Any]]) -> list[tuple[Any, Any]]:
    """Neighbouring closed intervals that touch become one."""
    result: list[tuple[Any, Any]] = []
    for start, end in intervals:
        if result and result[-1][1] == start:
            result[-1] = (result[-1][0], end)
        else:
            result.append((start, end))
    return result
