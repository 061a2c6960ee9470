"""Functional replicas as one player (own result; `fairpool.market.functional_replicas`).

The market of one representative a class is valued, and a class's share is split equally among its members.  A party
that enters k copies of itself and has no other functional replica changes its result by -k a_i (1 - psi_i) <= 0: copies
join its class and bring nothing but their own payment.  Where another party already is a functional replica, copies
take from that party's part of the class, and can pay: docs/theory/divisions.md has the counterexample.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fairpool.games.game import Values
from fairpool.market.functional_replicas import split_among_members
from fairpool.market.valuation import MOST_COPIES, Standing, Valuation


@dataclass(frozen=True, slots=True, eq=False)
class Collapsed:
    """representatives: the market of one member a class; alone, gains: of all parties; classes: int64 (n,)."""

    representatives: Valuation
    alone: Values
    gains: Values
    classes: NDArray[np.int64]
    copies_join: Callable[[int], bool]

    @property
    def standing(self) -> Standing:
        shares = split_among_members(self.representatives.standing.shares, self.classes)
        return Standing(self.alone, self.gains, shares)

    def with_copies(self, party: int) -> tuple[Standing, ...]:
        if self.copies_join(party):
            return tuple(self._joined(party, copies) for copies in range(1, MOST_COPIES + 1))
        place = int(np.searchsorted(np.unique(self.classes), self.classes[party]))
        return tuple(self._apart(market) for market in self.representatives.with_copies(place))

    def _joined(self, party: int, copies: int) -> Standing:
        """Copies are functional replicas too: the classes stay, one of them has more members."""
        classes = np.append(self.classes, np.full(copies, self.classes[party]))
        shares = split_among_members(self.representatives.standing.shares, classes)
        return self.standing.joined_by(party, copies, shares)

    def _apart(self, market: Standing) -> Standing:
        """Copies change models, so they are players of their own beside the classes."""
        count = len(np.unique(self.classes))
        shares = np.append(split_among_members(market.shares[:count], self.classes), market.shares[count:])
        alone = np.append(self.alone, market.alone[count:])
        pooled = market.gains[np.argmin(market.alone)]
        return Standing(alone, np.maximum(alone, pooled), shares)
