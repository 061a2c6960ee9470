"""PRICE.toml: strings become objects once, here.

Paths are relative to the file.  Whatever is wrong is an InputError that names the file and the key.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fairpool.files.pricing.buyers import Buyers, read_buyers
from fairpool.files.pricing.keys import PriceTables
from fairpool.files.problem_in_file import concerning
from fairpool.files.toml_file import read_toml
from fairpool.ground.errors import InputError
from fairpool.pricing.policies.catalogue import POLICIES


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
    with concerning(path):
        tables = read_toml(path, PriceTables, called="PRICE.toml")
        price = tables.price
        for name in price.learners:
            if name not in POLICIES:
                raise InputError(f"price.learners: got {name!r}, expected some of {', '.join(POLICIES)}")
        return PriceFile(
            path=path,
            name=price.name or path.stem,
            unit=price.unit,
            rounds=price.rounds,
            replications=price.replications,
            seed=price.seed,
            learners=price.learners,
            buyers=read_buyers(tables, folder=path.parent),
        )
