"""The single-task market of section 4 of [OTT19], from a table of all coalitions.

G(S)    ``gains``                gain of the model trained on the data of S, on the common validation data
v(S)    `CharacteristicFunction`
a_i     improvement              G(all) - G({i}), nothing for a party whose own model is better: it keeps that
psi_i   value of the division, normalised to ``shares``

Reading: Shapley values of v sum to v(all) - v(empty), not to one, so psi in the paper's b_i = a psi(v, i) is read as
the normalised value (docs/decisions/0003-normalised-shares.md).

Copies: G of a coalition with copies of a party is G of the coalition with one where copies change no model (the
paper's assumption); elsewhere it is evaluated (``copy_gains``).

[OTT19] Ohrimenko, Tople, Tschiatschek: Collaborative machine learning markets, NeurIPS 2019 workshop.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from fairpool.games.game import TableGame
from fairpool.games.replication.sums_with_copies import SizeSumsWithCopies
from fairpool.games.values.semivalues import semivalue, size_law
from fairpool.ground.arrays import Float, Floats
from fairpool.learning.evaluation import Evaluator
from fairpool.market.reward_rules.characteristic import CharacteristicTable
from fairpool.market.reward_rules.reward_rule import RewardRule
from fairpool.market.valuation import MOST_COPIES, Valuation, delivered, followed

CopyGains = Callable[[int], Float[Floats, "levels coalitions"]]
"""party -> (1 + MOST_COPIES, 2**n): G of every coalition with c = 0, 1 .. copies of the party in addition."""


@dataclass(frozen=True, eq=False)
class CommonTask:
    """gains: G of every coalition, (2**n,)."""

    gains: Float[Floats, " coalitions"]
    division: RewardRule
    copy_gains: CopyGains

    @property
    def alone(self) -> Float[Floats, " parties"]:
        return self.gains[1 << np.arange(len(self.gains).bit_length() - 1)]

    @cached_property
    def valuation(self) -> Valuation:
        shares = self.division.shares(self._values, self._worth)
        return Valuation(self.alone, delivered(self.alone, self.gains[-1]), shares)

    @property
    def bought(self) -> Float[Floats, " parties"]:
        """members * (mean of G(S + i) - G({i}) over the S without i, by the law of the value), as a part of the pot."""
        mean = mean_with_player(self.gains, self._weights) - size_law(self._weights).sum() * self.alone
        bought = self.division.function.members * mean
        return self.division.earned_by_buying(self._values, bought, self._worth)

    def with_copies(self, party: int) -> tuple[Valuation, ...]:
        gains = self.copy_gains(party)
        values = [self._table.with_copies(level, party, c) for c, level in enumerate(gains)]
        levels = SizeSumsWithCopies.of(values)
        found = []
        for copies in range(1, MOST_COPIES + 1):
            originals, each = levels.values(self.division.weights, copies)
            psi = followed(originals, each, copies)
            shares = self.division.shares(psi, float(values[copies][-1] - values[0][0]))
            alone = followed(self.alone, self.alone[party], copies)
            found.append(Valuation(alone, delivered(alone, float(gains[copies][-1])), shares))
        return tuple(found)

    @cached_property
    def _weights(self) -> Floats:
        return self.division.weights(len(self.alone))

    @cached_property
    def _values(self) -> Floats:
        return semivalue(TableGame(self._table.values(self.gains)), self._weights, most_players=64)

    @cached_property
    def _worth(self) -> float:
        """v(all) - v(empty)."""
        values = self._table.values(self.gains)
        return float(values[-1] - values[0])

    @cached_property
    def _table(self) -> CharacteristicTable:
        return CharacteristicTable.of(self.division.function, self.alone)


def mean_with_player(
    worths: Float[Floats, " coalitions"], weights: Float[Floats, " players"]
) -> Float[Floats, " players"]:
    """sum over S without i of w_|S| worth(S + i), of every player."""
    positions = np.arange(len(worths))
    counted = np.append(0.0, weights)[np.bitwise_count(positions)] * worths
    return np.array([counted[positions >> i & 1 == 1].sum() for i in range(len(weights))])


def copies_change_nothing(gains: Float[Floats, " coalitions"]) -> CopyGains:
    """The paper's assumption M(X + X) = M(X): a copy of a party is as good as the party."""
    positions = np.arange(len(gains))

    def looked_up(party: int) -> Floats:
        return np.stack([gains, *[gains[positions | 1 << party]] * MOST_COPIES])

    return looked_up


def evaluated_copies(evaluator: Evaluator, gains: Float[Floats, " coalitions"]) -> CopyGains:
    """G of the coalitions with copies in, evaluated."""
    n = len(evaluator.experiment.parties)
    positions = np.arange(len(gains))

    def evaluate(party: int) -> Floats:
        without = positions[positions >> party & 1 == 0]
        members = (without[:, None] >> np.arange(n) & 1).astype(np.int16)
        more = np.arange(2, MOST_COPIES + 2)
        asked = np.repeat(members, len(more), axis=0)
        asked[:, party] = np.tile(more, len(members))
        evaluated = evaluator.once(asked)[:, 0].reshape(len(without), len(more)).T
        by_count = np.vstack([gains[without], gains[without | 1 << party], evaluated])
        levels = np.empty((1 + MOST_COPIES, len(positions)))
        levels[:, without] = by_count[: 1 + MOST_COPIES]
        levels[:, without | 1 << party] = by_count[1:]
        return levels

    return evaluate
