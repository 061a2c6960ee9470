"""What n rows are worth to somebody: increasing curves with an inverse.

Concave where they are positive, 0 at no rows.  The unit is the caller's: minor units of money for
`CollectionCost`, any unit for `DataReward`.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, inf, isfinite, log1p
from typing import Protocol

from fairpool.ground.errors import InputError


class ValueCurve(Protocol):
    """An increasing function of the number of rows."""

    def __call__(self, rows: float) -> float: ...

    def inverse(self, worth: float) -> float:
        """The fewest rows worth as much; inf where none are."""
        ...


@dataclass(frozen=True, slots=True)
class PowerLaw:
    """v(n) = max(0, ceiling - scale n^-exponent): errors that fall as a power of the data, as learning curves do.

    ceiling, scale, exponent: positive.  0 up to (scale/ceiling)^(1/exponent) rows, concave from there.
    """

    ceiling: float
    scale: float
    exponent: float = 0.5

    def __post_init__(self) -> None:
        _check_positive(ceiling=self.ceiling, scale=self.scale, exponent=self.exponent)

    def __call__(self, rows: float) -> float:
        return max(0.0, self.ceiling - self.scale * rows**-self.exponent) if rows > 0 else 0.0

    def inverse(self, worth: float) -> float:
        if worth <= 0:
            return 0.0
        if worth >= self.ceiling:
            return inf
        return float((self.scale / (self.ceiling - worth)) ** (1 / self.exponent))


@dataclass(frozen=True, slots=True)
class Logarithmic:
    """v(n) = scale log(1 + n/unit): every doubling is worth about the same.  scale, unit: positive."""

    scale: float
    unit: float

    def __post_init__(self) -> None:
        _check_positive(scale=self.scale, unit=self.unit)

    def __call__(self, rows: float) -> float:
        return self.scale * log1p(rows / self.unit)

    def inverse(self, worth: float) -> float:
        if worth <= 0:
            return 0.0
        return self.unit * (exp(worth / self.scale) - 1) if worth / self.scale < 700 else inf


def _check_positive(**parameters: float) -> None:
    for name, value in parameters.items():
        if not (isfinite(value) and value > 0):
            raise InputError(f"{name}: got {value}, expected a positive number")
