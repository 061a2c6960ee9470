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

from fairpool.ground.errors import InputError
from fairpool.ground.money import LARGEST_AMOUNT
from fairpool.learning.checkpoint import Checkpoint
from fairpool.learning.evaluation import Evaluator
from fairpool.learning.model import Model
from fairpool.market.agreement import Agreement, Settings, agree
from fairpool.market.certificate import Certificate, certify
from fairpool.market.delivery import Delivery
from fairpool.market.options import Options, Work
from fairpool.market.outcome import Outcome, find_outcome
from fairpool.market.party import Party
from fairpool.market.payments import Payments, PriceTerms, pay
from fairpool.market.remarks import remarks
from fairpool.market.settlement import Settlement
from fairpool.tables.dataset import Dataset


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
    settings = Settings(
        learner=learner,
        learner_options=dict(learner_options or {}),
        score=score,
        division=division,
        task="own" if validation is None else "common",
        options=options,
        currency=currency,
        seed=_seed_of(rng),
    )
    terms = _terms(unit_price, minimum_fee)
    work.stage("reading and treating the data")
    agreement = agree(
        parties,
        validation,
        settings=settings,
        terms=terms,
        features=features,
        options=options,
        seed=int(rng.integers(2**32)),
    )
    evaluator = _evaluator(agreement, work)
    outcome = find_outcome(agreement, evaluator, options, work, rng=rng)
    standing = outcome.standing
    payments = pay(terms, standing.alone, standing.gains, standing.shares)
    work.stage("certifying: what copies would have earned")
    certificate = certify(agreement, outcome, payments, remarks(agreement, outcome, payments))
    return _settlement(agreement, outcome, payments, certificate, evaluator.evaluations)


def _settlement(
    agreement: Agreement, outcome: Outcome, payments: Payments, certificate: Certificate, evaluations: int
) -> Settlement:
    round_ = agreement.round
    return Settlement(
        names=agreement.names,
        settings=agreement.settings,
        terms=agreement.terms,
        standing=outcome.standing,
        share_errors=outcome.findings.share_errors,
        payments=payments,
        models=_models(agreement, outcome.deliveries),
        certificate=certificate,
        method=outcome.findings.method,
        evaluations=evaluations,
        rows=tuple(len(rows) for rows in round_.parties),
        validation_rows=tuple(len(rows) for rows in round_.tasks),
        by_size=outcome.findings.by_size,
        customisation=outcome.customisation,
        schema=agreement.treatment.schema,
    )


def _terms(unit_price: int, minimum_fee: int) -> PriceTerms:
    for what, amount in (("unit-price", unit_price), ("minimum-fee", minimum_fee)):
        if isinstance(amount, bool) or not isinstance(amount, int | np.integer):
            raise InputError(f"{what}: got {amount!r}, expected whole minor units")
        if not 0 <= amount <= LARGEST_AMOUNT:
            raise InputError(f"{what}: got {amount}, expected 0 to {LARGEST_AMOUNT} minor units")
    return PriceTerms(int(unit_price), int(minimum_fee))


def _evaluator(agreement: Agreement, work: Work) -> Evaluator:
    store = work.checkpoint
    checkpoint = None if store is None else Checkpoint(store, agreement.round.fingerprint())
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
