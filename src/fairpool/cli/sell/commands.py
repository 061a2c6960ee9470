"""`fairpool price sell`: parse, call, print."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fairpool.cli.console import Json, exit_codes

if TYPE_CHECKING:
    from fairpool.cli.sell.run import Shop

sell = typer.Typer(
    name="sell",
    no_args_is_help=True,
    help="A data marketplace in one file: deposit rows, sell them by the amount, pay the contributors.",
)
contributor = typer.Typer(name="contributor", no_args_is_help=True, help="Who may deposit rows.")
buyer = typer.Typer(name="buyer", no_args_is_help=True, help="Who may buy rows.")
sell.add_typer(contributor, name="contributor")
sell.add_typer(buyer, name="buyer")

Name = Annotated[str, typer.Argument(metavar="NAME", help="As statements are to show it.")]
Amount = Annotated[str, typer.Argument(metavar="N", help="How many rows.")]
Force = Annotated[
    bool, typer.Option("--force", metavar="", help="Offer a curve with arbitrage all the same; it is marked.")
]
CurveFile = Annotated[
    Path,
    typer.Option(
        "--curve",
        readable=False,
        metavar="CURVE.csv",
        help="Prices: columns n and price, in units of the currency.",
    ),
]
Seen = Annotated[
    str | None,
    typer.Option(
        metavar="K", help="The curve that was seen (`quote` numbers it): at other prices, do nothing."
    ),
]
Reference = Annotated[
    str | None,
    typer.Option(metavar="TEXT", help="Your own name for it: given again, nothing is booked a second time."),
]
_MINUS = {"ignore_unknown_options": True}  # or click takes -5 for an option


@contextmanager
def _shop(ctx: typer.Context, as_json: bool) -> Iterator[Shop]:
    """The market in the folder of the command; what goes wrong becomes a line and an exit code."""
    with exit_codes():
        from fairpool.cli.sell.run import Shop

        yield Shop(ctx.obj, as_json)


@sell.callback()
def market(
    ctx: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="MARKET_DIR", help="The market's folder.")],
) -> None:
    """A data marketplace in one file: deposit rows, sell them by the amount, pay the contributors.

    \b
    fairpool price sell shop open --currency EUR --curve CURVE.csv --commission 10%
    fairpool price sell shop contributor add North
    fairpool price sell shop deposit North north.csv
    fairpool price sell shop buyer add Ada
    fairpool price sell shop buy Ada 100 --out rows.parquet

    A sale is booked, its money split and its rows delivered, or nothing at all,
    whenever a command is stopped or killed.
    """
    ctx.obj = folder


@sell.command("open")
def open_(
    ctx: typer.Context,
    curve: CurveFile,
    currency: Annotated[str, typer.Option(metavar="EUR", help="Of all amounts.")],
    commission: Annotated[
        str, typer.Option(metavar="PART", help="The operator's part of every price: 0.1 or 10%.")
    ],
    split: Annotated[
        str, typer.Option(metavar="NAME", help="amount-and-quality, cramer-von-mises or shapley.")
    ] = "amount-and-quality",
    exclusive: Annotated[
        bool, typer.Option("--exclusive", metavar="", help="Sell every row once only, not to every buyer.")
    ] = False,
    columns: Annotated[
        str | None,
        typer.Option(help="Columns of the rows: AGE,BMI,..", show_default="those of the first deposit"),
    ] = None,
    seed: Annotated[
        int | None, typer.Option(help="Of all that is drawn.", show_default="a random one")
    ] = None,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Open a market on terms that hold for good.

    \b
    How the rest of a price is split (--split):
    amount-and-quality  by rows delivered times quality
    cramer-von-mises    by how much like the others' a contributor's rows are;
                        what that withholds goes back to the buyer
    shapley             by Shapley value of the rows delivered, at these prices
    """
    with exit_codes():
        from fairpool.cli.sell.run import Shop, opening_terms

        terms = opening_terms(
            currency, commission, split=split, exclusive=exclusive, columns=columns, seed=seed
        )
        Shop(ctx.obj, as_json).open(terms, curve, force=force)


