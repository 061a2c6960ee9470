"""Settlement documents of many kinds, built in code, whose amounts add up as the market's do."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import is_dataclass, replace
from typing import Any

import numpy as np

from fairpool.documents.settlement import (
    ChosenOptions,
    CustomisationTable,
    DataDescription,
    Feature,
    PartyStatement,
    SettlementDocument,
)
from fairpool.market.certificate import (
    Balance,
    Certificate,
    CopiesGain,
    Monotone,
    Refunds,
    Replication,
    Symmetry,
    ZeroElement,
)
from fairpool.market.data_sheets.shared import SharedCount, SharedRowsReport
from fairpool.market.payments import PriceTerms, pay
from fairpool.market.settlement import AMOUNTS
from fairpool.market.valuation import SizeGain, Valuation

Document = SettlementDocument

CLINICS = ("Minnesota", "Kentucky", "New York", "Mississippi")
VERSIONS = {"fairpool": "0.1.0", "python": "3.11.2", "numpy": "2.4.6", "scikit-learn": "1.9.1"}
FAILING_NOTE = (
    "The score of two coalitions fell when a party joined, so the pooled model is not best for everyone."
)


def changed(document: Any, **changes: object) -> Any:
    """The document with other values at these places: ``certificate__monotone__holds=None, parties__0__name="A"``."""
    for place, value in changes.items():
        document = _with(document, place.split("__"), value)
    return document


def _with(part: Any, place: Sequence[str], value: object) -> Any:
    if not place:
        return value
    if isinstance(part, tuple):
        i = int(place[0])
        return (*part[:i], _with(part[i], place[1:], value), *part[i + 1 :])
    inner = {place[0]: _with(getattr(part, place[0]), place[1:], value)}
    return replace(part, **inner) if is_dataclass(part) else part.model_copy(update=inner)


def common(currency: str = "EUR", unit_price: int = 100_000) -> Document:
    """Four clinics, one task, everything exact, every check holds."""
    return document(
        CLINICS,
        alone=[0.31, 0.39, 0.26, 0.04],
        delivered=[0.54, 0.54, 0.54, 0.54],
        shares=[0.29, 0.36, 0.24, 0.11],
        unit_price=unit_price,
        currency=currency,
    )


def document(
    names: Sequence[str],
    *,
    alone: Sequence[float],
    delivered: Sequence[float],
    shares: Sequence[float],
    unit_price: int = 100_000,
    minimum_fee: int = 0,
    currency: str = "EUR",
) -> Document:
    """A common-task settlement; the amounts follow from the scores as the market's do."""
    valuation = Valuation(*(np.array(column, dtype=float) for column in (alone, delivered, shares)))
    parties = parties_of(names, valuation, PriceTerms(unit_price, minimum_fee))
    features = {"age": "numeric", "smoker": "boolean", "group": "categorical"}
    return SettlementDocument(
        name="Periodontal trial, four clinics",
        currency=currency,
        unit_price=unit_price,
        minimum_fee=minimum_fee,
        task="common",
        learner="ridge",
        learner_options={"alpha": 10.0},
        score="r2",
        division="normalised-shapley",
        options=ChosenOptions(
            shared_rows="keep", empty_coalition="zero", customise="rows", tolerance=0.0, method="auto"
        ),
        method="exact",
        evaluations=2 ** min(len(names), 12),
        seed=7,
        parties=parties,
        gain_by_size=sizes_of(alone, max(delivered)),
        customisation=None,
        data=DataDescription(
            label="pocket_depth_visit_5",
            kind="regression",
            classes=None,
            features=tuple(Feature(name=name, kind=kind) for name, kind in features.items()),
            validation_rows=210,
        ),
        certificate=certificate(parties),
        versions=VERSIONS,
    )


def parties_of(names: Sequence[str], valuation: Valuation, terms: PriceTerms) -> tuple[PartyStatement, ...]:
    """One record per party; the sum of all nets is 0."""
    payments = pay(terms, valuation)
    return tuple(
        PartyStatement(
            name=name,
            rows=150 + 20 * i,
            validation_rows=210,
            gain_alone=float(valuation.alone[i]),
            gain=float(valuation.gains[i]),
            **{amount: int(getattr(payments, amount)[i]) for amount in AMOUNTS},
            share=float(valuation.shares[i]),
            share_se=0.0,
            trained_on=tuple(names),
        )
        for i, name in enumerate(names)
    )


def sizes_of(alone: Sequence[float], together: float) -> tuple[SizeGain, ...]:
    """Scores that rise from the mean alone to ``together``."""
    n, mean = len(alone), float(np.mean(alone))
    rise = [mean + (together - mean) * math.sqrt(k / max(n - 1, 1)) for k in range(n)]
    spread = [(1 - k / max(n - 1, 1)) for k in range(n)]
    return tuple(
        SizeGain(
            size=k + 1,
            coalitions=min(math.comb(n, k + 1), 5000),
            mean=rise[k],
            lowest=rise[k] - spread[k] * (mean - min(alone)),
            highest=rise[k] + spread[k] * (max(alone) - mean),
        )
        for k in range(n)
    )


