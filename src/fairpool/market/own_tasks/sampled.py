"""Own tasks from samples of coalitions: first every task game, then the joint game, each with its part of the budget.

The data are taken to be selected with copies as without; an exact round selects them anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from fairpool.games.game import Coalitions
from fairpool.ground.arrays import Float, Floats
from fairpool.learning.evaluation import Evaluator
from fairpool.market.common_task.estimates import TaskGains, estimate_values, sizes_of_sample, worth_of_all
from fairpool.market.common_task.sampled import SampledMarket, SizeMeans
from fairpool.market.copies.basis import basis_without_evaluating
from fairpool.market.copies.equals import equal_parties, mean_of_equals
from fairpool.market.options import LEAST_BUDGET, Options, refuse_small_budget
from fairpool.market.own_tasks.exact import Selection, best_prefix
from fairpool.market.recomputing.known_gains import known_games
from fairpool.market.reward_rules.gain_only import GAIN_ONLY_RULE
from fairpool.market.reward_rules.reward_rule import RewardRule
from fairpool.market.valuation import Findings, delivered


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


def select_by_sample(
    evaluator: Evaluator, options: Options, task: int, *, rng: np.random.Generator
) -> Selection:
    """The data for one task: half the budget is for choosing data, and a choice also looks at up to n prefixes."""
    n = len(evaluator.experiment.parties)
    most = budget_of(options, n) // (2 * n) - n
    found = estimate_values(TaskGame(evaluator, task), GAIN_ONLY_RULE, None, most, None, rng=rng)
    game = TaskGains(evaluator, task)

    def gain_of(prefix: tuple[int, ...]) -> float:
        return float(game.worth(np.isin(np.arange(n), [task, *prefix])[None])[0])

    sure = np.where(found.values > 2 * found.standard_errors, found.values, 0.0)
    return best_prefix(task, np.insert(sure, task, 0.0), gain_of)


def findings_by_sample(
    evaluator: Evaluator,
    division: RewardRule,
    options: Options,
    selections: Sequence[Selection],
    reached: Float[Floats, " parties"],
    *,
    rng: np.random.Generator,
) -> Findings:
    """Gains, shares and what copies would do; ``reached``: what the delivered models score."""
    n = len(selections)
    alone = np.diagonal(evaluator.gains(np.eye(n, dtype=np.int16))).copy()
    game = JointGame(evaluator, tuple(selections), alone)
    left = budget_of(options, n) - evaluator.evaluations
    most = left // (n + 1)  # a coalition asks for up to one model a member, and for the model of all members
    found = estimate_values(game, division, options.target_error, most, None, rng=rng)
    improvements = game.improvements(found.coalitions)
    sizes = [SizeMeans.of(found.coalitions, improvements[:, i]).with_player[i, 1:] for i in range(n)]
    market = SampledMarket(
        alone=alone,
        gains=delivered(alone, reached),
        values=mean_of_equals(found.values, equal_parties(evaluator.experiment)),
        worth=worth_of_all(game),
        division=division,
        means=SizeMeans.of(found.coalitions, found.worths),
        another=np.array(sizes),
        extra_worth=np.array([s.gain for s in selections]) - alone,
    )
    mean_gains = evaluator.gains(found.coalitions.astype(np.int16)).mean(axis=1)
    return Findings(
        market=market,
        share_errors=market.share_errors(found.standard_errors),
        method="sampled",
        copies_basis=basis_without_evaluating(evaluator.experiment),
        by_size=sizes_of_sample(found.coalitions, mean_gains),
        free_task=replace(market, free_task=True),
        sample=found,
        games=known_games(evaluator),
    )


def budget_of(options: Options, parties: int) -> int:
    """Most coalitions a round may evaluate."""
    refuse_small_budget(options, parties, least=6 * parties**2 + 6 * parties)
    return options.evaluations or max(LEAST_BUDGET, 20 * parties**2)
