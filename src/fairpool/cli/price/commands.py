"""`fairpool price`: parse, call, print."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from fairpool.cli.console import GOES_ON, Json, exit_codes
from fairpool.cli.sell.commands import sell

price = typer.Typer(
    name="price",
    no_args_is_help=True,
    help="Sell data by the amount: price curves, checked, fitted and learned.",
)
price.add_typer(sell, name="sell")


@price.command()
def fit(
    valuations: Annotated[
        Path,
        typer.Argument(
            readable=False,
            metavar="VALUATIONS.csv",
            help="A row an amount n, a column a type: what n rows are worth to it.",
        ),
    ],
    probabilities: Annotated[
        str,
        typer.Option(metavar="0.5,0.3,..", help="How often each type comes, in the order of the columns."),
    ],
    method: Annotated[str, typer.Option(help="exact, or discretised as published.")] = "exact",
    gap: Annotated[
        float | None,
        typer.Option(
            help="exact: stop where no curve can earn more by this part of the revenue.",
            show_default="0.000001",
        ),
    ] = None,
    arbitrage_free: Annotated[
        bool,
        typer.Option(
            "--arbitrage-free", metavar="", help="exact: only curves that nobody buys cheaper in pieces."
        ),
    ] = False,
    epsilon: Annotated[
        float | None,
        typer.Option(help="discretised: precision of prices and amounts.", show_default="0.1"),
    ] = None,
    assumption: Annotated[
        str | None,
        typer.Option(
            help="discretised: monotone, smooth, diminishing-returns or adapted.", show_default="monotone"
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="CURVE.csv", help="File for the curve.", show_default="none")
    ] = None,
    as_json: Json = False,
) -> None:
    """The price curve that earns most from known types of buyers.

    A buyer takes the amount that leaves it most, of several as good the largest.
    Says how much more any other curve could earn at most.
    """
    with exit_codes():
        from fairpool.cli.price.fit import asked_fit, fit_curve

        asked = asked_fit(
            method, gap=gap, arbitrage_free=arbitrage_free, epsilon=epsilon, assumption=assumption
        )
        fit_curve(valuations, probabilities, asked, out=out, as_json=as_json)


@price.command()
def check(
    curve: Annotated[
        Path, typer.Argument(readable=False, metavar="CURVE.csv", help="A row an amount n, and its price.")
    ],
    as_json: Json = False,
) -> None:
    """Whether a price curve rises with the amount, and cannot be undercut by buying in pieces.

    Exit code 1 if it does not hold; then the nearest curve for which it holds is shown.
    """
    with exit_codes():
        from fairpool.cli.price.check import check_curve

        holds = check_curve(curve, as_json=as_json)
    if not holds:
        raise typer.Exit(1)


@price.command()
def simulate(
    price_file: Annotated[
        Path,
        typer.Argument(
            readable=False, metavar="PRICE.toml", help="The price file: buyers, learners and how long."
        ),
    ],
    out: Annotated[
        Path | None, typer.Option(help="Folder for the results.", show_default="PRICE-simulated")
    ] = None,
    as_json: Json = False,
) -> None:
    """Learn prices from simulated buyers, and compare with the best fixed curve.

    Writes regret.csv, summary.json and report.html, all or none.
    Stopped with Ctrl-C, the same command goes on where it was.
    """
    with exit_codes(stopped=GOES_ON):
        from fairpool.cli.price.simulate import simulate_prices

        simulate_prices(price_file, out or Path(f"{price_file.stem}-simulated"), as_json=as_json)