def certificate(parties: Sequence[PartyStatement]) -> Certificate:
    """Everything holds; copies lose more the more there are."""
    gains = tuple(
        CopiesGain(
            party=party.name,
            copies=k,
            gain=-k * (200 + party.improvement // 15),
            standard_error=0.0,
            gain_with_free_task=None,
        )
        for party in parties
        for k in range(1, 6)
    )
    unimproved = tuple(party.name for party in parties if party.improvement == 0)
    return Certificate(
        balance=Balance(holds=True, sum_of_net=0),
        symmetry=Symmetry(holds=True, equal_parties=(), largest_difference=0),
        refunds=Refunds(holds=True, smallest=min(party.refund for party in parties)),
        zero_element=ZeroElement(holds=True, parties=unimproved),
        monotone=Monotone(holds=True, largest_drop=0.0),
        replication=Replication(
            basis="evaluated", estimated=False, gains=gains, pays_for=(), smallest_minimum_fee=0
        ),
        shared_rows=SharedRowsReport(exact=(), near=(), radius=0.1),
        notes=(),
    )


def own() -> Document:
    """Five banks with long names, a task each, after customisation one model that is also useful to another."""
    names = (
        "Sparkasse der Rheinisch-Westfälischen Handelskammern und Genossenschaften",
        "北海道信用金庫連合会",
        "Crédit Coopératif",
        'First & Second Bank <of> "Everywhere"',
        "Nordbank",
    )
    made = document(
        names,
        alone=[0.71, 0.64, 0.80, 0.58, 0.77],
        delivered=[0.82, 0.81, 0.80, 0.79, 0.84],
        shares=[0.31, 0.14, 0.33, 0.04, 0.18],
        minimum_fee=250,
    )
    before = np.full((5, 5), 0.69) + np.diag([0.14, 0.13, 0.12, 0.11, 0.16]) + 0.02 * np.arange(5)[:, None]
    after = np.full((5, 5), 0.52) + np.diag([0.30, 0.29, 0.28, 0.27, 0.32])
    after[0, 3], before[2, 2] = 0.66, 0.80
    selected = {name: names[: 2 + i % 3] for i, name in enumerate(names)}
    replication = made.certificate.replication
    return changed(
        made,
        name="Default risk, five banks",
        task="own",
        learner="logistic",
        learner_options={},
        score="roc-auc",
        parties=tuple(changed(p, trained_on=selected[p.name]) for p in made.parties),
        customisation=CustomisationTable(
            parties=names, step="penalty", selected=selected, before=before.tolist(), after=after.tolist()
        ),
        data__label="default",
        data__kind="classification",
        data__classes=("no", "yes"),
        data__validation_rows=1040,
        certificate__replication__gains=tuple(
            changed(gain, gain_with_free_task=gain.gain + 150 * gain.copies) for gain in replication.gains
        ),
        certificate__shared_rows__near=(SharedCount(parties=(names[0], names[4]), rows=5),),
    )


def sampled(parties: int = 100) -> Document:
    """Many parties, shares estimated with standard errors."""
    rng = np.random.default_rng(3)
    alone = rng.uniform(0.2, 0.7, parties)
    made = document(
        [f"Sensor owner {i:03}" for i in range(parties)],
        alone=[float(g) for g in alone.round(3)],
        delivered=[0.83] * parties,
        shares=[float(s) for s in rng.dirichlet(np.full(parties, 3.0))],
    )
    return changed(
        made,
        name=f"Air quality, {parties} sensor owners",
        method="sampled",
        evaluations=4000,
        learner="gradient-boosting",
        parties=tuple(changed(p, share_se=0.0005 + 0.1 * p.share) for p in made.parties),
        certificate__replication__basis="assumed",
        certificate__replication__estimated=True,
    )


def failing() -> Document:
    """A certificate in which most checks fail: two near-perfect parties and a buyer."""
    made = document(
        ("Alpha", "Beta", "Gamma"),
        alone=[1.0, 0.97, 0.0],
        delivered=[1.0, 1.0, 1.0],
        shares=[0.4, 0.35, 0.25],
        currency="USD",
    )
    bonus = {"Alpha": 400, "Beta": 0}
    gains = tuple(
        changed(gain, gain=2100 * gain.copies - 180 * gain.copies**2 + bonus[gain.party])
        if gain.party in bonus
        else gain
        for gain in made.certificate.replication.gains
    )
    return changed(
        made,
        name="Two that know it all",
        certificate__symmetry=Symmetry(
            holds=False, equal_parties=(("Alpha", "Beta"),), largest_difference=5150
        ),
        certificate__zero_element=ZeroElement(holds=False, parties=("Alpha",)),
        certificate__monotone=Monotone(holds=False, largest_drop=0.034),
        certificate__replication=Replication(
            basis="assumed",
            estimated=False,
            gains=gains,
            pays_for=("Alpha", "Beta"),
            smallest_minimum_fee=4321,
        ),
        certificate__shared_rows=SharedRowsReport(
            exact=(SharedCount(parties=("Alpha", "Beta"), rows=1203),),
            near=(SharedCount(parties=("Alpha", "Gamma"), rows=1),),
            radius=0.1,
        ),
        certificate__notes=(FAILING_NOTE,),
    )


def zero_pot() -> Document:
    """Pooling helps nobody: no payment, no reward."""
    return document(("A", "B"), alone=[0.5, 0.6], delivered=[0.5, 0.6], shares=[0.0, 0.0])
