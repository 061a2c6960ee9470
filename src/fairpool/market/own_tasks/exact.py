"""A market in which every party brings its own task, from a table of all coalitions (derived).

G_t(S)   ``gains``       gain on party t's task of the model trained on the data of S
S_t      ``selections``  the data chosen for task t (`fairpool.market.own_tasks.selection`)
M^t      the model delivered to t, trained on S_t
v_t(S)   what coalition S improves the task of its member t by
             t in S_t    G_t(S and S_t) - G_t({t})
             else        the same, never below 0: where the data of S do worse, t is left its own model
v(S)     the joint game: sum of v_t(S) over the members t of S, so that v(all) is the pot

A party whose data are in nobody's S_t but its own has a share only for what it buys.  Where S_t holds some of several
parties that the task cannot tell apart, the value of v_t is split evenly among them, so that equal data are paid alike.

Copies: they stand in S_t beside their party and change nobody's gain.  With the same task a copy buys what the party
buys; with a free task (one on which its own data already score all that the pooled data score) it pays nothing, and
only a minimum fee deters it ([OTT19] leaves this open; derived).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from fairpool.games.game import TableGame
from fairpool.games.replication.sums_with_copies import SizeSumsWithCopies
from fairpool.games.values.semivalues import semivalue
from fairpool.ground.arrays import Float, Floats, Integers
from fairpool.market.common_task.exact import mean_with_player
from fairpool.market.own_tasks.selection import Parties, Selection, mask_of
from fairpool.market.reward_rules.reward_rule import RewardRule
from fairpool.market.valuation import MOST_COPIES, Valuation, delivered, followed


@dataclass(frozen=True, eq=False)
class OwnTasks:
    """gains: float64 (2**n, n), column t = gains on the task of party t; reached: what the delivered models score.

    ``reached`` is None where the models are delivered as selected; customisation may change what they score.
    """

    gains: Floats
    selections: tuple[Selection, ...]
    division: RewardRule
    reached: Floats | None = None
    free_task: bool = False

    @property
    def alone(self) -> Floats:
        n = self.gains.shape[1]
        return self.gains[1 << np.arange(n), np.arange(n)]

    @property
    def delivered(self) -> Float[Floats, " parties"]:
        """Gains of the delivered models."""
        found = np.array([s.gain for s in self.selections]) if self.reached is None else self.reached
        return delivered(self.alone, found)

    @cached_property
    def valuation(self) -> Valuation:
        return Valuation(self.alone, self.delivered, self.division.shares(self._psi, self._pot))

    @property
    def bought(self) -> Float[Floats, " parties"]:
        """What each party's own task gains by the data of those it joins, as a part of the pot.

        Levelling moves only what data add: nobody is of a group that its own task cannot tell apart.
        """
        positions = np.arange(len(self.gains))
        bought = [
            mean_with_player(self._improvement(s, positions), self._weights)[s.task] for s in self.selections
        ]
        return self.division.earned_by_buying(self._psi, np.array(bought), self._pot)

    @cached_property
    def _psi(self) -> Floats:
        psi = self._values(self.selections)
        for s in self.selections:
            if s.uneven:
                psi = psi + levelled(self._values([s]), s.uneven)
        return psi

    def with_copies(self, party: int) -> tuple[Valuation, ...]:
        return tuple(self._with(party, copies) for copies in range(1, MOST_COPIES + 1))

    def _with(self, party: int, copies: int) -> Valuation:
        originals, each = self._values_with_copies(self.selections, party, copies)
        for s in self.selections:
            groups = _without(party, s.uneven)
            if groups:
                originals = originals + levelled(self._values_with_copies([s], party, copies)[0], groups)
        bought = 0.0 if self.free_task else copies * self._improvements[party]
        gains, alone = self.delivered, self.alone
        return Valuation(
            followed(alone, gains[party] if self.free_task else alone[party], copies),
            followed(gains, gains[party], copies),
            self.division.shares(followed(originals, each, copies), self._pot + bought),
        )

    @property
    def _improvements(self) -> Floats:
        """v_t(all) of every task."""
        return np.array([s.gain for s in self.selections]) - self.alone

    @property
    def _pot(self) -> float:
        return float(self._improvements.sum())

    def _values(self, chosen: Sequence[Selection]) -> Floats:
        """Values of the game of these tasks."""
        game = TableGame(self._joint(chosen, present=0))
        return semivalue(game, self._weights, most_players=64)

    @cached_property
    def _weights(self) -> Floats:
        return self.division.weights(len(self.alone))

    def _values_with_copies(
        self, chosen: Sequence[Selection], party: int, copies: int
    ) -> tuple[Floats, float]:
        """The same with copies of a party, of the parties and of each copy."""
        buys = not self.free_task and any(s.task == party for s in chosen)
        own = self._improvement(self.selections[party], np.arange(len(self.gains)))
        levels = SizeSumsWithCopies.alike(
            without=self._joint(chosen, present=0),
            with_copies=self._joint(chosen, present=1 << party),
            each=own if buys else np.zeros_like(own),
            copies=copies,
        )
        return levels.values(self.division.weights, copies)

    def _joint(self, chosen: Sequence[Selection], present: int) -> Floats:
        """v(S) of all coalitions, where the parties of ``present`` lend their data to every S: float64 (2**n,)."""
        positions = np.arange(len(self.gains))
        total = np.zeros(len(self.gains))
        for s in chosen:
            member = (positions >> s.task & 1).astype(bool)
            total += np.where(member, self._improvement(s, positions | present), 0.0)
        return total

    def _improvement(self, chosen: Selection, held: Integers) -> Floats:
        """v_t of the coalitions at these positions and t."""
        own, lent = self.alone[chosen.task], held & mask_of(chosen.members)
        if chosen.holds_own:
            return np.asarray(self.gains[lent | 1 << chosen.task, chosen.task] - own, dtype=np.float64)
        return np.where(lent > 0, np.maximum(self.gains[lent, chosen.task] - own, 0.0), 0.0)


def levelled(values: Floats, groups: Sequence[Parties]) -> Floats:
    """What is to be added so that each party of a group has the group's mean: (n,), or (n, ..) of many values."""
    added = np.zeros_like(values)
    for group in groups:
        added[list(group)] = values[list(group)].mean(axis=0) - values[list(group)]
    return added


def _without(party: int, groups: Sequence[Parties]) -> list[Parties]:
    """The groups with copies in the market: a party and its copies are told apart from those that were its like."""
    return [tuple(j for j in group if j != party) for group in groups]
