"""What is known of a way of sharing, and how: sentences for people who were not there when it was chosen.

Those of the mechanisms that fairpool brings stand in claims.toml.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Claims:
    """Its name in words, how it works, and what is proved of it, tested, and assumed."""

    title: str
    works: str
    proved: tuple[str, ...] = ()
    tested: tuple[str, ...] = ()
    assumed: tuple[str, ...] = ()


_TOLD = tomllib.loads(files(__package__).joinpath("claims.toml").read_text(encoding="utf-8"))
_SHARED = _TOLD["shared"]
NORMAL, OTHERS, COST = _SHARED["normal"], _SHARED["others"], _SHARED["cost"]


def claims_of(name: str) -> Claims:
    """Those of claims.toml under a name; ``{normal}`` stands for the sentence of that name in [shared]."""
    told = _TOLD[name]
    proved, tested, assumed = (
        tuple(sentence.format_map(_SHARED) for sentence in told.get(part, ()))
        for part in ("proved", "tested", "assumed")
    )
    return Claims(told["title"], told["works"].format_map(_SHARED), proved, tested, assumed)
