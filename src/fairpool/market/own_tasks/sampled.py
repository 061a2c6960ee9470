"""Own tasks from samples of coalitions: first every task game, then the joint game, each with its part of the budget.

Candidates for the data of a task are, in falling order of a party's estimated value for it (only where it is above two
standard errors; parties of equal rows have the mean of theirs, and equal values enter together)

    the prefixes of the others, each with the task's own rows
    the best of these prefixes and the longest, without the own rows

and, as every model is scored on every task, the candidates of all other tasks.  The best of them is taken, by the rules
of `fairpool.market.own_tasks.selection`.  Parties of equal rows and an equal task have one selection and one estimate.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from fairpool.games.game import Coalitions
from fairpool.ground.arrays import Bool, Booleans, Float, Floats, Integers
from fairpool.learning.evaluation import Evaluator
from fairpool.market.common_task.estimates import TaskGains, estimate_values, sizes_of_sample, worth_of_all
from fairpool.market.common_task.sampled import SampledMarket, SizeMeans
from fairpool.market.copies.basis import own_tasks_basis
from fairpool.market.copies.equals import equal_parties, first_with_same_rows, mean_of_equals
from fairpool.market.options import LEAST_BUDGET, Customise, Options, refuse_small_budget
from fairpool.market.own_tasks.selection import Selection, as_equals_have_it
from fairpool.market.recomputing.known_gains import known_games
from fairpool.market.reward_rules.gain_only import GAIN_ONLY_RULE
from fairpool.market.reward_rules.reward_rule import RewardRule
from fairpool.market.tolerances import GRAIN, SAME
from fairpool.market.valuation import Findings, delivered

MORE_CANDIDATES = 2  # beside the prefixes with the own rows


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
        """v_j(S) of `fairpool.market.own_tasks.exact` for the members j of S, else 0: float64 (b, n)."""
        selected = np.zeros((self.players, self.players), dtype=bool)
        for s in self.selections:
            selected[s.task, list(s.members)] = True
        row, task = np.nonzero(coalitions)
        lent = coalitions[row] & selected[task]
        gains = self.evaluator.gains(lent.astype(np.int16))[np.arange(len(task)), task] - self.alone[task]
        own = np.diagonal(selected)[task]
        out = np.zeros(coalitions.shape)
        out[row, task] = np.where(own, gains, np.where(lent.any(axis=1), np.maximum(gains, 0.0), 0.0))
        return out


def select_by_sample(
    evaluator: Evaluator, options: Options, *, rng: np.random.Generator
) -> tuple[Selection, ...]:
    """The data for every task: half the budget is for choosing data."""
    experiment = evaluator.experiment
    n, equal = len(experiment.parties), equal_parties(experiment)
    same_rows = first_with_same_rows(experiment.parties)
    worth, pool = np.zeros((n, n)), np.eye(n, dtype=bool)
    for task in sorted({*range(n)} - {j for _, j in equal}):
        worth[task] = _worth_for_task(evaluator, options, task, same_rows, rng)
        pool = np.vstack([pool, _candidates(evaluator, task, worth[task])])
    gains = evaluator.gains(pool.astype(np.int16))
    found = [_best_of(pool, gains[:, task], task, worth[task]) for task in range(n)]
    return as_equals_have_it(found, equal)


def _worth_for_task(
    evaluator: Evaluator, options: Options, task: int, same_rows: Integers, rng: np.random.Generator
) -> Float[Floats, " parties"]:
    """Estimated values of the others in the task game where they are surely positive, else 0."""
    n = len(same_rows)
    most = budget_of(options, n) // (2 * n) - n - MORE_CANDIDATES
    found = estimate_values(TaskGame(evaluator, task), GAIN_ONLY_RULE, None, most, None, rng=rng)
    others = np.delete(np.arange(n), task)
    firsts = same_rows[others]
    pairs = [(int(np.argmax(firsts == first)), place) for place, first in enumerate(firsts)]
    values, errors = (mean_of_equals(each, pairs) for each in (found.values, found.standard_errors))
    return np.insert(np.where(values > 2 * errors, values, 0.0), task, 0.0)


def _candidates(evaluator: Evaluator, task: int, worth: Floats) -> Bool[Booleans, "candidates parties"]:
    grains = np.round(worth / GRAIN)
    steps = [grains >= least for least in np.unique(grains[grains > 0])[::-1]]
    with_own = np.array([np.zeros(len(worth), dtype=bool), *steps])
    with_own[:, task] = True
    if not steps:
        return with_own
    best = int(np.argmax(TaskGains(evaluator, task).worth(with_own)))
    without = np.unique(np.array([with_own[best], with_own[-1]]), axis=0)
    without[:, task] = False
    return np.vstack([with_own, without[without.any(axis=1)]])


def _best_of(pool: Booleans, gains: Floats, task: int, worth: Floats) -> Selection:
    """The best candidate: the fewest others, own rows rather than none, the most valuable data, the earlier parties."""
    others = pool.sum(axis=1) - pool[:, task]
    tied = np.flatnonzero(gains >= gains.max() - SAME)
    members = {k: tuple(np.flatnonzero(pool[k]).tolist()) for k in tied.tolist()}
    best = min(
        members,
        key=lambda k: (others[k], not pool[k, task], -round(worth[pool[k]].sum() / GRAIN), members[k]),
    )
    return Selection(task, members[best], float(gains[best]))


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
        copies_basis=own_tasks_basis(
            evaluator.experiment.learner,
            evaluator.experiment.shared_rows,
            customised=options.customise is not Customise.NONE,
        ),
        by_size=sizes_of_sample(found.coalitions, mean_gains),
        free_task=replace(market, free_task=True),
        sample=found,
        games=known_games(evaluator),
    )


def budget_of(options: Options, parties: int) -> int:
    """Most coalitions a round may evaluate."""
    refuse_small_budget(options, parties, least=6 * parties**2 + 6 * parties)
    return options.evaluations or max(LEAST_BUDGET, 20 * parties**2)
