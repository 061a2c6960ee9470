"""What a round found out before any money: gains and shares, the delivered models, and what customisation did."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fairpool.learning.evaluation import Evaluator
from fairpool.market.agreement import Agreement
from fairpool.market.common_task.appraise import appraise_common
from fairpool.market.delivery import CustomisationReport, Delivery, deliver_common, deliver_own
from fairpool.market.options import Options, Work
from fairpool.market.own_tasks.appraise import appraise_own, choose_data
from fairpool.market.valuation import Findings, Standing, Valuation


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """free_task, customisation: own tasks only; the market in which copies declare a free task, and who gains what
    from whose model."""

    findings: Findings
    deliveries: tuple[Delivery, ...]
    free_task: Valuation | None = None
    customisation: CustomisationReport | None = None

    @property
    def standing(self) -> Standing:
        return self.findings.valuation.standing


def find_outcome(
    agreement: Agreement, evaluator: Evaluator, options: Options, work: Work, *, rng: np.random.Generator
) -> Outcome:
    """Value the coalitions and train the models that are delivered."""
    found = _own_tasks if agreement.own_tasks else _common_task
    return found(agreement, evaluator, options, work, rng)


def _common_task(
    agreement: Agreement, evaluator: Evaluator, options: Options, work: Work, rng: np.random.Generator
) -> Outcome:
    work.stage("valuing coalitions")
    findings = appraise_common(evaluator, agreement.division, options, rng=rng)
    work.stage("training the models that are delivered")
    pooled = findings.by_size[-1].mean  # of the one coalition of all
    return Outcome(findings, deliver_common(agreement.round, findings.valuation.standing, pooled))


def _own_tasks(
    agreement: Agreement, evaluator: Evaluator, options: Options, work: Work, rng: np.random.Generator
) -> Outcome:
    work.stage("valuing coalitions, and choosing the data for each task")
    selections = choose_data(evaluator, agreement.division, options, rng=rng)
    work.stage("training and customising the models")
    deliveries, report = deliver_own(agreement.round, selections, options.customise, options.tolerance)
    reached = np.diagonal(report.after).copy()
    findings, free = appraise_own(evaluator, agreement.division, options, selections, reached, rng=rng)
    return Outcome(findings, deliveries, free, report)