@sell.command()
def post(
    ctx: typer.Context,
    curve: Annotated[
        Path, typer.Argument(readable=False, metavar="CURVE.csv", help="Prices: columns n and price.")
    ],
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Ask other prices from now on; sales that are made keep theirs."""
    with _shop(ctx, as_json) as shop:
        shop.post(curve, force=force)


@sell.command()
def learn(
    ctx: typer.Context,
    valuations: Annotated[
        Path,
        typer.Argument(
            readable=False,
            metavar="VALUATIONS.csv",
            help="What n rows are worth: column n, then a column a type of buyer.",
        ),
    ],
    learner: Annotated[
        str,
        typer.Option(
            metavar="NAME", help="upper-confidence, upper-confidence-bernstein or resampled-leader."
        ),
    ] = "upper-confidence",
    rounds: Annotated[str, typer.Option(metavar="T", help="How many visitors are expected.")] = "1000",
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Learn the prices from visits, from now on: every sale and every visitor who leaves is a round.

    Prices change after most rounds. `buy` must tell the buyer's type (--type), and
    `declined` tells of a visitor who left. `post` ends it.
    """
    with _shop(ctx, as_json) as shop:
        shop.learn(valuations, learner, rounds, force=force)


@sell.command()
def declined(
    ctx: typer.Context, curve: Seen = None, reference: Reference = None, as_json: Json = False
) -> None:
    """A visitor saw the learned prices and left: a round without a sale."""
    with _shop(ctx, as_json) as shop:
        shop.declined(curve, reference)


@contributor.command("add")
def add_contributor(ctx: typer.Context, name: Name, as_json: Json = False) -> None:
    """Register somebody who may deposit rows."""
    with _shop(ctx, as_json) as shop:
        shop.add_contributor(name)


@buyer.command("add")
def add_buyer(ctx: typer.Context, name: Name, as_json: Json = False) -> None:
    """Register somebody who may buy rows."""
    with _shop(ctx, as_json) as shop:
        shop.add_buyer(name)


@sell.command()
def deposit(
    ctx: typer.Context,
    contributor: Annotated[str, typer.Argument(metavar="CONTRIBUTOR", help="Whose rows they are.")],
    rows: Annotated[Path, typer.Argument(readable=False, metavar="ROWS.csv", help="CSV or Parquet.")],
    report: Annotated[
        Path | None, typer.Option(metavar="REPORT.txt", help="Write the verification report there as well.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Verify rows and put those that pass up for sale; prints the verification report.

    Nothing is rejected silently: every row that is not for sale is named, with
    its line and the reason.
    """
    with _shop(ctx, as_json) as shop:
        shop.deposit(contributor, rows, report)


@sell.command("list")
def list_(ctx: typer.Context, as_json: Json = False) -> None:
    """What is for sale: columns, rows, contributors and prices."""
    with _shop(ctx, as_json) as shop:
        shop.list()


@sell.command(context_settings=_MINUS)
def quote(
    ctx: typer.Context,
    amount: Amount,
    buyer: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Who asks: somebody who has rows already can have fewer."),
    ] = None,
    as_json: Json = False,
) -> None:
    """What N rows cost now."""
    with _shop(ctx, as_json) as shop:
        shop.quote(amount, buyer)


@sell.command(context_settings=_MINUS)
def buy(
    ctx: typer.Context,
    buyer: Annotated[str, typer.Argument(metavar="BUYER", help="Who pays.")],
    amount: Amount,
    out: Annotated[
        Path | None,
        typer.Option(metavar="ROWS.parquet", help="Where the rows go.", show_default="MARKET_DIR/deliveries"),
    ] = None,
    type_: Annotated[
        str | None,
        typer.Option("--type", metavar="TYPE", help="What the buyer is, where prices are learned."),
    ] = None,
    curve: Seen = None,
    reference: Reference = None,
    as_json: Json = False,
) -> None:
    """Sell N rows: rows delivered, money booked and split, or nothing at all.

    The rows are drawn at random from those the buyer does not have. A file that
    is there already is never written over.
    """
    with _shop(ctx, as_json) as shop:
        shop.buy(buyer, amount, out, type_=type_, curve=curve, reference=reference)


@sell.command(context_settings=_MINUS)
def deliver(
    ctx: typer.Context,
    sale: Annotated[str, typer.Argument(metavar="SALE", help="Its number.")],
    out: Annotated[
        Path | None,
        typer.Option(metavar="ROWS.parquet", help="Where the rows go.", show_default="where they went"),
    ] = None,
    as_json: Json = False,
) -> None:
    """Write the rows of an earlier sale again."""
    with _shop(ctx, as_json) as shop:
        shop.deliver(sale, out)


@sell.command()
def statement(
    ctx: typer.Context,
    contributor: Annotated[
        str | None,
        typer.Argument(metavar="[CONTRIBUTOR]", help="Whose statement; without one, the operator's books."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Deposits, what verification found, every sale's share, and what is owed."""
    with _shop(ctx, as_json) as shop:
        shop.statement(contributor)


@sell.command()
def check(ctx: typer.Context, as_json: Json = False) -> None:
    """Compute again all that can be, and compare it with the market's file.

    Exit code 1 where something does not hold.
    """
    with _shop(ctx, as_json) as shop:
        if not shop.check():
            raise typer.Exit(1)
