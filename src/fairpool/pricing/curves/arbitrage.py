"""Arbitrage: whether an amount is cheaper when it is bought in two parts.

    p(n)        ``price``     what n rows cost at once
    n1, n2      of the pair   p(n1 + n2) > p(n1) + p(n2), with n1 + n2 <= N
    saving      ``saving``    p(n1 + n2) - p(n1) - p(n2)

A curve without such a pair is subadditive, and then no number of parts is cheaper either.  As the curve is a step
function, what counts is the steps i and j that hold the two parts and the steps that hold their sum; for a curve that
never falls, the two bundles themselves and the one bundle that holds n_i + n_j.

No method is known that is surely faster than looking at all pairs: the question is as hard as a (min,+)-convolution
(Cygan, Mucha, Wegrzycki, Wlodarczyk, "On problems equivalent to (min,+)-convolution", ICALP 2017).  So pairs are looked
at in blocks, and halved only where a block may hold a larger saving than the best so far.  For blocks A and B and any
slope c,

    saving <= max over the sums s of (p(s) - c s)  -  min over A of (p(x) - c x)  -  min over B of (p(y) - c y),

because the straight part c cancels; c = 0 is the obvious bound, and c = p(N) / N takes the price of a row out of nearly
straight curves, where the obvious bound would never stop.

Whole prices up to 2**53 are compared exactly; others as equal within `TOLERANCE` of the largest price.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fairpool.ground.arrays import Floats, Integers, Positions
from fairpool.ground.money import LARGEST_AMOUNT
from fairpool.pricing.curves.curve import PriceCurve

TOLERANCE = 1e-12
_ROUNDING = 16 * float(np.finfo(np.float64).eps)
_BATCH = 2**15  # pairs of blocks that are halved at once: some 10 MB


@dataclass(frozen=True, slots=True)
class Arbitrage:
    """n1 rows and n2 rows, n1 <= n2, cost ``apart``; as many at once cost ``together``, which is more."""

    n1: int
    n2: int
    together: float
    apart: float

    @property
    def saving(self) -> float:
        return self.together - self.apart


def find_arbitrage(curve: PriceCurve) -> Arbitrage | None:
    """The pair with the largest saving, or None if there is none.  The curve need not be monotone.

    Equal savings go to the smaller bundles (their sum, then the smaller of the two), and the pair is named with as many
    rows of these as save so much: 10 + 10 rather than 1 + 10, if the bundles are of 10.

    Cost: O(bundles) if p(n) / n never rises, or where the price is a straight line with a fee; O(bundles^2) at worst,
    where very many pairs save almost as much as the best.  Memory O(bundles).
    """
    offered = curve.without_idle_bundles()
    unseen = _unseen(offered.prices)
    if _price_a_row_never_rises(offered, unseen):
        return None
    steps = _steps(offered)
    best = _search(steps)
    return None if best is None else _named(offered, best.i, best.j)


def _is_whole(prices: Floats) -> bool:
    return bool(prices.max() <= LARGEST_AMOUNT and (prices == np.rint(prices)).all())


def _unseen(prices: Floats) -> float:
    """Half of what could be a saving of whole prices; what counts as none of others."""
    return 0.5 if _is_whole(prices) else TOLERANCE * float(prices.max())


def _price_a_row_never_rises(curve: PriceCurve, unseen: float) -> bool:
    """Then p(x + y) = x p(x + y)/(x + y) + y p(x + y)/(x + y) <= p(x) + p(y), up to an unseen saving.

    Within a step p(n) / n falls: its first amount is compared with the last amounts of the steps before.
    """
    lowest = np.minimum.accumulate(curve.prices / curve.amounts)[:-1]
    highest = curve.prices[1:] / (curve.amounts[:-1] + 1)
    allowed = unseen / max(float(curve.prices.max()), unseen) - _ROUNDING if unseen else 0.0
    return bool((highest <= (1 + allowed) * lowest).all())


@dataclass(frozen=True, slots=True)
class _Tilted:
    """p(n) - slope n in blocks of 2**level steps.

    most[level]: the largest in each block, float64 (blocks,); least[level]: the smallest; error: of one bound.
    """

    most: list[Floats]
    least: list[Floats]
    error: float

    def most_between(self, first: Positions, last: Positions) -> Floats:
        """The largest over steps first..last, both included: (pairs,) each.  Cost O(pairs log width)."""
        best = np.full(first.shape, -np.inf)
        for level in self.most:
            if not (first <= last).any():
                break
            best = _larger(best, level, first, (first <= last) & (first & 1 == 1))
            best = _larger(best, level, last, (first <= last) & (last & 1 == 0))
            first, last = (first + 1) >> 1, (last - 1) >> 1
        return best


def _larger(best: Floats, values: Floats, place: Positions, chosen: NDArray[np.bool_]) -> Floats:
    return np.maximum(best, np.where(chosen, values[np.where(chosen, place, 0)], -np.inf))


@dataclass(frozen=True, slots=True)
class _Steps:
    """Step i holds the amounts first[i]..last[i]; those from lowest[i] need to be looked at.

    slack: savings up to this count as nothing, and as equal if they differ by less; whole: savings are whole numbers.
    """

    first: Integers
    lowest: Integers
    last: Integers
    slack: float
    whole: bool
    tilted: tuple[_Tilted, ...]
    step_of: Callable[[Integers], Positions]

    @property
    def levels(self) -> int:
        return len(self.tilted[0].most)

    def ends(self, level: int, block: Positions) -> tuple[Positions, Positions]:
        """The first and last step of blocks."""
        return block << level, np.minimum(((block + 1) << level) - 1, len(self.last) - 1)

    def bound(self, level: int, A: Positions, B: Positions) -> Floats:
        """At least the saving of every pair of blocks, float64 (pairs,); the saving itself at level 0."""
        (i, i_end), (j, j_end) = self.ends(level, A), self.ends(level, B)
        low = self.step_of(np.minimum(self.lowest[i] + self.lowest[j], self.last[-1]))
        high = self.step_of(np.minimum(self.last[i_end] + self.last[j_end], self.last[-1]))
        bounds = [
            tilt.most_between(low, high) - tilt.least[level][A] - tilt.least[level][B] + tilt.error
            for tilt in (self.tilted if level else self.tilted[:1])
        ]
        bound = np.minimum.reduce(bounds)
        return np.floor(bound) if self.whole else bound


def _steps(curve: PriceCurve) -> _Steps:
    """For a curve that never falls only right ends matter, and amounts can be counted in their common divisor."""
    monotone = curve.is_monotone
    last = curve.amounts // np.gcd.reduce(curve.amounts) if monotone else curve.amounts
    first = np.append(0, last[:-1]) + 1
    whole = _is_whole(curve.prices)
    slopes = sorted({0.0, float(curve.prices[-1] / last[-1]), _slope_of_upper_half(last, curve.prices)})
    return _Steps(
        first=first,
        lowest=last if monotone else first,
        last=last,
        slack=0.0 if whole else _unseen(curve.prices),
        whole=whole,
        tilted=tuple(_tilted(curve.prices, first, last, slope) for slope in slopes),
        step_of=_step_finder(last),
    )


def _slope_of_upper_half(last: Integers, prices: Floats) -> float:
    middle = len(last) // 2
    rows = max(int(last[-1] - last[middle]), 1)
    return max(float(prices[-1] - prices[middle]), 0.0) / rows


def _step_finder(last: Integers) -> Callable[[Integers], Positions]:
    if last[-1] == len(last):  # every amount is listed
        return lambda amounts: amounts - 1
    return lambda amounts: np.searchsorted(last, amounts)


def _tilted(prices: Floats, first: Integers, last: Integers, slope: float) -> _Tilted:
    most = _in_blocks(prices - slope * first, np.maximum, -np.inf)
    least = _in_blocks(prices - slope * last, np.minimum, np.inf)
    return _Tilted(most, least, _ROUNDING * (float(prices.max()) + slope * float(last[-1])) if slope else 0.0)


def _in_blocks(values: Floats, larger: np.ufunc, nothing: float) -> list[Floats]:
    """values, then the larger (or smaller) of every two of them, and so on down to one."""
    levels = [values]
    while len(levels[-1]) > 1:
        below = levels[-1] if len(levels[-1]) % 2 == 0 else np.append(levels[-1], nothing)
        levels.append(larger(below[::2], below[1::2]))
    return levels


@dataclass(frozen=True, slots=True)
class _Best:
    """The best pair of steps so far; top: the largest saving seen, within the slack of this pair's."""

    top: float
    i: int
    j: int


