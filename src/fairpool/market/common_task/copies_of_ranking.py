"""Every number of copies of a party in a market of one nearest neighbour with Shapley shares, from ranks alone.

No table of coalitions is written down, so it is for any number of parties.  With K identities at rank i of a task row,
all of them have (symbols as in `fairpool.market.copies.laws` and `fairpool.learning.learners.nearest.closed_form`)

    K later + sum over rows of  r_i [ model K/(K+i-1) + members (n-i) K/((K+i-1)(K+i)) ]
            - sum over q > i of r_q [ (model+members) K/((K+q-2)(K+q-1)) + members (n-q) 2K/((K+q-2)(K+q-1)(K+q)) ]
    later = members ( sum over rows of [ r_i / i + sum over q < i of r_q / (q (q+1)) ] - G({i}) )

Each fraction rises, or rises to one number of identities and falls from it: so its largest and smallest values over a
range are at an end or at the top.  The others' values are not looked at one by one: all together have what is left of
v(all), or more where some are negative.  So bounds are crude where many are, and exact numbers are those that are
tried.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np

from fairpool.ground.arrays import Floats
from fairpool.learning.learners.nearest.closed_form import Ranking
from fairpool.market.copies.curve import Stakes
from fairpool.market.reward_rules.characteristic import CharacteristicFunction
from fairpool.market.valuation import MOST_COPIES, Valuation


@dataclass(frozen=True, eq=False)
class RankedIdentities:
    """What K identities of each party have at most; of all parties at once.  Cost of a range: O(rows n)."""

    ranking: Ranking
    function: CharacteristicFunction
    empty: float

    @cached_property
    def later(self) -> Floats:
        """What each further identity adds: float64 (n,)."""
        r, i = self.ranking.right, self._rank
        nearer = r / (i * (i + 1))
        reached = r / i + np.cumsum(nearer, axis=1) - nearer
        return self.function.members * (self._per_party(reached) - self.ranking.alone)

    def at_most(self, fewest: int, most: float) -> Floats:
        """Of ``fewest`` to ``most`` identities, `later` left out: float64 (n,); kept for the other parties."""
        if (fewest, most) not in self._known:
            self._known[fewest, most] = self._at_most(fewest, most)
        return self._known[fewest, most]

    @cached_property
    def _known(self) -> dict[tuple[int, float], Floats]:
        return {}

    @property
    def _rank(self) -> Floats:
        return np.arange(1.0, self.ranking.party.shape[1] + 1)

    def _at_most(self, fewest: int, most: float) -> Floats:
        model, members = self.function.model, self.function.members
        r, i = self.ranking.right, self._rank
        n, top = len(i), np.clip(np.sqrt(i * (i - 1)), fewest, most)
        own = model * _share(most, i - 1) + members * (n - i) * top / ((top + i - 1) * (top + i))
        behind = (model + members) * np.minimum(_two(fewest, i), _two(most, i))
        behind = behind + members * (n - i) * np.minimum(_three(fewest, i), _three(most, i))
        lost = r * np.where(i > 1, behind, 0.0)
        by_rank = r * own - (np.cumsum(lost[:, ::-1], axis=1)[:, ::-1] - lost)
        return self._per_party(by_rank) - model * self.empty * fewest / (n - 1 + fewest)

    def _per_party(self, by_rank: Floats) -> Floats:
        sums = np.bincount(self.ranking.party.ravel(), by_rank.ravel(), self.ranking.party.shape[1])
        return np.asarray(sums, dtype=np.float64)


def _share(identities: float, others: Floats) -> Floats:
    """K / (K + others): that an identity is first among them."""
    return identities / (identities + others) if math.isfinite(identities) else np.ones_like(others)


def _two(identities: float, q: Floats) -> Floats:
    """K / ((K + q - 2) (K + q - 1))."""
    if math.isinf(identities):
        return np.zeros_like(q)
    return identities / ((identities + np.maximum(q, 2) - 2) * (identities + q - 1))


def _three(identities: float, q: Floats) -> Floats:
    """2 K / ((K + q - 2) (K + q - 1) (K + q))."""
    return 2 * _two(identities, q) / (identities + q) if math.isfinite(identities) else np.zeros_like(q)


@dataclass(frozen=True, slots=True, eq=False)
class RankingCurve:
    """One party's copies.

    known: the market without copies, and with one to five; start, slope: v(all) with K identities is start + slope K
    """

    identities: RankedIdentities
    party: int
    known: tuple[Valuation, ...]
    start: float
    slope: float
    tried: ClassVar[tuple[int, ...]] = tuple(range(1, MOST_COPIES + 1))
    farthest: ClassVar[int] = MOST_COPIES

    @property
    def pot(self) -> float:
        return float((self.known[0].gains - self.known[0].alone).sum())

    @property
    def paid(self) -> float:
        return float(self.known[0].gains[self.party] - self.known[0].alone[self.party])

    def stakes(self, copies: int) -> Stakes:
        shares = self.known[copies].shares
        own = float(shares[self.party] + shares[len(shares) - copies :].sum())
        return Stakes(own, max(float(shares.sum()) - own, 0.0))

    def bounds(self, least: int, most: float) -> Stakes:
        at_most = float(self.identities.at_most(least + 1, most + 1)[self.party])
        later = float(self.identities.later[self.party])
        ends = [self._share(at_most, later, identities) for identities in (least + 1, most + 1)]
        own = max(ends)
        return Stakes(own, 1.0 - own if own > 0.0 or self._hand_out(least + 1, most + 1) else 0.0)

    def _share(self, at_most: float, later: float, identities: float) -> float:
        """(later K + at_most) / v(all): monotone in K, so largest at an end, while v(all) is above zero."""
        if math.isinf(identities):
            value, worth = (later, self.slope) if self.slope > 0.0 or later > 0.0 else (at_most, self.start)
        else:
            value, worth = later * identities + at_most, self.start + self.slope * identities
        if value <= 0.0:
            return 0.0
        return min(value / worth, 1.0) if worth > 0.0 else 1.0

    def _hand_out(self, fewest: float, most: float) -> bool:
        """Whether v(all) is above zero for all these numbers, so that somebody has a share."""
        falls = self.slope < 0.0
        return self.start + self.slope * (most if falls else fewest) > 0.0
