"""The arbitrage-free curve nearest to a given one, on the same bundles.

    n_1 < .. < n_k   ``amounts``   the bundles; step j holds the amounts above n_(j-1) up to n_j, with n_0 = 0
    p_1, .., p_k     ``prices``    as given
    r_1, .., r_k     the curve looked for: 0 <= r_1 <= .. <= r_k and r(x + y) <= r(x) + r(y)
    d                ``largest_change``   the largest |r_j - p_j|

**Which r are free of arbitrage.**  Of curves that never fall, those with r_j <= r_a + r_b for all a, b < j with
n_a + n_b > n_(j-1).  (Two bundles of n_a and n_b hold an amount of step j; that they may hold more than N rows makes no
difference, as then smaller bundles or fewer rows of one do.)

**The largest of them below p** is therefore, going up the steps,

    r_j = min( min over l >= j of p_l,  min over a, b < j with n_a + n_b > n_(j-1) of r_a + r_b ).

It never falls, as what covers a step covers the one before.  In other words it charges for each step its cheapest
*cover*: one bundle l >= j, or the covers of two steps a, b < j with n_a + n_b > n_(j-1).  Of the b for each a only the
smallest is looked at, and only where a <= b, that is n_(a-1) + n_a <= n_(j-1).  If the bundles are even, n_j = j n_1,
a cover of step j is just bundles that hold n_j rows, so a may be taken to be one bundle.

**The least largest change.**  Curves within d of p exist exactly if the cheapest cover at prices p + d is nowhere below
p - d.  A cover C of |C| bundles then costs cost(C) + |C| d, so

    d* = max(0, max over j and covers C of step j of (p_j - cost(C)) / (|C| + 1)).

The maximum is found as in Dinkelbach's method: at a guess d <= d* take the cheapest cover C of each step at prices
p + d, and the largest of their ratios is the next guess.  It is at most d*, the largest ratio of all; and it is
above d unless d = d*, for if d < d* some cover costs less than p_j - d at prices p + d, so the cheapest one does, and
its ratio is above d.  There are finitely many ratios, so this ends; three or four rounds are usual.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import linprog
from scipy.sparse import coo_array, csr_array, eye_array, hstack, vstack

from fairpool.ground.arrays import Floats, Integers, Positions
from fairpool.ground.errors import InputError
from fairpool.pricing.curves.arbitrage import TOLERANCE, find_arbitrage
from fairpool.pricing.curves.curve import PriceCurve

Money = TypeVar("Money", np.float64, np.int64)


SOLVED = 1e-7  # linear programs hold up to this, for prices of 1 at most


@dataclass(frozen=True, slots=True, eq=False)
class NearestCurve:
    """A curve that never falls and has no arbitrage, and how far it is from the given one.

    largest_change: the largest change of a price; total_change: the sum of all, each times its weight.
    """

    curve: PriceCurve
    largest_change: float
    total_change: float


def cheapest_cover(curve: PriceCurve) -> PriceCurve:
    """The largest curve on these bundles that never falls, has no arbitrage, and charges nowhere more than ``curve``.

    It is what buyers pay in fact who buy in parts.  Cost O(bundles^2), and O(bundles) memory.
    """
    return PriceCurve(curve.amounts, cover_prices(curve.amounts, curve.prices))


def cover_prices(amounts: Integers, prices: NDArray[Money]) -> NDArray[Money]:
    """`cheapest_cover` of float64 or int64 prices (bundles,), in their own arithmetic."""
    return _cover(amounts, prices).prices


def nearest_arbitrage_free(curve: PriceCurve) -> NearestCurve:
    """A curve without arbitrage that minimises the largest change of a price.

    Prices are raised, by d*, only for bundles that would otherwise be parts of covers more than d* too cheap; others
    stay or fall by at most d*.  A monotone curve without arbitrage is its own nearest.

    Parameters
    ----------
    curve : PriceCurve
        Of ``bundles`` bundles; its prices may fall.

    Returns
    -------
    NearestCurve
        ``curve`` on the same bundles, its ``largest_change`` d* and ``total_change`` (the sum of all changes), in the
        units of the prices.

    Notes
    -----
    Cost: O(bundles^2) for each round, with a handful of rounds for d* and some more to find what to raise.

    Examples
    --------
    >>> from fairpool.pricing.curves.curve import price_curve
    >>> nearest = nearest_arbitrage_free(price_curve([(1, 1.0), (2, 3.0)]))
    >>> [round(price, 6) for _, price in nearest.curve.pairs()], round(nearest.largest_change, 6)
    ([1.333333, 2.666667], 0.333333)
    """
    if curve.is_monotone and find_arbitrage(curve) is None:
        return NearestCurve(curve, 0.0, 0.0)
    d = _least_largest_change(curve)
    floor = curve.prices - d - TOLERANCE * curve.prices.max()
    raised = np.zeros(len(curve.prices), dtype=bool)
    while True:
        offered = curve.prices + d * raised
        cover = _cover(curve.amounts, offered)
        more = raised | _to_blame(curve.amounts, offered, cover, floor)
        if (more == raised).all():
            return _nearest(curve, cover.prices, np.ones(len(raised)))
        raised = more


def nearest_in_total(curve: PriceCurve, *, weights: ArrayLike | None = None) -> NearestCurve:
    """A curve without arbitrage that minimises the sum over bundles of weight times change.

    weights: float64 (bundles,), above 0; 1 each if not given.  With the number of sales of each bundle as its weight
    this changes least of what is earned.

    A linear program (HiGHS) to which r_j <= r_a + r_b is added where it does not hold, at most one per j and round.
    For up to a few hundred bundles.  Raises InputError for weights that are not above 0.
    """
    weight = _checked_weights(weights, len(curve.prices))
    unit = float(curve.prices.max()) or 1.0  # the solver's tolerances are absolute
    triples = np.empty((0, 3), dtype=np.intp)
    while True:
        r = _least_total(curve.prices / unit, weight / weight.max(), sum_rows(triples, len(weight)))
        more = with_broken_sums(triples, curve.amounts, r)
        if len(more) == len(triples):
            return _nearest(curve, _cover(curve.amounts, unit * r).prices, weight)
        triples = more


def _nearest(curve: PriceCurve, prices: Floats, weights: Floats) -> NearestCurve:
    change = np.abs(prices - curve.prices)
    return NearestCurve(PriceCurve(curve.amounts, prices), float(change.max()), float(weights @ change))


def _least_largest_change(curve: PriceCurve) -> float:
    """d*, by rounds as described above."""
    d = 0.0
    while True:
        cover = _cover(curve.amounts, curve.prices + d)
        ratios = (curve.prices - cover.prices + cover.pieces * d) / (cover.pieces + 1)
        if ratios.max() <= d * (1 + TOLERANCE) + TOLERANCE * curve.prices.max():
            return float(max(d, ratios.max()))
        d = float(ratios.max())


@dataclass(frozen=True, slots=True, eq=False)
class _Cover:
    """The cheapest cover of every step.

    prices (bundles,): what it costs; pieces: how many bundles it has; first, second: the two steps whose covers it
    joins, or the one bundle and -1.
    """

    prices: NDArray[Any]
    pieces: Integers
    first: Positions
    second: Positions

    def parts_of(self, steps: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """The bundles that the covers of these steps are made of, bool (bundles,)."""
        needed, parts = steps.copy(), np.zeros_like(steps)
        for j in np.arange(len(steps))[::-1]:  # a cover joins covers of smaller steps
            if needed[j] and self.second[j] < 0:
                parts[self.first[j]] = True
            elif needed[j]:
                needed[[self.first[j], self.second[j]]] = True
        return parts


@dataclass(frozen=True, slots=True, eq=False)
class _Pairs:
    """For step j the bundles a to be looked at, and the smallest b that completes each."""

    amounts: Integers
    reach: Integers  # n_(j-1): what a cover of step j must exceed
    highest: Positions  # a < highest[j]
    even: bool  # n_j = j n_1

    def completing(self, j: int, a: Positions) -> Positions:
        if self.even:
            return j - 1 - a
        return np.searchsorted(self.amounts, self.reach[j] - self.amounts[a], side="right")


def _pairs(amounts: Integers) -> _Pairs:
    reach = np.append(0, amounts[:-1])
    even = bool((amounts == amounts[0] * np.arange(1, len(amounts) + 1)).all())
    return _Pairs(amounts, reach, np.searchsorted(reach + amounts, reach, side="right"), even)


def _cover(amounts: Integers, prices: NDArray[Any]) -> _Cover:
    """One pass up the bundles.  Cost O(bundles^2), times log bundles if the bundles are not even."""
    pairs = _pairs(amounts)
    r, first = _cheapest_alone(prices)
    pieces, second = np.ones(len(r), dtype=np.int64), np.full(len(r), -1)
    candidates, found = np.arange(len(r)), 0 if pairs.even else len(r)
    for j in range(len(r)):
        a = candidates[: np.searchsorted(candidates[:found], pairs.highest[j])]
        b = pairs.completing(j, a)
        cost = r[a] + r[b]
        best = int(np.argmin(cost)) if len(cost) else -1
        if best >= 0 and cost[best] < r[j]:
            r[j], first[j], second[j] = cost[best], a[best], b[best]
            pieces[j] = pieces[first[j]] + pieces[second[j]]
        elif pairs.even:
            candidates[found], found = j, found + 1
    return _Cover(r, pieces, first, second)


def _cheapest_alone(prices: NDArray[Any]) -> tuple[NDArray[Any], Positions]:
    """min over l >= j of p_l, and the largest such l."""
    lowest = np.minimum.accumulate(prices[::-1])[::-1].copy()
    ends = np.flatnonzero(prices == lowest)
    # The l of step j: the next place at or after j where the price is the lowest from there on.
    return lowest, ends[np.searchsorted(ends, np.arange(len(prices)))]


def _to_blame(amounts: Integers, prices: Floats, cover: _Cover, floor: Floats) -> NDArray[np.bool_]:
    """The bundles in covers of a step j that cost less than floor[j], bool (bundles,)."""
    pairs, joined, alone = _pairs(amounts), *np.zeros((2, len(prices)), dtype=bool)
    for j in np.flatnonzero(cover.prices < floor).tolist():
        a = np.arange(pairs.highest[j])
        b = pairs.completing(j, a)
        cheap = cover.prices[a] + cover.prices[b] < floor[j]
        joined[a[cheap]] = joined[b[cheap]] = True
        alone[j:] |= prices[j:] < floor[j]
    return cover.parts_of(joined) | alone


def _checked_weights(weights: ArrayLike | None, bundles: int) -> Floats:
    weight = np.ones(bundles) if weights is None else np.asarray(weights, dtype=np.float64)
    if weight.shape != (bundles,):
        raise InputError(f"weights: got {weight.size}, expected one for each of the {bundles} bundles")
    if not np.isfinite(weight).all() or (weight <= 0).any():
        raise InputError(f"weights: got {', '.join(f'{w:g}' for w in weight)}, expected numbers above 0")
    return weight


def with_broken_sums(triples: Positions, amounts: Integers, r: Floats) -> Positions:
    """``triples`` (j, a, b) and those that prices r, 1 at most, break by more than the solver's tolerance."""
    return np.unique(np.concatenate([triples, _broken_sums(amounts, r, SOLVED)]), axis=0)


