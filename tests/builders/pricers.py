"""A small simulation's folder: PRICE.toml, and valuations in a file; and changes that spoil them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from typer.testing import Result

from builders.consortium import Consortium, fairpool

Spoil = Callable[["Pricers"], object]

BY_FILE = """\
[price]
name = "Three kinds of buyers"
unit = "EUR"
rounds = 60
replications = 2
seed = 7
learners = ["upper-confidence", "explore-then-commit"]
valuations = "valuations.csv"
probabilities = [0.5, 0.3, 0.2]
"""
BY_TYPES = """\
[price]
rounds = 60
replications = 2
most = 20
learners = ["upper-confidence"]

[[type]]
name = "small"
probability = 0.75
valuation = { shape = "exponential", ceiling = 10.0, rate = 0.5 }

[[type]]
name = "large"
probability = 0.25
valuation = { shape = "power", ceiling = 40.0, exponent = 0.5 }
"""
VALUATIONS = "n,small,medium,large\n100,10,20,30\n200,12,32,50\n500,12,40,90\n1000,12,41,110\n"


@dataclass(frozen=True)
class Pricers(Consortium):
    """A folder with PRICE.toml and valuations.csv."""

    @property
    def price(self) -> Path:
        return self.folder / "PRICE.toml"

    def run(self, *options: str) -> Result:
        return fairpool("price", "simulate", str(self.price), "--out", str(self.out), *options)


def pricers(folder: Path, price: str = BY_FILE) -> Pricers:
    """Write the files."""
    (folder / "PRICE.toml").write_text(price, encoding="utf-8")
    (folder / "valuations.csv").write_text(VALUATIONS, encoding="utf-8")
    return Pricers(folder)


def replaced(old: str, new: str) -> Spoil:
    """A change to the price file."""
    return lambda files: files.change("PRICE.toml", old, new)


def added(line: str) -> Spoil:
    """One more line in [price]."""
    return replaced("[price]\n", f"[price]\n{line}\n")
