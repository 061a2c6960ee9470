"""How to run the round again: the settings as MARKET.toml, and the command."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

from fairpool.documents.settlement import SettlementDocument
from fairpool.ground.money import format_minor

COMMAND = "fairpool run MARKET.toml --out settlement"


def market_toml(document: SettlementDocument) -> str:
    """The settings of the round, with the files' names where they are known: in which folder, the operator knows."""
    own, settings = document.task == "own", document.model_dump(include=set(_SETTINGS.values()))
    options = document.options.model_dump(by_alias=True)
    lines = [
        "[market]",
        *(f"{key} = {_toml(settings[name])}" for key, name in _SETTINGS.items()),
        f"unit-price = {_toml(_price(document.unit_price, document.currency))}",
        f"minimum-fee = {_toml(_price(document.minimum_fee, document.currency))}",
        *(f"{key} = {_toml(choice)}" for key, choice in options.items() if key not in _OF_DATA),
        f"seed = {document.seed}",
        "",
        "[data]",
        f"label = {_toml(document.data.label)}",
        f"features = {_toml([feature.name for feature in document.data.features])}",
        *([] if own else [_file(document, None, "validation", "the common validation file")]),
        *(f"{key} = {_toml(options[key])}" for key in _OF_DATA if options.get(key) is not None),
    ]
    for party in document.parties:
        lines += [
            "",
            "[[party]]",
            f"name = {_toml(party.name)}",
            _file(document, party.name, "train", "the file this party handed in"),
        ]
        lines += [_file(document, party.name, "validation", "the rows of its task")] if own else []
    return "\n".join(lines)


def _file(document: SettlementDocument, party: str | None, role: str, what: str) -> str:
    """``train = "north.csv"``; of a file that lies elsewhere its name alone."""
    files = [PurePath(one.file) for one in document.inputs or () if (one.party, one.role) == (party, role)]
    named = [file.name if file.is_absolute() else file.as_posix() for file in files]
    return f"{role} = {_toml(named[0])}" if named else f'{role} = "…"   # {what}'


_OF_DATA = ("overlap",)  # keys of the options that stand under [data]

_SETTINGS = {
    "name": "name",
    "task": "task",
    "learner": "learner",
    "learner-options": "learner_options",
    "score": "score",
    "division": "division",
}


def _price(minor: int, currency: str) -> str:
    return f"{format_minor(minor, currency)} {currency}"


def _toml(value: Any) -> str:
    """A JSON value as TOML; JSON's strings, numbers and arrays are TOML's, too."""
    if isinstance(value, Mapping):
        return (
            "{ " + ", ".join(f"{_toml(key)} = {_toml(inner)}" for key, inner in value.items()) + " }"
            if value
            else "{}"
        )
    return json.dumps(value, ensure_ascii=False)
