"""Own tasks from the gains of all coalitions on every task: the data chosen for each, and what follows for the money.

An auditor who has the gains, and no rows, calls the same (`fairpool.market.recomputing.from_gains`).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fairpool.games.game import TableGame
from fairpool.ground.arrays import Float, Floats
from fairpool.market.own_tasks.collapsed import CollapsedMarkets
from fairpool.market.own_tasks.exact import OwnTasks
from fairpool.market.own_tasks.selection import Selection, as_equals_have_it, select
from fairpool.market.reward_rules.reward_rule import RewardRule
from fairpool.market.valuation import Findings, ValuedMarket, gains_by_size, largest_drop


def choose_by_table(
    gains: Float[Floats, "coalitions tasks"], division: RewardRule, equal: Sequence[tuple[int, int]]
) -> tuple[Selection, ...]:
    """The data for every task; equal: pairs of parties that brought the same rows and the same task."""
    if division.collapse:
        return CollapsedMarkets.of(gains).select()
    chosen = [select(gains[:, task], task) for task in range(gains.shape[1])]
    return as_equals_have_it(chosen, equal)


def findings_by_table(
    gains: Float[Floats, "coalitions tasks"],
    selections: tuple[Selection, ...],
    reached: Float[Floats, " parties"],
    division: RewardRule,
    basis: str,
) -> Findings:
    """Gains, shares and what copies would do; reached: what the delivered models score on their parties' tasks."""
    market: ValuedMarket = OwnTasks(gains, selections, division, reached)
    free: ValuedMarket = OwnTasks(gains, selections, division, reached, free_task=True)
    if division.collapse:
        markets = CollapsedMarkets.of(gains)
        market = markets.market(selections, division, reached)
        free = markets.market_with_free_task(selections, division, reached)
    return Findings(
        market=market,
        share_errors=np.zeros(len(selections)),
        method="exact",
        copies_basis=basis,
        by_size=gains_by_size(gains),
        largest_drop=largest_drop(gains),
        free_task=free,
        games=tuple(TableGame(column) for column in gains.T),
    )
