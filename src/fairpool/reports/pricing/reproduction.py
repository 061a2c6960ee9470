"""How to run a simulation of prices again: the settings as PRICE.toml, and the command."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from fairpool.documents.pricing import BuyerTypeDocument, SimulationDocument

COMMAND = "fairpool price simulate PRICE.toml --out DIR"
_LAWS = (("probability", "probability"), ("later-probability", "later_probability"))


def price_toml(document: SimulationDocument) -> str:
    """The settings; where a file of valuations is, only its owner knows."""
    lines = ["[price]", *(f"{key} = {_toml(value)}" for key, value in document.settings.items())]
    types = document.types
    if any(one.shape is None for one in types):
        return "\n".join([*lines, 'valuations = "…"   # the file of valuations', *_listed(types)])
    for one in types:
        lines += ["", "[[type]]", f"name = {_toml(one.name)}"]
        lines += [
            f"{key} = {_toml(getattr(one, name))}" for key, name in _LAWS if getattr(one, name) is not None
        ]
        lines.append(f"valuation = {_inline(one.shape or {})}")
    return "\n".join(lines)


def _listed(types: Sequence[BuyerTypeDocument]) -> list[str]:
    plurals = {"probability": "probabilities", "later-probability": "later-probabilities"}
    return [
        f"{plurals[key]} = {_toml([getattr(one, name) for one in types])}"
        for key, name in _LAWS
        if getattr(types[0], name) is not None
    ]


def _inline(shape: Mapping[str, Any]) -> str:
    return "{ " + ", ".join(f"{key} = {_toml(value)}" for key, value in shape.items()) + " }"


def _toml(value: Any) -> str:
    """JSON's strings, numbers and lists are TOML's, too."""
    return json.dumps(value, ensure_ascii=False)
