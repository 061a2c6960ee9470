"""Who comes, in PRICE.toml: what amounts are worth to every type, and how often or in which order types come.

    stochastic   ``probabilities``, the same in every round
    periodic     ``pattern``, a list of types over and over
    drifting     from ``probabilities`` to ``later-probabilities`` in a straight line
    switching    ``probabilities`` and ``later-probabilities`` in turn, ``period`` rounds each

With a file of valuations the numbers stand in ``[price]``; with a formula a type, in its ``[[type]]``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import numpy as np

from fairpool.files.pricing.amounts import read_valuations
from fairpool.files.pricing.keys import PriceKeys, PriceTables, TypeKeys
from fairpool.files.pricing.shapes import Shape
from fairpool.files.reading_keys import agreed_conventions
from fairpool.files.toml_file import refuse_same_name
from fairpool.ground.arrays import Float, Floats
from fairpool.ground.errors import InputError
from fairpool.pricing.curves.valuations import Valuations, checked_probabilities
from fairpool.pricing.simulator.arrivals import Arrivals, Drifting, Independent, Switching, periodic
from fairpool.tables.conventions import Conventions

_MOST_TYPES = 30
_KINDS: tuple[str, ...] = get_args(PriceKeys.model_fields["arrivals"].annotation)
_BELONGS = {  # which arrivals look at a key
    "probabilities": tuple(kind for kind in _KINDS if kind != "periodic"),
    "later-probabilities": ("drifting", "switching"),
    "pattern": ("periodic",),
    "period": ("switching",),
}
_OF_A_TYPE = {"probabilities": "probability", "later-probabilities": "later-probability"}

Laws = dict[str, Sequence[float] | None]


@dataclass(frozen=True, slots=True, eq=False)
class Buyers:
    """Types and the order they come in.

    shapes: of the types, None where valuations are in a file.
    frequencies: of types on average over all rounds, float64 (types,).
    first, later: laws of the types as they were given, float64 (types,), None where there is none.
    settings: the other keys of [price] that describe the order.
    """

    valuations: Valuations
    shapes: tuple[Shape, ...] | None
    kind: str
    arrivals: Arrivals
    frequencies: Floats
    first: Floats | None
    later: Floats | None
    settings: dict[str, Any]

    @property
    def law(self) -> Floats | None:
        """float64 (types,) where buyers come independently, else None."""
        return self.first if self.kind == "stochastic" else None


def read_buyers(tables: PriceTables, *, folder: Path) -> Buyers:
    """From ``[price]`` and ``[[type]]``, whichever there is; raises InputError."""
    price, types = tables.price, tables.type
    laws: Laws
    if types is None:
        valuations, shapes = _by_file(tables, folder), None
        laws = {"probabilities": price.probabilities, "later-probabilities": price.later_probabilities}
    else:
        shapes = tuple(one.valuation for one in types)
        valuations = _by_types(price, types)
        laws = {key: _of_types(types, one) for key, one in _OF_A_TYPE.items()}
    if valuations.types > _MOST_TYPES:
        raise InputError(f"valuations: got {valuations.types} types, expected at most {_MOST_TYPES}")
    if valuations.largest == 0:
        raise InputError(
            "valuations: no amount is worth anything to any type; expected somebody who would buy"
        )
    return _arriving(price, valuations, shapes, laws)


def _arriving(
    price: PriceKeys, valuations: Valuations, shapes: tuple[Shape, ...] | None, laws: Laws
) -> Buyers:
    """The order of buyers, and what is left over refused."""
    m, kind, rounds = valuations.types, price.arrivals, price.rounds
    _refuse_unused(price, laws)
    if kind == "periodic":
        places = _pattern(price, valuations.names)
        frequencies = np.bincount(np.resize(places, rounds), minlength=m) / rounds
        settings: dict[str, Any] = {"pattern": [valuations.names[place] for place in places]}
        return Buyers(valuations, shapes, kind, periodic(places, m), frequencies, None, None, settings)
    first = _law("probabilities", laws, m)
    if kind == "stochastic":
        return Buyers(valuations, shapes, kind, Independent(first), first, first, None, {})
    later = _law("later-probabilities", laws, m)
    if kind == "drifting":
        return Buyers(valuations, shapes, kind, Drifting(first, later), (first + later) / 2, first, later, {})
    period = min(price.period or max(1, rounds // 10), rounds)
    part = float((np.arange(rounds) // period % 2).mean())
    average, settings = (1 - part) * first + part * later, {"period": period}
    return Buyers(valuations, shapes, kind, Switching(first, later, period), average, first, later, settings)


def _refuse_unused(price: PriceKeys, laws: Laws) -> None:
    """InputError for a key that this kind of arrivals does not look at."""
    given = price.given()
    for key, kinds in _BELONGS.items():
        if (key in given or laws.get(key) is not None) and price.arrivals not in kinds:
            named = " or ".join(f'"{one}"' for one in kinds)
            shown = key if key in given or key not in _OF_A_TYPE else f"type.{_OF_A_TYPE[key]}"
            raise InputError(f'{shown}: belongs to arrivals = {named}, got "{price.arrivals}"')


def _law(key: str, laws: Laws, types: int) -> Float[Floats, " types"]:
    found = laws[key]
    if found is None:
        expected = f"a list of {types} numbers that sum to 1, or {_OF_A_TYPE[key]} in each [[type]]"
        raise InputError(f"price.{key} is missing: expected {expected}")
    return checked_probabilities(found, types)


def _pattern(price: PriceKeys, names: tuple[str, ...]) -> list[int]:
    given = list(names) if price.pattern is None else price.pattern
    if not given or any(name not in names for name in given):
        known = ", ".join(repr(name) for name in names[:8])
        raise InputError(f"price.pattern: got {given!r}, expected a list of types, such as {known}")
    return [names.index(name) for name in given]


# ---- valuations


def _by_file(tables: PriceTables, folder: Path) -> Valuations:
    price, given = tables.price, tables.data.conventions_given()
    if price.most is not None:
        raise InputError(
            "price.most: got it without [[type]]; a file of valuations says itself how many rows there are"
        )
    meant = agreed_conventions(Conventions(), given, table="data")
    return read_valuations(folder / price.needed("valuations", table="price"), meant)


def _by_types(price: PriceKeys, types: Sequence[TypeKeys]) -> Valuations:
    for key in ("valuations", *_OF_A_TYPE):
        if key in price.given():
            raise InputError(
                f"price.{key}: got it beside [[type]]; expected it in a file or by types, not both"
            )
    if price.most is None:
        raise InputError("price.most is missing: expected how many rows there are for sale")
    names = tuple(one.name for one in types)
    refuse_same_name(names, table="type")
    amounts = np.arange(1, price.most + 1)
    values = [np.maximum.accumulate(one.valuation(amounts.astype(np.float64))) for one in types]
    return Valuations(amounts, np.stack(values), names)


def _of_types(types: Sequence[TypeKeys], key: str) -> list[float] | None:
    """One number for each type, or None where none has one."""
    found = [getattr(one, key.replace("-", "_")) for one in types]
    if all(one is None for one in found):
        return None
    for place, one in enumerate(found, 1):
        if one is None:
            raise InputError(
                f"type {place}.{key} is missing: expected how often such a buyer comes, from 0 to 1"
            )
    return found
