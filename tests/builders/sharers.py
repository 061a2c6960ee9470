"""A small sharing's folder: three labs and their samples, a share file; and changes that spoil it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from typer.testing import Result

from builders.consortium import Consortium, fairpool

LABS = ("North", "South", "West", "East", "Hill", "Mill")
Spoil = Callable[["Sharers"], object]

C3D = """\
[sharing]
name = "Six labs"
mechanism = "c3d"
sigma = 2.0
cost = 0.01
seed = 7
"""
COSTLY = """\
[sharing]
name = "Three labs"
mechanism = "heterogeneous"
sigma = 2.0
costs = "costs.csv"
objective = "nash"
seed = 7
"""
COMPARED = """\
[sharing]
name = "Six labs"
mechanism = "cramer-von-mises"
reward = "budget"
budget = "900.00 EUR"
seed = 7
"""
COSTS = "lab,iron,zinc\nNorth,0.01,0.02\nSouth,0.015,inf\nWest,inf,0.01\n"
ROWS = 8  # what C3D asks of six agents at these terms: 2/sqrt(0.01 * 6) = 8.2


@dataclass(frozen=True)
class Sharers(Consortium):
    """A folder with SHARE.toml and one CSV file per agent."""

    @property
    def share(self) -> Path:
        return self.folder / "SHARE.toml"

    def run(self, *options: str) -> Result:
        return fairpool("share", "run", str(self.share), "--out", str(self.out), *options)

    def results(self) -> Mapping[str, bytes]:
        """Everything in the folder of results."""
        return {
            str(path.relative_to(self.out)): path.read_bytes()
            for path in sorted(self.out.rglob("*"))
            if path.is_file()
        }


def sharers(
    folder: Path,
    sharing: str = C3D,
    *,
    columns: tuple[str, ...] = ("iron",),
    agents: int = 6,
    rows: int = ROWS,
) -> Sharers:
    """Write the files: honest labs, true means 10, 20, .."""
    folder.mkdir(exist_ok=True)
    rng = np.random.default_rng(5)
    means = 10.0 * np.arange(1, len(columns) + 1)
    for lab in LABS[:agents]:
        samples = means + 2.0 * rng.standard_normal((rows, len(columns)))
        lines = [",".join(columns), *(",".join(f"{cell:.3f}" for cell in row) for row in samples)]
        (folder / f"{lab.lower()}.csv").write_text("\n".join(lines) + "\n")
    tables = [f'\n[[agent]]\nname = "{lab}"\nsamples = "{lab.lower()}.csv"\n' for lab in LABS[:agents]]
    (folder / "SHARE.toml").write_text(sharing + "".join(tables))
    (folder / "costs.csv").write_text(COSTS)
    return Sharers(folder)


def costly_sharers(folder: Path) -> Sharers:
    """Three labs, two metals; South cannot measure zinc, West no iron."""
    files = sharers(folder, COSTLY, columns=("iron", "zinc"), agents=3, rows=25)
    for name, column in (("south.csv", "zinc"), ("west.csv", "iron")):
        files.column(name, column, "")
    return files


def replaced(old: str, new: str) -> Spoil:
    """A change to the share file."""
    return lambda files: files.change("SHARE.toml", old, new)


def holding(name: str, content: str) -> Spoil:
    """A file of other content."""
    return lambda files: files.file(name).write_text(content)


def cell(name: str, row: int, column: str, value: str) -> Spoil:
    return lambda files: files.cell(name, row, column, value)
