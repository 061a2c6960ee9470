"""`fairpool share`: parse, call, print."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from typer.core import TyperCommand

from fairpool.cli.console import Json, Stages, exit_codes, show
from fairpool.ground.errors import InputError

share = typer.Typer(
    name="share",
    no_args_is_help=True,
    help="Share data without money: what to collect, and what everybody is given for it.",
)

T = TypeVar("T")

_PLAN = ("agents", "sigma", "cost", "coordinates", "power", "costs", "objective")


class _Plan(TyperCommand):
    """The catalogue of mechanisms stands below the help: it is looked up when somebody asks, as it takes a second."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        from fairpool.sharing.mechanisms.catalogue import MECHANISMS, planned

        width = max(map(len, planned()))
        lines = [f"{name:<{width}}  {MECHANISMS[name].help}" for name in planned()]
        told = self.help
        self.help = "\n".join([str(told), "", "\b", *lines])
        super().format_help(ctx, formatter)
        self.help = told


@share.command(cls=_Plan, short_help="What each agent should collect, and what that brings.")
def plan(
    mechanism: Annotated[
        str,
        typer.Option(metavar="NAME", help="One of those above."),
    ],
    sigma: Annotated[float, typer.Option(help="Standard deviation of a sample.")],
    agents: Annotated[int | None, typer.Option(help="How many share, each at the same cost.")] = None,
    cost: Annotated[float | None, typer.Option(help="Of a sample, in units of squared error.")] = None,
    coordinates: Annotated[
        int | None, typer.Option(help="Means estimated from every sample.", show_default="1")
    ] = None,
    power: Annotated[
        int | None, typer.Option(help="k of estimate-only: noise grows as distance^2k.", show_default="1")
    ] = None,
    costs: Annotated[
        Path | None,
        typer.Option(
            metavar="COSTS.csv",
            help="heterogeneous: one row per agent, its name first, one column per distribution, inf where it"
            " cannot sample.",
        ),
    ] = None,
    objective: Annotated[
        str | None,
        typer.Option(
            help="heterogeneous: social, nash, egalitarian or kalai-smorodinsky.", show_default="social"
        ),
    ] = None,
    whole: Annotated[
        bool, typer.Option("--whole", metavar="", help="Plan in whole samples, not in real numbers.")
    ] = False,
    as_json: Json = False,
) -> None:
    """What each agent should collect, and what that brings.

    \b
    fairpool share plan --mechanism c3d --agents 10 --sigma 1 --cost 0.0025
    fairpool share plan --mechanism heterogeneous --costs COSTS.csv --sigma 1
    """
    with exit_codes():
        from fairpool.cli.share.text import plan_text
        from fairpool.documents.sharing.plans import CostsPlan, EqualPlanDocument
        from fairpool.files.sharing.mechanisms import refuse_foreign
        from fairpool.runs.sharings.planning import plan_equal, plan_with_costs
        from fairpool.sharing.mechanisms.catalogue import MECHANISMS

        _refuse_unplanned(mechanism)
        options = dict(zip(_PLAN, (agents, sigma, cost, coordinates, power, costs, objective), strict=True))
        given = [name for name, value in options.items() if value is not None]
        refuse_foreign(given, mechanism, among=_PLAN, prefix="--")
        found: EqualPlanDocument | CostsPlan
        if MECHANISMS[mechanism].of is None:
            with Stages() as stages:
                found = plan_with_costs(
                    costs, sigma=sigma, objective=objective or "social", whole=whole, watch=stages
                )
        else:
            found = plan_equal(
                mechanism,
                agents=_given(agents, "--agents", "how many share", mechanism),
                sigma=sigma,
                cost=_given(cost, "--cost", "what a sample costs", mechanism),
                coordinates=1 if coordinates is None else coordinates,
                power=1 if power is None else power,
                whole=whole,
            )
        show(found.json_text() if as_json else plan_text(found))


@share.command()
def run(
    share_file: Annotated[
        Path,
        typer.Argument(metavar="SHARE.toml", help="The share file: mechanism, terms and the agents' files."),
    ],
    out: Annotated[
        Path | None, typer.Option(help="Folder for the results.", show_default="SHARE-shared")
    ] = None,
    book: Annotated[
        Path | None,
        typer.Option(
            metavar="BOOK.json",
            help="The mediator's book of releases: its secret, and what was handed out.",
            show_default="SHARE.book.json beside the share file",
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Releases and estimates from what the agents submitted.

    The file names the mechanism, its terms, and one CSV or Parquet file per agent.
    Writes, everything or nothing: agents/NAME/ with release.csv, release.json and
    page.html, for that agent alone; public/ with round.json and round.html, for
    everybody; mediator/ with summary.json and report.html, for you alone: they hold
    every agent's mean. --json prints summary.json.
    """
    with exit_codes():
        from fairpool.cli.share.text import run_text
        from fairpool.files.output import output_folder
        from fairpool.files.problem_in_file import concerning
        from fairpool.files.sharing.share_file import read_share_file
        from fairpool.runs.sharings.running import run_sharing

        share, target = read_share_file(share_file), out or Path(f"{share_file.stem}-shared")
        with output_folder(target) as folder, concerning(share_file), Stages() as stages:
            document = run_sharing(share, folder, stages, book_file=book)
        show(document.json_text() if as_json else run_text(document, target))


def _refuse_unplanned(mechanism: str) -> None:
    from fairpool.files.sharing.mechanisms import known_mechanism
    from fairpool.sharing.mechanisms.catalogue import MECHANISMS, planned

    if mechanism in MECHANISMS and mechanism not in planned():
        raise InputError(
            f"--mechanism: {mechanism!r} plans no amounts: it compares what was submitted; use fairpool share run"
        )
    known_mechanism(mechanism, planned())


def _given(value: T | None, option: str, meaning: str, mechanism: str) -> T:
    if value is None:
        raise InputError(f"{option} is missing: the mechanism {mechanism!r} is told {meaning}")
    return value
