"""The single-task market of 1-nearest-neighbours, from ranks alone: no coalition is evaluated.

The paper names 1-NN as the model that satisfies its assumptions; for it M(X + X) = M(X) holds exactly, so everything
here is exact for any number of parties (`fairpool.learning.learners.nearest.closed_form`).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from fairpool.ground.arrays import Floats
from fairpool.learning.learners.nearest.closed_form import Ranking
from fairpool.market.reward_rules.reward_rule import RewardRule
from fairpool.market.valuation import MOST_COPIES, SizeGain, Valuation, delivered, followed


@dataclass(frozen=True, eq=False)
class NearestMarket:
    """A market whose gains are those of a ranking; the empty coalition is worth ``empty``."""

    ranking: Ranking
    division: RewardRule
    empty: float

    @property
    def alone(self) -> Floats:
        return self.ranking.alone

    @property
    def gains(self) -> Floats:
        return delivered(self.alone, self.ranking.everyone)

    @cached_property
    def valuation(self) -> Valuation:
        return self._valued(self._psi, 0, 0)

    @property
    def bought(self) -> Floats:
        """As in `fairpool.market.common_task.exact`."""
        values, worth = self._from_empty(self._psi, self.alone)
        bought = self.ranking.bought(self.division.weights) * self.division.function.members
        return self.division.earned_by_buying(values, bought, worth)

    @cached_property
    def _psi(self) -> Floats:
        return self.ranking.values(self.division.weights, **self._function())

    def with_copies(self, party: int) -> tuple[Valuation, ...]:
        return tuple(self._with(party, copies) for copies in range(1, MOST_COPIES + 1))

    def by_size(self) -> tuple[SizeGain, ...]:
        return tuple(
            SizeGain(s, None, float(g), None, None) for s, g in enumerate(self.ranking.mean_by_size, start=1)
        )

    def _with(self, party: int, copies: int) -> Valuation:
        originals, each = self.ranking.values_with_copies(
            self.division.weights, party, copies, **self._function()
        )
        return self._valued(followed(originals, each, copies), party, copies)

    def _valued(self, psi: Floats, party: int, copies: int) -> Valuation:
        """Shares and gains from values of the game whose empty coalition is worth nothing."""
        alone = followed(self.alone, self.alone[party], copies)
        shares = self.division.shares(*self._from_empty(psi, alone))
        return Valuation(alone, delivered(alone, self.ranking.everyone), shares)

    def _from_empty(self, psi: Floats, alone: Floats) -> tuple[Floats, float]:
        """Values and v(all) - v(empty), from values of the game whose empty coalition is worth nothing."""
        function, players = self.division.function, len(psi)
        start = function.model * self.empty
        worth = (function.model + function.members * players) * self.ranking.everyone
        worth -= function.members * float(alone.sum()) + start
        return psi - start * self.division.weights(players)[0], worth

    def _function(self) -> dict[str, float]:
        return {"model": self.division.function.model, "members": self.division.function.members}
