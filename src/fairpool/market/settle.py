"""Settling a round: the one call that does it all.

agree      who brings what, what is learnt, how it is scored, one treatment for all
appraise   gains of coalitions and each party's share
deliver    a model for every party
pay        fees, refunds, rewards, to the cent
certify    what was checked, and what copies of oneself would have earned
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from fairpool.errors import InputError
from fairpool.learning.dataset import Dataset
from fairpool.learning.evaluation import Checkpoint, Evaluator
from fairpool.learning.model import Model
from fairpool.market.agreement import Agreement, agree
from fairpool.market.appraisal import appraise_common
from fairpool.market.certificate import certify
from fairpool.market.delivery import CustomisationReport, Delivery, deliver_common, deliver_own
from fairpool.market.equal_parties import equal_parties
from fairpool.market.options import Options, Work
from fairpool.market.own_appraisal import appraise_own, choose_data
from fairpool.market.party import Party
from fairpool.market.payments import Terms, pay
from fairpool.market.remarks import remarks
from fairpool.market.settlement import Settings, Settlement
from fairpool.market.valuation import Findings, Valuation
from fairpool.money import LARGEST_AMOUNT


def settle(
    parties: Sequence[Party],
    validation: Dataset | None = None,
    *,
    rng: np.random.Generator,
    unit_price: int,
    learner: str = "nearest",
    learner_options: Mapping[str, Any] | None = None,
    score: str = "accuracy",
    division: str = "normalised-shapley",
    minimum_fee: int = 0,
    currency: str = "EUR",
    features: Sequence[str] | None = None,
    options: Options | None = None,
    work: Work | None = None,
) -> Settlement:
    """Settle a round of the collaborative model market ([OTT19]).

    parties        each with training data; with validation data of its own where there is no common one
    validation     the common task; None for a task per party
    rng            all chance comes from here: seeds of forests, samples of coalitions
    unit_price     price of one unit (0 to 1) of gain, and ``minimum_fee``: whole minor units of ``currency``
    learner, learner_options, score, division   by name (docs/glossary.md)
    features       the columns to learn from; None for every column that all data share
    options, work  further choices, and how the work is done

    Raises InputError for whatever the caller can mend.  What does not hold of a settlement that can be made is said in
    its certificate.

    Cost: 2**n models of n parties where values are exact, the budget where they are sampled, none for one nearest
    neighbour scored by (balanced) accuracy.
    """
    options, work = options or Options(), work or Work()
    terms = _terms(unit_price, minimum_fee)
    work.stage("reading and treating the data")
    agreement = agree(
        parties,
        validation,
        learner=learner,
        learner_options=learner_options or {},
        score=score,
        division=division,
        terms=terms,
        features=features,
        options=options,
        seed=int(rng.integers(2**32)),
    )
    evaluator = _evaluator(agreement, work)
    appraise = _own_tasks if agreement.own_tasks else _common_task
    findings, free_task, deliveries, report = appraise(agreement, evaluator, options, work, rng)
    standing = findings.valuation.standing
    payments = pay(terms, standing.alone, standing.gains, standing.shares)
    work.stage("certifying: what copies would have earned")
    round_ = agreement.round
    certificate = certify(
        agreement.names,
        round_.parties,
        findings,
        free_task,
        payments,
        terms,
        equal=equal_parties(round_, own_tasks=agreement.own_tasks),
        notes=remarks(agreement, findings, payments),
    )
    return Settlement(
        names=agreement.names,
        settings=Settings(
            learner=learner,
            learner_options=dict(learner_options or {}),
            score=score,
            division=division,
            task="own" if agreement.own_tasks else "common",
            shared_rows=options.shared_rows.value,
            currency=currency,
            seed=_seed_of(rng),
        ),
        terms=terms,
        standing=standing,
        share_errors=findings.share_errors,
        payments=payments,
        models=_models(agreement, deliveries),
        certificate=certificate,
        method=findings.method,
        evaluations=evaluator.evaluations,
        rows=tuple(len(rows) for rows in round_.parties),
        validation_rows=tuple(len(rows) for rows in round_.tasks),
        by_size=findings.by_size,
        customisation=report,
        schema=agreement.treatment.schema,
    )


Appraised = tuple[Findings, Valuation | None, tuple[Delivery, ...], CustomisationReport | None]


def _common_task(
    agreement: Agreement, evaluator: Evaluator, options: Options, work: Work, rng: np.random.Generator
) -> Appraised:
    work.stage("valuing coalitions")
    findings = appraise_common(evaluator, agreement.division, options, rng=rng)
    work.stage("training the models that are delivered")
    return findings, None, deliver_common(agreement.round, findings.valuation.standing), None


def _own_tasks(
    agreement: Agreement, evaluator: Evaluator, options: Options, work: Work, rng: np.random.Generator
) -> Appraised:
    work.stage("valuing coalitions, and choosing the data for each task")
    selections = choose_data(evaluator, options, rng=rng)
    work.stage("training and customising the models")
    deliveries, report = deliver_own(agreement.round, selections, options.customise, options.tolerance)
    reached = np.diagonal(report.after).copy()
    findings, free = appraise_own(evaluator, agreement.division, options, selections, reached, rng=rng)
    return findings, free, deliveries, report


def _terms(unit_price: int, minimum_fee: int) -> Terms:
    for what, amount in (("unit-price", unit_price), ("minimum-fee", minimum_fee)):
        if isinstance(amount, bool) or not isinstance(amount, int | np.integer):
            raise InputError(f"{what}: got {amount!r}, expected whole minor units")
        if not 0 <= amount <= LARGEST_AMOUNT:
            raise InputError(f"{what}: got {amount}, expected 0 to {LARGEST_AMOUNT} minor units")
    return Terms(int(unit_price), int(minimum_fee))


def _evaluator(agreement: Agreement, work: Work) -> Evaluator:
    checkpoint = Checkpoint(work.checkpoint, agreement.round.fingerprint()) if work.checkpoint else None
    return Evaluator(agreement.round, jobs=work.jobs, checkpoint=checkpoint, progress=work.progress)


def _models(agreement: Agreement, deliveries: Sequence[Delivery]) -> dict[str, Model]:
    names = agreement.names
    return {
        name: Model(agreement.treatment, delivery.estimator, tuple(names[j] for j in delivery.members))
        for name, delivery in zip(names, deliveries, strict=True)
    }


def _seed_of(rng: np.random.Generator) -> int | None:
    entropy = getattr(rng.bit_generator.seed_seq, "entropy", None)
    return entropy if isinstance(entropy, int) else None
