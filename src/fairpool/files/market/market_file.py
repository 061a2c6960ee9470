"""MARKET.toml: strings become objects once, here.

Paths are relative to the file.  Whatever can be known to be wrong before any data is read is an InputError that names
the file and the key.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fairpool.files.faults import Faults
from fairpool.files.market.keys import DataKeys, MarketKeys, MarketTables, PartyKeys
from fairpool.files.reading_keys import agreed_conventions, is_parquet, of_columns
from fairpool.files.table_file import read_dataset
from fairpool.files.toml_file import read_keys, refuse_same_name
from fairpool.ground.errors import InputError
from fairpool.ground.money import Amount, parse_amount
from fairpool.learning.catalogue import learner_named, score_named
from fairpool.market.options import Options
from fairpool.market.reward_rules.catalogue import division_named
from fairpool.tables.conventions import CSV_KEYS, Conventions, key_of
from fairpool.tables.dataset import Dataset


@dataclass(frozen=True, slots=True)
class PartyFiles:
    """Paths of one party's files; ``queries`` are rows it wants predictions for.

    conventions  how they are to be read
    own          the names of those that the party's own table gives
    """

    name: str
    train: Path
    validation: Path | None
    queries: Path | None
    conventions: Conventions = field(default_factory=Conventions)
    own: frozenset[str] = frozenset()

    @property
    def paths(self) -> tuple[Path, ...]:
        return tuple(path for path in (self.train, self.validation, self.queries) if path is not None)


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
    conventions: Conventions = field(default_factory=Conventions)

    @property
    def paths(self) -> tuple[Path, ...]:
        """Every file that is named."""
        common = () if self.validation is None else (self.validation,)
        return (*common, *(path for party in self.parties for path in party.paths))

    @property
    def files(self) -> tuple[tuple[Path, Conventions], ...]:
        """The same, each with how it is to be read."""
        common = () if self.validation is None else ((self.validation, self.conventions),)
        return (*common, *((path, party.conventions) for party in self.parties for path in party.paths))

    def read(self, path: Path, conventions: Conventions) -> Dataset:
        """The rows of a file; raises InputError as `read_dataset` does."""
        return read_dataset(
            path, label=self.label, features=self.features, conventions=conventions_for(path, conventions)
        )


def conventions_for(path: Path, conventions: Conventions) -> Conventions:
    """What of the conventions there are for several files concerns this one: CSV's are not for Parquet."""
    return of_columns(conventions) if is_parquet(path) else conventions


def read_market_file(path: Path) -> MarketFile:
    """Parse a market file; raises InputError."""
    found = parse_market_file(path)
    if isinstance(found, list):
        raise found[0]
    return found


def parse_market_file(path: Path) -> MarketFile | list[InputError]:
    """The market file, or all that is wrong with it; raises InputError where it cannot be read at all."""
    tables = read_keys(path, MarketTables, called="MARKET.toml")
    if isinstance(tables, list):
        return tables
    faults, market, data = Faults(file=path), tables.market, tables.data
    own, parties = market.task == "own", list[PartyFiles]()
    price = fee = Amount(0, "EUR")
    conventions, options, features, validation = Conventions(), Options(), data.features, None
    with faults.noted():
        price, fee = _amounts(market)
    with faults.noted():
        conventions = agreed_conventions(conventions, data.conventions_given(), table="data")
    with faults.noted():
        options = market.options(data.overlap)
    with faults.noted():
        features = _features(data)
    with faults.noted():
        validation = _common_validation(data, path.parent, own=own)
    for place, keys in enumerate(tables.party, 1):
        with faults.noted():
            parties.append(_party(keys, f"party {place}", path.parent, conventions, own=own))
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
        options=options,
        label=data.label,
        features=features,
        validation=validation,
        parties=tuple(parties),
        conventions=conventions,
    )
    _check_together(found, faults)
    return faults.met or found


def _check_together(found: MarketFile, faults: Faults) -> None:
    """What is wrong with what was read, each key by itself being right."""
    with faults.noted():
        refuse_same_name([party.name for party in found.parties], table="party")
    with faults.noted():
        refuse_contradictions(found)
    with faults.noted():
        learner_named(found.learner, found.learner_options, score_named(found.score))
    with faults.noted():
        division_named(found.division)


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


def _party(keys: PartyKeys, called: str, folder: Path, conventions: Conventions, *, own: bool) -> PartyFiles:
    if own and not keys.validation:
        raise InputError(
            f'{called} ({keys.name!r}): validation is missing; with task = "own" every party has its own'
        )
    if not own and keys.validation:
        raise InputError(
            f'{called} ({keys.name!r}): got a validation file, but with task = "common" [data] names one for all'
        )
    validation, queries = _file(folder, keys.validation), _file(folder, keys.queries)
    given = keys.conventions_given()
    meant = agreed_conventions(conventions, given, table=called)
    return PartyFiles(keys.name, folder / keys.train, validation, queries, meant, frozenset(given))


def _file(folder: Path, name: str) -> Path | None:
    return folder / name if name else None


def refuse_contradictions(market: MarketFile) -> None:
    """InputError for a key that says something else than another, or concerns no file."""
    tables = [("data", market.conventions, market.paths, frozenset(market.conventions.given()))]
    tables += [
        (f"party {place}", party.conventions, party.paths, party.own)
        for place, party in enumerate(market.parties, 1)
    ]
    for table, conventions, paths, own in tables:
        _refuse_of_features(table, conventions, market)
        for key in CSV_KEYS:
            if key in own and all(map(is_parquet, paths)):
                raise InputError(f"{table}.{key_of(key)}: is for CSV files, got only Parquet files")


def _refuse_of_features(table: str, conventions: Conventions, market: MarketFile) -> None:
    label, features = market.label, market.features or ()
    if label in conventions.recode:
        raise InputError(f"{table}.recode: got the label {label!r}; labels = {{..}} recodes it")
    for key in ("exclude", "categorical"):
        if label in getattr(conventions, key):
            raise InputError(f"{table}.{key}: got the label {label!r}, expected columns to predict it from")
    for name in features:
        if name in conventions.exclude:
            raise InputError(f"{table}.exclude: got {name!r}, which is among the features")
    condition = conventions.condition
    if condition is not None and condition.column != label:
        problem = f"{table}.positive: got a condition on {condition.column!r}"
        old = conventions.rename.get(condition.column) == label
        hint = (
            f": {condition.column!r} is renamed to it, and positive names it by its new name" if old else ""
        )
        raise InputError(f"{problem}, expected one on the label {label!r}{hint}")
