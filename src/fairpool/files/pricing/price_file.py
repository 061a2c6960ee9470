"""PRICE.toml: strings become objects once, here.

Paths are relative to the file.  Whatever is wrong is an InputError that names the file and the key.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fairpool.files.pricing.buyers import Buyers, read_buyers
from fairpool.files.toml_table import TomlTable, read_toml
from fairpool.ground.errors import InputError
from fairpool.pricing.policies.catalogue import DEFAULT_POLICIES, POLICIES

TABLES = ("price", "type")
PRICE = (
    "name", "unit", "rounds", "replications", "seed", "learners", "arrivals",
    "valuations", "most", "probabilities", "later-probabilities", "pattern", "period",
)  # fmt: skip
TYPE = ("name", "probability", "later-probability", "valuation")
ROUNDS, REPLICATIONS = 10_000, 10
FEWEST_ROUNDS, MOST_ROUNDS, MOST_REPLICATIONS = 10, 10**7, 1000


@dataclass(frozen=True, slots=True, eq=False)
class PriceFile:
    """What to simulate: who comes, who sets prices, and for how long."""

    path: Path
    name: str
    unit: str
    rounds: int
    replications: int
    seed: int
    learners: tuple[str, ...]
    buyers: Buyers

    @property
    def settings(self) -> dict[str, Any]:
        """As [price] has them, but for those that stand with the types."""
        shaped = self.buyers.shapes is not None
        return {
            "name": self.name,
            "unit": self.unit,
            "rounds": self.rounds,
            "replications": self.replications,
            "seed": self.seed,
            "learners": list(self.learners),
            "arrivals": self.buyers.kind,
            **({"most": self.buyers.valuations.most} if shaped else {}),
            **self.buyers.settings,
        }


def read_price_file(path: Path) -> PriceFile:
    """Parse, read the valuations and check; raises InputError."""
    if path.is_dir():
        raise InputError("is a folder, expected a file such as PRICE.toml", file=path)
    document = read_toml(path, TABLES)
    price = document.table("price", PRICE)
    rounds = _within(price, "rounds", ROUNDS, least=FEWEST_ROUNDS, most=MOST_ROUNDS)
    return PriceFile(
        path=path,
        name=price.text("name", path.stem),
        unit=price.text("unit", ""),
        rounds=rounds,
        replications=_within(price, "replications", REPLICATIONS, least=1, most=MOST_REPLICATIONS),
        seed=price.whole("seed", 0, least=0),
        learners=_learners(price),
        buyers=read_buyers(document, price, rounds=rounds, type_keys=TYPE),
    )


def _within(price: TomlTable, key: str, default: int, *, least: int, most: int) -> int:
    value = price.whole(key, default, least=least)
    if value > most:
        raise InputError(f"price.{key}: got {value:,}, expected at most {most:,}", file=price.path)
    return value


def _learners(price: TomlTable) -> tuple[str, ...]:
    names = price.texts("learners") or DEFAULT_POLICIES
    for name in names:
        if name not in POLICIES:
            problem = f"price.learners: got {name!r}, expected some of {', '.join(POLICIES)}"
            raise InputError(problem, file=price.path)
    return names
