"""All m-step curves with jumps and levels on grids: the set P_bar of [CHK24], written out.

[CHK24]: Chen, Huh, Kandasamy, "Learning to Price Homogeneous Data", NeurIPS 2024.

    D, W   ``jumps``, ``levels``   amounts that may be offered, prices that may be asked
    r      steps: bundles of a curve, at most m; prices strictly rise, as an idle bundle changes nothing

Number: sum over r <= m of binom(|D|, r) binom(|W|, r), exponential in m: for small sets, and to test what does without.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, combinations, islice
from math import comb

import numpy as np

from fairpool.ground.arrays import Floats, Integers, Positions
from fairpool.ground.errors import InputError
from fairpool.pricing.curves.curve import PriceCurve
from fairpool.pricing.curves.purchase import TIE, largest_maximiser
from fairpool.pricing.curves.valuations import Valuations
from fairpool.pricing.oracles.oracle import ListedCurves, Offer, offer

MOST_CURVES = 2_000_000
BLOCK = 1 << 16  # curves looked at together


def count_curves(jumps: int, levels: int, steps: int) -> int:
    """How many curves have at most ``steps`` bundles among ``jumps`` amounts at ``levels`` prices."""
    return sum(comb(jumps, r) * comb(levels, r) for r in range(1, steps + 1))


@dataclass(frozen=True, slots=True, eq=False)
class EnumeratedCurves:
    """All curves on two grids, as places in them; a `CurveOracle` that is exact on this set.

    steps: int64 (curves,), bundles of each; at, asked: intp (curves, m), places of their amounts in ``jumps`` and of
    their prices in ``levels``, the first ``steps`` of each row; payments: float64 (curves, types).
    """

    valuations: Valuations
    jumps: Integers
    levels: Floats
    steps: Integers
    at: Positions
    asked: Positions
    payments: Floats

    def __len__(self) -> int:
        return len(self.steps)

    def curve(self, k: int) -> PriceCurve:
        r = self.steps[k]
        return PriceCurve(self.jumps[self.at[k, :r]], self.levels[self.asked[k, :r]])

    def offer(self, k: int) -> Offer:
        return offer(self.curve(k), self.valuations)

    def best(self, weights: Floats) -> Offer:
        """The first curve that maximises weights @ payments."""
        return self.offer(int(np.argmax(self.payments @ weights)))

    def listed(self) -> ListedCurves:
        """One curve for each way in which the types pay: what a learner needs of the set."""
        _, first = np.unique(self.payments, axis=0, return_index=True)
        return ListedCurves([self.offer(int(k)) for k in np.sort(first)])


def every_curve(
    valuations: Valuations, jumps: Integers, levels: Floats, *, most: int = MOST_CURVES
) -> EnumeratedCurves:
    """All curves of at most m = types bundles, and what each type pays for them.

    jumps: int64, ascending amounts; levels: float64, ascending prices, 0 allowed.  InputError if there are more than
    ``most`` curves.  Cost O(curves m^2), memory about 40 m bytes each.
    """
    m = min(valuations.types, len(jumps), len(levels))
    _refuse_many(count_curves(len(jumps), len(levels), m), most, jumps, levels, m)
    worth = valuations.at(jumps)
    tie = TIE * valuations.values[:, -1:]
    menus = list(_menus(len(jumps), len(levels), m))
    return EnumeratedCurves(
        valuations,
        jumps,
        levels,
        np.concatenate([np.full(len(at), at.shape[1]) for at, _ in menus]),
        np.concatenate([_padded(at, m) for at, _ in menus]),
        np.concatenate([_padded(asked, m) for _, asked in menus]),
        np.concatenate([paid_for(worth[:, at], levels[asked], tie=tie) for at, asked in menus]),
    )


def _menus(jumps: int, levels: int, most_steps: int) -> Iterator[tuple[Positions, Positions]]:
    """Blocks of menus of equally many steps: places (menus, r) of the amounts and of the prices."""
    for r in range(1, most_steps + 1):
        amounts, prices = _subsets(jumps, r), _subsets(levels, r)
        at_once = max(1, BLOCK // len(prices))
        for start in range(0, len(amounts), at_once):
            some = amounts[start : start + at_once]
            yield np.repeat(some, len(prices), axis=0), np.tile(prices, (len(some), 1))


def _subsets(size: int, members: int) -> Positions:
    """All ascending choices: intp (binom(size, members), members)."""
    count = comb(size, members)
    numbers = chain.from_iterable(combinations(range(size), members))
    return np.fromiter(islice(numbers, count * members), dtype=np.intp, count=count * members).reshape(
        -1, members
    )


def paid_for(worth: Floats, prices: Floats, *, tie: Floats) -> Floats:
    """What each type pays when offered each of many menus: float64 (menus, types).

    worth: float64 (types, menus, steps) or (types, 1, steps), of the bundles; prices: float64 (menus, steps);
    tie: float64 (types, 1), see `largest_maximiser`.
    """
    place = largest_maximiser(worth - prices, tie=tie)
    with_nothing = np.concatenate([prices, np.zeros((len(prices), 1))], axis=1)
    return np.take_along_axis(with_nothing, place.T % with_nothing.shape[1], axis=1)


def _padded(places: Positions, width: int) -> Positions:
    return np.pad(places, ((0, 0), (0, width - places.shape[1])))


def _refuse_many(count: int, most: int, jumps: Integers, levels: Floats, steps: int) -> None:
    if count > most:
        raise InputError(
            f"enumeration: got {count:,} curves of at most {steps} steps ({len(jumps):,} amounts, {len(levels):,} "
            f"prices), expected at most {most:,}: take a larger epsilon, or an oracle that does not enumerate"
        )
