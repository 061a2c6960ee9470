"""Versions of a model by noise, and what to ask for them (model-based pricing, [CKK19]).

[CKK19]: Chen, Koutris, Kumar, "Towards Model-based Pricing for Machine Learning in a Data Marketplace", SIGMOD 2019.

    h*        ``parameters``   the best model, that the broker has trained
    delta     ``variance``     a version is h* plus Gaussian noise of total variance delta: E |version - h*|^2 = delta
    x         ``precisions``   1 / delta: what is sold
    p(x)      ``prices``       of a version of precision x
    v_i, b_i  ``values``, ``weights``   buyer i wants the version of precision x_i, pays up to v_i, and comes b_i times

**Arbitrage.**  Versions carry independent noise, so their average weighted by x has precision x_1 + x_2 + ..; the
same is the best that any unbiased combination can do (Cramer-Rao).  So prices have no arbitrage exactly if p is not
negative, never falls and p(x + y) <= p(x) + p(y).  For versions on a list that is to say: no versions of it, each
bought as often as one likes, have together the precision of one that costs more than they do
(`find_version_arbitrage`).

**Prices that earn most.**  Under that condition this is coNP-hard.  Instead let p never fall and p(x) / x never rise:
that is enough against arbitrage, and earns at least half as much.  For if p is any price without arbitrage, let
p'(x) = x min over y <= x of p(y) / y.  Then p' never falls, p'(x) / x never rises, and p(x) / 2 <= p'(x) <= p(x), as
p(x) <= ceil(x / y) p(y) <= (2 x / y) p(y) for y <= x: all who bought buy, and pay at least half.

**The dynamic program.**  Sort buyers by x.  Those who are to buy, S, bound the price by v_j each; the largest prices
that obey all bounds are, as the conditions survive taking the larger of two such p,

    z_i = min( min over j in S, x_j >= x_i of v_j,  x_i min over j in S, x_j <= x_i of v_j / x_j ).

So z_i is one of n candidates, v_j for j >= i and v_j x_i / x_j for j < i, and the states are (i, candidate):

    f_i(c) = b_i c [c <= v_i]  +  max of f_(i+1)(c') over candidates c' of i + 1 with c <= c' <= c x_(i+1) / x_i.

Candidates sorted, the c' are neighbours, and their maximum is looked up: O(n^2 log n) in all.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fairpool.ground.arrays import Floats, Positions
from fairpool.ground.errors import InputError

_Branch = tuple[
    tuple[int, ...], float, float, int
]  # counts so far, precision missing, cost, how many of the next

ROUNDING = 1e-12  # relative: prices and precisions that differ by less count as equal


def noisy_version(parameters: ArrayLike, variance: float, *, rng: np.random.Generator) -> Floats:
    """h* plus Gaussian noise of variance / d in each of its d parameters: float64 (d,).

    Raises InputError for parameters that are not finite and (d,), d >= 1, and for a variance that is not from 0 up.
    """
    best = np.asarray(parameters, dtype=np.float64)
    if best.ndim != 1 or not best.size or not np.isfinite(best).all():
        raise InputError(f"parameters: got shape {best.shape}, expected one or more finite numbers in a row")
    if not 0 <= variance < math.inf:
        raise InputError(f"variance: got {variance:g}, expected a number from 0 up")
    return best + rng.normal(scale=math.sqrt(variance / best.size), size=best.shape)


def averaged_version(versions: ArrayLike, precisions: ArrayLike) -> Floats:
    """The most precise combination of independent versions: their mean weighted by precision, float64 (d,).

    versions: float64 (versions, d); precisions: float64 (versions,).  Its precision is the sum of theirs.
    """
    return np.average(np.asarray(versions, dtype=np.float64), axis=0, weights=np.asarray(precisions))


@dataclass(frozen=True, slots=True, eq=False)
class VersionPrices:
    """Versions on offer.

    precisions: float64 (versions,), above 0, ascending; prices: float64 (versions,), not negative.
    Raises InputError otherwise.
    """

    precisions: Floats
    prices: Floats

    def __post_init__(self) -> None:
        _refuse_ragged("versions", self.precisions, self.prices)
        _refuse_unless("precision", self.precisions, self.precisions > 0, "a number above 0")
        _refuse_unless("price", self.prices, self.prices >= 0, "a number from 0 up")
        if (np.diff(self.precisions) <= 0).any():
            raise InputError("versions: expected precisions that ascend, each once")


@dataclass(frozen=True, slots=True)
class VersionArbitrage:
    """Versions that make up for a dearer one.

    target: place of that one in the list, at the price ``together``; counts: how many of each version to buy instead,
    for ``apart`` in all.
    """

    target: int
    counts: tuple[int, ...]
    together: float
    apart: float


def find_version_arbitrage(versions: VersionPrices) -> VersionArbitrage | None:
    """The version that can be had for most less than its price, or None.

    Exact, up to 1e-12 of the largest price and of a precision.  O(versions) where p never falls and
    p(x) / x never rises; otherwise a knapsack for each version, exponential at worst, as the question is coNP-hard.
    """
    if _price_by_precision_never_rises(versions):
        return None
    found = None
    for target, price in enumerate(versions.prices.tolist()):
        counts = _cheaper_purchase(versions, target)
        if counts is None:
            continue
        apart = float(np.dot(counts, versions.prices))
        if found is None or price - apart > found.together - found.apart:
            found = VersionArbitrage(target, counts, price, apart)
    return found


def _price_by_precision_never_rises(versions: VersionPrices) -> bool:
    """And no better version is cheaper: then no purchase saves more than rounding."""
    by_precision = versions.prices / versions.precisions
    lowest = np.minimum.accumulate(by_precision)
    return bool((np.diff(versions.prices) >= 0).all() and (by_precision <= (1 + ROUNDING / 2) * lowest).all())


def _cheaper_purchase(versions: VersionPrices, target: int) -> tuple[int, ...] | None:
    """The cheapest counts of versions with the precision of ``target`` together, if below its price.

    Depth first, the versions cheapest by precision first, as many of each as are needed and then fewer.  A branch is
    left when the rest would cost too much even at the next version's price by precision; fewer then cost no less.
    """
    order = np.argsort(versions.prices / versions.precisions, kind="stable")
    x, p = versions.precisions[order].tolist(), versions.prices[order].tolist()
    wanted = float(versions.precisions[target]) * (1 - ROUNDING)
    best, best_cost = None, float(versions.prices[target]) - ROUNDING * float(versions.prices.max())
    pending: list[_Branch] = [((), wanted, 0.0, math.ceil(wanted / x[0]))]
    while pending:
        counts, missing, cost, n = pending.pop()
        k = len(counts)
        left, spent = missing - n * x[k], cost + n * p[k]
        if left > 0 and (k + 1 == len(x) or spent + left * p[k + 1] / x[k + 1] >= best_cost):
            continue
        if n > 0:
            pending.append((counts, missing, cost, n - 1))
        if left > 0:
            pending.append(((*counts, n), left, spent, math.ceil(left / x[k + 1])))
        elif spent < best_cost:
            best, best_cost = (*counts, n), spent
    return None if best is None else _in_place(best, order)


def _in_place(counts: tuple[int, ...], order: Positions) -> tuple[int, ...]:
    placed = np.zeros(len(order), dtype=np.int64)
    placed[order[: len(counts)]] = counts
    return tuple(placed.tolist())


@dataclass(frozen=True, slots=True, eq=False)
class VersionDemand:
    """Buyers of one version each, in any order; several may want the same.

    precisions, values, weights: float64 (buyers,): wanted, above 0; the most paid for it; how often such a buyer comes,
    a number or a probability.  Raises InputError otherwise.
    """

    precisions: Floats
    values: Floats
    weights: Floats

    def __post_init__(self) -> None:
        _refuse_ragged("demand", self.precisions, self.values, self.weights)
        _refuse_unless("precision", self.precisions, self.precisions > 0, "a number above 0")
        _refuse_unless("value", self.values, self.values >= 0, "a number from 0 up")
        _refuse_unless("weight", self.weights, self.weights >= 0, "a number from 0 up")

    def revenue(self, versions: VersionPrices) -> float:
        """sum of b_i p(x_i) over buyers with p(x_i) <= v_i; every x_i must be on the list."""
        price = versions.prices[np.searchsorted(versions.precisions, self.precisions)]
        return float(np.where(price <= self.values * (1 + ROUNDING), price, 0.0) @ self.weights)


def best_relaxed_prices(demand: VersionDemand) -> VersionPrices:
    """Prices of all versions wanted that earn most of those with p never falling and p(x) / x never rising.

    They have no arbitrage, and earn at least half of what any prices without arbitrage do.
    Cost O(buyers^2 log buyers), memory O(buyers^2).
    """
    order = np.argsort(demand.precisions, kind="stable")
    x, v, b = demand.precisions[order], demand.values[order], demand.weights[order]
    serves = _served(x, v, b)
    return _largest_prices(x, v, serves if serves.any() else np.ones(len(x), dtype=bool))


def _served(x: Floats, v: Floats, b: Floats) -> NDArray[np.bool_]:
    """The dynamic program: who buys, bool (buyers,), for buyers by ascending x."""
    n = len(x)
    following = np.zeros((n, n), dtype=np.intp)
    earned = _earned(x, v, b, n - 1)
    for i in range(n - 2, -1, -1):
        following[i] = _best_following(x, v, i, earned)
        earned = _earned(x, v, b, i) + earned[following[i]]
    bound, serves = int(np.argmax(earned)), np.zeros(n, dtype=bool)
    for i in range(n):
        serves[i] = _candidates(x, v, i)[bound] <= v[i] * (1 + ROUNDING)
        bound = int(following[i, bound])
    return serves


def _candidates(x: Floats, v: Floats, i: int) -> Floats:
    """Prices at i by the buyer j who bounds them: v_j for j >= i, v_j x_i / x_j for j < i."""
    return v * np.maximum(x[i] / x, 1.0)


def _earned(x: Floats, v: Floats, b: Floats, i: int) -> Floats:
    """b_i c [c <= v_i] for each candidate c."""
    price = _candidates(x, v, i)
    return np.where(price <= v[i] * (1 + ROUNDING), b[i] * price, 0.0)


def _best_following(x: Floats, v: Floats, i: int, earned: Floats) -> Positions:
    """For each candidate c at i the one at i + 1, from c to c x_(i+1) / x_i, from where on most is earned."""
    price, after = _candidates(x, v, i), _candidates(x, v, i + 1)
    order = np.argsort(after, kind="stable")
    first = np.searchsorted(after[order], price * (1 - ROUNDING), side="left")
    behind = np.searchsorted(after[order], price * (x[i + 1] / x[i]) * (1 + ROUNDING), side="right")
    return order[_place_of_most(earned[order], first, behind)]


def _place_of_most(values: Floats, first: Positions, behind: Positions) -> Positions:
    """For each window first..behind - 1, none empty, the place of its largest value: two overlapping powers of two."""
    level = np.frexp(behind - first)[1] - 1
    places = [np.arange(len(values))]
    for half in 2 ** np.arange(level.max(initial=0)):
        left, right = places[-1][:-half], places[-1][half:]
        places.append(np.where(values[left] >= values[right], left, right))
    table = np.array([np.append(row, np.zeros(len(values) - len(row), dtype=np.intp)) for row in places])
    left, right = table[level, first], table[level, behind - 2**level]
    return np.where(values[left] >= values[right], left, right)


def _largest_prices(x: Floats, v: Floats, serves: NDArray[np.bool_]) -> VersionPrices:
    """z above, at each precision once; ``serves`` must not be empty."""
    precisions = np.unique(x)
    bounds, by_precision = np.where(serves, v, np.inf), np.where(serves, v / x, np.inf)
    from_here = np.minimum.accumulate(bounds[::-1])[::-1][np.searchsorted(x, precisions, side="left")]
    up_to_here = np.minimum.accumulate(by_precision)[np.searchsorted(x, precisions, side="right") - 1]
    prices = np.minimum(from_here, precisions * up_to_here)
    return VersionPrices(precisions, np.maximum.accumulate(prices))


def _refuse_ragged(what: str, *columns: Floats) -> None:
    shapes = [column.shape for column in columns]
    if len(set(shapes)) > 1 or len(shapes[0]) != 1 or shapes[0] == (0,):
        raise InputError(f"{what}: got shapes {shapes}, expected columns of the same length, at least 1")


def _refuse_unless(what: str, column: Floats, right: NDArray[np.bool_], expected: str) -> None:
    wrong = ~(right & np.isfinite(column))
    if wrong.any():
        place = int(np.argmax(wrong))
        raise InputError(f"{what} number {place + 1}: got {column[place]:g}, expected {expected}")
