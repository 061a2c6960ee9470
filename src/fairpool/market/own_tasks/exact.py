"""A market in which every party brings its own task (derived; the paper's full version was not available).

G_t(S)   ``gains``       gain on party t's task of the model trained on the data of S
w_i(S)   the task game of i: G_i(S + i) - G_i({i}) over the other parties; phi_ij is j's Shapley value in it
S_i      ``selected``    the data chosen for task i: i itself and the best prefix of the others in the order of phi_ij
M^i      the model delivered to i, trained on S_i
v(S)     the joint game: sum over j in S of [ G_j((S and S_j) + j) - G_j({j}) ], so that v(all) is the pot

A party whose data helps nobody is in no S_j but its own.  A prefix holds only parties with phi_ij > 0; among equally
good prefixes the shortest is taken, so no data travels without reason.  Parties of equal phi enter together or not at
all, so that equal parties are treated equally.

Copies change the task games of the others, so their data are selected anew: a party's value for a task is split among
its identities, and it may fall behind other parties.  The identities are of equal value and so selected together.  With
the same task a copy buys what the party buys; with a free task (one on which its own data already score all that the
pooled data score) it pays nothing, and only a minimum fee deters it ([OTT19] leaves this open; derived).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from fairpool.games.game import TableGame
from fairpool.games.replication.sums_with_copies import SizeSumsWithCopies
from fairpool.games.values.semivalues import semivalue
from fairpool.games.values.shapley import shapley_value, shapley_weights
from fairpool.ground.arrays import Float, Floats, Integers
from fairpool.market.common_task.exact import mean_with_player
from fairpool.market.reward_rules.reward_rule import RewardRule
from fairpool.market.tolerances import GRAIN, SAME
from fairpool.market.valuation import MOST_COPIES, Valuation, delivered, followed


@dataclass(frozen=True, slots=True, eq=False)
class Selection:
    """The data chosen for one task: parties in the order of their value for it, and the gain reached with them."""

    task: int
    others: tuple[int, ...]
    gain: float

    @property
    def members(self) -> list[int]:
        return sorted([self.task, *self.others])


def select(gains: Floats, task: int) -> Selection:
    """Choose the data for one task from its table of gains, float64 (2**n,).

    Cost: one Shapley value of a table of n - 1 players and at most n look-ups.
    """
    values = shapley_value(TableGame(gains[_holding(task, len(gains))]))
    return best_prefix(task, np.insert(values, task, 0.0), _look_up(gains, task))


def best_prefix(task: int, values: Floats, gain_of: Callable[[tuple[int, ...]], float]) -> Selection:
    """The shortest best prefix of the parties of positive value for the task, in falling order of value: (n,)."""
    grains = np.round(values / GRAIN)
    order = [int(j) for j in np.argsort(-grains, kind="stable") if grains[j] > 0]
    cuts = [k for k in range(1, len(order)) if grains[order[k]] < grains[order[k - 1]]]
    prefixes = [tuple(order[:length]) for length in dict.fromkeys([0, *cuts, len(order)])]
    reached = [gain_of(prefix) for prefix in prefixes]
    best = int(np.argmax(np.array(reached) >= max(reached) - SAME))
    return Selection(task, prefixes[best], reached[best])


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
        return self._delivered(self.selections)

    @cached_property
    def valuation(self) -> Valuation:
        psi, worth, _ = self._valued
        return Valuation(self.alone, self.delivered, self.division.shares(psi, worth))

    @property
    def bought(self) -> Float[Floats, " parties"]:
        """What each party's own task gains by the data of those it joins, as a part of the pot."""
        psi, worth, weights = self._valued
        positions = np.arange(len(self.gains))
        bought = [mean_with_player(self._improvement(s, positions), weights)[s.task] for s in self.selections]
        return self.division.earned_by_buying(psi, np.array(bought), worth)

    @cached_property
    def _valued(self) -> tuple[Floats, float, Floats]:
        """Values, v(all), and the weights they were found with."""
        values, weights = self._joint(self.selections, present=0), self.division.weights(len(self.alone))
        return semivalue(TableGame(values), weights, most_players=64), float(values[-1]), weights

    def with_copies(self, party: int) -> tuple[Valuation, ...]:
        by_task = [self._selected_again(s, party) for s in self.selections]
        return tuple(
            self._with([chosen[copies - 1] for chosen in by_task], party, copies)
            for copies in range(1, MOST_COPIES + 1)
        )

    def _selected_again(self, before: Selection, party: int) -> list[Selection]:
        """The selection for one task with 1, 2 .. copies of a party; a copy is of no value for the party's own task."""
        task, gains = before.task, self.gains[:, before.task]
        if task == party:
            return [before] * MOST_COPIES
        held = _holding(task, len(gains))
        levels = SizeSumsWithCopies.alike(
            gains[held], gains[held | 1 << party], np.zeros(len(held)), MOST_COPIES
        )
        found = [levels.values(shapley_weights, copies)[0] for copies in range(1, MOST_COPIES + 1)]
        return [best_prefix(task, np.insert(values, task, 0.0), _look_up(gains, task)) for values in found]

    def _with(self, chosen: Sequence[Selection], party: int, copies: int) -> Valuation:
        own = self._improvement(chosen[party], np.arange(len(self.gains)))
        levels = SizeSumsWithCopies.alike(
            without=self._joint(chosen, present=0),
            with_copies=self._joint(chosen, present=1 << party),
            each=np.zeros_like(own) if self.free_task else own,
            copies=copies,
        )
        originals, each = levels.values(self.division.weights, copies)
        gains = self._delivered(chosen)
        pot = sum(s.gain - self.alone[s.task] for s in chosen)
        pot += 0.0 if self.free_task else copies * float(own[-1])
        copy_alone = gains[party] if self.free_task else self.alone[party]
        return Valuation(
            followed(self.alone, copy_alone, copies),
            followed(gains, gains[party], copies),
            self.division.shares(followed(originals, each, copies), float(pot)),
        )

    def _delivered(self, chosen: Sequence[Selection]) -> Floats:
        """Gains of the delivered models; where other data are selected than without copies, of these."""
        found = np.array([s.gain for s in chosen])
        if self.reached is not None:
            same = [a.members == b.members for a, b in zip(chosen, self.selections, strict=True)]
            found = np.where(same, self.reached, found)
        return delivered(self.alone, found)

    def _joint(self, chosen: Sequence[Selection], present: int) -> Floats:
        """v(S) of all coalitions, where the parties of ``present`` lend their data to every S: float64 (2**n,)."""
        positions = np.arange(len(self.gains))
        total = np.zeros(len(self.gains))
        for s in chosen:
            member = (positions >> s.task & 1).astype(bool)
            total += np.where(member, self._improvement(s, positions | present), 0.0)
        return total

    def _improvement(self, chosen: Selection, held: Integers) -> Floats:
        """G_j((S and S_j) + j) - G_j({j}) for coalitions by their positions."""
        trained = (held & _mask(chosen.members)) | 1 << chosen.task
        return np.asarray(self.gains[trained, chosen.task] - self.alone[chosen.task], dtype=np.float64)


def _look_up(gains: Floats, task: int) -> Callable[[tuple[int, ...]], float]:
    return lambda others: float(gains[_mask([task, *others])])


def _holding(task: int, coalitions: int) -> Integers:
    """Positions of the coalitions that hold a party: those of its task game, which is w_i but for a constant."""
    positions = np.arange(coalitions)
    return positions[(positions >> task & 1).astype(bool)]


def _mask(members: Sequence[int]) -> int:
    return sum(1 << j for j in members)
