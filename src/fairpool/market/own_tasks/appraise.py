"""Findings of a market of own tasks: which data for which task, gains, shares and what copies would do.

Exact from a table of all coalitions; else every task game and then the joint game are estimated, each with its part of
the budget (`fairpool.market.budget`).  In a sampled round the data are taken to be selected with copies as without; an
exact one selects them anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fairpool.games.game import Coalitions
from fairpool.ground.arrays import Floats
from fairpool.learning.evaluation import Evaluator
from fairpool.market.budget import budget_of, sample_of_joint_game, sample_of_task_game
from fairpool.market.common_task.appraise import (
    TaskGains,
    chosen_method,
    copies_basis,
    estimate_values,
    sizes_of_sample,
    worth_of_all,
)
from fairpool.market.common_task.sampled import SampledMarket, SizeMeans
from fairpool.market.copies.equal_parties import equal_parties, mean_of_equals
from fairpool.market.options import Options
from fairpool.market.own_tasks.collapsed import CollapsedMarkets
from fairpool.market.own_tasks.exact import OwnTasks, Selection, best_prefix, select
from fairpool.market.reward_rules.catalogue import DIVISIONS, RewardRule
from fairpool.market.table_findings import gains_by_size, largest_drop
from fairpool.market.valuation import Findings, Valuation, delivered


def choose_data(
    evaluator: Evaluator, division: RewardRule, options: Options, *, rng: np.random.Generator
) -> tuple[Selection, ...]:
    """For each party's task the data that fit it."""
    tasks = range(len(evaluator.experiment.parties))
    if chosen_method(evaluator.experiment, division, options, own_tasks=True) == "sampled":
        return tuple(_select_by_sample(evaluator, options, task, rng) for task in tasks)
    if division.collapse:
        return CollapsedMarkets.of(evaluator.table()).select()
    return tuple(select(evaluator.table()[:, task], task) for task in tasks)


def appraise_own(
    evaluator: Evaluator,
    division: RewardRule,
    options: Options,
    selections: Sequence[Selection],
    reached: Floats,
    *,
    rng: np.random.Generator,
) -> tuple[Findings, Valuation]:
    """The findings, and the valuation in which copies declare a free task; ``reached``: what delivered models score."""
    if chosen_method(evaluator.experiment, division, options, own_tasks=True) == "exact":
        return _exact(evaluator, division, tuple(selections), reached)
    return _sampled(evaluator, division, options, tuple(selections), reached, rng)


def _exact(
    evaluator: Evaluator, division: RewardRule, selections: tuple[Selection, ...], reached: Floats
) -> tuple[Findings, Valuation]:
    gains = evaluator.table()
    basis = copies_basis(evaluator.experiment)
    market, free = _markets(gains, division, selections, reached)
    findings = Findings(
        valuation=market,
        share_errors=np.zeros(len(selections)),
        method="exact",
        copies_basis="assumed" if basis == "evaluated" else basis,
        by_size=gains_by_size(gains),
        largest_drop=largest_drop(gains),
        twins=(),
    )
    return findings, free


def _markets(
    gains: Floats, division: RewardRule, selections: tuple[Selection, ...], reached: Floats
) -> tuple[Valuation, Valuation]:
    """The market in which copies have their party's task, and the one in which theirs is free."""
    if division.collapse:
        collapsed = CollapsedMarkets.of(gains)
        return (
            collapsed.market(selections, division, reached),
            collapsed.market_with_free_task(selections, division, reached),
        )
    return (
        OwnTasks(gains, selections, division, reached),
        OwnTasks(gains, selections, division, reached, free_task=True),
    )


