"""fairpool on the command line: parse, call, print.

A command opens its room when it is called, so that `fairpool --help` does not wait for libraries it does not need.
"""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import Annotated

import typer

from fairpool import __version__
from fairpool.cli import reading_options as reading
from fairpool.cli.console import GOES_ON, Json, exit_codes, say, show
from fairpool.cli.price.commands import price
from fairpool.cli.share.commands import share

app = typer.Typer(
    name="fairpool",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

app.add_typer(share, name="share")
app.add_typer(price, name="price")

Jobs = Annotated[int, typer.Option(min=1, help="Worker processes that train models side by side.")]


def _version(asked: bool) -> None:
    if asked:
        show(f"fairpool {__version__}")
        raise typer.Exit


@app.callback()
def fairpool(
    _: Annotated[
        bool,
        typer.Option(
            "--version", metavar="", help="Print the version and stop.", callback=_version, is_eager=True
        ),
    ] = False,
) -> None:
    """Pool data, train together, pay each party what its data was worth.

    A first look: fairpool demo
    """


@app.command()
def demo(
    out: Annotated[Path, typer.Option(help="Folder for the results.")] = Path("fairpool-demo"),
    example: Annotated[str, typer.Option(help="Which round: periodontal or insurance.")] = "periodontal",
    as_json: Json = False,
    jobs: Jobs = 1,
) -> None:
    """Settle a round on real hospitals' data that ships with fairpool.

    Prints the statement and writes the results as `fairpool run` does, with the files that were settled.
    """
    with exit_codes(stopped=GOES_ON):
        from fairpool.cli.market.run import run_demonstration
        from fairpool.examples import EXAMPLES, example_path

        run_demonstration(example_path(example, among=EXAMPLES), out, as_json=as_json, jobs=jobs)


@app.command()
def run(
    market: Annotated[
        Path, typer.Argument(help="The market file (TOML): terms, columns and the parties' files.")
    ],
    out: Annotated[
        Path | None,
        typer.Option(help="Folder for the results.", show_default="MARKET-settlement"),
    ] = None,
    as_json: Json = False,
    jobs: Jobs = 1,
) -> None:
    """Settle a round: who pays, who is paid, and a model for every party.

    Writes settlement.json, statement.csv, report.html and models/, all or none.
    Stopped with Ctrl-C, the same command goes on where it was.
    """
    with exit_codes(stopped=GOES_ON):
        from fairpool.cli.market.run import run_market

        run_market(market, out or Path(f"{market.stem}-settlement"), as_json=as_json, jobs=jobs)


@app.command()
def init(
    folder: Annotated[
        Path, typer.Argument(help="The folder with the parties' files and the validation file.")
    ],
    validation: Annotated[
        str | None, typer.Option(help="The file with the validation rows.", show_default="by its name")
    ] = None,
    label: Annotated[
        str | None,
        typer.Option(help="The column that is predicted.", show_default="by its name, or the last"),
    ] = None,
    unit_price: Annotated[
        str | None, typer.Option(help='What a score is worth that rises from 0 to 1: "1000.00 EUR".')
    ] = None,
    likely_renames: Annotated[
        bool,
        typer.Option(
            "--likely-renames",
            metavar="",
            help="Take columns that are likely one, under other names, for one.",
            show_default="a commented line in MARKET.toml",
        ),
    ] = False,
    as_json: Json = False,
) -> None:
    """Write a MARKET.toml from the files in a folder, with the reason for each guess.

    On a terminal it asks what files cannot tell. It overwrites nothing, and writes only what `fairpool run` can settle.
    """
    with exit_codes():
        from fairpool.cli.market.init import Given, write_market

        write_market(folder, Given(validation, label, unit_price, likely_renames), as_json=as_json)


@app.command()
def check(
    market: Annotated[Path, typer.Argument(help="The market file.")],
    party: Annotated[
        str | None,
        typer.Option(help="One party by its name: its files alone, others' need not be there."),
    ] = None,
    as_json: Json = False,
) -> None:
    """What `fairpool run` would say of the files, all of it at once; trains nothing.

    Exit code 0 where a run would begin, 2 where it would not.
    """
    with exit_codes():
        from fairpool.cli.market.check import check_files

        check_files(market, party=party, as_json=as_json)


@app.command()
def predict(
    model: Annotated[Path, typer.Argument(help="A model that a round delivered: MODEL.onnx.")],
    rows: Annotated[Path, typer.Argument(help="The rows to predict, CSV or Parquet; they need no label.")],
    out: Annotated[
        Path | None, typer.Option(help="File for the CSV.", show_default="standard output")
    ] = None,
    as_json: Json = False,
    missing: reading.Missing = None,
    missing_in: reading.MissingIn = None,
    separator: reading.Separator = None,
    decimal: reading.Decimal = None,
    thousands: reading.Thousands = None,
    encoding: reading.Encoding = None,
    columns: reading.Columns = None,
    skip_lines: reading.SkipLines = 0,
    comment: reading.Comment = None,
    rename: reading.Rename = None,
    recode: reading.Recode = None,
) -> None:
    """What a delivered model says of your rows, as CSV: row, prediction, and probabilities where it has them.

    Rows are read as the files were that your party brought to the round, but for what the options say.
    """
    given = dict(locals())
    with exit_codes(), reading.advised_as_options():
        from fairpool.cli.market.predict import READING, predict_rows

        said = reading.conventions_given({name: given[name] for name in READING})
        predict_rows(model, rows, said, out=out, as_json=as_json)


@app.command()
def verify(
    folder: Annotated[Path, typer.Argument(help="The folder that `fairpool run` wrote.")],
    as_json: Json = False,
) -> None:
    """Compute a settled round's numbers again from settlement.json, and name those that do not hold.

    Exits 1 where one does not.  What the document alone cannot give is named.
    """
    with exit_codes():
        from fairpool.cli.market.verify import verify_round

        if not verify_round(folder, as_json=as_json):
            raise typer.Exit(1)


@app.command()
def value(
    rows: Annotated[Path, typer.Argument(help="The rows to value, CSV or Parquet.")],
    task: Annotated[Path, typer.Option(help="The rows they are to predict, CSV or Parquet.")],
    label: Annotated[str, typer.Option(help="The column that is predicted.")],
    features: Annotated[
        str | None,
        typer.Option(help="Columns to compare rows by: AGE,BMI,..", show_default="all that both files share"),
    ] = None,
    neighbours: Annotated[int, typer.Option(min=1, help="K of the K nearest neighbours.")] = 5,
    kind: Annotated[str, typer.Option(help="auto, classification or regression.")] = "auto",
    out: Annotated[
        Path | None, typer.Option(help="File for the CSV.", show_default="standard output")
    ] = None,
    report: Annotated[Path | None, typer.Option(help="File for a page (HTML) with the worst rows.")] = None,
    as_json: Json = False,
    missing: reading.Missing = None,
    missing_in: reading.MissingIn = None,
    separator: reading.Separator = None,
    decimal: reading.Decimal = None,
    thousands: reading.Thousands = None,
    encoding: reading.Encoding = None,
    columns: reading.Columns = None,
    skip_lines: reading.SkipLines = 0,
    comment: reading.Comment = None,
    rename: reading.Rename = None,
    recode: reading.Recode = None,
    categorical: reading.Categorical = None,
    exclude: reading.Exclude = None,
    positive: reading.PositiveIf = None,
    labels: reading.Labels = None,
    task_option: reading.TaskOption = None,
) -> None:
    """What every row is worth for a task: exact K-nearest-neighbour Shapley values, as CSV.

    A row is called by its line in the file; a row that harms has a worth below 0.
    """
    given = dict(locals())
    with exit_codes(), reading.advised_as_options(task=task):
        from fairpool.cli.market.value import Asked, value_rows
        from fairpool.files.output import refuse_unwritable_file
        from fairpool.tables.conventions import Conventions

        for file in filter(None, (out, report)):
            refuse_unwritable_file(file)
        chosen = [name.strip() for name in features.split(",")] if features else None
        said = {name: given[name] for name in Conventions.__slots__}
        conventions = Conventions(**reading.conventions_given(said))
        of_task = reading.for_task(task_option)
        asked = Asked(rows, task, label, chosen, neighbours, kind, conventions, of_task)
        value_rows(asked, out=out, report=report, as_json=as_json)


def main() -> None:
    """The console script."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that has no letter for it gets a question mark
    try:
        app()
    except KeyboardInterrupt:  # before a command has begun
        say("fairpool: stopped")
        sys.exit(130)
