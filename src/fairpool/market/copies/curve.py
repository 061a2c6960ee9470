"""What any number of copies would earn one party, where copies change no model: every k at once (derived).

    net(k)     what the k + 1 identities of the party are paid less what they pay, in units of gain:
               S (P - a) - O (k + 1) a
    S, O       shares of its identities together, and of all others together
    P, a       the pot without copies, and the party's improvement: each identity pays a, the pot is P + k a
    earned(k)  net(k) - net(0)

As S + O <= 1 and a <= P, net rises with S and falls with O and, but for S and O, with k.  So bounds of S and O over a
range of k, infinite ranges included, bound what is earned there, and `largest` finds the largest value over every k by
cutting ranges where the bound is above what was found.  The bounds of S and O are each market's own:
docs/theory/copies.md has them with their proofs.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from fairpool.ground.arrays import Floats

_NEARLY = 0.99  # of the largest value is taken for it where a number of copies is named
_RANGES = 200  # of which a bound is taken before a search is given up


@dataclass(frozen=True, slots=True)
class Stakes:
    """S, O before or after copies: what the identities and the others have together."""

    own: float
    others: float

    def net(self, pot: float, paid: float, identities: float) -> float:
        """S (P - a) - O (k + 1) a."""
        lost = self.others * paid
        return self.own * (pot - paid) - (identities * lost if lost > 0.0 else 0.0)


class CopiesCurve(Protocol):
    """One party's copies, for every number of them."""

    @property
    def pot(self) -> float:
        """P, in units of gain."""
        ...

    @property
    def paid(self) -> float:
        """a, in units of gain: what the party and each of its copies pays."""
        ...

    @property
    def tried(self) -> Sequence[int]:
        """Numbers of copies that are tried in any case: all up to one, and any beyond."""
        ...

    @property
    def farthest(self) -> int:
        """So many copies at most can be computed; bounds can be had for any number."""
        ...

    def stakes(self, copies: int) -> Stakes:
        """Exactly, for one number of copies."""
        ...

    def bounds(self, least: int, most: float) -> Stakes:
        """At least S and at most O for all k from ``least`` to ``most``, which may be infinite."""
        ...


@dataclass(frozen=True, slots=True)
class Largest:
    """The largest of a quantity over every number of copies that was found, and where; 0 where none is positive.

    proven: whether no number of copies exceeds it (by more than what counts as nothing).
    """

    value: float
    copies: int
    proven: bool


def kept(curve: CopiesCurve) -> float:
    """net(0), in units of gain."""
    return curve.stakes(0).net(curve.pot, curve.paid, 1)


def earned(curve: CopiesCurve, copies: int) -> float:
    """What so many copies earn, in units of gain, before any minimum fee."""
    return net_with(curve, copies) - kept(curve)


def earned_at_most(curve: CopiesCurve, least: int, most: float) -> float:
    """No number of copies from ``least`` to ``most`` earns more."""
    return net_at_most(curve, least, most) - kept(curve)


def net_with(curve: CopiesCurve, copies: int) -> float:
    """net(k)."""
    return curve.stakes(copies).net(curve.pot, curve.paid, copies + 1)


def net_at_most(curve: CopiesCurve, least: int, most: float) -> float:
    """At least net(k) for all k of a range."""
    return curve.bounds(least, most).net(curve.pot, curve.paid, least + 1)


def largest(
    tried: Mapping[int, float],
    value: Callable[[int], float],
    bound: Callable[[int, float], float],
    *,
    farthest: int,
    beyond: float = 0.0,
) -> Largest:
    """The largest value over k = 1, 2, .. without end, to ``beyond``; values at or below ``beyond`` count as none.

    tried: values of k = 1 .. m, and of any more numbers; nothing else is computed for more than ``farthest`` copies,
    but bounds are taken of all.  Of numbers that come within a hundredth of the largest the smallest is named.
    """
    top = max(tried.values())
    where = min((k for k in tried if tried[k] >= _NEARLY * top), default=1) if top > 0 else 1
    best = Largest(top, where, False) if top > beyond else Largest(0.0, 0, False)
    start = next(k for k in range(1, len(tried) + 2) if k not in tried)
    ranges = [(-bound(start, math.inf), start, math.inf)]
    for _ in range(_RANGES):
        if not ranges or -ranges[0][0] <= best.value + beyond:
            return replace(best, proven=True)
        _, low, high = heapq.heappop(ranges)
        if low <= farthest and (found := value(low)) > best.value + beyond:
            best = Largest(found, low if found * _NEARLY > best.value else best.copies, False)
        rest = _cut(low + 1, high) if low <= farthest else _cut(low, high)
        for part in rest:
            heapq.heappush(ranges, (-bound(*part), *part))
    return best


def _cut(low: int, high: float) -> list[tuple[int, float]]:
    """A range in two: an endless one is cut at twice its start."""
    middle = 2 * low if math.isinf(high) else (low + int(high)) // 2
    parts: list[tuple[int, float]] = [(low, min(middle, high)), (middle + 1, high)]
    return [part for part in parts if part[0] <= part[1]]


def survival(others: int, identities: Floats | float) -> Floats:
    """P(s or more of the others arrive before the first identity), s = 0 .. others: float64 (others + 1, ...).

    product over r < s of (others - r) / (others + identities - r); it falls as identities are added.
    """
    r = np.arange(others)
    steps = (others - r) / (others + identities - r) if np.isfinite(identities) else np.zeros(others)
    return np.concatenate([[1.0], np.cumprod(steps)])


def rising(first: Floats, falling_from: Floats, falling_to: Floats) -> tuple[Floats, Floats]:
    """Bounds of sum over s of x_s p_s, where the tails of p fall from ``falling_from`` to ``falling_to``.

    first: x, (..., sizes).  By Abel: the sum is that of (x_s - x_{s-1}) times the tail from s on, each step of which is
    smallest or largest at one end.  Returns (least, most), (...,) each; equal where x rises or falls throughout and
    the two tails are the same.
    """
    steps = np.diff(first, axis=-1, prepend=0.0)
    up, down = np.maximum(steps, 0.0), np.minimum(steps, 0.0)
    return up @ falling_to + down @ falling_from, up @ falling_from + down @ falling_to
