"""What agents get for rows that pass the Cramér-von Mises check: the keys of SHARE.toml for it.

reward = "budget"           budget = "900.00 EUR", divided by how well rows agree
reward = "collection-cost"  row-cost = "1.50 EUR", value = { curve = .., .. } in that currency: collected for pay
reward = "data"             value = { curve = .., .. } in any unit, and how many rows every agent agreed to bring

value = { curve = "power-law", ceiling = 9000.0, scale = 20000.0, exponent = 0.5 }   ceiling - scale rows^-exponent
value = { curve = "logarithmic", scale = 1200.0, unit = 50.0 }                       scale log(1 + rows/unit)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from fairpool.comparing.cramer_von_mises import LARGEST_SPREAD, Withheld, balanced, nothing_withheld
from fairpool.files.toml_table import TomlTable
from fairpool.ground.errors import InputError
from fairpool.ground.money import Amount, exponent, parse_amount
from fairpool.sharing.rewards.budget import Budget
from fairpool.sharing.rewards.collection import CONTINUOUS_SPREAD, CollectionCost, CollectionPlan
from fairpool.sharing.rewards.data import DataReward
from fairpool.sharing.rewards.value_curves import Logarithmic, PowerLaw

REWARDS = ("budget", "collection-cost", "data")
Kind = Literal["budget", "collection-cost", "data"]
_KEYS = {
    "budget": ("budget", "withheld"),
    "collection-cost": ("row-cost", "value", "spread"),
    "data": ("value", "agreed", "withheld"),
}
_ALL = ("budget", "row-cost", "value", "spread", "agreed", "withheld")
_EXAMPLE = '{ curve = "logarithmic", scale = 1200.0, unit = 50.0 }'
_CURVES = {"power-law": ("ceiling", "scale", "exponent"), "logarithmic": ("scale", "unit")}
_WITHHELD: dict[str, Withheld] = {"nothing": nothing_withheld, "balanced": balanced}


@dataclass(frozen=True, slots=True)
class Collection:
    """Rows are collected for pay: what they are worth to the buyer and cost an agent, in minor units."""

    value: PowerLaw | Logarithmic
    row_cost: float
    spread: float

    def plan(self, agents: int) -> CollectionPlan:
        """InputError where no number of rows is worth what it costs."""
        plan = CollectionCost(self.value, self.row_cost, agents, self.spread).plan()
        if plan.status == "not worth it":
            raise InputError(
                "sharing.value: no number of rows is worth its cost with payments that are never negative; "
                "expected a higher value or a lower row-cost"
            )
        return plan


@dataclass(frozen=True, slots=True)
class Reward:
    """One of the three; ``currency`` is None where the reward is data.

    agreed: rows that every agent was to bring, where [sharing] says so for all.
    """

    kind: Kind
    scheme: Budget | Collection | DataReward
    withheld: Withheld
    currency: str | None = None
    agreed: int | None = None


def reward_of(sharing: TomlTable) -> Reward:
    """The reward that [sharing] describes."""
    kind = sharing.choice("reward", REWARDS, "") if "reward" in sharing.content else _missing()
    for key in sharing.content:
        if key in _ALL and key not in _KEYS[kind]:
            raise InputError(
                f"sharing.{key}: does not belong to reward = {kind!r}, which takes {_taken(kind)}"
            )
    withheld = _WITHHELD[sharing.choice("withheld", tuple(_WITHHELD), "nothing")]
    if kind == "budget":
        amount = _amount(sharing, "budget", "900.00 EUR")
        return Reward("budget", Budget(amount.minor), withheld, amount.currency)
    if kind == "data":
        agreed = sharing.whole("agreed", None, least=1)
        return Reward("data", DataReward(_curve(sharing, 1)), withheld, agreed=agreed)
    cost = _amount(sharing, "row-cost", "1.50 EUR")
    if cost.minor == 0:
        raise InputError("sharing.row-cost: got 0, expected what collecting a row costs an agent")
    value = _curve(sharing, 10 ** exponent(cost.currency))
    scheme = Collection(value, float(cost.minor), _spread(sharing))
    return Reward("collection-cost", scheme, withheld, cost.currency)


def _missing() -> str:
    raise InputError(f"sharing.reward is missing: expected {' or '.join(map(repr, REWARDS))}")


def _taken(kind: str) -> str:
    return ", ".join(_KEYS[kind])


def _amount(sharing: TomlTable, key: str, example: str) -> Amount:
    text = sharing.text(key, expected=f'an amount in quotes like "{example}"')
    return parse_amount(text, what=f"sharing.{key}", file=str(sharing.path))


def _spread(sharing: TomlTable) -> float:
    spread = sharing.number("spread", CONTINUOUS_SPREAD)
    if not 0 < spread <= LARGEST_SPREAD:
        raise InputError(
            f"sharing.spread: got {spread}, expected above 0 and at most 5/24 (1/6 if values never tie)"
        )
    return spread


def _curve(sharing: TomlTable, units: int) -> PowerLaw | Logarithmic:
    """``units``: minor units of money in one of the file's."""
    content = sharing.mapping("value")
    if not content:
        raise InputError(f"sharing.value is missing: expected a table such as {_EXAMPLE}")
    anything = TomlTable(content, "sharing.value", sharing.path, (*content, "curve"))
    curve = anything.choice("curve", tuple(_CURVES), "")
    table = TomlTable(content, "sharing.value", sharing.path, ("curve", *_CURVES[curve]))
    if curve == "power-law":
        ceiling, scale = _parameter(table, "ceiling"), _parameter(table, "scale")
        return PowerLaw(ceiling * units, scale * units, _parameter(table, "exponent", 0.5))
    return Logarithmic(_parameter(table, "scale") * units, _parameter(table, "unit"))


def _parameter(table: TomlTable, key: str, default: float | None = None) -> float:
    value = table.number(key, default)
    if value is None:
        raise InputError(f"{table.name}.{key} is missing: expected a positive number")
    if value <= 0:
        raise InputError(f"{table.name}.{key}: got {value}, expected a positive number")
    return value