def _select_by_sample(
    evaluator: Evaluator, options: Options, task: int, rng: np.random.Generator
) -> Selection:
    n = len(evaluator.experiment.parties)
    budget = budget_of(options, n, own_tasks=True) or 0
    most = sample_of_task_game(budget, n)
    found = estimate_values(TaskGame(evaluator, task), DIVISIONS["gain-only"], None, most, None, rng=rng)
    game = TaskGains(evaluator, task)

    def gain_of(prefix: tuple[int, ...]) -> float:
        return float(game.worth(np.isin(np.arange(n), [task, *prefix])[None])[0])

    sure = np.where(found.values > 2 * found.standard_errors, found.values, 0.0)
    return best_prefix(task, np.insert(sure, task, 0.0), gain_of)


@dataclass(frozen=True, slots=True, eq=False)
class TaskGame:
    """w_i(S) = G_i(S + i) - G_i({i}) over the other parties, evaluated as it is asked."""

    evaluator: Evaluator
    task: int

    @property
    def players(self) -> int:
        return len(self.evaluator.experiment.parties) - 1

    def worth(self, coalitions: Coalitions) -> Floats:
        gains = TaskGains(self.evaluator, self.task)
        with_task = np.insert(coalitions, self.task, True, axis=1)
        alone = np.zeros((1, self.players + 1), dtype=bool)
        alone[0, self.task] = True
        return gains.worth(with_task) - gains.worth(alone)


@dataclass(frozen=True, slots=True, eq=False)
class JointGame:
    """v(S) of `fairpool.market.own_tasks.exact`, evaluated as it is asked."""

    evaluator: Evaluator
    selections: tuple[Selection, ...]
    alone: Floats

    @property
    def players(self) -> int:
        return len(self.selections)

    def worth(self, coalitions: Coalitions) -> Floats:
        return self.improvements(coalitions).sum(axis=1)

    def improvements(self, coalitions: Coalitions) -> Floats:
        """G_j((S and S_j) + j) - G_j({j}) for the members j of S, else 0: float64 (b, n)."""
        selected = np.zeros((self.players, self.players), dtype=bool)
        for s in self.selections:
            selected[s.task, s.members] = True
        row, task = np.nonzero(coalitions)
        gains = self.evaluator.gains((coalitions[row] & selected[task]).astype(np.int16))
        out = np.zeros(coalitions.shape)
        out[row, task] = gains[np.arange(len(task)), task] - self.alone[task]
        return out


def _sampled(
    evaluator: Evaluator,
    division: RewardRule,
    options: Options,
    selections: tuple[Selection, ...],
    reached: Floats,
    rng: np.random.Generator,
) -> tuple[Findings, Valuation]:
    n = len(selections)
    alone = np.diagonal(evaluator.gains(np.eye(n, dtype=np.int16))).copy()
    game = JointGame(evaluator, selections, alone)
    budget = budget_of(options, n, own_tasks=True) or 0
    most = sample_of_joint_game(budget - evaluator.evaluations, n)
    found = estimate_values(game, division, options.target_error, most, None, rng=rng)
    values = mean_of_equals(found.values, equal_parties(evaluator.experiment, own_tasks=True))
    improvements = game.improvements(found.coalitions)
    another = np.array(
        [SizeMeans.of(found.coalitions, improvements[:, i]).with_player[i, 1:] for i in range(n)]
    )
    markets = [
        SampledMarket(
            alone=alone,
            gains=delivered(alone, reached),
            values=values,
            worth=worth_of_all(game),
            division=division,
            means=SizeMeans.of(found.coalitions, found.worths),
            another=another,
            extra_worth=np.array([s.gain for s in selections]) - alone,
            free_task=free,
        )
        for free in (False, True)
    ]
    basis = copies_basis(evaluator.experiment)
    findings = Findings(
        valuation=markets[0],
        share_errors=markets[0].share_errors(found.standard_errors),
        method="sampled",
        copies_basis="assumed" if basis == "evaluated" else basis,
        by_size=sizes_of_sample(
            found.coalitions, evaluator.gains(found.coalitions.astype(np.int16)).mean(axis=1)
        ),
        largest_drop=None,
        twins=(),
    )
    return findings, markets[1]
