"""`fairpool run` and `fairpool demo`: from a market file to a folder of results."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from fairpool.cli.console import Stages, show
from fairpool.cli.market.statement import statement_text
from fairpool.files.concerning import concerning
from fairpool.files.market.market_file import MarketFile, read_market_file
from fairpool.files.output_folder import OutputFolder, output_folder
from fairpool.market.options import Work
from fairpool.market.settling import settle
from fairpool.runs.checkpoint_folder import CheckpointFolder
from fairpool.runs.rounds.queries import read_queries
from fairpool.runs.rounds.results import write_results

Document = dict[str, Any]


def run_market(path: Path, out: Path, *, as_json: bool, jobs: int) -> None:
    """Settle the round of a market file into ``out`` and tell what came of it; raises InputError."""
    market = read_market_file(path)
    with output_folder(out) as folder, concerning(path):
        document = _settled(market, folder, jobs=jobs)
    show(json.dumps(document, allow_nan=False) if as_json else _told(document, out))


def _settled(market: MarketFile, folder: OutputFolder, *, jobs: int) -> Document:
    with Stages() as stages:
        stages.stage("reading files")
        parties, validation = market.read_parties(), market.read_validation()
        queries = read_queries(market, parties, validation)
        settlement = settle(
            parties,
            validation,
            rng=np.random.default_rng(market.seed),
            unit_price=market.unit_price,
            learner=market.learner,
            learner_options=market.learner_options,
            score=market.score,
            division=market.division,
            minimum_fee=market.minimum_fee,
            currency=market.currency,
            features=market.features,
            options=market.options,
            work=Work(
                jobs=jobs,
                checkpoint=CheckpointFolder(folder.checkpoint),
                progress=stages.progress,
                stage=stages.stage,
            ),
        )
        document = settlement.to_dict(name=market.name)
        stages.stage("writing the results")
        with folder.results() as place:
            write_results(place, settlement, document, queries)
    return document


def _told(document: Document, out: Path) -> str:
    where = [
        f"Report:  {out / 'report.html'}",
        f"Models:  {out / 'models'}",
        f"Numbers: {out / 'statement.csv'}, {out / 'settlement.json'}",
    ]
    return "\n".join([statement_text(document), "", *where])
