"""From a round to its findings: chooses how values are found, and finds them.

closed form   one nearest neighbour, one common task, a score that adds up over rows: any number of parties
exact         every coalition evaluated once
sampled       as many as the budget allows, with a cheap surrogate of the same data as control variate
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from fairpool.games.estimation.estimate import EstimatedValues, estimate_semivalue
from fairpool.games.game import Coalitions, Game
from fairpool.ground.arrays import Floats
from fairpool.ground.errors import InputError
from fairpool.learning.evaluation import Evaluator
from fairpool.learning.experiment import Experiment, SharedRowsRule
from fairpool.learning.learners.nearest.closed_form import has_closed_form, ranking_of
from fairpool.learning.learners.ridge import RidgeLearner
from fairpool.market.budget import budget_of, sample_of_common_task
from fairpool.market.common_task.closed_form import NearestMarket
from fairpool.market.common_task.collapsed import Collapsed, CollapsedTask
from fairpool.market.common_task.exact import CommonTask, copies_change_nothing
from fairpool.market.common_task.sampled import SampledMarket, SizeMeans
from fairpool.market.copies.equal_parties import equal_parties, mean_of_equals
from fairpool.market.copies.functional_replicas import replica_classes_of_ranking
from fairpool.market.options import MOST_EXACT, Method, Options
from fairpool.market.reward_rules.catalogue import RewardRule
from fairpool.market.reward_rules.characteristic import CharacteristicGame
from fairpool.market.table_findings import gains_by_size, largest_drop, twins
from fairpool.market.valuation import MOST_COPIES, Findings, SizeGain, delivered


def chosen_method(round_: Experiment, division: RewardRule, options: Options, *, own_tasks: bool) -> str:
    """ "closed-form", "exact" or "sampled"; InputError where there are too many parties for what was asked."""
    n = len(round_.parties)
    if has_closed_form(round_) and not own_tasks and options.method is not Method.SAMPLED:
        return "closed-form"
    if options.method is Method.EXACT and n > MOST_EXACT:
        raise InputError(
            f"{n} parties cannot be exact: that takes 2**{n} = {2**n:,} models, and the limit is {MOST_EXACT} parties. "
            'Use method = "sampled" with evaluations = 2000 or so, or learner = "nearest" with neighbours = 1'
        )
    affordable = n <= round_.learner.capabilities.exact_players
    exact = options.method is Method.EXACT or (options.method is Method.AUTO and affordable)
    if own_tasks and not exact and n <= MOST_EXACT:  # its parts cost more than all coalitions together
        exact = 2**n <= (budget_of(options, n, own_tasks=True) or 0)
    if division.collapse and not exact:
        raise InputError(
            f'division "collapsed" compares all coalitions; {n} parties and method = "{options.method.value}" '
            'mean a sample of them. Choose another division, or method = "exact"'
        )
    return "exact" if exact else "sampled"


def appraise_common(
    evaluator: Evaluator, division: RewardRule, options: Options, *, rng: np.random.Generator
) -> Findings:
    """Gains, shares and what copies would do, for one common task."""
    method = chosen_method(evaluator.experiment, division, options, own_tasks=False)
    if method == "closed-form":
        return _closed_form(evaluator.experiment, division)
    if method == "exact":
        return _exact(evaluator, division)
    return _sampled(evaluator, division, options, rng)


def copies_basis(round_: Experiment) -> str:
    """How far M(X + X) = M(X) holds for this round's models."""
    if round_.learner.capabilities.copies_change_nothing:
        return "exact"
    if round_.shared_rows is SharedRowsRule.ONCE:
        return "by construction"
    return "evaluated" if len(round_.parties) <= round_.learner.capabilities.copies_players else "assumed"


def _closed_form(round_: Experiment, division: RewardRule) -> Findings:
    ranking = ranking_of(round_)
    market = NearestMarket(ranking, division, float(round_.empty_gains()[0]))
    same = tuple((int(i), int(j)) for j, i in enumerate(ranking.classes) if i != j)
    zero = np.zeros(len(round_.parties))
    valuation = _collapsed_ranking(market) if division.collapse else market
    return Findings(valuation, zero, "closed-form", "exact", market.by_size(), None, same)


def _collapsed_ranking(market: NearestMarket) -> Collapsed:
    classes = replica_classes_of_ranking(market.ranking)
    inner = replace(market, ranking=market.ranking.of(np.unique(classes)))
    return Collapsed(inner, market.alone, market.gains, classes)


def _exact(evaluator: Evaluator, division: RewardRule) -> Findings:
    gains = evaluator.table()[:, 0]
    n = len(evaluator.experiment.parties)
    basis = copies_basis(evaluator.experiment)
    copy_gains = (
        EvaluatedCopies(evaluator, gains).of if basis == "evaluated" else copies_change_nothing(gains)
    )
    market = CollapsedTask if division.collapse else CommonTask
    return Findings(
        valuation=market(gains, division, copy_gains),
        share_errors=np.zeros(n),
        method="exact",
        copies_basis=basis,
        by_size=gains_by_size(gains[:, None]),
        largest_drop=largest_drop(gains[:, None]),
        twins=twins(gains),
    )


