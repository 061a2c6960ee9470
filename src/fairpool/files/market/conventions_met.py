"""Whether what a market file says of its files was met in any of them.

A column that no file has is an InputError, as it is a typing error; a mark, a text or a label that no cell holds is
worth a note: it may come in next month's file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from fairpool.files.market.market_file import MarketFile
from fairpool.ground.errors import InputError
from fairpool.ground.spelling import guess
from fairpool.market.party import Party
from fairpool.tables.columns import COLUMN_KEYS, Met, recoded_in
from fairpool.tables.conventions import LABEL_KEYS, Conventions, key_of
from fairpool.tables.dataset import Dataset


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
    notes: list[str] = []
    files = list(zip(market.parties, map(rows.of, rows.parties), strict=True))
    for key in market.conventions.given():
        group = set(LABEL_KEYS) if key in LABEL_KEYS else {key}
        read = [data for party, own in files if not group & party.own for data in own]
        read += [rows.validation] if rows.validation is not None else []
        notes += _unmet(key, market.conventions, read, table="data")
    for place, (party, own) in enumerate(files, 1):
        for key in party.conventions.given():
            if key in party.own:
                notes += _unmet(key, party.conventions, own, table=f"party {place}")
    return tuple(dict.fromkeys(notes))


def _unmet(key: str, conventions: Conventions, read: Iterable[Dataset], *, table: str) -> Iterator[str]:
    files = list(read)
    met: Met = frozenset().union(*(data.met for data in files))
    if key in COLUMN_KEYS:
        for name in getattr(conventions, key):
            if (key, name) not in met:
                there = dict.fromkeys(str(column) for data in files for column in data.features.columns)
                problem = f"{table}.{key_of(key)}: no file has the column {name!r}"
                raise InputError(f"{problem}{guess(name, there)}")
    marks = conventions.missing if key == "missing" else ()
    if key == "missing_in":
        marks = tuple(mark for some in conventions.missing_in.values() for mark in some)
    for mark in marks:
        if ("missing", mark) not in met:
            yield f'No cell is "{mark}", which {table}.{key_of(key)} says means missing.'
    for column, texts in (conventions.recode if key == "recode" else {}).items():
        for text in texts:
            if (recoded_in(column), text) not in met:
                yield f'No cell of {column} is "{text}", which {table}.recode names.'
    if key == "labels":
        for label in conventions.labels:
            if ("labels", label) not in met:
                yield f'No label is "{label}", which {table}.labels names.'
