"""Functional replicas as one player (own result; `fairpool.market.copies.functional_replicas`).

The market of one representative a class is valued, and a class's share is split equally among its members.  A party
that enters k copies of itself and has no other functional replica changes its result by -k a_i (1 - psi_i) <= 0: copies
join its class and bring nothing but their own payment.  Where another party already is a functional replica, copies
take from that party's part of the class, and can pay: docs/theory/divisions.md has the counterexample.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np

from fairpool.ground.arrays import Floats, Integers
from fairpool.market.common_task.exact import CommonTask, CopyGains
from fairpool.market.copies.curve import Stakes
from fairpool.market.copies.functional_replicas import (
    collapsed_table,
    replica_classes,
    split_among_members,
)
from fairpool.market.reward_rules.reward_rule import RewardRule
from fairpool.market.tolerances import SAME
from fairpool.market.valuation import MOST_COPIES, Valuation, ValuedMarket, delivered, followed


@dataclass(frozen=True, eq=False)
class Collapsed:
    """A market in which copies always join their party's class.

    representatives: the market of one member a class; alone, gains: of all parties; classes: int64 (n,).
    """

    representatives: ValuedMarket
    alone: Floats
    gains: Floats
    classes: Integers

    @cached_property
    def valuation(self) -> Valuation:
        shares = split_among_members(self.representatives.valuation.shares, self.classes)
        return Valuation(self.alone, self.gains, shares)

    @property
    def bought(self) -> Floats:
        """Each class's part as a buyer, split among its members as its share is."""
        return split_among_members(self.representatives.bought, self.classes)

    def with_copies(self, party: int) -> tuple[Valuation, ...]:
        shares = self.representatives.valuation.shares
        return tuple(self._joined(party, copies, shares) for copies in range(1, MOST_COPIES + 1))

    def _joined(self, party: int, copies: int, shares: Floats) -> Valuation:
        """The classes stay, one of them has more members."""
        who = np.append(np.arange(len(self.alone)), np.full(copies, party))
        return Valuation(self.alone[who], self.gains[who], split_among_members(shares, self.classes[who]))


@dataclass(frozen=True, slots=True)
class CollapsedCurve:
    """Every number of copies of a party whose class has the share ``share`` and ``members`` members.

    Its identities have (k + 1) / (k + members) of the class's share: it rises with k to all of it.
    """

    pot: float
    paid: float
    share: float
    members: int
    handed_out: float
    farthest: ClassVar[int] = 2**50
    tried: ClassVar[Sequence[int]] = (*range(1, 17), *(2**d for d in range(5, 51, 3)))

    @classmethod
    def of(cls, market: Collapsed, party: int) -> CollapsedCurve:
        """From the market of classes."""
        valuation = market.valuation
        improvements = valuation.gains - valuation.alone
        members = int((market.classes == market.classes[party]).sum())
        return cls(
            float(improvements.sum()),
            float(improvements[party]),
            float(valuation.shares[party]) * members,
            members,
            float(valuation.shares.sum()),
        )

    def stakes(self, copies: int) -> Stakes:
        own = self.share * (copies + 1) / (copies + self.members)
        return Stakes(own, max(self.handed_out - own, 0.0))

    def bounds(self, least: int, most: float) -> Stakes:  # noqa: ARG002
        return (
            self.stakes(int(most))
            if math.isfinite(most)
            else Stakes(self.share, self.handed_out - self.share)
        )


@dataclass(frozen=True, eq=False)
class CollapsedTask:
    """The market of a table in which functional replicas play as one; gains: float64 (2**n,), G of every coalition.

    Where copies change models (``copy_gains``), a party with copies is no functional replica of itself any more, nor of
    any other: it and each of its copies play alone, and other classes may come apart as well.
    """

    gains: Floats
    division: RewardRule
    copy_gains: CopyGains

    @property
    def valuation(self) -> Valuation:
        return self.joining.valuation

    @property
    def bought(self) -> Floats:
        """As in the market in which copies join their party's class."""
        return self.joining.bought

    @property
    def classes(self) -> Integers:
        """The class of every party, named by its first member."""
        return self.joining.classes

    def with_copies(self, party: int) -> tuple[Valuation, ...]:
        levels, classes = self.copy_gains(party), self.joining.classes
        return tuple(
            joined
            if copies_join(levels[: copies + 1], party)
            else self._apart(self._finer(classes, levels[: copies + 1]), levels, party, copies)
            for copies, joined in enumerate(self.joining.with_copies(party), start=1)
        )

    @cached_property
    def joining(self) -> Collapsed:
        """The market in which copies join their party's class."""
        alone = CommonTask(self.gains, self.division, self.copy_gains).alone
        classes = replica_classes(self.gains[:, None], len(alone))
        inner = CommonTask(collapsed_table(self.gains, classes), self.division, self.copy_gains)
        return Collapsed(inner, alone, delivered(alone, self.gains[-1]), classes)

    def _finer(self, classes: Integers, levels: Floats) -> Integers:
        """Classes of the parties where coalitions may also hold the copies."""
        singles = len(np.unique(classes)) == len(classes)
        return classes if singles else replica_classes(levels.T, len(classes))

    def _apart(self, classes: Integers, levels: Floats, party: int, copies: int) -> Valuation:
        """The copies are players of their own beside the classes."""
        members = np.unique(classes)
        of_classes = np.array([collapsed_table(level, classes) for level in levels])
        inner = CommonTask(of_classes[0], self.division, lambda _place: of_classes)
        shares = inner.with_copies(int(np.searchsorted(members, party)))[copies - 1].shares
        split = split_among_members(shares[: len(members)], classes)
        alone = self.joining.alone
        alone = followed(alone, alone[party], copies)
        return Valuation(
            alone, delivered(alone, levels[copies][-1]), np.append(split, shares[len(members) :])
        )


def copies_join(levels: Floats, party: int) -> bool:
    """Whether no coalition tells k copies of a party from the party: levels (1 + k, 2**n) as of `CopyGains`."""
    with_party = levels[0][np.arange(levels.shape[1]) | 1 << party]
    return bool(np.abs(levels[1:] - with_party).max() <= SAME)
