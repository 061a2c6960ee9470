"""What agents get for rows that pass the Cramér-von Mises check: the keys of SHARE.toml for it.

reward = "budget"           budget = "900.00 EUR", divided by how well rows agree
reward = "collection-cost"  row-cost = "1.50 EUR", value = { curve = .., .. } in that currency: collected for pay
reward = "data"             value = { curve = .., .. } in any unit, and how many rows every agent agreed to bring

value = { curve = "power-law", ceiling = 9000.0, scale = 20000.0, exponent = 0.5 }   ceiling - scale rows^-exponent
value = { curve = "logarithmic", scale = 1200.0, unit = 50.0 }                       scale log(1 + rows/unit)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from fairpool.comparing.cramer_von_mises import LARGEST_SPREAD, Withheld, balanced, nothing_withheld
from fairpool.files.sharing.keys import SharingKeys
from fairpool.ground.errors import InputError
from fairpool.ground.money import Amount, exponent, parse_amount
from fairpool.sharing.rewards.budget import Budget
from fairpool.sharing.rewards.collection import CONTINUOUS_SPREAD, CollectionCost, CollectionPlan
from fairpool.sharing.rewards.data import DataReward
from fairpool.sharing.rewards.value_curves import Logarithmic, PowerLaw

RewardKind = Literal["budget", "collection-cost", "data"]
_KEYS = {
    "budget": ("budget", "withheld"),
    "collection-cost": ("row-cost", "value", "spread"),
    "data": ("value", "agreed", "withheld"),
}
_ALL = {key for keys in _KEYS.values() for key in keys}
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

    kind: RewardKind
    scheme: Budget | Collection | DataReward
    withheld: Withheld
    currency: str | None = None
    agreed: int | None = None


def reward_of(sharing: SharingKeys) -> Reward:
    """The reward that [sharing] describes."""
    kind = sharing.reward
    if kind is None:
        raise InputError(
            f"sharing.reward is missing: expected {' or '.join(map(repr, get_args(RewardKind)))}"
        )
    for key in sharing.given():
        if key in _ALL and key not in _KEYS[kind]:
            taken = ", ".join(_KEYS[kind])
            raise InputError(f"sharing.{key}: does not belong to reward = {kind!r}, which takes {taken}")
    withheld = _WITHHELD[sharing.withheld]
    if kind == "budget":
        amount = _amount(sharing, "budget")
        return Reward("budget", Budget(amount.minor), withheld, amount.currency)
    if kind == "data":
        return Reward("data", DataReward(_value(sharing, 1)), withheld, agreed=sharing.agreed)
    cost = _amount(sharing, "row-cost")
    if cost.minor == 0:
        raise InputError("sharing.row-cost: got 0, expected what collecting a row costs an agent")
    value = _value(sharing, 10 ** exponent(cost.currency))
    scheme = Collection(value, float(cost.minor), _spread(sharing))
    return Reward("collection-cost", scheme, withheld, cost.currency)


def _amount(sharing: SharingKeys, key: str) -> Amount:
    return parse_amount(sharing.needed(key, table="sharing"), what=f"sharing.{key}")


def _value(sharing: SharingKeys, units: int) -> PowerLaw | Logarithmic:
    """``units``: minor units of money in one of the file's."""
    curve: PowerLaw | Logarithmic = sharing.needed("value", table="sharing").in_units(units)
    return curve


def _spread(sharing: SharingKeys) -> float:
    spread = CONTINUOUS_SPREAD if sharing.spread is None else sharing.spread
    if not 0 < spread <= LARGEST_SPREAD:
        raise InputError(
            f"sharing.spread: got {spread}, expected above 0 and at most 5/24 (1/6 if values never tie)"
        )
    return spread
