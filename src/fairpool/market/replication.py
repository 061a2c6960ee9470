"""What entering copies of itself would earn each party, exactly, and the minimum fee that deters it.

A party with k copies acts as k + 1 identities, each of which submits the same data and task, pays its own fee and is
paid its own reward; only one of the delivered models is of any use to it.  Its gain from replicating is

    gain(i, k) = [ c gain_i' + sum over its identities of (reward + returned - improvement) ] - [ the same, alone ]

in minor units before rounding.  Where copies change no model, with s and s' its share before and after and a the pot
without a minimum fee, this is (s' - s) a - k a_i (1 - s') ([OTT19]; derived).

The minimum fee f is a floor under every identity's payment and stays in the pot.  gain(i, k) is piecewise linear in f
with kinks only where f passes a party's improvement, so the smallest f at which nobody gains is found exactly: at a
kink, or where a line crosses zero between two kinks.  There need not be one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from fairpool.games.game import Values
from fairpool.market.payments import Terms, utilities
from fairpool.market.valuation import Standing, Valuation

_NOTHING = 1e-6  # minor units: a gain below this is rounding


@dataclass(frozen=True, slots=True)
class ReplicationGain:
    """What ``copies`` copies of ``party`` would earn it, in minor units."""

    party: int
    copies: int
    gain: float


@dataclass(frozen=True, slots=True, eq=False)
class Replications:
    """Every party's market with 1 .. k copies beside the market as it is."""

    before: Standing
    after: tuple[tuple[int, int, Standing], ...]  # party, copies, the market with them

    @classmethod
    def of(cls, valuation: Valuation) -> Replications:
        before = valuation.standing
        return cls(before, tuple(_markets_with_copies(valuation, len(before.alone))))

    def gains(self, terms: Terms) -> tuple[ReplicationGain, ...]:
        """gain(i, k) of every party and number of copies."""
        alone = _outcome(terms, self.before)
        return tuple(
            ReplicationGain(party, copies, _of_identities(terms, market, party, copies) - float(alone[party]))
            for party, copies, market in self.after
        )

    def smallest_minimum_fee(self, terms: Terms) -> int | None:
        """The smallest whole minimum fee at which no party gains from any number of copies; None if there is none."""
        left, at = 0, self._gains_at(terms, 0)
        if (at <= _NOTHING).all():
            return 0
        for right in map(int, self._kinks(terms)):
            after = self._gains_at(terms, right)
            found = self._crossing(terms, left, right, at, after)
            if found is not None:
                return found
            if (after <= _NOTHING).all():
                return right
            left, at = right, after
        return None

    def _gains_at(self, terms: Terms, fee: int) -> Values:
        return np.array([found.gain for found in self.gains(replace(terms, minimum_fee=fee))])

    def _kinks(self, terms: Terms) -> NDArray[np.int64]:
        """Whole fees above zero around every kink, and one far beyond the last, where gains have become lines."""
        free = replace(terms, minimum_fee=0)
        payments = [
            free.improvements(m.alone, m.gains) for m in (self.before, *(market for *_, market in self.after))
        ]
        at = np.concatenate(payments)
        last = int(np.ceil(at.max(initial=0.0))) + 1
        whole = np.unique(np.concatenate([np.floor(at), np.ceil(at), [last, 100 * last]]))
        return whole[whole > 0].astype(np.int64)

    def _crossing(self, terms: Terms, left: int, right: int, at: Values, after: Values) -> int | None:
        """The first whole fee between two kinks at which every line is at zero or below."""
        if (after > at)[at > _NOTHING].any():
            return None
        falling = at > _NOTHING
        drop = (at[falling] - after[falling]) / (right - left)
        with np.errstate(divide="ignore"):
            fee = left + np.ceil((at[falling] - _NOTHING) / drop).max(initial=0.0)
        if not left < fee < right:
            return None
        return int(fee) if (self._gains_at(terms, int(fee)) <= _NOTHING).all() else None


def _markets_with_copies(valuation: Valuation, parties: int) -> Iterator[tuple[int, int, Standing]]:
    for party in range(parties):
        for copies, market in enumerate(valuation.with_copies(party), start=1):
            yield party, copies, market


def _outcome(terms: Terms, market: Standing) -> Values:
    return utilities(terms, market.alone, market.gains, market.shares)


def _of_identities(terms: Terms, market: Standing, party: int, copies: int) -> float:
    """The utility of a party and its copies together: the copies' models are of no use."""
    outcome = _outcome(terms, market)
    useless = terms.unit_price * market.gains[-copies:].sum()
    return float(outcome[party] + outcome[-copies:].sum() - useless)
