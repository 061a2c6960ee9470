"""fairpool on the command line: parse, call, print."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from fairpool import __version__
from fairpool.cli.console import Stages, exit_codes, show
from fairpool.cli.market_file import MarketFile, read_market_file
from fairpool.cli.results import write_results
from fairpool.cli.row_worth import row_worth
from fairpool.cli.statement_text import statement_text
from fairpool.examples import example_path
from fairpool.learning.reading import read_table
from fairpool.market.options import Work
from fairpool.market.settle import settle

app = typer.Typer(
    name="fairpool",
    help="Pool data, train together, pay each party what its data was worth.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document instead of text.")]
Jobs = Annotated[int, typer.Option(min=1, help="Worker processes for learners that fit every coalition.")]


@app.callback(invoke_without_command=True)
def version(
    shown: Annotated[bool, typer.Option("--version", help="Print the version and stop.")] = False,
) -> None:
    """Pool data, train together, pay each party what its data was worth."""
    if shown:
        show(f"fairpool {__version__}")
        raise typer.Exit


@app.command()
def demo(
    out: Annotated[Path, typer.Option(help="Folder for the results.")] = Path("fairpool-demo"),
    example: Annotated[str, typer.Option(help="periodontal or insurance.")] = "periodontal",
    as_json: Json = False,
    jobs: Jobs = 1,
) -> None:
    """Settle a round on real hospitals' data that ships with the package."""
    with exit_codes():
        _run(example_path(example) / "MARKET.toml", out, as_json=as_json, jobs=jobs)


@app.command()
def run(
    market: Annotated[Path, typer.Argument(help="The market file (docs/how-to/run.md).")],
    out: Annotated[
        Path | None, typer.Option(help="Folder for the results; default: the market's name.")
    ] = None,
    as_json: Json = False,
    jobs: Jobs = 1,
) -> None:
    """Settle a round: settlement.json, statement.csv, report.html and a model for every party."""
    with exit_codes():
        _run(market, out or Path(f"{market.stem}-settlement"), as_json=as_json, jobs=jobs)


@app.command()
def value(
    rows: Annotated[Path, typer.Argument(help="The rows to value, CSV or Parquet.")],
    task: Annotated[Path, typer.Option(help="The rows they are to predict.")],
    label: Annotated[str, typer.Option(help="The column that is predicted.")],
    neighbours: Annotated[int, typer.Option(min=1, help="K of the K-nearest-neighbour model.")] = 5,
    kind: Annotated[str, typer.Option(help="auto, classification or regression.")] = "auto",
    out: Annotated[Path | None, typer.Option(help="File for the CSV; default: stdout.")] = None,
    as_json: Json = False,
) -> None:
    """Worth of every row for a task, by exact K-nearest-neighbour Shapley values."""
    with exit_codes():
        show_worth = row_worth(rows, task, label, neighbours=neighbours, kind=kind)
        show_worth.write(out, as_json=as_json)


def _run(path: Path, out: Path, *, as_json: bool, jobs: int) -> None:
    market = read_market_file(path)
    checkpoint = out.parent / f".{out.name}.checkpoint"
    with Stages() as stages:
        stages.stage("reading files")
        parties, validation = market.read_parties(), market.read_validation()
        queries = {files.name: read_table(files.queries) for files in market.parties if files.queries}
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
            work=Work(jobs=jobs, checkpoint=checkpoint, progress=stages.progress, stage=stages.stage),
        )
        document = settlement.to_dict(name=market.name)
        stages.stage("writing the report")
        write_results(out, settlement, document, queries)
    shutil.rmtree(checkpoint, ignore_errors=True)
    _tell(document, market, out, as_json=as_json)


def _tell(document: dict[str, object], market: MarketFile, out: Path, *, as_json: bool) -> None:
    if as_json:
        show(json.dumps(document, ensure_ascii=False, allow_nan=False))
        return
    models = f"{out / 'models'} ({len(market.parties)} parties)"
    show(f"{statement_text(document)}\n\nReport: {out / 'report.html'}\nModels: {models}")


def main() -> None:
    """The console script."""
    app()
