"""A market in which every party brings its own task (derived; the paper's full version was not available).

G_t(S)   ``gains``       gain on party t's task of the model trained on the data of S
w_i(S)   the task game of i: G_i(S + i) - G_i({i}) over the other parties; phi_ij is j's Shapley value in it
S_i      ``selected``    the data chosen for task i: i itself and the best prefix of the others in the order of phi_ij
M^i      the model delivered to i, trained on S_i
v(S)     the joint game: sum over j in S of [ G_j((S and S_j) + j) - G_j({j}) ], so that v(all) is the pot

A party whose data helps nobody is in no S_j but its own.  A prefix holds only parties with phi_ij > 0; among equally
good prefixes the shortest is taken, so no data travels without reason.  Ties in phi go to the earlier party.

Copies: with the same task a copy buys what the party buys; with a free task (one on which its own data already score
all that the pooled data score) it pays nothing, and only a minimum fee deters it ([OTT19] leaves this open; derived).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fairpool.games.game import TableGame, Values
from fairpool.games.replicated_values import Levels
from fairpool.games.semivalue import semivalue
from fairpool.games.shapley import shapley_value
from fairpool.market.division import Division
from fairpool.market.valuation import MOST_COPIES, Standing, delivered

Table = NDArray[np.float64]
SAME_GAIN = 1e-12  # prefixes whose gains differ by less are equally good


@dataclass(frozen=True, slots=True, eq=False)
class Selection:
    """The data chosen for one task: parties in the order of their value for it, and the gain reached with them."""

    task: int
    others: tuple[int, ...]
    gain: float

    @property
    def members(self) -> list[int]:
        return sorted([self.task, *self.others])


def select(gains: Values, task: int) -> Selection:
    """Choose the data for one task from its table of gains, float64 (2**n,).

    Cost: one Shapley value of a table of n - 1 players and at most n look-ups.
    """
    n = len(gains).bit_length() - 1
    others = [j for j in range(n) if j != task]
    values = shapley_value(TableGame(_task_game(gains, task)))
    return best_prefix(
        task, others, values, lambda prefix: float(gains[sum(1 << j for j in [task, *prefix])])
    )


def best_prefix(
    task: int, others: list[int], values: Values, gain_of: Callable[[tuple[int, ...]], float]
) -> Selection:
    """The shortest best prefix of the others with a positive value, in falling order of value."""
    order = [others[k] for k in np.argsort(-values, kind="stable") if values[k] > 0]
    prefixes = [tuple(order[:length]) for length in range(len(order) + 1)]
    reached = [gain_of(prefix) for prefix in prefixes]
    best = int(np.argmax(np.array(reached) >= max(reached) - SAME_GAIN))
    return Selection(task, prefixes[best], reached[best])


@dataclass(frozen=True, slots=True, eq=False)
class OwnTasks:
    """gains: float64 (2**n, n), column t = gains on the task of party t; reached: what the delivered models score.

    ``reached`` is None where the models are delivered as selected; customisation may change what they score.
    """

    gains: Table
    selections: tuple[Selection, ...]
    division: Division
    reached: Values | None = None
    free_task: bool = False

    @property
    def alone(self) -> Values:
        n = self.gains.shape[1]
        return self.gains[1 << np.arange(n), np.arange(n)]

    @property
    def standing(self) -> Standing:
        values = self._improvements().sum(axis=1)
        psi = semivalue(TableGame(values), self.division.weights(len(self.alone)), most_players=64)
        return Standing(self.alone, self._delivered(), self.division.shares(psi, float(values[-1])))

    def with_copies(self, party: int) -> tuple[Standing, ...]:
        improvements = self._improvements(present=1 << party)
        own = self._own_improvement(party)
        together = improvements.sum(axis=1)
        values = [self._improvements().sum(axis=1)]
        values += [together if self.free_task else together + c * own for c in range(1, MOST_COPIES + 1)]
        levels = Levels.of(values)
        return tuple(
            self._standing_with(party, c, levels, float(values[c][-1])) for c in range(1, MOST_COPIES + 1)
        )

    def _standing_with(self, party: int, copies: int, levels: Levels, worth: float) -> Standing:
        originals, each = levels.values(self.division.weights, copies)
        shares = self.division.shares(np.append(originals, np.full(copies, each)), worth)
        gains = self._delivered()
        copy_alone = gains[party] if self.free_task else self.alone[party]
        return Standing(
            np.append(self.alone, np.full(copies, copy_alone)),
            np.append(gains, np.full(copies, gains[party])),
            shares,
        )

    def _delivered(self) -> Values:
        reached = np.array([s.gain for s in self.selections]) if self.reached is None else self.reached
        return delivered(self.alone, reached)

    def _improvements(self, present: int = 0) -> Table:
        """G_j(((S + present) and S_j) + j) - G_j({j}) where j is in S, else 0: float64 (2**n, n)."""
        positions = np.arange(len(self.gains))
        out = np.zeros_like(self.gains)
        for s in self.selections:
            trained = ((positions | present) & _mask(s.members)) | 1 << s.task
            member = (positions >> s.task & 1).astype(bool)
            out[:, s.task] = np.where(member, self.gains[trained, s.task] - self.alone[s.task], 0.0)
        return out

    def _own_improvement(self, party: int) -> Values:
        """What one more buyer of this party's task adds to every coalition: float64 (2**n,)."""
        positions = np.arange(len(self.gains))
        trained = (positions & _mask(self.selections[party].members)) | 1 << party
        return np.asarray(self.gains[trained, party] - self.alone[party], dtype=np.float64)


def _task_game(gains: Values, task: int) -> Values:
    """w_i over the other parties, in their order: (2**n,) -> (2**(n-1),)."""
    positions = np.arange(len(gains))
    with_task = positions[(positions >> task & 1).astype(bool)]
    return gains[with_task] - gains[1 << task]


def _mask(members: list[int]) -> int:
    return sum(1 << j for j in members)