def _search(steps: _Steps) -> _Best | None:
    """Halve the blocks that may hold a better pair, those with the largest bounds first."""
    best = _first_look(steps)
    pending = [(steps.levels - 1, np.zeros(1, dtype=np.intp), np.zeros(1, dtype=np.intp))]
    while pending:
        level, A, B = pending.pop()
        bound = steps.bound(level, A, B)
        if level == 0:
            best = _better(steps, best, A, B, bound)
            continue
        kept = _may_be_better(steps, best, level, A, B, bound)
        A, B, bound = A[kept], B[kept], bound[kept]
        if len(A) > _BATCH:
            order = np.argsort(bound, kind="stable")
            A, B = A[order], B[order]
        for start in range(0, len(A), _BATCH):
            pending.append(
                (level - 1, *_halved(steps, level, A[start : start + _BATCH], B[start : start + _BATCH]))
            )
    return best


def _first_look(steps: _Steps) -> _Best | None:
    """A few steps against all: the first, the one that is cheapest by the row, and the one that holds N / 2."""
    everyone = np.arange(len(steps.last))
    cheapest = int(np.argmin(steps.tilted[0].most[0] / steps.last))
    best = None
    for i in {0, cheapest, int(np.searchsorted(steps.last, steps.last[-1] // 2))}:
        A, B = np.minimum(everyone, i), np.maximum(everyone, i)
        fits = steps.first[A] + steps.first[B] <= steps.last[-1]
        best = _better(steps, best, A[fits], B[fits], steps.bound(0, A[fits], B[fits]))
    return best


def _better(steps: _Steps, best: _Best | None, A: Positions, B: Positions, saving: Floats) -> _Best | None:
    """The best of the pairs and of the best so far."""
    if best is not None:
        A, B, saving = np.append(A, best.i), np.append(B, best.j), np.append(saving, best.top)
    top = float(saving.max(initial=0.0))
    equal = (saving > steps.slack) & (saving >= top - steps.slack)
    if not equal.any():
        return None
    A, B = A[equal], B[equal]
    place = np.lexsort((steps.last[A], steps.last[A] + steps.last[B]))[0]
    return _Best(top, int(A[place]), int(B[place]))


def _may_be_better(
    steps: _Steps,
    best: _Best | None,
    level: int,
    A: Positions,
    B: Positions,
    bound: Floats,
) -> NDArray[np.bool_]:
    """Blocks that may hold a larger saving, or an equal one of smaller bundles."""
    if best is None:
        return bound > steps.slack
    i, j = A << level, B << level
    rows, best_rows = steps.last[i] + steps.last[j], steps.last[best.i] + steps.last[best.j]
    smaller = (rows < best_rows) | ((rows == best_rows) & (steps.last[i] < steps.last[best.i]))
    return (bound > best.top + steps.slack) | (smaller & (bound >= best.top - steps.slack))


def _halved(steps: _Steps, level: int, A: Positions, B: Positions) -> tuple[Positions, Positions]:
    """The up to four pairs of halves of every pair of blocks, each once and only if some sum is at most N."""
    below = level - 1
    A, B = (2 * A + np.array([[0], [0], [1], [1]])).ravel(), (2 * B + np.array([[0], [1], [0], [1]])).ravel()
    real = (A <= B) & (B << below < len(steps.last))
    A, B = A[real], B[real]
    fits = steps.first[A << below] + steps.first[B << below] <= steps.last[-1]
    return A[fits], B[fits]


def _named(curve: PriceCurve, i: int, j: int) -> Arbitrage:
    """The most rows that steps i <= j give with the saving."""
    least = np.append(0, curve.amounts[:-1]) + 1
    most = min(int(curve.amounts[i] + curve.amounts[j]), curve.most)
    first, last = np.searchsorted(curve.amounts, [least[i] + least[j], most])
    dearest = last - int(np.argmax(curve.prices[first : last + 1][::-1]))
    rows = min(int(curve.amounts[dearest]), most)
    n2 = min(int(curve.amounts[j]), rows - int(least[i]))
    n1 = rows - n2
    return Arbitrage(
        min(n1, n2), max(n1, n2), float(curve.prices[dearest]), float(curve.prices[i] + curve.prices[j])
    )


@dataclass(frozen=True, slots=True)
class CurveVerdict:
    """What was found about a curve; ``arbitrage`` is the pair with the largest saving, or None."""

    monotone: bool
    arbitrage: Arbitrage | None

    @property
    def holds(self) -> bool:
        return self.monotone and self.arbitrage is None


def check(curve: PriceCurve) -> CurveVerdict:
    """Whether prices never fall with the amount, and no amount is cheaper in two parts.

    Returns
    -------
    CurveVerdict
        ``holds``, and the pair with the largest saving.

    Notes
    -----
    Cost: O(bundles^2) at worst, mostly far less.

    Examples
    --------
    >>> from fairpool.pricing.curves.curve import price_curve
    >>> check(price_curve([(1, 1.0), (2, 3.0)])).arbitrage
    Arbitrage(n1=1, n2=1, together=3.0, apart=2.0)
    """
    return CurveVerdict(curve.is_monotone, find_arbitrage(curve))
