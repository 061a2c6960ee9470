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

import numpy as np
from numpy.typing import NDArray

from fairpool.games.game import TableGame
from fairpool.games.replication.sums_with_copies import SizeSumsWithCopies
from fairpool.games.values.semivalues import semivalue
from fairpool.ground.arrays import Floats
from fairpool.market.reward_rules.catalogue import RewardRule
from fairpool.market.reward_rules.characteristic import CharacteristicTable
from fairpool.market.valuation import MOST_COPIES, Standing, delivered

CopyGains = Callable[[int], NDArray[np.float64]]
"""party -> float64 (1 + MOST_COPIES, 2**n): G of every coalition with c = 0, 1 .. copies of the party in addition."""


@dataclass(frozen=True, slots=True, eq=False)
class CommonTask:
    """gains: float64 (2**n,), G of every coalition."""

    gains: Floats
    division: RewardRule
    copy_gains: CopyGains

    @property
    def alone(self) -> Floats:
        return self.gains[1 << np.arange(len(self.gains).bit_length() - 1)]

    @property
    def standing(self) -> Standing:
        values = CharacteristicTable.of(self.division.function, self.alone).values(self.gains)
        psi = semivalue(TableGame(values), self.division.weights(len(self.alone)), most_players=64)
        shares = self.division.shares(psi, float(values[-1] - values[0]))
        return Standing(self.alone, delivered(self.alone, self.gains[-1]), shares)

    def with_copies(self, party: int) -> tuple[Standing, ...]:
        gains = self.copy_gains(party)
        table = CharacteristicTable.of(self.division.function, self.alone)
        values = [table.with_copies(level, party, c) for c, level in enumerate(gains)]
        levels = SizeSumsWithCopies.of(values)
        standings = []
        for copies in range(1, MOST_COPIES + 1):
            originals, each = levels.values(self.division.weights, copies)
            psi = np.append(originals, np.full(copies, each))
            shares = self.division.shares(psi, float(values[copies][-1] - values[0][0]))
            standings.append(self._joined(party, copies, shares, float(gains[copies][-1])))
        return tuple(standings)

    def _joined(self, party: int, copies: int, shares: Floats, pooled: float) -> Standing:
        alone = np.append(self.alone, np.full(copies, self.alone[party]))
        return Standing(alone, delivered(alone, pooled), shares)


def copies_change_nothing(gains: Floats) -> CopyGains:
    """The paper's assumption M(X + X) = M(X): a copy of a party is as good as the party."""
    positions = np.arange(len(gains))

    def looked_up(party: int) -> NDArray[np.float64]:
        return np.stack([gains, *[gains[positions | 1 << party]] * MOST_COPIES])

    return looked_up
