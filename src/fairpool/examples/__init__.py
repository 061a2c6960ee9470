"""Rounds on real data that ship with the package.

Markets
    periodontal   four clinics, one common task, regression
    insurance     six sites, a task per party, classification

Sharings
    light         five experiments measure the speed of light; equal costs
    clinics       four clinics estimate five means; a cost for each clinic and group
    stations      three weather stations, compared with each other and paid by how well they agree

Each folder holds CSV files, a MARKET.toml or SHARE.toml, and PROVENANCE.md with source, licence and changes.
"""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from fairpool.errors import InputError

EXAMPLES = ("periodontal", "insurance")
SHARINGS = ("light", "clinics", "stations")


def example_path(name: str) -> Path:
    """The folder of a shipped round; its file is ``example_path(name) / "MARKET.toml"``, or "SHARE.toml"."""
    if name not in (*EXAMPLES, *SHARINGS):
        raise InputError(f"example: got {name!r}, expected one of {', '.join(EXAMPLES)}")
    return Path(str(files(__name__))) / name
