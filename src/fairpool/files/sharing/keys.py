"""What SHARE.toml may hold."""

from __future__ import annotations

from abc import abstractmethod
from typing import Literal

from pydantic import Field

from fairpool.files.reading_keys import TextKeys
from fairpool.files.toml_file import FromOne, FromZero, Keys, Number, Positive, Text
from fairpool.sharing.bargaining.baseline import Objective
from fairpool.sharing.mechanisms.estimate_only import MOST_POWER
from fairpool.sharing.rewards.value_curves import Logarithmic, PowerLaw

AMOUNT = "an amount in quotes like"


class ValueKeys(Keys):
    """value = { curve = .., .. }: what rows are worth, in money or any other unit."""

    curve: str
    scale: Positive

    @abstractmethod
    def in_units(self, units: int) -> PowerLaw | Logarithmic:
        """The curve in a unit of which ``units`` make one of the file's."""


class PowerLawKeys(ValueKeys):
    curve: Literal["power-law"]
    ceiling: Positive
    exponent: Positive = 0.5

    def in_units(self, units: int) -> PowerLaw:
        return PowerLaw(self.ceiling * units, self.scale * units, self.exponent)


class LogarithmicKeys(ValueKeys):
    curve: Literal["logarithmic"]
    unit: Positive

    def in_units(self, units: int) -> Logarithmic:
        return Logarithmic(self.scale * units, self.unit)


class SharingKeys(Keys):
    """[sharing]: the mechanism, and the terms of all mechanisms there are."""

    name: Text = ""
    mechanism: Text
    seed: FromZero | None = None
    sigma: Number | None = None
    cost: Number | None = None
    power: int = Field(1, ge=1, le=MOST_POWER, description=f"a whole number from 1 to {MOST_POWER}")
    costs: Text = Field("", description="a CSV file with one row per agent and one column per distribution")
    objective: Objective = Field(Objective.SOCIAL, strict=False)
    reward: Literal["budget", "collection-cost", "data"] | None = None
    withheld: Literal["nothing", "balanced"] = "nothing"
    budget: Text = Field("", description=f'{AMOUNT} "900.00 EUR"')
    row_cost: Text = Field("", description=f'{AMOUNT} "1.50 EUR"')
    value: PowerLawKeys | LogarithmicKeys | None = Field(
        None,
        discriminator="curve",
        description='a table such as { curve = "logarithmic", scale = 1200.0, unit = 50.0 }',
    )
    spread: Number | None = None
    agreed: FromOne | None = None


class AgentKeys(TextKeys):
    """[[agent]]: one agent and its samples, and how its file is to be read where it differs."""

    name: Text
    samples: Text = ""
    agreed: FromOne | None = None


class ShareTables(Keys):
    """The tables of the file."""

    sharing: SharingKeys
    data: TextKeys = Field(default_factory=lambda: TextKeys.model_validate({}))
    agent: list[AgentKeys] = Field(min_length=1)
