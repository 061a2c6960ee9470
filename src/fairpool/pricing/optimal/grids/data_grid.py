"""Amounts worth offering: data grids (Algorithm 2 of [CHK24]).

[CHK24]: Chen, Huh, Kandasamy, "Learning to Price Homogeneous Data", NeurIPS 2024.

    N, m, eps   ``most``, ``types``, ``epsilon``
    L           ``smoothness``            least number with v_i(n + n') - v_i(n) <= L n'/N
    J           ``diminishing_returns``   least number with v_i(n + 1) - v_i(n) <= J/n, and so
                                          v_i(b) - v_i(a) <= J (1/a + .. + 1/(b-1))
    N_D         ``diminishing_returns_grid``
    delta       ``largest_step``   the most that an amount gains by rounding it up to the grid

L and J are the constants of the paper's assumptions 1 and 2, measured for all types i and n >= 1 in units of the
largest value, as the paper's valuations lie in [0, 1]; the first row may be worth anything.  Where amounts are listed
with gaps the constants are the least that hold between listed amounts, in the summed form.

A bundle of n rows is rounded *up* to the next amount of the grid, so what counts is v(b) - v(a+1) for neighbours
a < b of the grid: the amount a itself is offered.  `amounts_offered` keeps delta <= eps^2/(2m) of the largest value,
half a price step at the price eps; `largest_step` measures what it is, whatever was assumed.

v(b) - v(a) is not bounded by the same: because of the floors in N_D it can be 1.7 times that.  And where 2Jm is not
whole so can v(b) - v(a+1), as the last step of a block is then too long; a slightly larger J mends it.

The paper knows the valuations and yet bounds the grid by L or J.  `adapted_grid` (own) looks at them: at most
1 + 2 m^2/eps^2 amounts, whatever N is and without any assumption.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from math import ceil, floor, log, log1p

import numpy as np
from numpy.typing import NDArray
from scipy.special import digamma

from fairpool.ground.arrays import Floats, Integers
from fairpool.ground.errors import InputError
from fairpool.pricing.curves.valuations import Valuations
from fairpool.pricing.optimal.grids.price_levels import refuse_epsilon

ROUNDING = 1e-12


class Assumption(StrEnum):
    """What is assumed of valuations: decides which amounts are looked at."""

    MONOTONE = "monotone"  # all listed amounts
    SMOOTH = "smooth"
    DIMINISHING_RETURNS = "diminishing-returns"
    ADAPTED = "adapted"  # nothing: as many amounts as the valuations need


def smoothness(valuations: Valuations) -> float:
    """L.  0 for a single listed amount, or where nothing is worth anything."""
    return _steepest(valuations, np.diff(valuations.amounts) / valuations.most)


def diminishing_returns(valuations: Valuations) -> float:
    """J.  0 for a single listed amount, or where nothing is worth anything."""
    return _steepest(valuations, _reciprocal_sums(valuations))


def _steepest(valuations: Valuations, lengths: Floats) -> float:
    """The largest rise from a listed amount to the next, per length of that gap."""
    if not len(lengths) or valuations.largest == 0:
        return 0.0
    rises = np.diff(valuations.values, axis=1).max(axis=0)
    return float((rises / lengths).max()) / valuations.largest


def _reciprocal_sums(valuations: Valuations) -> Floats:
    """1/a + .. + 1/(b-1) for each listed amount a and the next, b."""
    lower, upper = valuations.amounts[:-1].astype(np.float64), valuations.amounts[1:].astype(np.float64)
    return np.where(upper == lower + 1, 1 / lower, digamma(upper) - digamma(lower))


def smooth_grid(most: int, types: int, epsilon: float, smoothness: float) -> Integers:
    """Multiples of eps^2 N/(2 L m), and N: int64 (at most 1 + 2 L m/eps^2,), ascending."""
    refuse_epsilon(epsilon)
    L = max(smoothness, epsilon**2 / (2 * types))  # one step is the whole length at most
    step = max(epsilon**2 * most / (2 * L * types), 1.0)
    return np.unique(np.append(_floors(step * np.arange(1, floor(most / step) + 1)), most))


def diminishing_returns_grid(most: int, types: int, epsilon: float, returns: float) -> Integers:
    """N_D: all n <= 2Jm/eps^2, then 2Jm steps for each factor 1 + eps^2; int64, ascending, ends with N.

    Y_i = floor(2Jm/eps^2 (1+eps^2)^i), Q_i = {floor(Y_i (1 + eps^2 k/(2Jm))): k = 0..floor(2Jm)}.  Size
    O(Jm/eps^2 (1 + log(N eps^2/(Jm)))).  The block i = 0 is included, and what is above N is made N.
    """
    refuse_epsilon(epsilon)
    steps = max(2 * returns * types, epsilon**2)  # a J that is larger than need be still holds
    start = steps / epsilon**2
    if start >= most:
        return np.arange(1, most + 1)
    every = np.arange(1, floor(start + ROUNDING) + 1)
    blocks = _blocks(start, most, epsilon, steps)
    return np.unique(np.minimum(np.concatenate([every, blocks]), most))


def _blocks(start: float, most: int, epsilon: float, steps: float) -> Integers:
    """All Q_i, one after the other."""
    last = ceil(log(most / start) / log1p(epsilon**2) - ROUNDING)
    bottoms = _floors(start * (1 + epsilon**2) ** np.arange(last + 1))
    fractions = epsilon**2 * np.arange(floor(steps + ROUNDING) + 1) / steps
    return _floors(np.outer(bottoms, 1 + fractions)).ravel()


def adapted_grid(valuations: Valuations, epsilon: float) -> Integers:
    """Listed amounts, each as far from the one before as `largest_step` <= eps^2/(2m) of the largest value allows.

    Every gap but the last raises some type's value by more than that, so there are at most 1 + 2 m^2/eps^2 of them.
    Cost O(types log amounts) for each amount of the grid.
    """
    refuse_epsilon(epsilon)
    rise = epsilon**2 / (2 * valuations.types) * valuations.largest
    places: list[int] = []
    begin = 0
    while begin < len(valuations.amounts):
        limits = valuations.values[:, begin] + rise
        begin = min(_up_to(limit, row) for limit, row in zip(limits, valuations.values, strict=True))
        places.append(begin - 1)
    return valuations.amounts[places]


def amounts_offered(valuations: Valuations, assumption: Assumption | str, epsilon: float) -> Integers:
    """The grid for what is assumed, of amounts that are listed; ends with the largest.  InputError for other words.

    L and J are measured on the valuations.  An amount of a grid that is not listed is worth what the listed amount
    below it is, and gives way to that.
    """
    refuse_epsilon(epsilon)
    if assumption not in GRIDS:
        raise InputError(f"assumption: got {assumption!r}, expected one of {', '.join(GRIDS)}")
    wanted = GRIDS[Assumption(assumption)](valuations, epsilon)
    place = np.searchsorted(valuations.amounts, wanted, side="right") - 1
    return valuations.amounts[np.unique(place[place >= 0])]


GRIDS: Mapping[Assumption, Callable[[Valuations, float], Integers]] = {
    Assumption.MONOTONE: lambda v, _: v.amounts,
    Assumption.SMOOTH: lambda v, eps: smooth_grid(v.most, v.types, eps, smoothness(v)),
    Assumption.DIMINISHING_RETURNS: lambda v, eps: diminishing_returns_grid(
        v.most, v.types, eps, _with_whole_steps(diminishing_returns(v), v.types)
    ),
    Assumption.ADAPTED: adapted_grid,
}


def _with_whole_steps(returns: float, types: int) -> float:
    """The least J from there up for which 2Jm is whole: only then do the steps of N_D fit their blocks."""
    return ceil(2 * returns * types - ROUNDING) / (2 * types)


def largest_step(valuations: Valuations, offered: Integers) -> float:
    """delta: the most that any listed amount gains in value, to any type, by rounding up to ``offered``; in money.

    offered: listed amounts, ascending, the largest of all at the end.  delta = max over types and neighbours a < b of
    the grid of v(b) - v(a'), where a' is the listed amount after a.
    """
    upper = np.searchsorted(valuations.amounts, offered)
    lower = np.append(0, upper[:-1] + 1)
    return float((valuations.values[:, upper] - valuations.values[:, lower]).max())


def _up_to(limit: float, row: Floats) -> int:
    """How many of an ascending row are not above a limit."""
    return int(np.searchsorted(row, limit, side="right"))


def _floors(numbers: NDArray[np.floating]) -> Integers:
    """Floors, where a whole number computed a little too small counts as that number."""
    return np.floor(numbers * (1 + ROUNDING)).astype(np.int64)
