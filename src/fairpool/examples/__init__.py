"""Real data that ship with the package.

Markets
    periodontal   four clinics, one common task, regression
    insurance     six sites, a task per party, classification

Sharings
    light         five experiments measure the speed of light; equal costs
    clinics       four clinics estimate five means; a cost for each clinic and group
    stations      three weather stations, compared with each other and paid by how well they agree

Rows for sale
    flights       ten airlines' flights out of New York; five types of buyers, each with a measured learning curve

Each folder holds CSV files, a MARKET.toml, SHARE.toml or PRICE.toml, and PROVENANCE.md with source, licence and
changes.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

from fairpool.ground.errors import InputError

EXAMPLES = ("periodontal", "insurance")
SHARINGS = ("light", "clinics", "stations")
PRICINGS = ("flights",)


def example_path(name: str, *, among: Sequence[str] = (*EXAMPLES, *SHARINGS, *PRICINGS)) -> Path:
    """The folder of an example, in which its MARKET.toml, SHARE.toml or PRICE.toml lies; InputError for another."""
    if name not in among:
        raise InputError(f"example: got {name!r}, expected one of {', '.join(among)}")
    return Path(str(files(__name__))) / name
