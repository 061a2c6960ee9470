"""How to run a sharing again: the settings as SHARE.toml, and the command."""

from __future__ import annotations

import json
from typing import Any

from fairpool.documents.sharing.mediator import ComparisonEntry, SharingDocument
from fairpool.documents.sharing.plans import EqualPlan
from fairpool.ground.money import format_minor
from fairpool.reports.sharing.kinds import entry_of

COMMAND = "fairpool share run SHARE.toml"


def share_toml(document: SharingDocument) -> str:
    """The settings of the round; where the agents' files are, only the operator knows."""
    lines = ["[sharing]", *_settings(document)]
    for agent in document.agents:
        lines += [
            "",
            "[[agent]]",
            f"name = {_toml(agent.name)}",
            'samples = "…"   # the file this agent handed in',
        ]
    return "\n".join(lines)


def _settings(document: SharingDocument) -> list[str]:
    lines = [f"name = {_toml(document.name)}", f"mechanism = {_toml(document.mechanism)}"]
    terms = {"sigma": document.sigma, "cost": document.cost, "objective": document.objective}
    lines += [f"{key} = {_toml(value)}" for key, value in terms.items() if value is not None]
    if "costs" in entry_of(document).keys:
        lines.append('costs = "…"   # the file of costs')
    lines += _power(document)
    return [*lines, *_reward(document.cramer_von_mises)]


def _power(document: SharingDocument) -> list[str]:
    """The option power, which the plan in real numbers tells."""
    theory, power_of = document.theory, entry_of(document).power_of
    if power_of is None or not isinstance(theory, EqualPlan) or not theory.ratio > 1:
        return []
    return [f"power = {power_of(theory.ratio)}"]


def _reward(found: ComparisonEntry | None) -> list[str]:
    if found is None:
        return []
    reward = f"reward = {_toml(found.reward)}"
    if found.reward == "budget" and found.budget is not None and found.currency:
        return [reward, f'budget = "{format_minor(found.budget, found.currency)} {found.currency}"']
    return [reward, "# the value and cost of rows that the agents agreed on belong here"]


def _toml(value: Any) -> str:
    """JSON's strings and numbers are TOML's, too."""
    return json.dumps(value, ensure_ascii=False)
