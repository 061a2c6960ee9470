"""What a simulation of prices leaves: summary.json (format 1), regret.csv, report.html."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from scipy.stats import t as student

from fairpool import __version__
from fairpool.documents.pricing import (
    BestCurve,
    BuyerTypeDocument,
    LearnerDocument,
    RegretBand,
    ShownValuations,
    SimulationDocument,
    bundles_shown,
)
from fairpool.files.pricing.price_file import PriceFile
from fairpool.ground.arrays import Floats
from fairpool.pricing.curves.purchase import Purchases
from fairpool.pricing.curves.valuations import Valuations
from fairpool.pricing.policies.catalogue import POLICIES
from fairpool.pricing.simulator.regret import Regret, fitted_slope
from fairpool.pricing.simulator.simulation import TradingGround
from fairpool.reports.pricing.page import price_page
from fairpool.runs.simulations.replications import PriceReplication

COVERAGE = 0.95
ROUNDING = 1e-12  # regret below this part of the revenue is the rounding of its sum
SHOWN_AMOUNTS = 200
REGRET_COLUMNS = ("learner", "round", "mean", "standard_error", "low", "high", "revenue")


def summary(
    price: PriceFile, ground: TradingGround, found: Mapping[str, Sequence[PriceReplication]]
) -> SimulationDocument:
    """All numbers of the report."""
    best = ground.oracle.best(price.buyers.frequencies)
    return SimulationDocument(
        fairpool=__version__,
        name=price.name,
        unit=price.unit,
        rounds=price.rounds,
        replications=price.replications,
        seed=price.seed,
        arrivals=price.buyers.kind,
        regret="expected" if ground.probabilities is not None else "in hindsight",
        most=price.buyers.valuations.most,
        settings=price.settings,
        types=_types(price, best.purchases),
        valuations=_shown(price.buyers.valuations),
        optimal=BestCurve(
            curve=bundles_shown(best.curve.without_idle_bundles()),
            revenue=float(price.buyers.frequencies @ best.payments),
        ),
        marks=next(iter(found.values()))[0].path.rounds.tolist(),
        learners=tuple(_learner(name, replications) for name, replications in found.items()),
        notes=_notes(price, ground),
    )


def write_summary(place: Path, document: SimulationDocument) -> None:
    """All three files into the folder ``place``."""
    (place / "summary.json").write_text(document.json_text(indent=2) + "\n", encoding="utf-8")
    (place / "regret.csv").write_text(regret_csv(document), encoding="utf-8")
    (place / "report.html").write_text(price_page(document), encoding="utf-8")


def regret_csv(document: SimulationDocument) -> str:
    """One line per learner and recorded round; no standard error and band with a single replication."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(REGRET_COLUMNS)
    for learner in document.learners:
        band = learner.regret
        columns = (band.mean, band.standard_error, band.low, band.high, learner.revenue)
        for numbers in zip(document.marks, *columns, strict=True):
            writer.writerow([learner.name, *("" if one is None else repr(one) for one in numbers)])
    return stream.getvalue()


def _types(price: PriceFile, best: Purchases) -> tuple[BuyerTypeDocument, ...]:
    """The types, and what each buys of the best fixed curve for types as frequent as they are on average."""
    buyers = price.buyers
    shapes = buyers.shapes
    return tuple(
        BuyerTypeDocument(
            name=name,
            probability=None if buyers.first is None else float(buyers.first[i]),
            later_probability=None if buyers.later is None else float(buyers.later[i]),
            frequency=float(buyers.frequencies[i]),
            worth=float(buyers.valuations.values[i, -1]),
            buys=int(best.amounts[i]),
            pays=float(best.payments[i]),
            shape=None if shapes is None else {"shape": shapes[i].kind, **shapes[i].numbers},
        )
        for i, name in enumerate(buyers.valuations.names)
    )


def _shown(valuations: Valuations) -> ShownValuations:
    """Enough amounts to draw the valuations."""
    count = len(valuations.amounts)
    if count > SHOWN_AMOUNTS:
        evenly = np.linspace(0, count - 1, SHOWN_AMOUNTS // 2)
        by_ratio = np.geomspace(1, count, SHOWN_AMOUNTS // 2) - 1
        places = np.unique(np.concatenate([evenly, by_ratio]).round().astype(np.int64))
        valuations = valuations.only_at(valuations.amounts[places])
    return ShownValuations(amounts=valuations.amounts.tolist(), values=valuations.values.tolist())


def _learner(name: str, replications: Sequence[PriceReplication]) -> LearnerDocument:
    found = Regret(tuple(one.path for one in replications))
    best = float(found.best_fixed_revenue.mean())
    regrets = found.in_hindsight if found.pseudo is None else found.pseudo
    regrets = np.where(np.abs(regrets) <= ROUNDING * best, 0.0, regrets)
    slope = fitted_slope(found.rounds, regrets)
    return LearnerDocument(
        name=name,
        title=POLICIES[name].title,
        words=POLICIES[name].words,
        regret=_band(regrets),
        revenue=np.mean([one.path.revenue for one in replications], axis=0).tolist(),
        part_of_best=float(found.revenue.mean()) / best if best > 0 else None,
        slope=None if slope is None else slope.value,
        slope_standard_error=None if slope is None else slope.error,
        seconds_a_round=found.seconds_per_round,
        questions=float(np.mean([one.path.questions for one in replications])),
        curves=float(np.mean([one.path.curves for one in replications])),
        curve=bundles_shown(replications[0].last),
    )


def _band(regrets: Floats) -> RegretBand:
    """Mean, standard error and a Student interval for the mean; None and the mean with a single replication."""
    mean, count = regrets.mean(axis=0), len(regrets)
    error = regrets.std(axis=0, ddof=1) / np.sqrt(count) if count > 1 else np.zeros(len(mean))
    reach = float(student.ppf((1 + COVERAGE) / 2, count - 1)) * error if count > 1 else error
    return RegretBand(
        mean=mean.tolist(),
        standard_error=tuple(error.tolist()) if count > 1 else (None,) * len(mean),
        low=(mean - reach).tolist(),
        high=(mean + reach).tolist(),
    )


def _notes(price: PriceFile, ground: TradingGround) -> tuple[str, ...]:
    listed, offered = len(price.buyers.valuations.amounts), len(ground.valuations.amounts)
    if offered == listed:
        return ()
    return (
        f"Of {listed:,} amounts {offered:,} are offered, so close that rounding up to one of them raises no worth by"
        " much; the best fixed curve is the best of those that offer them.",
    )
