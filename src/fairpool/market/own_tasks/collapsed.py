"""A market of own tasks in which functional replicas play as one (derived).

Parties are of one class if they are functional replicas for every task and want the same: equal gains on their own
tasks for every coalition.  Data are selected, and shares found, in the market of one representative a class; from
another class the representative's data are taken.  A copy with the same task joins its party's class.  Copies with a
free task want something else than the party: together they are a class of their own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from fairpool.ground.arrays import Floats, Integers
from fairpool.market.common_task.collapsed import Collapsed
from fairpool.market.copies.functional_replicas import (
    are_replicas,
    classes_of,
    collapsed_table,
    split_among_members,
)
from fairpool.market.own_tasks.exact import OwnTasks
from fairpool.market.own_tasks.selection import Selection, select
from fairpool.market.reward_rules.reward_rule import RewardRule
from fairpool.market.tolerances import SAME
from fairpool.market.valuation import MOST_COPIES, Valuation, followed


@dataclass(frozen=True, slots=True, eq=False)
class CollapsedMarkets:
    """gains: float64 (2**n, n), column t = gains on the task of party t; classes: int64 (n,), by first member."""

    gains: Floats
    classes: Integers

    @classmethod
    def of(cls, gains: Floats) -> CollapsedMarkets:
        def same(i: int, j: int) -> bool:
            return bool(np.abs(gains[:, i] - gains[:, j]).max() <= SAME) and are_replicas(gains, i, j)

        return cls(gains, classes_of(gains.shape[1], same))

    @property
    def members(self) -> Integers:
        return np.unique(self.classes)

    @property
    def of_representatives(self) -> Floats:
        return collapsed_table(self.gains, self.classes)[:, self.members]

    def select(self) -> tuple[Selection, ...]:
        """The data for every party's task."""
        table = self.of_representatives
        of_class = [select(table[:, place], place) for place in range(len(self.members))]
        places = np.searchsorted(self.members, self.classes)
        return tuple(self._of_member(i, of_class[place]) for i, place in enumerate(places))

    def _of_member(self, party: int, found: Selection) -> Selection:
        """A class's selection as one of its members has it, with its own rows where the class has its own."""
        number = self.members.tolist()
        own = (party,) if found.holds_own else ()
        members = tuple(sorted((*own, *(number[place] for place in found.others))))
        uneven = tuple(tuple(number[place] for place in group) for group in found.uneven)
        return Selection(party, members, found.gain, uneven)

    def market(self, selections: Sequence[Selection], division: RewardRule, reached: Floats) -> Collapsed:
        """The market in which copies have their party's task; ``selections`` as `select` found them."""
        inner = self._representatives(selections, division, reached, free_task=False)
        every = OwnTasks(self.gains, tuple(selections), division, reached)
        return Collapsed(inner, every.alone, every.delivered, self.classes)

    def market_with_free_task(
        self, selections: Sequence[Selection], division: RewardRule, reached: Floats
    ) -> CollapsedFreeTask:
        """The market in which copies declare a free task."""
        inner = self._representatives(selections, division, reached, free_task=True)
        return CollapsedFreeTask(inner, self.market(selections, division, reached))

    def _representatives(
        self, selections: Sequence[Selection], division: RewardRule, reached: Floats, *, free_task: bool
    ) -> OwnTasks:
        number = {int(member): place for place, member in enumerate(self.members)}
        renamed = tuple(_renamed(s, number) for s in selections if s.task in number)
        return OwnTasks(self.of_representatives, renamed, division, reached[self.members], free_task)


@dataclass(frozen=True, slots=True, eq=False)
class CollapsedFreeTask:
    """representatives: the market of one member per class in which copies declare a free task; honest: no copies."""

    representatives: OwnTasks
    honest: Collapsed

    @property
    def valuation(self) -> Valuation:
        return self.honest.valuation

    @property
    def bought(self) -> Floats:
        """As in the market without copies."""
        return self.honest.bought

    def with_copies(self, party: int) -> tuple[Valuation, ...]:
        classes = self.honest.classes
        place = int(np.searchsorted(np.unique(classes), classes[party]))
        market, gains = self.representatives.with_copies(place)[0], self.honest.gains
        shares = split_among_members(market.shares[:-1], classes)
        return tuple(
            Valuation(
                followed(self.honest.alone, gains[party], copies),
                followed(gains, gains[party], copies),
                followed(shares, market.shares[-1] / copies, copies),
            )
            for copies in range(1, MOST_COPIES + 1)
        )


def _renamed(found: Selection, number: Mapping[int, int]) -> Selection:
    """A representative's selection in the market of representatives only."""
    groups = tuple(tuple(number[j] for j in group) for group in found.uneven)
    return Selection(number[found.task], tuple(number[j] for j in found.members), found.gain, groups)
