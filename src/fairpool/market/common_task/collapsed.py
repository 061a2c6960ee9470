"""Functional replicas as one player (own result; `fairpool.market.copies.functional_replicas`).

The market of one representative a class is valued, and a class's share is split equally among its members.  A party
that enters k copies of itself and has no other functional replica changes its result by -k a_i (1 - psi_i) <= 0: copies
join its class and bring nothing but their own payment.  Where another party already is a functional replica, copies
take from that party's part of the class, and can pay: docs/theory/divisions.md has the counterexample.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fairpool.ground.arrays import Floats, Integers
from fairpool.market.common_task.exact import CommonTask, CopyGains
from fairpool.market.copies.functional_replicas import (
    SAME,
    collapsed_table,
    replica_classes,
    split_among_members,
)
from fairpool.market.reward_rules.catalogue import RewardRule
from fairpool.market.valuation import MOST_COPIES, Standing, Valuation, delivered


@dataclass(frozen=True, slots=True, eq=False)
class Collapsed:
    """A market in which copies always join their party's class.

    representatives: the market of one member a class; alone, gains: of all parties; classes: int64 (n,).
    """

    representatives: Valuation
    alone: Floats
    gains: Floats
    classes: Integers

    @property
    def standing(self) -> Standing:
        shares = split_among_members(self.representatives.standing.shares, self.classes)
        return Standing(self.alone, self.gains, shares)

    def with_copies(self, party: int) -> tuple[Standing, ...]:
        shares = self.representatives.standing.shares
        return tuple(self._joined(party, copies, shares) for copies in range(1, MOST_COPIES + 1))

    def _joined(self, party: int, copies: int, shares: Floats) -> Standing:
        """The classes stay, one of them has more members."""
        who = np.append(np.arange(len(self.alone)), np.full(copies, party))
        return Standing(self.alone[who], self.gains[who], split_among_members(shares, self.classes[who]))


@dataclass(frozen=True, slots=True, eq=False)
class CollapsedTask:
    """The market of a table in which functional replicas play as one; gains: float64 (2**n,), G of every coalition.

    Where copies change models (``copy_gains``), a party with copies is no functional replica of itself any more, nor of
    any other: it and each of its copies play alone, and other classes may come apart as well.
    """

    gains: Floats
    division: RewardRule
    copy_gains: CopyGains

    @property
    def alone(self) -> Floats:
        return self._all.alone

    @property
    def standing(self) -> Standing:
        return self._joining(self._classes()).standing

    def with_copies(self, party: int) -> tuple[Standing, ...]:
        levels, classes = self.copy_gains(party), self._classes()
        return tuple(
            joined
            if copies_join(levels[: copies + 1], party)
            else self._apart(self._finer(classes, levels[: copies + 1]), levels, party, copies)
            for copies, joined in enumerate(self._joining(classes).with_copies(party), start=1)
        )

    @property
    def _all(self) -> CommonTask:
        return CommonTask(self.gains, self.division, self.copy_gains)

    def _classes(self) -> Integers:
        return replica_classes(self.gains[:, None], len(self.alone))

    def _joining(self, classes: Integers) -> Collapsed:
        inner = CommonTask(collapsed_table(self.gains, classes), self.division, self.copy_gains)
        return Collapsed(inner, self.alone, delivered(self.alone, self.gains[-1]), classes)

    def _finer(self, classes: Integers, levels: NDArray[np.float64]) -> Integers:
        """Classes of the parties where coalitions may also hold the copies."""
        singles = len(np.unique(classes)) == len(classes)
        return classes if singles else replica_classes(levels.T, len(classes))

    def _apart(self, classes: Integers, levels: NDArray[np.float64], party: int, copies: int) -> Standing:
        """The copies are players of their own beside the classes."""
        members = np.unique(classes)
        of_classes = np.array([collapsed_table(level, classes) for level in levels])
        inner = CommonTask(of_classes[0], self.division, lambda _place: of_classes)
        shares = inner.with_copies(int(np.searchsorted(members, party)))[copies - 1].shares
        split = split_among_members(shares[: len(members)], classes)
        alone = np.append(self.alone, np.full(copies, self.alone[party]))
        return Standing(alone, delivered(alone, levels[copies][-1]), np.append(split, shares[len(members) :]))


def copies_join(levels: NDArray[np.float64], party: int) -> bool:
    """Whether no coalition tells k copies of a party from the party: levels (1 + k, 2**n) as of `CopyGains`."""
    with_party = levels[0][np.arange(levels.shape[1]) | 1 << party]
    return bool(np.abs(levels[1:] - with_party).max() <= SAME)
