"""MARKET.toml: strings become objects once, here.

Paths are relative to the file.  Whatever can be known to be wrong before any data is read is an InputError that names
the file and the key.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fairpool.files.market.keys import DataKeys, MarketKeys, MarketTables, PartyKeys
from fairpool.files.problem_in_file import concerning
from fairpool.files.table_file import read_dataset
from fairpool.files.toml_file import read_toml, refuse_same_name
from fairpool.ground.errors import InputError
from fairpool.ground.money import Amount, parse_amount
from fairpool.learning.catalogue import learner_named, score_named
from fairpool.market.options import Options
from fairpool.market.party import Party
from fairpool.market.reward_rules.catalogue import division_named
from fairpool.tables.dataset import Dataset


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
    """Parse a market file; raises InputError."""
    with concerning(path):
        tables = read_toml(path, MarketTables, called="MARKET.toml")
        market, data, own = tables.market, tables.data, tables.market.task == "own"
        price, fee = _amounts(market)
        found = MarketFile(
            path=path,
            name=market.name or path.stem,
            learner=market.learner,
            learner_options=market.learner_options,
            score=market.score,
            division=market.division,
            unit_price=price.minor,
            minimum_fee=fee.minor,
            currency=price.currency,
            seed=market.seed,
            options=market.options(data.overlap),
            label=data.label,
            features=_features(data),
            validation=_common_validation(data, path.parent, own=own),
            parties=tuple(
                _party(keys, f"party {place}", path.parent, own=own)
                for place, keys in enumerate(tables.party, 1)
            ),
        )
        refuse_same_name([party.name for party in found.parties], table="party")
        learner_named(found.learner, found.learner_options, score_named(found.score))
        division_named(found.division)
    return found


def _amounts(market: MarketKeys) -> tuple[Amount, Amount]:
    price = parse_amount(market.unit_price, what="market.unit-price")
    fee = parse_amount(market.minimum_fee or f"0 {price.currency}", what="market.minimum-fee")
    if fee.currency != price.currency:
        raise InputError(
            f"market.minimum-fee: got {fee.currency}, expected {price.currency} as in unit-price"
        )
    return price, fee


def _features(data: DataKeys) -> tuple[str, ...] | None:
    if data.features is not None and data.label in data.features:
        raise InputError(
            f"data.features: got the label {data.label!r} among them, expected columns to predict it from"
        )
    return data.features


def _common_validation(data: DataKeys, folder: Path, *, own: bool) -> Path | None:
    if own and data.validation:
        raise InputError(
            'data.validation: with task = "own" every [[party]] has a validation file of its own'
        )
    if not own and not data.validation:
        raise InputError(
            'data.validation is missing: with task = "common" there is one validation file for all'
        )
    return _file(folder, data.validation)


def _party(keys: PartyKeys, called: str, folder: Path, *, own: bool) -> PartyFiles:
    if own and not keys.validation:
        raise InputError(
            f'{called} ({keys.name!r}): validation is missing; with task = "own" every party has its own'
        )
    if not own and keys.validation:
        raise InputError(
            f'{called} ({keys.name!r}): got a validation file, but with task = "common" [data] names one for all'
        )
    validation, queries = _file(folder, keys.validation), _file(folder, keys.queries)
    return PartyFiles(keys.name, folder / keys.train, validation, queries)


def _file(folder: Path, name: str) -> Path | None:
    return folder / name if name else None
