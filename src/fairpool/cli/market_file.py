"""MARKET.toml: strings become objects once, here.

Paths are relative to the file.  Every key that is not known, of the wrong type or out of range is an InputError that
names the file and the key.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any, TypeVar

from fairpool.errors import InputError
from fairpool.learning.dataset import Dataset
from fairpool.learning.reading import read_dataset
from fairpool.learning.round import EmptyCoalition, SharedRows
from fairpool.market.options import Customise, Method, Options
from fairpool.market.party import Party
from fairpool.money import parse_amount

T = TypeVar("T")
E = TypeVar("E", bound=Enum)


@dataclass(frozen=True, slots=True)
class PartyFiles:
    """Paths of one party's files; ``queries`` are rows it wants predictions for."""

    name: str
    train: Path
    validation: Path | None
    queries: Path | None


@dataclass(frozen=True, slots=True)
class MarketFile:
    """A market file, parsed and checked as far as it goes without reading data."""

    path: Path
    name: str
    learner: str
    learner_options: Mapping[str, Any]
    score: str
    division: str
    unit_price: int
    minimum_fee: int
    currency: str
    seed: int
    options: Options
    label: str
    features: tuple[str, ...] | None
    validation: Path | None
    parties: tuple[PartyFiles, ...]

    def read_parties(self) -> list[Party]:
        """The parties with their data; raises InputError as `read_dataset` does."""
        return [
            Party(
                files.name,
                self._read(files.train),
                None if files.validation is None else self._read(files.validation),
            )
            for files in self.parties
        ]

    def read_validation(self) -> Dataset | None:
        """The common validation data, if there are any."""
        return None if self.validation is None else self._read(self.validation)

    def _read(self, path: Path) -> Dataset:
        return read_dataset(path, label=self.label, features=self.features)


def read_market_file(path: Path) -> MarketFile:
    """Parse a market file."""
    document = _Table(_load(path), "", path)
    market, data = document.table("market"), document.table("data")
    parties = document.tables("party")
    document.nothing_else()
    own = market.choice("task", ("common", "own"), "common") == "own"
    price = parse_amount(market.text("unit-price"), what="market.unit-price", file=str(path))
    fee = parse_amount(
        market.text("minimum-fee", f"0 {price.currency}"), what="market.minimum-fee", file=str(path)
    )
    if fee.currency != price.currency:
        raise InputError(
            f"market: minimum-fee is in {fee.currency}, unit-price in {price.currency}", file=path
        )
    found = MarketFile(
        path=path,
        name=market.text("name", path.stem),
        learner=market.text("learner", "nearest"),
        learner_options=market.mapping("learner-options"),
        score=market.text("score", "accuracy"),
        division=market.text("division", "normalised-shapley"),
        unit_price=price.minor,
        minimum_fee=fee.minor,
        currency=price.currency,
        seed=market.whole("seed", 0, least=0),
        options=_options(market),
        label=data.text("label"),
        features=data.texts("features"),
        validation=_common_validation(data, path, own=own),
        parties=tuple(_party(table, path, own=own) for table in parties),
    )
    for table in (market, data, *parties):
        table.nothing_else()
    return found


