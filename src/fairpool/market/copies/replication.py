"""What entering copies of itself would earn each party, exactly, and the minimum fee that deters it.

A party with k copies acts as k + 1 identities, each of which submits the same data and task, pays its own fee and is
paid its own reward; only one of the delivered models is of any use to it.  Its gain from replicating is

    gain(i, k) = [ c gain_i' + sum over its identities of (reward + returned - improvement) ] - [ the same, alone ]

in minor units before rounding.  Where copies change no model, with s and s' its share before and after and a the pot
without a minimum fee, this is (s' - s) a - k a_i (1 - s') ([OTT19]; derived).

With a minimum fee f every identity also leaves max(f - a_i, 0) with the operator.  Beyond the largest improvement of an
identity the gain falls by k for every unit of f, so there is always a fee from which on nobody gains; it is found
exactly from the gains without a fee.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from fairpool.ground.arrays import Floats
from fairpool.market.payments import PriceTerms, utilities
from fairpool.market.tolerances import NOTHING_MINOR, NOTHING_OF_PRICE
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

    @classmethod
    def of(cls, market: ValuedMarket) -> Replications:
        return cls(market.valuation, ()).entering(market)

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

    def standard_errors(self, terms: PriceTerms, share_errors: Floats) -> tuple[float, ...]:
        """How far the gains may be off where shares are estimated; zero where shares are exact.

        The standard error of a share, once for every identity, of the pot with copies.  Cautious as to sampling; what
        a sampled market assumes to extrapolate to copies it cannot cover (`fairpool.market.common_task.sampled`).
        """
        return tuple(
            float(share_errors[party]) * (copies + 1) * _pot(terms, market)
            for party, copies, market in self.after
        )

    def smallest_minimum_fee(self, terms: PriceTerms) -> int:
        """The smallest whole minimum fee from which on no party gains from any number of copies."""
        free = replace(terms, minimum_fee=0)
        needed = [
            self._retained(free, market, found.party, found.copies).first_covering(found.gain)
            for found, (*_, market) in zip(self.gains(free), self.after, strict=True)
        ]
        return max(needed, default=0)

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

    def first_covering(self, gain: float) -> int:
        """The smallest whole fee from which on ``at(fee)`` is at least ``gain``."""
        high = max(*self.identities, self.alone)
        slope = len(self.identities) - 1
        beyond = high + (gain - self.at(high)) / slope
        if beyond > high:
            return _whole(beyond)
        corners = sorted({0.0, *self.identities, self.alone}, reverse=True)
        for right, left in pairwise(corners):
            if self.at(left) < gain - NOTHING_MINOR:
                rise = (self.at(right) - self.at(left)) / (right - left)
                return _whole(left + (gain - self.at(left)) / rise)
        return 0


def _whole(fee: float) -> int:
    return max(0, math.ceil(fee - NOTHING_MINOR))


def _markets_with_copies(market: ValuedMarket, parties: int) -> Iterator[tuple[int, int, Valuation]]:
    for party in range(parties):
        for copies, after in enumerate(market.with_copies(party), start=1):
            yield party, copies, after


def _pot(terms: PriceTerms, market: Valuation) -> float:
    return float(terms.improvements(market.alone, market.gains).sum())


def _of_identities(terms: PriceTerms, market: Valuation, party: int, copies: int) -> float:
    """The utility of a party and its copies together: the copies' models are of no use."""
    outcome = utilities(terms, market)
    useless = terms.unit_price * market.gains[-copies:].sum()
    return float(outcome[party] + outcome[-copies:].sum() - useless)
