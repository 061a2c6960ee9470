"""The single-task market of 1-nearest-neighbours, from ranks alone: no coalition is evaluated.

The paper names 1-NN as the model that satisfies its assumptions; for it M(X + X) = M(X) holds exactly, so everything
here is exact for any number of parties (`fairpool.learning.learners.nearest.closed_form`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial

from fairpool.ground.arrays import Floats
from fairpool.learning.learners.nearest.closed_form import Ranking, RankingWithCopies
from fairpool.market.common_task.copies_of_ranking import RankedIdentities, RankingCurve
from fairpool.market.common_task.copies_of_table import TableCurve
from fairpool.market.copies.curve import CopiesCurve
from fairpool.market.reward_rules.reward_rule import RewardRule
from fairpool.market.valuation import MOST_COPIES, SizeGain, Valuation, delivered, followed

TABULATED = 12  # parties up to which all coalitions are written down to look at every number of copies


@dataclass(frozen=True, eq=False)
class NearestMarket:
    """A market whose gains are those of a ranking; the empty coalition is worth ``empty``."""

    ranking: Ranking
    division: RewardRule
    empty: float

    @cached_property
    def alone(self) -> Floats:
        return self.ranking.alone

    @property
    def gains(self) -> Floats:
        return delivered(self.alone, self.ranking.everyone)

    @cached_property
    def valuation(self) -> Valuation:
        alone, shares = self.alone, self.division.shares(*self._values)
        return Valuation(alone, delivered(alone, self.ranking.everyone), shares)

    @property
    def bought(self) -> Floats:
        """As in `fairpool.market.common_task.exact`."""
        values, worth = self._values
        bought = self.ranking.bought(self.division.size_law) * self.division.function.members
        return self.division.earned_by_buying(values, bought, worth)

    @cached_property
    def _values(self) -> tuple[Floats, float]:
        """Values and v(all) - v(empty)."""
        psi = self.ranking.values(self.division.size_law, **self._function())
        return self._from_empty(psi, self.alone)

    def with_copies(self, party: int) -> tuple[Valuation, ...]:
        if party not in self._larger:
            self._larger[party] = tuple(self._with(party, copies) for copies in range(1, MOST_COPIES + 1))
        return self._larger[party]

    def curve(self) -> Callable[[int], CopiesCurve] | None:
        """Every number of copies: from a table of all coalitions where that is small, else from ranks."""
        copies = self.division.copies
        if copies is None:
            return None
        if len(self.alone) <= TABULATED:
            return partial(TableCurve.of, self.ranking.table(self.empty), self.division, copies)
        return self._ranked_curve if self.division.everything else None

    def _ranked_curve(self, party: int) -> RankingCurve:
        model, members = self.division.function.model, self.division.function.members
        n, all_of_them = len(self.alone), self.ranking.everyone
        own = float(self.alone[party])
        start = (model + members * (n - 1)) * all_of_them - model * self.empty
        return RankingCurve(
            self._identities,
            party,
            (self.valuation, *self.with_copies(party)),
            start - members * (float(self.alone.sum()) - own),
            members * (all_of_them - own),
        )

    @cached_property
    def _identities(self) -> RankedIdentities:
        return RankedIdentities(self.ranking, self.division.function, self.empty)

    def by_size(self) -> tuple[SizeGain, ...]:
        return tuple(
            SizeGain(s, None, float(g), None, None) for s, g in enumerate(self.ranking.mean_by_size, start=1)
        )

    def _with(self, party: int, copies: int) -> Valuation:
        originals, each = self._ranking_with(copies).values(party)
        return self._valued(followed(originals, each, copies), party, copies)

    def _ranking_with(self, copies: int) -> RankingWithCopies:
        """Made once for all parties: what it takes does not depend on who enters the copies."""
        if copies not in self._rankings:
            self._rankings[copies] = self.ranking.with_copies(
                self.division.size_law, copies, **self._function()
            )
        return self._rankings[copies]

    @cached_property
    def _larger(self) -> dict[int, tuple[Valuation, ...]]:
        return {}

    @cached_property
    def _rankings(self) -> dict[int, RankingWithCopies]:
        return {}

    def _valued(self, psi: Floats, party: int, copies: int) -> Valuation:
        """Shares and gains from values of the game whose empty coalition is worth nothing."""
        alone = followed(self.alone, self.alone[party], copies)
        shares = self.division.shares(*self._from_empty(psi, alone))
        return Valuation(alone, delivered(alone, self.ranking.everyone), shares)

    def _from_empty(self, psi: Floats, alone: Floats) -> tuple[Floats, float]:
        """Values and v(all) - v(empty), from values of the game whose empty coalition is worth nothing."""
        function, players = self.division.function, len(psi)
        start = function.model * self.empty
        psi = psi - start * self.division.size_law(players)[0]
        worth = (function.model + function.members * players) * self.ranking.everyone
        worth -= function.members * float(alone.sum()) + start
        return psi, worth

    def _function(self) -> dict[str, float]:
        return {"model": self.division.function.model, "members": self.division.function.members}
