"""Valuations by formula: what n rows are worth to a type of buyers that PRICE.toml describes in one line.

    exponential   ceiling (1 - exp(-rate n))                a learning curve that saturates
    power         ceiling (1 - (1 + n / scale)^-exponent)   one that goes on for long
    linear        ceiling min(1, n / needs)                 every row counts the same, up to enough
    step          ceiling if n >= needs                     nothing less will do

All rise from 0 to at most ``ceiling``.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import Annotated, Literal

import numpy as np
from pydantic import ConfigDict, Field

from fairpool.files.toml_file import Keys
from fairpool.ground.arrays import Float, Floats

LARGEST = 1e100  # squares of what rows are worth stay within float64

Size = Annotated[
    float, Field(gt=0, le=LARGEST, allow_inf_nan=False, description=f"a number above 0, at most {LARGEST:g}")
]


class Shape(Keys):
    """A formula with its numbers: float64 (amounts,) -> float64 (amounts,)."""

    shape: str
    ceiling: Size

    @abstractmethod
    def __call__(self, n: Float[Floats, " amounts"]) -> Float[Floats, " amounts"]: ...

    @property
    def kind(self) -> str:
        return self.shape

    @property
    def numbers(self) -> dict[str, float]:
        """The numbers of the formula, by their keys."""
        return self.model_dump(exclude={"shape"})


class Exponential(Shape):
    model_config = ConfigDict(title="exponential")
    shape: Literal["exponential"]
    rate: Size

    def __call__(self, n: Float[Floats, " amounts"]) -> Float[Floats, " amounts"]:
        return -self.ceiling * np.expm1(-self.rate * n)


class Power(Shape):
    model_config = ConfigDict(title="power")
    shape: Literal["power"]
    exponent: Size
    scale: Size = 1.0

    def __call__(self, n: Float[Floats, " amounts"]) -> Float[Floats, " amounts"]:
        return -self.ceiling * np.expm1(-self.exponent * np.log1p(n / self.scale))


class Linear(Shape):
    model_config = ConfigDict(title="linear")
    shape: Literal["linear"]
    needs: Size

    def __call__(self, n: Float[Floats, " amounts"]) -> Float[Floats, " amounts"]:
        return self.ceiling * np.minimum(1.0, n / self.needs)


class Step(Shape):
    model_config = ConfigDict(title="step")
    shape: Literal["step"]
    needs: Size

    def __call__(self, n: Float[Floats, " amounts"]) -> Float[Floats, " amounts"]:
        return np.where(n >= self.needs, self.ceiling, 0.0)
