"""Valuations by formula: what n rows are worth to a type of buyers that PRICE.toml describes in one line.

    exponential   ceiling (1 - exp(-rate n))             a learning curve that saturates
    power         ceiling (1 - (1 + n / scale)^-exponent)   one that goes on for long
    linear        ceiling min(1, n / needs)              every row counts the same, up to enough
    step          ceiling if n >= needs                  nothing less will do

All rise from 0 to at most ``ceiling``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from fairpool.files.toml_table import TomlTable
from fairpool.ground.arrays import Floats
from fairpool.ground.errors import InputError

LARGEST = 1e100


@dataclass(frozen=True, slots=True)
class Shape:
    """A formula with its numbers: float64 (amounts,) -> float64 (amounts,)."""

    kind: str
    numbers: Mapping[str, float]

    def __call__(self, amounts: Floats) -> Floats:
        return FORMULAS[self.kind](amounts, self.numbers)


def _exponential(n: Floats, given: Mapping[str, float]) -> Floats:
    return -given["ceiling"] * np.expm1(-given["rate"] * n)


def _power(n: Floats, given: Mapping[str, float]) -> Floats:
    return -given["ceiling"] * np.expm1(-given["exponent"] * np.log1p(n / given["scale"]))


def _linear(n: Floats, given: Mapping[str, float]) -> Floats:
    return given["ceiling"] * np.minimum(1.0, n / given["needs"])


def _step(n: Floats, given: Mapping[str, float]) -> Floats:
    return np.where(n >= given["needs"], given["ceiling"], 0.0)


FORMULAS: dict[str, Callable[[Floats, Mapping[str, float]], Floats]] = {
    "exponential": _exponential,
    "power": _power,
    "linear": _linear,
    "step": _step,
}
NUMBERS = {
    "exponential": ("ceiling", "rate"),
    "power": ("ceiling", "exponent", "scale"),
    "linear": ("ceiling", "needs"),
    "step": ("ceiling", "needs"),
}
_DEFAULTS = {"scale": 1.0}


def shape_of(table: TomlTable) -> Shape:
    """From a ``[[type]]`` of PRICE.toml, key ``valuation``; raises InputError."""
    given = table.mapping("valuation")
    if not given:
        expected = 'a table such as { shape = "exponential", ceiling = 100.0, rate = 0.01 }'
        raise InputError(f"{table.name}.valuation is missing: expected {expected}", file=table.path)
    name = f"{table.name}.valuation"
    everything = sorted({number for numbers in NUMBERS.values() for number in numbers})
    inner = TomlTable(given, name, table.path, ("shape", *everything))
    inner.text("shape", expected=f"one of {', '.join(FORMULAS)}")
    kind = inner.choice("shape", tuple(FORMULAS), "exponential")
    known = TomlTable(given, f"{name} ({kind})", table.path, ("shape", *NUMBERS[kind]))
    return Shape(kind, {key: _positive(known, key) for key in NUMBERS[kind]})


def _positive(table: TomlTable, key: str) -> float:
    value = table.number(key, _DEFAULTS.get(key))
    if value is None:
        raise InputError(f"{table.name}: {key} is missing, expected a number above 0", file=table.path)
    if not (math.isfinite(value) and 0 < value <= LARGEST):
        limit = f", at most {LARGEST:g}" if value > LARGEST else ""
        raise InputError(
            f"{table.name}: {key}: got {value:g}, expected a number above 0{limit}", file=table.path
        )
    return value