def _broken_sums(amounts: Integers, r: Floats, tolerance: float) -> Positions:
    """For each step that costs more than two others that cover it, the cheapest two: rows (j, a, b)."""
    pairs, found = _pairs(amounts), []
    for j in range(len(r)):
        a = np.arange(pairs.highest[j])
        b = pairs.completing(j, a)
        cost = r[a] + r[b]
        if len(cost) and cost.min() < r[j] - tolerance:
            best = int(np.argmin(cost))
            found.append((j, a[best], b[best]))
    return np.array(found, dtype=np.intp).reshape(-1, 3)


def sum_rows(triples: Positions, bundles: int) -> csr_array:
    """r_j - r_a - r_b as a matrix of 1 and -1; two entries for the same r are added up."""
    j, a, b = triples.T
    row = np.arange(len(j))
    signs = np.repeat([1.0, -1.0, -1.0], len(j))
    return coo_array((signs, (np.tile(row, 3), np.concatenate([j, a, b]))), (len(j), bundles)).tocsr()


def _least_total(prices: Floats, weights: Floats, sums: csr_array) -> Floats:
    """min weights @ e over r, e >= 0 with |r - prices| <= e, r never falling, and sums @ r <= 0."""
    k = len(prices)
    one, fall = eye_array(k), eye_array(k - 1, k) - eye_array(k - 1, k, k=1)
    rows = vstack([hstack([one, -one]), hstack([-one, -one])] + [_padded(part, k) for part in (fall, sums)])
    limits = np.concatenate([prices, -prices, np.zeros(k - 1 + sums.shape[0])])
    solved = linprog(
        np.append(np.zeros(k), weights), A_ub=rows.tocsr(), b_ub=limits, bounds=(0, None), method="highs"
    )
    return np.maximum(np.asarray(solved.x, dtype=np.float64)[:k], 0.0)


def _padded(part: Any, bundles: int) -> Any:
    return hstack([part, csr_array((part.shape[0], bundles))])
