"""Who comes, in PRICE.toml: what amounts are worth to every type, and how often or in which order types come.

    stochastic   ``probabilities``, the same in every round
    periodic     ``pattern``, a list of types over and over
    drifting     from ``probabilities`` to ``later-probabilities`` in a straight line
    switching    ``probabilities`` and ``later-probabilities`` in turn, ``period`` rounds each

With a file of valuations the numbers stand in ``[price]``; with a formula a type, in its ``[[type]]``.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from fairpool.files.concerning import concerning
from fairpool.files.pricing.shapes import Shape, shape_of
from fairpool.files.pricing.tables import read_valuations
from fairpool.files.toml_table import TomlTable
from fairpool.ground.arrays import Floats
from fairpool.ground.errors import InputError
from fairpool.pricing.curves.valuations import Valuations, checked_probabilities
from fairpool.pricing.simulator.arrivals import Arrivals, Drifting, Independent, Switching, periodic

ARRIVALS = ("stochastic", "periodic", "drifting", "switching")
_CHANGING = ("drifting", "switching")
MOST_ROWS, MOST_TYPES = 10**6, 30


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


def read_buyers(document: TomlTable, price: TomlTable, *, rounds: int, type_keys: tuple[str, ...]) -> Buyers:
    """From ``[price]`` and ``[[type]]``, whichever there is; raises InputError."""
    kind = price.choice("arrivals", ARRIVALS, "stochastic")
    if "type" in document.content:
        types = document.tables("type", type_keys)
        valuations, shapes = _by_types(price, types)
        given = {key: _of_types(types, one) for key, one in _KEYS.items()}
    else:
        valuations, shapes = _by_file(price), None
        given = {key: _of_list(price, key) for key in _KEYS}
    if valuations.types > MOST_TYPES:
        problem = f"valuations: got {valuations.types} types, expected at most {MOST_TYPES}"
        raise InputError(problem, file=price.path)
    if valuations.largest == 0:
        problem = "valuations: no amount is worth anything to any type; expected somebody who would buy"
        raise InputError(problem, file=price.path)
    with concerning(price.path):
        return _arriving(price, kind, valuations, shapes, given, rounds)


_KEYS = {"probabilities": "probability", "later-probabilities": "later-probability"}


def _arriving(
    price: TomlTable,
    kind: str,
    valuations: Valuations,
    shapes: tuple[Shape, ...] | None,
    given: dict[str, list[float] | None],
    rounds: int,
) -> Buyers:
    """The order of buyers, and what is left over refused."""
    m = valuations.types
    _refuse_unused(price, kind, given)
    if kind == "periodic":
        places = _pattern(price, valuations.names)
        frequencies = np.bincount(np.resize(places, rounds), minlength=m) / rounds
        settings: dict[str, Any] = {"pattern": [valuations.names[place] for place in places]}
        return Buyers(valuations, shapes, kind, periodic(places, m), frequencies, None, None, settings)
    first = checked_probabilities(_present(price, "probabilities", given, m), m)
    if kind == "stochastic":
        return Buyers(valuations, shapes, kind, Independent(first), first, first, None, {})
    later = checked_probabilities(_present(price, "later-probabilities", given, m), m)
    if kind == "drifting":
        return Buyers(valuations, shapes, kind, Drifting(first, later), (first + later) / 2, first, later, {})
    period = min(price.whole("period", max(1, rounds // 10), least=1), rounds)
    part = float((np.arange(rounds) // period % 2).mean())
    average, settings = (1 - part) * first + part * later, {"period": period}
    return Buyers(valuations, shapes, kind, Switching(first, later, period), average, first, later, settings)


def _refuse_unused(price: TomlTable, kind: str, given: dict[str, list[float] | None]) -> None:
    """InputError for a key that this kind of arrivals does not look at."""
    belongs = {
        "probabilities": tuple(one for one in ARRIVALS if one != "periodic"),
        "later-probabilities": _CHANGING,
        "pattern": ("periodic",),
        "period": ("switching",),
    }
    for key, kinds in belongs.items():
        there = key in price.content or given.get(key) is not None
        if there and kind not in kinds:
            named = " or ".join(f'"{one}"' for one in kinds)
            shown = key if key in price.content or key not in _KEYS else f"type.{_KEYS[key]}"
            raise InputError(f'{shown}: belongs to arrivals = {named}, got "{kind}"', file=price.path)


def _present(price: TomlTable, key: str, given: dict[str, list[float] | None], types: int) -> list[float]:
    found = given[key]
    if found is None:
        expected = f"a list of {types} numbers that sum to 1, or {_KEYS[key]} in each [[type]]"
        raise InputError(f"price.{key} is missing: expected {expected}", file=price.path)
    return found


def _pattern(price: TomlTable, names: tuple[str, ...]) -> list[int]:
    given = price.content.get("pattern", list(names))
    if not (isinstance(given, list) and given and all(name in names for name in given)):
        known = ", ".join(repr(name) for name in names[:8])
        raise InputError(
            f"price.pattern: got {given!r}, expected a list of types, such as {known}", file=price.path
        )
    return [names.index(name) for name in given]


# ---- valuations


def _by_file(price: TomlTable) -> Valuations:
    if "most" in price.content:
        problem = (
            "price.most: got it without [[type]]; a file of valuations says itself how many rows there are"
        )
        raise InputError(problem, file=price.path)
    expected = "a CSV file with a row an amount and a column a type of buyers, or a table [[type]] for each"
    return read_valuations(price.path.parent / price.text("valuations", expected=expected))


def _by_types(price: TomlTable, types: list[TomlTable]) -> tuple[Valuations, tuple[Shape, ...]]:
    for key in ("valuations", *_KEYS):
        if key in price.content:
            problem = f"price.{key}: got it beside [[type]]; expected it in a file or by types, not both"
            raise InputError(problem, file=price.path)
    most = price.whole("most", None, least=1)
    if most is None:
        raise InputError("price.most is missing: expected how many rows there are for sale", file=price.path)
    if most > MOST_ROWS:
        raise InputError(f"price.most: got {most:,}, expected at most {MOST_ROWS:,}", file=price.path)
    names = tuple(table.text("name") for table in types)
    _refuse_one_name(names, price.path)
    amounts = np.arange(1, most + 1)
    shapes = tuple(shape_of(table) for table in types)
    values = np.stack([np.maximum.accumulate(shape(amounts.astype(np.float64))) for shape in shapes])
    return Valuations(amounts, values, names), shapes


def _refuse_one_name(names: tuple[str, ...], path: Path) -> None:
    for place, name in enumerate(names):
        if name in names[:place]:
            problem = (
                f"type {place + 1}: got the name {name!r}, which type {names.index(name) + 1} has already"
            )
            raise InputError(f"{problem}; expected a name of its own", file=path)


# ---- numbers


def _of_types(types: list[TomlTable], key: str) -> list[float] | None:
    """One number a type, or None where none has one."""
    found = [table.number(key, None) for table in types]
    if all(one is None for one in found):
        return None
    for table, one in zip(types, found, strict=True):
        if one is None:
            problem = f"{table.name}.{key} is missing: expected how often such a buyer comes, from 0 to 1"
            raise InputError(problem, file=table.path)
    return [one for one in found if one is not None]


def _of_list(price: TomlTable, key: str) -> list[float] | None:
    given = price.content.get(key)
    if given is None or (isinstance(given, list) and all(_is_number(one) for one in given)):
        return given
    raise InputError(f"price.{key}: got {given!r}, expected a list of numbers that sum to 1", file=price.path)


def _is_number(value: object) -> bool:
    """Of a size that fits float64, where TOML's whole numbers may be of any."""
    return isinstance(value, float) or (
        isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**9
    )
