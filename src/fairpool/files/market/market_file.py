"""MARKET.toml: strings become objects once, here.

Paths are relative to the file.  Whatever can be known to be wrong before any data is read is an InputError that names
the file and the key.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fairpool.files.concerning import concerning
from fairpool.files.toml_table import TomlTable, read_toml
from fairpool.ground.errors import InputError
from fairpool.ground.money import Amount, parse_amount
from fairpool.learning.catalogue import learner_named, score_named
from fairpool.learning.experiment import EmptyCoalition, SharedRowsRule
from fairpool.market.options import Customise, Method, Options
from fairpool.market.party import Party
from fairpool.market.reward_rules.catalogue import division_named
from fairpool.tables.dataset import Dataset
from fairpool.tables.reading import read_dataset

TABLES = ("market", "data", "party")
MARKET = (
    "name", "task", "learner", "learner-options", "score", "division", "unit-price", "minimum-fee", "seed",
    "shared-rows", "empty-coalition", "customise", "tolerance", "method", "evaluations", "target-error",
)  # fmt: skip
DATA = ("label", "features", "validation")
PARTY = ("name", "train", "validation", "queries")


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
    document = read_toml(path, TABLES)
    market, data = document.table("market", MARKET), document.table("data", DATA)
    own = market.choice("task", ("common", "own"), "common") == "own"
    price, fee = _amounts(market)
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
        features=_features(data),
        validation=_common_validation(data, own=own),
        parties=tuple(_party(table, own=own) for table in document.tables("party", PARTY)),
    )
    _refuse_one_name(found)
    _refuse_unknown_names(found)
    return found


def _amounts(market: TomlTable) -> tuple[Amount, Amount]:
    expected, file = 'an amount in quotes like "1000.00 EUR"', str(market.path)
    price_text = market.text("unit-price", expected=expected)
    price = parse_amount(price_text, what="market.unit-price", file=file)
    fee_text = market.text("minimum-fee", f"0 {price.currency}", expected=expected)
    fee = parse_amount(fee_text, what="market.minimum-fee", file=file)
    if fee.currency != price.currency:
        raise InputError(
            f"market.minimum-fee: got {fee.currency}, expected {price.currency} as in unit-price",
            file=market.path,
        )
    return price, fee


def _options(market: TomlTable) -> Options:
    plain = Options()
    with concerning(market.path):
        return Options(
            shared_rows=market.one_of("shared-rows", SharedRowsRule, plain.shared_rows),
            empty=market.one_of("empty-coalition", EmptyCoalition, plain.empty),
            customise=market.one_of("customise", Customise, plain.customise),
            tolerance=market.number("tolerance", plain.tolerance),
            method=market.one_of("method", Method, plain.method),
            evaluations=market.whole("evaluations", None, least=1),
            target_error=market.number("target-error", None),
        )


def _features(data: TomlTable) -> tuple[str, ...] | None:
    features, label = data.texts("features"), data.text("label")
    if features is not None and label in features:
        problem = f"data.features: got the label {label!r} among them, expected columns to predict it from"
        raise InputError(problem, file=data.path)
    return features


def _common_validation(data: TomlTable, *, own: bool) -> Path | None:
    name = data.text("validation", "")
    if own and name:
        problem = 'data.validation: with task = "own" every [[party]] has a validation file of its own'
        raise InputError(problem, file=data.path)
    if not own and not name:
        problem = 'data.validation is missing: with task = "common" there is one validation file for all'
        raise InputError(problem, file=data.path)
    return data.path.parent / name if name else None


def _party(table: TomlTable, *, own: bool) -> PartyFiles:
    name = table.text("name")
    validation, queries = table.text("validation", ""), table.text("queries", "")
    if own and not validation:
        problem = f'{table.name} ({name!r}): validation is missing; with task = "own" every party has its own'
        raise InputError(problem, file=table.path)
    if not own and validation:
        problem = f'{table.name} ({name!r}): got a validation file, but with task = "common" [data] names one for all'
        raise InputError(problem, file=table.path)
    folder = table.path.parent
    return PartyFiles(
        name=name,
        train=folder / table.text("train"),
        validation=folder / validation if validation else None,
        queries=folder / queries if queries else None,
    )


def _refuse_one_name(found: MarketFile) -> None:
    places: dict[str, int] = {}
    for place, party in enumerate(found.parties, start=1):
        if party.name in places:
            problem = (
                f"party {place}: got the name {party.name!r}, which party {places[party.name]} has already; "
                "expected a name of its own"
            )
            raise InputError(problem, file=found.path)
        places[party.name] = place


def _refuse_unknown_names(found: MarketFile) -> None:
    with concerning(found.path):
        learner_named(found.learner, found.learner_options, score_named(found.score))
        division_named(found.division)
