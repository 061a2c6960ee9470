"""Rounds on real data that ship with the package.

periodontal   four clinics, one common task, regression
insurance     six sites, a task per party, classification

Each folder holds the parties' CSV files, a MARKET.toml, and PROVENANCE.md with source, licence and changes.
"""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from fairpool.errors import InputError

EXAMPLES = ("periodontal", "insurance")


def example_path(name: str) -> Path:
    """The folder of a shipped round; its market file is ``example_path(name) / "MARKET.toml"``."""
    if name not in EXAMPLES:
        raise InputError(f"example: got {name!r}, expected one of {', '.join(EXAMPLES)}")
    return Path(str(files(__name__))) / name
