"""The market of one common task: how values are found, what copies would do, and who is delivered which model.

closed form   one nearest neighbour, a score that adds up over rows: any number of parties
exact         every coalition evaluated once
sampled       as many as the budget allows, with a cheap surrogate of the same data as control variate

Everybody is delivered the model of all parties' data; a party whose own model is better keeps its own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from fairpool.games.estimation.estimated_values import EstimatedValues
from fairpool.games.estimation.stopping import StoppingRule
from fairpool.games.game import TableGame
from fairpool.ground.arrays import Integers
from fairpool.learning.evaluation import Evaluator
from fairpool.learning.experiment import Experiment
from fairpool.learning.learners.nearest.closed_form import Ranking, has_closed_form, ranking_of
from fairpool.learning.learners.ridge import RidgeLearner
from fairpool.market.common_task.closed_form import NearestMarket
from fairpool.market.common_task.collapsed import Collapsed, CollapsedCurve, CollapsedTask
from fairpool.market.common_task.copies_of_table import TableCurve
from fairpool.market.common_task.estimates import TaskGains, estimate_values, sizes_of_sample, worth_of_all
from fairpool.market.common_task.exact import CommonTask, copies_change_nothing, evaluated_copies
from fairpool.market.common_task.sampled import SampledMarket, SizeMeans
from fairpool.market.copies.basis import basis_without_evaluating, copies_basis
from fairpool.market.copies.curve import CopiesCurve
from fairpool.market.copies.equals import equal_parties, mean_of_equals
from fairpool.market.copies.functional_replicas import replica_classes_of_ranking
from fairpool.market.market import Appraisal, DeliveredModel, Stage
from fairpool.market.options import (
    LEAST_BUDGET,
    Method,
    Options,
    exact_is_meant,
    refuse_sample_of_collapsed,
    refuse_small_budget,
)
from fairpool.market.recomputing.known_gains import RankedGains, known_games
from fairpool.market.reward_rules.characteristic import CharacteristicGame
from fairpool.market.reward_rules.reward_rule import RewardRule
from fairpool.market.tolerances import SAME
from fairpool.market.uncertainty.closed_form import ranking_forms
from fairpool.market.uncertainty.forms import Forms, columns_of, common_forms
from fairpool.market.uncertainty.sampled import sampled_forms
from fairpool.market.valuation import Findings, delivered, gains_by_size, largest_drop, twins


@dataclass(frozen=True, slots=True, eq=False)
class CommonTaskMarket:
    """A round in which every model is scored on the same validation data."""

    experiment: Experiment
    division: RewardRule
    options: Options

    def appraise(self, evaluator: Evaluator, *, rng: np.random.Generator, stage: Stage) -> Appraisal:
        """Value the coalitions, then train the pooled model and those that are better alone."""
        stage("valuing coalitions")
        findings = self._findings(evaluator, rng)
        stage("training the models that are delivered")
        pooled_gain = findings.by_size[-1].mean  # of the one coalition of all
        better = findings.market.valuation.alone > pooled_gain + SAME
        return Appraisal(
            findings, self._delivered_models(better.tolist()), tuple(np.flatnonzero(better).tolist())
        )

    def _findings(self, evaluator: Evaluator, rng: np.random.Generator) -> Findings:
        if has_closed_form(self.experiment) and self.options.method is not Method.SAMPLED:
            return self._closed_form(evaluator)
        n = len(self.experiment.parties)
        if exact_is_meant(self.options, n, self.experiment.learner.capabilities.exact_players):
            return self._exact(evaluator)
        if self.division.collapse:
            refuse_sample_of_collapsed(self.options, n)
        return self._sampled(evaluator, rng)

    def _delivered_models(self, better_alone: list[bool]) -> tuple[DeliveredModel, ...]:
        everyone = tuple(range(len(self.experiment.parties)))
        pooled = DeliveredModel(everyone, self.experiment.model(everyone))
        return tuple(
            DeliveredModel((i,), self.experiment.model([i])) if better else pooled
            for i, better in enumerate(better_alone)
        )

    def _closed_form(self, evaluator: Evaluator) -> Findings:
        ranking = ranking_of(self.experiment)
        market = NearestMarket(ranking, self.division, float(self.experiment.empty_gains()[0]))
        same = tuple((int(i), int(j)) for j, i in enumerate(ranking.classes) if i != j)
        zero = np.zeros(len(self.experiment.parties))
        valued = _collapsed_ranking(market) if self.division.collapse else market
        return Findings(
            valued,
            zero,
            "closed-form",
            "exact",
            market.by_size(),
            twins=same,
            curve=partial(CollapsedCurve.of, valued) if isinstance(valued, Collapsed) else valued.curve(),
            forms=self._ranking_forms(evaluator, ranking, valued),
            games=(RankedGains(ranking, market.empty),),
        )

    def _exact(self, evaluator: Evaluator) -> Findings:
        gains = evaluator.table()[:, 0]
        round_ = self.experiment
        basis = copies_basis(round_.learner, round_.shared_rows, len(round_.parties))
        copies = evaluated_copies(evaluator, gains) if basis == "evaluated" else copies_change_nothing(gains)
        made = CollapsedTask if self.division.collapse else CommonTask
        market = made(gains, self.division, copies)
        return Findings(
            market=market,
            share_errors=np.zeros(len(self.experiment.parties)),
            method="exact",
            copies_basis=basis,
            by_size=gains_by_size(gains[:, None]),
            largest_drop=largest_drop(gains[:, None]),
            twins=twins(gains),
            curve=None if basis == "evaluated" else curve_of(market),
            forms=self._exact_forms(evaluator, market.classes if isinstance(market, CollapsedTask) else None),
            games=(TableGame(gains),),
        )

    def _ranking_forms(
        self, evaluator: Evaluator, ranking: Ranking, market: NearestMarket | Collapsed
    ) -> Forms | None:
        if not evaluator.groups:
            return None
        empty = float(self.experiment.empty_gains()[0])
        classes = market.classes if isinstance(market, Collapsed) else None
        return ranking_forms(ranking, evaluator.groups[0], self.division, empty, classes=classes)

    def _exact_forms(self, evaluator: Evaluator, classes: Integers | None) -> Forms | None:
        if not evaluator.groups:
            return None
        return common_forms(
            columns_of(evaluator, 0),
            evaluator.groups[0],
            self.division,
            float(self.experiment.empty_gains()[0]),
            parties=len(self.experiment.parties),
            classes=classes,
        )

    def _sampled(self, evaluator: Evaluator, rng: np.random.Generator) -> Findings:
        n = len(self.experiment.parties)
        budget = budget_of(self.options, n)
        game = TaskGains(evaluator, 0)
        alone = game.alone
        everyone = float(game.worth(np.ones((1, n), dtype=bool))[0])
        v = CharacteristicGame(game, self.division.function, alone)
        found = estimate_values(
            v, self.division, self.options.target_error, _sample_of(budget, n), self._surrogate(), rng=rng
        )
        gains = game.worth(found.coalitions)
        members = self.division.function.members
        market = SampledMarket(
            alone=alone,
            gains=delivered(alone, everyone),
            values=mean_of_equals(found.values, equal_parties(self.experiment)),
            worth=worth_of_all(v),
            division=self.division,
            means=SizeMeans.of(found.coalitions, found.worths),
            another=members * (SizeMeans.of(found.coalitions, gains).with_player[:, 1:] - alone[:, None]),
            extra_worth=members * (everyone - alone),
        )
        return Findings(
            market=market,
            share_errors=market.share_errors(found.standard_errors),
            method="sampled",
            copies_basis=basis_without_evaluating(self.experiment.learner, self.experiment.shared_rows),
            by_size=sizes_of_sample(found.coalitions, gains),
            forms=self._sampled_forms(evaluator, found),
            sample=found,
            games=known_games(evaluator),
        )

    def _sampled_forms(self, evaluator: Evaluator, found: EstimatedValues) -> Forms | None:
        if not evaluator.groups:
            return None
        return sampled_forms(
            columns_of(evaluator, 0),
            evaluator.groups[0],
            self.division,
            float(self.experiment.empty_gains()[0]),
            found.coalitions,
            found.standard_errors,
        )

    def _surrogate(self) -> CharacteristicGame | None:
        """The same game with ridge on the same data, for learners dear enough to need a control variate."""
        if self.experiment.learner.capabilities.cheap:
            return None
        cheap = TaskGains(Evaluator(replace(self.experiment, learner=RidgeLearner())), 0)
        return CharacteristicGame(cheap, self.division.function, cheap.alone)


def curve_of(market: CommonTask | CollapsedTask) -> Callable[[int], CopiesCurve] | None:
    """Every number of copies where copies change no model."""
    if isinstance(market, CollapsedTask):
        return partial(CollapsedCurve.of, market.joining)
    copies = market.division.copies
    return None if copies is None else partial(TableCurve.of, market.gains, market.division, copies)


def _collapsed_ranking(market: NearestMarket) -> Collapsed:
    classes = replica_classes_of_ranking(market.ranking)
    inner = replace(market, ranking=market.ranking.of(np.unique(classes)))
    return Collapsed(inner, market.alone, market.gains, classes)


def budget_of(options: Options, parties: int) -> int | None:
    """Most coalitions a round may evaluate; None where only a target error stops it."""
    refuse_small_budget(options, parties, least=3 * parties + 2)
    if options.evaluations is None and options.target_error is None:
        return max(LEAST_BUDGET, 10 * parties)
    return options.evaluations


def _sample_of(budget: int | None, parties: int) -> int | None:
    """What is left for the sample: a round also asks for every party alone, and small samples do not hold them all."""
    if budget is None or budget >= 2**parties or StoppingRule(budget, None).completes_extremes(parties):
        return budget
    return budget - parties
