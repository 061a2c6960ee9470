"""The market of own tasks: which data for which task, the customised models, gains, shares and what copies would do.

Exact from a table of all coalitions; else every task game and then the joint game are estimated.  A party for which no
model in the market is better than its own keeps its own and pays nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from fairpool.games.game import coalitions_at
from fairpool.ground.arrays import Float, Floats
from fairpool.learning.evaluation import Evaluator
from fairpool.learning.experiment import Experiment
from fairpool.market.common_task.collapsed import Collapsed
from fairpool.market.copies.basis import own_tasks_basis
from fairpool.market.copies.equals import equal_parties
from fairpool.market.market import Appraisal, DeliveredModel, Stage
from fairpool.market.options import (
    MOST_EXACT,
    Customise,
    Options,
    exact_is_meant,
    refuse_sample_of_collapsed,
)
from fairpool.market.own_tasks.delivery import deliver
from fairpool.market.own_tasks.sampled import budget_of, findings_by_sample, select_by_sample
from fairpool.market.own_tasks.selection import Selection
from fairpool.market.own_tasks.tabled import choose_by_table, findings_by_table
from fairpool.market.reward_rules.reward_rule import RewardRule
from fairpool.market.uncertainty.forms import Forms, marginal_coefficients
from fairpool.market.uncertainty.own_tasks import OwnTask, own_forms, own_task
from fairpool.market.uncertainty.sampled import value_coefficients
from fairpool.market.valuation import Findings


@dataclass(frozen=True, slots=True, eq=False)
class OwnTasksMarket:
    """A round in which every party brings validation data of its own and is delivered a model for them."""

    experiment: Experiment
    division: RewardRule
    options: Options

    def appraise(self, evaluator: Evaluator, *, rng: np.random.Generator, stage: Stage) -> Appraisal:
        """Choose the data for each task, customise the models, and value what they reach."""
        stage("valuing coalitions, and choosing the data for each task")
        exact = self._is_exact()
        chosen = self._choose(evaluator) if exact else select_by_sample(evaluator, self.options, rng=rng)
        stage("training and customising the models")
        delivery = deliver(self.experiment, chosen, self.options.customise, self.options.tolerance)
        selections = delivery.selections(chosen)
        alone = np.diagonal(evaluator.gains(np.eye(len(chosen), dtype=np.int16)))
        kept = [made.members == (i,) for i, made in enumerate(delivery.made)]
        reached = np.where(kept, alone, delivery.reached)
        findings = (
            self._findings(evaluator.table(), selections, reached)
            if exact
            else findings_by_sample(evaluator, self.division, self.options, selections, reached, rng=rng)
        )
        if evaluator.groups:
            tasks = [own_task(evaluator, *each) for each in zip(selections, delivery.made, strict=True)]
            findings = replace(findings, forms=self._forms(tasks, findings))
        models = tuple(DeliveredModel(made.members, made.estimator) for made in delivery.made)
        keeping = tuple(np.flatnonzero(kept).tolist())
        return Appraisal(findings, models, keeping, customisation=delivery.report)

    def _forms(self, tasks: Sequence[OwnTask], findings: Findings) -> Forms | None:
        if findings.sample is not None:
            coefficients = value_coefficients(findings.sample.coalitions, self.division.weights(len(tasks)))
            return own_forms(
                tasks,
                findings.sample.coalitions,
                coefficients,
                standard_errors=findings.sample.standard_errors,
            )
        classes = findings.market.classes if isinstance(findings.market, Collapsed) else None
        playing = np.arange(len(tasks)) if classes is None else np.unique(classes)
        chosen = coalitions_at(np.arange(2 ** len(playing)), len(playing))
        coalitions = np.zeros((len(chosen), len(tasks)), dtype=bool)
        coalitions[:, playing] = chosen
        coefficients = marginal_coefficients(chosen, self.division.weights(len(playing)))
        return own_forms(tasks, coalitions, coefficients, classes=classes)

    def _is_exact(self) -> bool:
        n = len(self.experiment.parties)
        exact = exact_is_meant(self.options, n, self.experiment.learner.capabilities.exact_players)
        if not exact and n <= MOST_EXACT:  # the parts of a sample cost more than all coalitions together
            exact = 2**n <= budget_of(self.options, n)
        if self.division.collapse and not exact:
            refuse_sample_of_collapsed(self.options, n)
        return exact

    def _choose(self, evaluator: Evaluator) -> tuple[Selection, ...]:
        return choose_by_table(evaluator.table(), self.division, equal_parties(self.experiment))

    def _findings(
        self,
        gains: Float[Floats, "coalitions tasks"],
        selections: tuple[Selection, ...],
        reached: Float[Floats, " parties"],
    ) -> Findings:
        customised = self.options.customise is not Customise.NONE
        basis = own_tasks_basis(self.experiment.learner, self.experiment.shared_rows, customised=customised)
        return findings_by_table(gains, selections, reached, self.division, basis)
