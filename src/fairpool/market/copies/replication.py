"""What entering copies of itself would earn each party, exactly, and the minimum fee that deters it.

A party with k copies acts as k + 1 identities, each of which submits the same data and task, pays its own fee and is
paid its own reward; only one of the delivered models is of any use to it.  Its gain from replicating is

    gain(i, k) = [ c gain_i' + sum over its identities of (reward + returned - improvement) ] - [ the same, alone ]

in minor units before rounding.  Where copies change no model, with s and s' its share before and after and a the pot
without a minimum fee, this is (s' - s) a - k a_i (1 - s') ([OTT19]; derived).

With a minimum fee f every identity also leaves max(f - a_i', 0) with the operator, a_i' its improvement beside the
copies.  Where copies change no model a_i' = a_i, so the gain falls by k for every unit of f beyond a_i, and never
rises.  Elsewhere it can rise where a_i < f < a_i': without copies the party would leave more.  So the fees at which
copies pay are found as ranges, for each party and number of copies; from some fee on nobody gains, always.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from fairpool.market.copies.curve import CopiesCurve, Largest, kept, largest, net_at_most, net_with
from fairpool.market.payments import PriceTerms, utilities
from fairpool.market.tolerances import NOTHING_MINOR, NOTHING_OF_PRICE, SEARCHED
from fairpool.market.valuation import Valuation, ValuedMarket


@dataclass(frozen=True, slots=True)
class ReplicationGain:
    """What ``copies`` copies of ``party`` would earn it, in minor units."""

    party: int
    copies: int
    gain: float


@dataclass(frozen=True, slots=True, eq=False)
class Replications:
    """Every party's market with 1 .. k copies beside the market as it is."""

    before: Valuation
    after: tuple[tuple[int, int, Valuation], ...]  # party, copies, the market with them
    curves: tuple[CopiesCurve, ...] | None = None  # of every party, where every number of copies is known

    @classmethod
    def of(cls, market: ValuedMarket, curves: Sequence[CopiesCurve] | None = None) -> Replications:
        found = cls(market.valuation, (), None if curves is None else tuple(curves))
        return found.entering(market)

    def entering(self, market: ValuedMarket) -> Replications:
        """The copies that ``market`` knows of, beside the same market as it is."""
        return replace(self, after=tuple(_markets_with_copies(market, len(self.before.alone))))

    def gains(self, terms: PriceTerms) -> tuple[ReplicationGain, ...]:
        """gain(i, k) of every party and number of copies, with the minimum fee of the terms."""
        alone = utilities(terms, self.before)
        return tuple(
            ReplicationGain(party, copies, self._gain(terms, market, party, copies, float(alone[party])))
            for party, copies, market in self.after
        )

    def most(self, terms: PriceTerms) -> tuple[tuple[Largest, Largest], ...]:
        """Per party, over every number of copies: what it gains at most, and the least fee beyond which it does not."""
        return tuple(_most(curve, terms) for curve in self.curves or ())

    def paying_fees(self, terms: PriceTerms) -> PayingFees:
        """At which minimum fees some number of copies pays some party, of the numbers that are known."""
        return self.paying_fees_with(terms, self.most(terms))

    def paying_fees_with(self, terms: PriceTerms, most: Sequence[tuple[Largest, Largest]]) -> PayingFees:
        """The same where `most` is known."""
        free = replace(terms, minimum_fee=0)
        ranges = [
            fees
            for found, (*_, market) in zip(self.gains(free), self.after, strict=True)
            for fees in self._retained(free, market, found.party, found.copies).paying(found.gain)
        ]
        beyond = [(0, int(fee.value) - 1) for _, fee in most]
        return PayingFees(tuple((low, high) for low, high in [*ranges, *beyond] if low <= high))

    def _gain(self, terms: PriceTerms, market: Valuation, party: int, copies: int, alone: float) -> float:
        retained = self._retained(terms, market, party, copies).at(terms.minimum_fee)
        gain = _of_identities(terms, market, party, copies) - alone - retained
        return gain if abs(gain) > max(NOTHING_MINOR, NOTHING_OF_PRICE * terms.unit_price) else 0.0

    def _retained(self, terms: PriceTerms, market: Valuation, party: int, copies: int) -> Retained:
        identities = [party, *range(len(market.alone) - copies, len(market.alone))]
        after = terms.improvements(market.alone, market.gains)[identities]
        before = terms.improvements(self.before.alone, self.before.gains)[party]
        return Retained(tuple(map(float, after)), float(before))


