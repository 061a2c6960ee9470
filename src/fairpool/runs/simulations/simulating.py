"""A simulation as a price file has it: every policy meets the same buyers, and replications that are done are kept."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from fairpool.documents.pricing import SimulationDocument
from fairpool.files.output import OutputFolder
from fairpool.files.pricing.price_file import PriceFile
from fairpool.ground.progress import Watch
from fairpool.pricing.curves.curve import PriceCurve
from fairpool.pricing.curves.valuations import Valuations
from fairpool.pricing.optimal.grids.data_grid import Assumption, amounts_offered
from fairpool.pricing.oracles.menu_search import MenuSearch
from fairpool.pricing.oracles.oracle import CurveOracle
from fairpool.pricing.policies.catalogue import POLICIES
from fairpool.pricing.policies.policy import PricePolicy, Purchase
from fairpool.pricing.simulator.simulation import TradingGround, simulate
from fairpool.runs.checkpoint_folder import CheckpointFolder
from fairpool.runs.simulations.replications import FinishedReplications, PriceReplication, fingerprint
from fairpool.runs.simulations.results import summary, write_summary

RECORDS = 80
MANY_AMOUNTS = 1000
GRID = 0.1  # epsilon of the grid of amounts offered where there are more


def simulated(price: PriceFile, folder: OutputFolder, watch: Watch) -> SimulationDocument:
    """Simulate, write regret.csv, summary.json and report.html into the folder, and return what they tell."""
    ground = trading_ground(price)
    watch.stage("learning prices")
    progress = _Progress(price, watch)
    found = {name: _replications(price, name, ground, folder, progress) for name in price.learners}
    watch.stage("writing the results")
    document = summary(price, ground, found)
    with folder.results() as place:
        write_summary(place, document)
    return document


def trading_ground(price: PriceFile) -> TradingGround:
    """The market of a price file.

    Where there are very many amounts only those on a grid are offered.  Buyers buy offered amounts only, so this is
    exact for them, and costs the best curve a little: see `data_grid`.
    """
    offered = offered_valuations(price.buyers.valuations)
    return TradingGround(offered, price.buyers.arrivals, MenuSearch(offered), price.buyers.law)


def offered_valuations(valuations: Valuations) -> Valuations:
    if len(valuations.amounts) <= MANY_AMOUNTS:
        return valuations
    return valuations.only_at(amounts_offered(valuations, Assumption.ADAPTED, GRID))


def _replications(
    price: PriceFile, name: str, ground: TradingGround, folder: OutputFolder, progress: _Progress
) -> tuple[PriceReplication, ...]:
    """All replications of one policy, those that are kept already not done again."""
    kept = FinishedReplications(CheckpointFolder(folder.checkpoint), fingerprint(price, name, RECORDS))
    found: list[PriceReplication] = []
    for place in range(price.replications):
        known = kept.read(place)
        if known is None:
            known = _replication(price, name, ground, found, progress)
            kept.write(place, known)
        found.append(known)
        progress.finished()
    return tuple(found)


def _replication(
    price: PriceFile, name: str, ground: TradingGround, before: list[PriceReplication], progress: _Progress
) -> PriceReplication:
    """The next replication: every policy meets the same buyers in it."""
    posted: list[PriceCurve] = []

    def watched(oracle: CurveOracle) -> PricePolicy[Any]:
        return _LastCurve(POLICIES[name].make(ground.valuations, oracle, price.rounds), posted)

    regret = simulate(
        watched,
        ground,
        rounds=price.rounds,
        replications=len(before) + 1,
        rng=np.random.default_rng(price.seed),
        records=RECORDS,
        done=[one.path for one in before],
        watch=lambda _, done: progress.within(done),
        clock=time.perf_counter,
    )
    return PriceReplication(regret.paths[-1], posted[-1].without_idle_bundles())


@dataclass(frozen=True, slots=True, eq=False)
class _LastCurve:
    """A policy whose curve of the moment can be seen in ``posted``."""

    policy: PricePolicy[Any]
    posted: list[PriceCurve]

    def start(self, *, rng: np.random.Generator) -> Any:
        return self.policy.start(rng=rng)

    def curve(self, state: Any) -> PriceCurve:
        self.posted[:] = [self.policy.curve(state)]
        return self.posted[0]

    def observe(self, state: Any, sale: Purchase | None) -> Any:
        return self.policy.observe(state, sale)


@dataclass(slots=True)
class _Progress:
    """Rounds done, of all policies and replications."""

    price: PriceFile
    watch: Watch
    whole: int = field(default=0)

    def within(self, rounds: int) -> None:
        price = self.price
        self.watch.progress(
            self.whole * price.rounds + rounds, len(price.learners) * price.replications * price.rounds
        )

    def finished(self) -> None:
        self.whole += 1
        self.within(0)
