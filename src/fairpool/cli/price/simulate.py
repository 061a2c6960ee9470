"""`fairpool price simulate`: from a price file to a folder with regret.csv, summary.json and report.html."""

from __future__ import annotations

from pathlib import Path

from fairpool.cli.console import Stages, show
from fairpool.cli.price.text import simulated_text
from fairpool.documents.pricing import SimulationDocument
from fairpool.files.output import output_folder
from fairpool.files.pricing.price_file import read_price_file
from fairpool.files.problem_in_file import concerning
from fairpool.runs.simulations.simulating import simulated


def simulate_prices(path: Path, out: Path, *, as_json: bool) -> None:
    """Simulate what a price file names into ``out`` and tell what came of it; raises InputError."""
    price = read_price_file(path)
    with output_folder(out) as folder, concerning(path), Stages() as stages:
        document = simulated(price, folder, stages)
    show(document.json_text() if as_json else _told(document, out))


def _told(document: SimulationDocument, out: Path) -> str:
    where = [
        f"Report:  {out / 'report.html'}",
        f"Numbers: {out / 'regret.csv'}, {out / 'summary.json'}",
    ]
    return "\n".join([simulated_text(document), "", *where])
