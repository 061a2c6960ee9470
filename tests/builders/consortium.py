"""A small consortium's folder: three wards, one validation file, a market file; and the command line in-process."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from typer.testing import CliRunner, Result

from fairpool.cli.app import app

WARDS = ("North", "South", "West")
MARKET = """\
[market]
name = "Three wards"
task = "common"
learner = "nearest"
learner-options = { neighbours = 3 }
score = "accuracy"
unit-price = "1000.00 EUR"
seed = 7

[data]
label = "ill"
validation = "validation.csv"

[[party]]
name = "North"
train = "north.csv"

[[party]]
name = "South"
train = "south.csv"

[[party]]
name = "West"
train = "west.csv"
"""


@dataclass(frozen=True)
class Consortium:
    """A folder with MARKET.toml and CSV files (age, bmi, smoker, sex, ill), ready to be spoilt."""

    folder: Path

    @property
    def market(self) -> Path:
        return self.folder / "MARKET.toml"

    @property
    def out(self) -> Path:
        return self.folder / "results"

    def file(self, name: str) -> Path:
        return self.folder / name

    def change(self, name: str, old: str, new: str) -> None:
        """Replace the first ``old`` of a file, which must be there."""
        text = self.file(name).read_text(encoding="utf-8")
        assert old in text, f"{old!r} is not in {name}"
        self.file(name).write_text(text.replace(old, new, 1), encoding="utf-8")

    def change_all(self, name: str, old: str, new: str) -> None:
        text = self.file(name).read_text(encoding="utf-8")
        assert old in text, f"{old!r} is not in {name}"
        self.file(name).write_text(text.replace(old, new), encoding="utf-8")

    def cell(self, name: str, row: int, column: str, value: str) -> None:
        """Set one cell; ``row`` is the line of the file."""
        lines = [line.split(",") for line in self.file(name).read_text(encoding="utf-8").splitlines()]
        lines[row - 1][lines[0].index(column)] = value
        self.file(name).write_text("\n".join(",".join(line) for line in lines) + "\n", encoding="utf-8")

    def column(self, name: str, column: str, value: str) -> None:
        """Set every cell of a column."""
        for row in range(2, len(self.file(name).read_text(encoding="utf-8").splitlines()) + 1):
            self.cell(name, row, column, value)

    def without(self, name: str, column: str) -> None:
        """Take a column out of a file."""
        lines = [line.split(",") for line in self.file(name).read_text(encoding="utf-8").splitlines()]
        place = lines[0].index(column)
        kept = [line[:place] + line[place + 1 :] for line in lines]
        self.file(name).write_text("\n".join(",".join(line) for line in kept) + "\n", encoding="utf-8")

    def run(self, *options: str) -> Result:
        return fairpool("run", str(self.market), "--out", str(self.out), *options)

    def tree(self) -> dict[str, bytes | None]:
        """Everything in the folder, hidden things too."""
        return {
            str(path.relative_to(self.folder)): path.read_bytes() if path.is_file() else None
            for path in sorted(self.folder.rglob("*"))
        }


def consortium(folder: Path, *, market: str = MARKET, rows: int = 12) -> Consortium:
    """Write the files; older smokers are ill, with noise."""
    rng = np.random.default_rng(5)
    for name in ("north", "south", "west", "validation"):
        (folder / f"{name}.csv").write_text(_rows(rng, rows), encoding="utf-8")
    (folder / "MARKET.toml").write_text(market, encoding="utf-8")
    return Consortium(folder)


def fairpool(*arguments: str) -> Result:
    """The command line in this process, with stdout and stderr apart."""
    return CliRunner().invoke(app, list(arguments), catch_exceptions=False)


def _rows(rng: np.random.Generator, rows: int) -> str:
    age, bmi = rng.integers(20, 90, rows), rng.normal(26, 4, rows)
    smoker, female = rng.random(rows) < 0.4, rng.random(rows) < 0.5
    ill = age + 20 * smoker + rng.normal(0, 15, rows) > 60
    ill[:2] = True, False
    lines = ["age,bmi,smoker,sex,ill"]
    for i in range(rows):
        sex = "female" if female[i] else "male"
        lines.append(
            f"{age[i]},{bmi[i]:.1f},{str(bool(smoker[i])).lower()},{sex},{'yes' if ill[i] else 'no'}"
        )
    return "\n".join(lines) + "\n"
