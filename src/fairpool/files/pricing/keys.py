"""What PRICE.toml may hold."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from fairpool.files.pricing.shapes import Exponential, Linear, Power, Step
from fairpool.files.reading_keys import TextKeys
from fairpool.files.toml_file import FromOne, FromZero, Keys, Names, Number, Text
from fairpool.pricing.policies.catalogue import DEFAULT_POLICIES

MOST_ROWS = 10**6
_FEWEST_ROUNDS, _MOST_ROUNDS, _MOST_REPLICATIONS = 10, 10**7, 1000
_VALUATIONS = (
    "a CSV file with one row per amount and one column per type of buyer, or a table [[type]] for each"
)
_LARGEST_WEIGHT = 10**9  # of a type, where TOML's whole numbers may be of any size


def _weights(given: object) -> tuple[float, ...]:
    if not (isinstance(given, list) and all(_is_weight(one) for one in given)):
        raise ValueError("a list of numbers that sum to 1")
    return tuple(map(float, given))


def _is_weight(value: object) -> bool:
    return isinstance(value, float) or (
        isinstance(value, int) and not isinstance(value, bool) and abs(value) < _LARGEST_WEIGHT
    )


Weights = Annotated[tuple[float, ...], BeforeValidator(_weights)]


class PriceKeys(Keys):
    """[price]: for how long, who sets prices, who comes in which order, and what they would pay."""

    name: Text = ""
    unit: Text = ""
    rounds: int = Field(10_000, ge=_FEWEST_ROUNDS, le=_MOST_ROUNDS, description="a whole number from 10 up")
    replications: int = Field(10, ge=1, le=_MOST_REPLICATIONS, description="a whole number from 1 up")
    seed: FromZero = 0
    learners: Names = DEFAULT_POLICIES
    arrivals: Literal["stochastic", "periodic", "drifting", "switching"] = "stochastic"
    valuations: Text = Field("", description=_VALUATIONS)
    most: int | None = Field(None, ge=1, le=MOST_ROWS, description="a whole number from 1 up")
    probabilities: Weights | None = None
    later_probabilities: Weights | None = None
    pattern: list[Any] | None = Field(None, description="a list of types, by their names")
    period: FromOne | None = None


class TypeKeys(Keys):
    """[[type]]: buyers of one kind, and what n rows are worth to them by a formula."""

    name: Text
    probability: Number | None = None
    later_probability: Number | None = None
    valuation: Exponential | Power | Linear | Step = Field(
        discriminator="shape",
        description='a table such as { shape = "exponential", ceiling = 100.0, rate = 0.01 }',
    )


class PriceTables(Keys):
    """The tables of the file."""

    price: PriceKeys
    data: TextKeys = Field(default_factory=lambda: TextKeys.model_validate({}))
    type: list[TypeKeys] | None = Field(None, min_length=1)
