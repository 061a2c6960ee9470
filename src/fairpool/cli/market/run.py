"""`fairpool run` and `fairpool demo`: from a market file to a folder of results."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

from fairpool.cli.console import Stages, show
from fairpool.cli.market.statement import statement_text
from fairpool.documents.settlement import SettlementDocument
from fairpool.files.market.market_file import MarketFile, read_market_file
from fairpool.files.market.round_inputs import read_inputs
from fairpool.files.output import OutputFolder, output_folder
from fairpool.files.problem_in_file import concerning
from fairpool.market.options import Work
from fairpool.market.settling import settle_agreed
from fairpool.runs.checkpoint_folder import CheckpointFolder
from fairpool.runs.rounds.input_files import described_files
from fairpool.runs.rounds.results import write_results

ROUND = "round"  # where the demonstration leaves the files that it settled


def run_market(path: Path, out: Path, *, as_json: bool, jobs: int) -> None:
    """Settle the round of a market file into ``out`` and tell what came of it; raises InputError."""
    document = _settled_into(path, out, jobs=jobs)
    show(document.json_text() if as_json else _told(document, out))


def run_demonstration(example: Path, out: Path, *, as_json: bool, jobs: int) -> None:
    """The same for a folder of the package, whose files are left beside the results to be looked at and run again."""
    document = _settled_into(example / "MARKET.toml", out, jobs=jobs, left=example)
    show(
        document.json_text() if as_json else f"{_told(document, out)}\nRound:   {out / ROUND / 'MARKET.toml'}"
    )


def _settled_into(path: Path, out: Path, *, jobs: int, left: Path | None = None) -> SettlementDocument:
    market = read_market_file(path)
    with output_folder(out) as folder, concerning(path):
        return _settled(market, folder, jobs=jobs, left=left)


def _settled(market: MarketFile, folder: OutputFolder, *, jobs: int, left: Path | None) -> SettlementDocument:
    with Stages() as stages:
        stages.stage("reading and treating the data")
        inputs = read_inputs(market)
        work = Work(jobs, CheckpointFolder(folder.checkpoint), stages.progress, stages.stage)
        settlement = settle_agreed(inputs.agreement, rng=inputs.rng, work=work)
        document = settlement.document(
            inputs.name, inputs=described_files(market, settlement), date=datetime.now(UTC).date().isoformat()
        )
        stages.stage("writing the results")
        with folder.results() as place:
            write_results(place, settlement, document, inputs)
            if left is not None:
                shutil.copytree(left, place / ROUND, ignore=shutil.ignore_patterns("__pycache__"))
    return document


def _told(document: SettlementDocument, out: Path) -> str:
    where = [
        f"Report:  {out / 'report.html'}",
        f"Models:  {out / 'models'}",
        f"Numbers: {out / 'statement.csv'}, {out / 'settlement.json'}",
    ]
    return "\n".join([statement_text(document), "", *where])
