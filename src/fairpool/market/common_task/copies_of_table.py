"""Every number of copies of a party of a common task where copies change no model, from a table of all coalitions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fairpool.games.game import TableGame
from fairpool.games.values.sums_by_size import size_sums
from fairpool.ground.arrays import Float, Floats
from fairpool.market.copies.curve import Stakes
from fairpool.market.copies.laws import CopiesLaw, Replicated, Values
from fairpool.market.reward_rules.characteristic import CharacteristicFunction
from fairpool.market.reward_rules.reward_rule import RewardRule
from fairpool.market.tolerances import NOTHING
from fairpool.market.valuation import delivered


@dataclass(frozen=True, slots=True, eq=False)
class TableCurve:
    """One party's copies; worth: v(all) - v(empty) of the plain gain, for rules that do not hand out everything."""

    pot: float
    paid: float
    game: Replicated
    rule: RewardRule
    law: CopiesLaw
    worth: float

    @classmethod
    def of(
        cls, gains: Float[Floats, " coalitions"], rule: RewardRule, law: CopiesLaw, party: int
    ) -> TableCurve:
        """From G of every coalition, (2**n,)."""
        alone = gains[1 << np.arange(len(gains).bit_length() - 1)]
        improvements = delivered(alone, gains[-1]) - alone
        game = replicated(gains, party, rule.function)
        worth = float(gains[-1] - gains[0])
        return cls(float(improvements.sum()), float(improvements[party]), game, rule, law, worth)

    @property
    def farthest(self) -> int:
        return self.law.farthest

    @property
    def tried(self) -> Sequence[int]:
        return [*range(1, 17), *(2**d for d in range(5, self.farthest.bit_length(), 3))]

    def stakes(self, copies: int) -> Stakes:
        found = self.law.values(self.game, copies + 1)
        own = found.own if found.own > NOTHING else 0.0
        return self._shared(Values(own, found.others))

    def bounds(self, least: int, most: float) -> Stakes:
        found = [self._shared_at_most(each) for each in self.law.bounds(self.game, least + 1, most + 1)]
        return Stakes(min(each.own for each in found), max(each.others for each in found))

    def _shared(self, found: Values) -> Stakes:
        whole = found.own + found.others
        if not self.rule.everything:
            whole = max(whole, self.worth) if self.worth > NOTHING else 0.0
        return Stakes(found.own / whole, found.others / whole) if whole > NOTHING else Stakes(0.0, 0.0)

    def _shared_at_most(self, found: Values) -> Stakes:
        """Own is at least theirs and others at most: then so are the shares."""
        own = max(found.own, 0.0)
        if math.isinf(own):
            return Stakes(1.0, 0.0)
        if own == 0.0 and found.others <= NOTHING:
            return Stakes(0.0, 0.0)
        return self._shared(Values(own, found.others))


def replicated(
    gains: Float[Floats, " coalitions"], party: int, function: CharacteristicFunction
) -> Replicated:
    """The means by size of a game with copies of one party, from G of every coalition.

    Cost: five passes over half the table.
    """
    positions = np.arange(len(gains))
    without = positions[positions >> party & 1 == 0]
    model, members = function.model, function.members
    weight = model + members * np.bitwise_count(without).astype(np.float64)
    off, on = gains[without], gains[without | 1 << party]
    alone = np.delete(gains[1 << np.arange(len(gains).bit_length() - 1)], party)
    others = len(alone)
    added = (
        size_sums(TableGame(weight * (on - off)), most_players=64).totals if others else weight * (on - off)
    )
    sizes = np.array([math.comb(others, s) for s in range(others + 1)], dtype=np.float64)
    reached = size_sums(TableGame(on), most_players=64).totals if others else on
    return Replicated(
        first=added / sizes,
        later=members * float((reached / sizes).mean() - gains[1 << party]),
        without=_marginals(weight * off, others),
        beside=_marginals(weight * on, others),
        extra=members * (_marginals(on, others) @ ((np.arange(others) + 1) / max(others * (others + 1), 1))),
        alone=members * alone,
    )


def _marginals(table: Floats, players: int) -> Floats:
    """Mean of v(S + j) - v(S) by the size of S: (players, players)."""
    return size_sums(TableGame(table), most_players=64).mean_marginals if players else np.zeros((0, 0))