@dataclass(frozen=True, slots=True, eq=False)
class EvaluatedCopies:
    """G of coalitions with a party's copies in, evaluated."""

    evaluator: Evaluator
    gains: Floats

    def of(self, party: int) -> NDArray[np.float64]:
        """float64 (1 + MOST_COPIES, 2**n): every coalition with c copies of ``party`` in addition."""
        n = len(self.evaluator.experiment.parties)
        positions = np.arange(len(self.gains))
        without = positions[positions >> party & 1 == 0]
        members = (without[:, None] >> np.arange(n) & 1).astype(np.int16)
        more = np.arange(2, MOST_COPIES + 2)
        asked = np.repeat(members, len(more), axis=0)
        asked[:, party] = np.tile(more, len(members))
        evaluated = self.evaluator.once(asked)[:, 0].reshape(len(without), len(more)).T
        by_count = np.vstack([self.gains[without], self.gains[without | 1 << party], evaluated])
        levels = np.empty((1 + MOST_COPIES, len(positions)))
        levels[:, without] = by_count[: 1 + MOST_COPIES]
        levels[:, without | 1 << party] = by_count[1:]
        return levels


@dataclass(frozen=True, slots=True, eq=False)
class TaskGains:
    """The gains on one task as a game, evaluated as it is asked."""

    evaluator: Evaluator
    task: int

    @property
    def players(self) -> int:
        return len(self.evaluator.experiment.parties)

    def worth(self, coalitions: Coalitions) -> Floats:
        return np.asarray(self.evaluator.gains(coalitions.astype(np.int16))[:, self.task], dtype=np.float64)


def surrogate_of(evaluator: Evaluator) -> Evaluator | None:
    """A round of ridge on the same data, for learners dear enough to need a control variate."""
    if evaluator.experiment.learner.capabilities.cheap:
        return None
    return Evaluator(replace(evaluator.experiment, learner=RidgeLearner()))


def _sampled(
    evaluator: Evaluator, division: RewardRule, options: Options, rng: np.random.Generator
) -> Findings:
    n = len(evaluator.experiment.parties)
    budget = budget_of(options, n, own_tasks=False)
    game = TaskGains(evaluator, 0)
    alone = game.worth(np.eye(n, dtype=bool))
    everyone = float(game.worth(np.ones((1, n), dtype=bool))[0])
    cheap = surrogate_of(evaluator)
    other = CharacteristicGame(TaskGains(cheap, 0), division.function, _alone(cheap, n)) if cheap else None
    v = CharacteristicGame(game, division.function, alone)
    found = estimate_values(
        v, division, options.target_error, sample_of_common_task(budget, n), other, rng=rng
    )
    gains = game.worth(found.coalitions)
    members = division.function.members
    market = SampledMarket(
        alone=alone,
        gains=delivered(alone, everyone),
        values=mean_of_equals(found.values, equal_parties(evaluator.experiment, own_tasks=False)),
        worth=worth_of_all(v),
        division=division,
        means=SizeMeans.of(found.coalitions, found.worths),
        another=members * (SizeMeans.of(found.coalitions, gains).with_player[:, 1:] - alone[:, None]),
        extra_worth=members * (everyone - alone),
    )
    basis = copies_basis(evaluator.experiment)
    return Findings(
        valuation=market,
        share_errors=market.share_errors(found.standard_errors),
        method="sampled",
        copies_basis="assumed" if basis == "evaluated" else basis,
        by_size=sizes_of_sample(found.coalitions, gains),
        largest_drop=None,
        twins=(),
    )


def estimate_values(
    game: Game,
    division: RewardRule,
    target_error: float | None,
    evaluations: int | None,
    surrogate: Game | None,
    *,
    rng: np.random.Generator,
) -> EstimatedValues:
    """The division's value of every player; ``target_error`` is one of shares, so a part of what all are worth."""
    worth = worth_of_all(game) if target_error is not None else 0.0
    return estimate_semivalue(
        game,
        rng=rng,
        weights=division.weights(game.players),
        evaluations=evaluations,
        target_error=target_error * worth if target_error is not None and worth > 0 else target_error,
        surrogate=surrogate,
    )


def worth_of_all(game: Game) -> float:
    """v(all) - v(empty)."""
    ends = np.stack([np.zeros(game.players, dtype=bool), np.ones(game.players, dtype=bool)])
    empty, full = game.worth(ends)
    return float(full - empty)


def sizes_of_sample(coalitions: Coalitions, gains: Floats) -> tuple[SizeGain, ...]:
    """Mean gain by size over the coalitions that were evaluated."""
    sizes = coalitions.sum(axis=1)
    seen = [s for s in np.unique(sizes) if s > 0]
    return tuple(
        SizeGain(int(s), float(gains[sizes == s].mean()), None, None, int((sizes == s).sum())) for s in seen
    )


def _alone(evaluator: Evaluator, n: int) -> Floats:
    return np.asarray(evaluator.gains(np.eye(n, dtype=np.int16))[:, 0], dtype=np.float64)
