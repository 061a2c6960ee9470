"""Whether what a market file says of its files was met in any of them.

A column that no file has is an InputError, as it is a typing error; a mark, a text or a label that no cell holds is
worth a note: it may come in next month's file.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from fairpool.files.market.market_file import MarketFile, PartyFiles
from fairpool.ground.errors import InputError
from fairpool.market.party import Party
from fairpool.tables.columns import COLUMN_KEYS, Met, recoded_in
from fairpool.tables.conventions import LABEL_KEYS, Conventions, key_of
from fairpool.tables.dataset import Dataset
from fairpool.tables.names import key_hint


@dataclass(frozen=True, slots=True, eq=False)
class RoundRows:
    """The rows of a round as they were read; queries by the parties' names."""

    parties: Sequence[Party]
    validation: Dataset | None
    queries: Mapping[str, Dataset]

    def of(self, party: Party) -> list[Dataset]:
        """All that a party brings."""
        own = (party.train, party.validation, self.queries.get(party.name))
        return [data for data in own if data is not None]


def notes_on_conventions(market: MarketFile, rows: RoundRows) -> tuple[str, ...]:
    """A sentence for each mark and label that was not met; InputError for a column that no file has."""
    files = list(zip(market.parties, map(rows.of, rows.parties), strict=True))
    common = [] if rows.validation is None else [rows.validation]
    said = [*_said_of_all(market, files, common), *_said_of_one(market, files)]
    for one in said:
        for fault in one.unmet_columns():
            raise fault
    return tuple(dict.fromkeys(note for one in said for note in one.unmet_cells()))


def columns_of_no_file(
    market: MarketFile, read: Mapping[str, Sequence[Dataset]], common: Sequence[Dataset] | None
) -> list[InputError]:
    """A fault for each column that a key names and no file has, of the parties whose files were all ``read``.

    common: the validation files of all; None where what is said of all files cannot be looked at, as some are not here
    """
    files = [(party, read[party.name]) for party in market.parties if party.name in read]
    said = _said_of_one(market, files)
    said += _said_of_all(market, files, common) if common is not None else []
    return [fault for one in said for fault in one.unmet_columns()]


_Files = Sequence[tuple[PartyFiles, Sequence[Dataset]]]


def _said_of_all(market: MarketFile, files: _Files, common: Sequence[Dataset]) -> list[_Said]:
    found = []
    for key in market.conventions.given():
        group = set(LABEL_KEYS) if key in LABEL_KEYS else {key}
        read = [data for party, own in files if not group & party.own for data in own]
        found.append(_Said("data", key, market.conventions, (*read, *common)))
    return found


def _said_of_one(market: MarketFile, files: _Files) -> list[_Said]:
    return [
        _Said(f"party {1 + market.parties.index(party)}", key, party.conventions, tuple(own))
        for party, own in files
        for key in party.conventions.given()
        if key in party.own
    ]


@dataclass(frozen=True, slots=True, eq=False)
class _Said:
    """What one key of a table says of some files."""

    table: str
    key: str
    conventions: Conventions
    files: Sequence[Dataset]

    @property
    def met(self) -> Met:
        return frozenset().union(*(data.met for data in self.files))

    def unmet_columns(self) -> Iterator[InputError]:
        """A fault for each column that it names and none of the files has."""
        key, met = key_of(self.key), self.met
        there = dict.fromkeys(
            str(column) for data in self.files for column in [*data.features.columns, data.label.name]
        )
        for name in getattr(self.conventions, self.key) if self.key in COLUMN_KEYS else ():
            if (self.key, name) not in met:
                problem = f"{self.table}.{key}: no file has the column {name!r}"
                yield InputError(f"{problem}{key_hint(key, name, list(there), met)}")

    def unmet_cells(self) -> Iterator[str]:
        """A sentence for each mark, text or label that it names and no cell is."""
        met, conventions, table = self.met, self.conventions, self.table
        marks = conventions.missing if self.key == "missing" else ()
        if self.key == "missing_in":
            marks = tuple(mark for some in conventions.missing_in.values() for mark in some)
        for mark in marks:
            if ("missing", mark) not in met:
                yield f'No cell is "{mark}", which {table}.{key_of(self.key)} says means missing.'
        for column, texts in (conventions.recode if self.key == "recode" else {}).items():
            for text in texts:
                if (recoded_in(column), text) not in met:
                    yield f'No cell of {column} is "{text}", which {table}.recode names.'
        for label in conventions.labels if self.key == "labels" else ():
            if ("labels", label) not in met:
                yield f'No label is "{label}", which {table}.labels names.'
