"""Settling a round: the one call that does it all.

agree      who brings what, what is learnt, how it is scored, one treatment for all
appraise   gains of coalitions and each party's share, and a model for every party
pay        fees, refunds, rewards, to the cent
certify    what was checked, and what copies of oneself would have earned
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

import numpy as np

from fairpool.games.game import Game
from fairpool.ground.errors import InputError
from fairpool.ground.handed_in import record
from fairpool.ground.seeds import Chance, chance
from fairpool.learning.checkpoint import Checkpoint
from fairpool.learning.evaluation import Evaluator
from fairpool.learning.model import Model
from fairpool.market.agreement import Agreement, RoundTerms, agree, own_terms
from fairpool.market.certificate import Certificate, certify
from fairpool.market.data_sheets.task_facts import facts_of_tasks
from fairpool.market.market import Appraisal, DeliveredModel
from fairpool.market.options import Options, Work
from fairpool.market.party import Party
from fairpool.market.payments import Payments, PriceTerms, pay
from fairpool.market.settlement import Settlement
from fairpool.market.uncertainty.intervals import Intervals
from fairpool.market.uncertainty.round import intervals_of, row_groups
from fairpool.tables.dataset import Dataset


def settle(
    parties: Sequence[Party],
    validation: Dataset | None = None,
    *,
    rng: Chance,
    unit_price: int,
    learner: str | Any = "nearest",
    learner_options: Mapping[str, Any] | None = None,
    score: str | Callable[..., Any] = "accuracy",
    division: str = "normalised-shapley",
    minimum_fee: int = 0,
    currency: str = "EUR",
    features: Sequence[str] | None = None,
    options: Options | None = None,
    work: Work | None = None,
) -> Settlement:
    """Settle a round of the collaborative model market ([OTT19]).

    Parameters
    ----------
    parties : sequence of Party
        Each with training data; with validation data of its own where there is no common one.
    validation : Dataset or None
        The common task; None for a task per party.
    rng : numpy.random.Generator
        All chance comes from here: seeds of forests, samples of coalitions.
    unit_price, minimum_fee : int
        The price of one unit (0 to 1) of gain, and what every party leaves at least, in whole minor units of
        ``currency``.
    learner, learner_options, score, division
        By name (docs/glossary.md).  Instead of a learner's name an instance of a scikit-learn classifier, regressor or
        Pipeline, which is cloned for every coalition; instead of a score's a function of true and predicted labels, or
        a scorer of scikit-learn or its name.  Every value must lie in [0, 1]; the certificate says that no more than
        this was checked.
    features : sequence of str or None
        The columns to learn from; None for every column that all data share.
    options, work : Options, Work
        Further choices, and how the work is done.

    Returns
    -------
    Settlement
        The statement, a model for every party, and a certificate.  What does not hold of a settlement that can be made
        is said in its certificate.

    Raises
    ------
    InputError
        For whatever the caller can mend.

    Notes
    -----
    Cost: 2**n models of n parties where values are exact, the budget where they are sampled, none for one nearest
    neighbour scored by (balanced) accuracy.

    References
    ----------
    [OTT19] Ohrimenko, Tople, Tschiatschek: Collaborative machine learning markets, NeurIPS 2019 workshop, sections 3
    and 4.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> from fairpool.market import Dataset, Party, settle
    >>> def rows(x, y):
    ...     return Dataset.from_frame(pd.DataFrame({"x": x, "ill": y}), label="ill")
    >>> north, south = Party("North", rows([1, 2], ["no", "no"])), Party("South", rows([8, 9], ["yes", "yes"]))
    >>> validation = rows([1, 2, 8, 9], ["no", "no", "yes", "yes"])
    >>> settlement = settle([north, south], validation, unit_price=10_000, rng=np.random.default_rng(0))
    >>> columns = ["gain_alone", "gain", "improvement", "reward", "net"]
    >>> settlement.statement[columns]  # doctest: +NORMALIZE_WHITESPACE
           gain_alone  gain  improvement  reward  net
    name
    North         0.5   1.0         5000    5000    0
    South         0.5   1.0         5000    5000    0
    """
    rng = chance(rng)
    options = record(Options() if options is None else options, Options, what="options")
    work = record(Work() if work is None else work, Work, what="work")
    learning = own_terms(learner, {} if learner_options is None else learner_options, score, features)
    price = PriceTerms(unit_price, minimum_fee, currency)
    work.stage("reading and treating the data")
    agreement = agree(parties, validation, RoundTerms(price, learning, division, options), rng=rng)
    return settle_agreed(agreement, rng=rng, work=work)


def settle_agreed(agreement: Agreement, *, rng: np.random.Generator, work: Work) -> Settlement:
    """Value, deliver, pay and certify what was agreed; ``rng`` is the one of `agree`."""
    evaluator = _evaluator(agreement, work)
    appraisal = agreement.market.appraise(evaluator, rng=rng, stage=work.stage)
    payments = pay(agreement.terms.price, appraisal.valuation)
    work.stage("weighing the validation rows anew")
    found = intervals_of(agreement, appraisal, payments)
    work.stage("certifying: what copies would have earned")
    certificate = certify(agreement, appraisal, payments)
    return _settlement(agreement, appraisal, payments, certificate, found, evaluator.evaluations)


def _settlement(
    agreement: Agreement,
    appraisal: Appraisal,
    payments: Payments,
    certificate: Certificate,
    intervals: Intervals | None,
    evaluations: int,
) -> Settlement:
    """What is kept of a round: none of the parties' rows."""
    return Settlement(
        names=agreement.names,
        terms=agreement.terms,
        task=agreement.task,
        seed=agreement.seed,
        valuation=appraisal.valuation,
        share_errors=appraisal.findings.share_errors,
        intervals=intervals,
        bought=appraisal.bought,
        gains=_gains(agreement, appraisal.findings.games),
        payments=payments,
        models=_models(agreement, appraisal.models),
        certificate=certificate,
        method=appraisal.findings.method,
        evaluations=evaluations,
        rows=tuple(len(rows) for rows in agreement.experiment.parties),
        validation_rows=tuple(len(rows) for rows in agreement.experiment.tasks),
        tasks=facts_of_tasks(agreement),
        by_size=appraisal.findings.by_size,
        customisation=appraisal.customisation,
        schema=agreement.preprocessing.schema,
        data_sheets=agreement.data_sheets,
    )


def _gains(agreement: Agreement, games: Sequence[Game]) -> Game | dict[str, Game]:
    named = [replace(cast("Any", game), names=agreement.names) for game in games]
    return named[0] if agreement.task == "common" else dict(zip(agreement.names, named, strict=True))


def _evaluator(agreement: Agreement, work: Work) -> Evaluator:
    store = work.checkpoint
    if store is not None and agreement.terms.learning.scoring is not None:
        raise InputError(
            "checkpoint: got one, but what a score of one's own computes has no name to find it again by"
        )
    checkpoint = None if store is None else Checkpoint(store, agreement.experiment.fingerprint())
    return Evaluator(
        agreement.experiment,
        jobs=work.jobs,
        checkpoint=checkpoint,
        progress=work.progress,
        groups=row_groups(agreement.experiment, agreement.terms.options.evaluations),
    )


def _models(agreement: Agreement, delivered: Sequence[DeliveredModel]) -> dict[str, Model]:
    names = agreement.names
    return {
        name: Model(agreement.preprocessing, model.estimator, tuple(names[j] for j in model.members))
        for name, model in zip(names, delivered, strict=True)
    }
