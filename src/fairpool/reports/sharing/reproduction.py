"""How to run a sharing again: the settings as SHARE.toml, and the command."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from fairpool.ground.money import format_minor

Document = Mapping[str, Any]

COMMAND = "fairpool share run SHARE.toml"


def share_toml(document: Document) -> str:
    """The settings of the round; where the agents' files are, only the operator knows."""
    lines = ["[sharing]", *_settings(document)]
    for agent in document["agents"]:
        lines += [
            "",
            "[[agent]]",
            f"name = {_toml(agent['name'])}",
            'samples = "…"   # the file this agent handed in',
        ]
    return "\n".join(lines)


def _settings(document: Document) -> list[str]:
    lines = [f"name = {_toml(document['name'])}", f"mechanism = {_toml(document['mechanism'])}"]
    lines += [
        f"{key} = {_toml(document[key])}"
        for key in ("sigma", "cost", "objective")
        if document[key] is not None
    ]
    if document["mechanism"] == "heterogeneous":
        lines.append('costs = "…"   # the file of costs')
    lines += _power(document)
    return [*lines, *_reward(document["cramer_von_mises"]), f"seed = {_toml(document['seed'])}"]


def _power(document: Document) -> list[str]:
    """k of "estimate-only", from the ratio 1 + 1/(2k) that its plan has in real numbers."""
    theory = document["theory"]
    if document["mechanism"] != "estimate-only" or not theory or not theory["ratio"] > 1:
        return []
    return [f"power = {round(1 / (2 * (theory['ratio'] - 1)))}"]


def _reward(found: Mapping[str, Any] | None) -> list[str]:
    if not found:
        return []
    budget, currency = found.get("budget"), found.get("currency")
    amount = (
        f'budget = "{format_minor(int(budget), currency)} {currency}"'
        if budget is not None and currency
        else ""
    )
    reward = f"reward = {_toml(found['reward'])}"
    if amount and found["reward"] == "budget":
        return [reward, amount]
    return [reward, "# the value and cost of rows that the agents agreed on belong here"]


def _toml(value: Any) -> str:
    """JSON's strings and numbers are TOML's, too."""
    return json.dumps(value, ensure_ascii=False)