def _load(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            return tomllib.load(file)
    except FileNotFoundError:
        raise InputError("no such file", file=path) from None
    except IsADirectoryError:
        raise InputError("is a folder, expected a market file such as MARKET.toml", file=path) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise InputError(f"not a TOML file: {problem}", file=path) from problem
    except OSError as problem:
        raise InputError(f"cannot be read: {problem.strerror}", file=path) from problem


def _options(market: _Table) -> Options:
    plain = Options()
    try:
        return Options(
            shared_rows=market.one_of("shared-rows", SharedRows, plain.shared_rows),
            empty=market.one_of("empty-coalition", EmptyCoalition, plain.empty),
            customise=market.one_of("customise", Customise, plain.customise),
            tolerance=market.number("tolerance", plain.tolerance) or 0.0,
            method=market.one_of("method", Method, plain.method),
            evaluations=market.whole("evaluations", None, least=1),
            target_error=market.number("target-error", None),
        )
    except InputError as problem:
        raise InputError(problem.problem, file=market.path) from problem


def _common_validation(data: _Table, path: Path, *, own: bool) -> Path | None:
    name = data.text("validation", "")
    if own and name:
        raise InputError(
            'data.validation: with task = "own" every [[party]] has its own validation file', file=path
        )
    if not own and not name:
        raise InputError(
            'data.validation is missing: with task = "common" there is one validation file', file=path
        )
    return path.parent / name if name else None


def _party(table: _Table, path: Path, *, own: bool) -> PartyFiles:
    name = table.text("name")
    validation = table.text("validation", "")
    if own and not validation:
        raise InputError(
            f'party {name!r}: validation is missing; with task = "own" every party has one', file=path
        )
    if not own and validation:
        raise InputError(
            f'party {name!r}: got a validation file, but task = "common" has one for all', file=path
        )
    queries = table.text("queries", "")
    return PartyFiles(
        name=name,
        train=path.parent / table.text("train"),
        validation=path.parent / validation if validation else None,
        queries=path.parent / queries if queries else None,
    )


class _Table:
    """One table of the file, which remembers what was asked for."""

    def __init__(self, content: Mapping[str, Any], name: str, path: Path) -> None:
        self.content, self.name, self.path = content, name, path
        self.asked: list[str] = []

    def text(self, key: str, default: str | None = None) -> str:
        value = self._get(key, default, str, "a text in quotes")
        if default is None and not value.strip():
            raise self._wrong(key, value, "a text that is not empty")
        return value

    def texts(self, key: str) -> tuple[str, ...] | None:
        found: list[Any] | None = self._optional(key, list, "a list of column names")
        if found is not None and not (found and all(isinstance(name, str) for name in found)):
            raise self._wrong(key, found, "a list of column names")
        return None if found is None else tuple(found)

    def mapping(self, key: str) -> Mapping[str, Any]:
        return self._optional(key, dict, "a table such as { alpha = 10.0 }") or {}

    def whole(self, key: str, default: T, *, least: int) -> int | T:
        value: int | None = self._optional(key, int, f"a whole number from {least}")
        if value is not None and (isinstance(value, bool) or value < least):
            raise self._wrong(key, value, f"a whole number from {least}")
        return default if value is None else value

    def number(self, key: str, default: T) -> float | T:
        value: float | None = self._optional(key, (int, float), "a number")
        if isinstance(value, bool):
            raise self._wrong(key, value, "a number")
        return default if value is None else float(value)

    def choice(self, key: str, choices: Sequence[str], default: str) -> str:
        value = self.text(key, default)
        if value not in choices:
            raise self._wrong(key, value, " or ".join(f'"{choice}"' for choice in choices))
        return value

    def one_of(self, key: str, kind: type[E], default: E) -> E:
        return kind(self.choice(key, [str(member.value) for member in kind], str(default.value)))

    def table(self, key: str) -> _Table:
        found: Mapping[str, Any] | None = self._optional(key, dict, f"a table [{key}]")
        if found is None:
            raise InputError(f"[{key}] is missing", file=self.path)
        return _Table(found, key, self.path)

    def tables(self, key: str) -> list[_Table]:
        found: list[Any] | None = self._optional(key, list, f"tables [[{key}]]")
        if not found or not all(isinstance(entry, dict) for entry in found):
            raise InputError(f"[[{key}]] is missing: expected one for each {key}", file=self.path)
        return [_Table(entry, f"{key} {number}", self.path) for number, entry in enumerate(found, start=1)]

    def nothing_else(self) -> None:
        """InputError for the first key that nobody asked for."""
        for key in self.content:
            if key not in self.asked:
                where = f"{self.name}: " if self.name else ""
                raise InputError(
                    f"{where}unknown key {key!r}; expected {', '.join(self.asked)}", file=self.path
                )

    def _get(self, key: str, default: T | None, kind: type[T], expected: str) -> T:
        found: T | None = self._optional(key, kind, expected)
        if found is not None:
            return found
        if default is None:
            raise InputError(f"{self.name}.{key} is missing: expected {expected}", file=self.path)
        return default

    def _optional(self, key: str, kind: type | tuple[type, ...], expected: str) -> Any:
        self.asked.append(key)
        value = self.content.get(key)
        if value is not None and not isinstance(value, kind):
            raise self._wrong(key, value, expected)
        return value

    def _wrong(self, key: str, value: object, expected: str) -> InputError:
        where = f"{self.name}.{key}" if self.name else key
        return InputError(f"{where}: got {value!r}, expected {expected}", file=self.path)