@dataclass(frozen=True, slots=True)
class Retained:
    """What more the operator keeps of a party that enters copies, as a function of the minimum fee.

    identities: the improvements its identities pay for; alone: the improvement it pays for without copies.
    """

    identities: tuple[float, ...]
    alone: float

    def at(self, fee: float) -> float:
        return sum(max(fee - paid, 0.0) for paid in self.identities) - max(fee - self.alone, 0.0)

    def paying(self, gain: float) -> list[tuple[int, int]]:
        """Ranges of whole fees, ends included, at which ``at(fee)`` is less than ``gain``."""
        corners = sorted({0.0, *self.identities, self.alone})
        left = [gain - self.at(fee) for fee in corners]
        end = corners[-1] + max(left[-1], 0.0) / (len(self.identities) - 1)
        found = (
            _positive_between(*piece)
            for piece in zip(corners, [*corners[1:], end], left, [*left[1:], 0.0], strict=True)
        )
        return [fees for fees in found if fees is not None and fees[0] <= fees[1]]


def _positive_between(low: float, high: float, before: float, after: float) -> tuple[int, int] | None:
    """The whole numbers of [low, high] at which a straight line from ``before`` to ``after`` is above zero."""
    rises, falls = before <= NOTHING_MINOR, after <= NOTHING_MINOR
    if rises and falls:
        return None
    crossing = low + (high - low) * before / (before - after) if rises or falls else low
    first = math.floor(max(crossing, low) + NOTHING_MINOR) + 1 if rises else math.ceil(low)
    return first, _whole(crossing) - 1 if falls else math.floor(high)


@dataclass(frozen=True, slots=True)
class PayingFees:
    """Ranges of whole minimum fees at which copies pay somebody."""

    ranges: tuple[tuple[int, int], ...]

    @property
    def smallest_deterring(self) -> int:
        """The smallest minimum fee at which copies pay nobody."""
        fee = 0
        for low, high in sorted(self.ranges):
            if low > fee:
                break
            fee = max(fee, high + 1)
        return fee

    @property
    def deterring_from(self) -> int:
        """The smallest minimum fee such that at no larger one copies pay anybody either."""
        return max((high + 1 for _, high in self.ranges), default=0)


def _most(curve: CopiesCurve, terms: PriceTerms) -> tuple[Largest, Largest]:
    """The largest gain at the minimum fee of the terms, and the least whole fee that covers what any number gains."""
    c, paid = terms.unit_price, terms.unit_price * curve.paid
    nothing = max(NOTHING_MINOR, SEARCHED * c)
    before = kept(curve)
    tried = {k: c * (net_with(curve, k) - before) for k in curve.tried}

    def most(of: Callable[[float, int], float], beyond: float) -> Largest:
        return largest(
            {k: of(gain, k) for k, gain in tried.items()},
            lambda k: of(c * (net_with(curve, k) - before), k),
            lambda least, end: of(c * (net_at_most(curve, least, end) - before), least),
            farthest=curve.farthest,
            beyond=beyond,
        )

    free = most(lambda gain, _: gain, nothing)
    if free.value == 0.0:
        return free, free
    gain = most(lambda gain, k: gain - k * max(terms.minimum_fee - paid, 0.0), nothing)
    return gain, most(lambda gain, k: _whole(paid + gain / k) if gain > nothing else 0, 0.0)


def _whole(fee: float) -> int:
    return max(0, math.ceil(fee - NOTHING_MINOR))


def _markets_with_copies(market: ValuedMarket, parties: int) -> Iterator[tuple[int, int, Valuation]]:
    for party in range(parties):
        for copies, after in enumerate(market.with_copies(party), start=1):
            yield party, copies, after


def _of_identities(terms: PriceTerms, market: Valuation, party: int, copies: int) -> float:
    """The utility of a party and its copies together: the copies' models are of no use."""
    outcome = utilities(terms, market)
    useless = terms.unit_price * market.gains[-copies:].sum()
    return float(outcome[party] + outcome[-copies:].sum() - useless)
