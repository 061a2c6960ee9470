"""What `fairpool run` would say of a market file and the files it names, all at once, before anything is trained.

    the market file   every key that does not fit
    each file         that it is there and reads, has its columns, and no cell that the round could not read
    all together      what only several files show: classes, columns in common, a note for what was met

Whatever is found here stops a run; where nothing is found the files are read and agreed on as a run does.  One party
can check its own file alone: other parties' files need not be there, and without the validation file its columns are
held against nothing but themselves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from fairpool.files.faults import Faults
from fairpool.files.forgotten_names import advising_rename
from fairpool.files.market.conventions_met import columns_of_no_file
from fairpool.files.market.market_file import MarketFile, PartyFiles, conventions_for, parse_market_file
from fairpool.files.market.one_party import party_remarks
from fairpool.files.market.round_inputs import read_inputs, read_queries
from fairpool.files.market.rows_compared import ComparedRows
from fairpool.files.table_file import read_table
from fairpool.ground.errors import InputError
from fairpool.ground.spelling import guess
from fairpool.learning.catalogue import score_named
from fairpool.market.departures import remarks_on_files
from fairpool.market.feasibility import refuse_infeasible, refuse_unusable_options
from fairpool.tables.conventions import Conventions
from fairpool.tables.dataset import Dataset, dataset_of
from fairpool.tables.names import require_columns

_VALIDATION, _TRAINING, _QUERIES = "validation", "training", "queries"


@dataclass(frozen=True, slots=True)
class CheckedFile:
    """A file that could be read; party: "" for the common validation file."""

    party: str
    role: str
    path: Path
    rows: int
    columns: int


@dataclass(slots=True)
class RoundCheck:
    """What was found: faults stop a run, notes do not."""

    faults: Faults
    notes: list[str] = field(default_factory=list)
    files: list[CheckedFile] = field(default_factory=list)


def check_market(path: Path, *, party: str | None = None) -> RoundCheck:
    """Check a market file and the files of all parties, or of one; raises InputError for a party that is not in it."""
    check = RoundCheck(Faults(file=path))
    market: MarketFile | list[InputError] = []
    with check.faults.noted():
        market = parse_market_file(path)
    if isinstance(market, list):
        check.faults.met += market
        return check
    parties = market.parties if party is None else [_party_named(party, market)]
    rows = _Rows(market, check)
    rows.read(parties, all_there=party is None)
    rows.refuse_unmet_keys(all_there=party is None)
    rows.compared().compare()
    if party is None and not check.faults.met:
        with check.faults.noted():
            inputs = read_inputs(market)
            refuse_infeasible(inputs.agreement)
            refuse_unusable_options(inputs.agreement)
            check.notes += remarks_on_files(inputs.agreement)
    elif party is not None and not check.faults.met:
        with check.faults.noted():
            check.notes += party_remarks(market, *parties)
    return check


def _party_named(name: str, market: MarketFile) -> PartyFiles:
    names = [party.name for party in market.parties]
    if name not in names:
        problem = f"--party: got {name!r}, expected one of {', '.join(names)}"
        raise InputError(f"{problem}{guess(name, names)}", file=market.path)
    return market.parties[names.index(name)]


class _Rows:
    """The files' rows, by what they are for."""

    def __init__(self, market: MarketFile, check: RoundCheck) -> None:
        self._market, self._check = market, check
        self._validations: list[Dataset] = []
        self._trainings: list[Dataset] = []
        self._queries: list[Dataset] = []
        self._kind = score_named(market.score).task
        self._of: dict[str, list[Dataset]] = {}  # by party, "" for all: only where all of its files were read

    def read(self, parties: Sequence[PartyFiles], *, all_there: bool) -> None:
        common = self._market.validation
        if common is not None and (all_there or common.exists()):
            self._add(self._validations, "", _VALIDATION, common, self._market.conventions)
        elif common is not None:
            self._check.notes.append(f"{common} is not here: no cell was held against it.")
        for party in parties:
            self._add(self._trainings, party.name, _TRAINING, party.train, party.conventions)
            if party.validation is not None:
                self._add(self._validations, party.name, _VALIDATION, party.validation, party.conventions)
            if party.queries is not None:
                self._add(self._queries, party.name, _QUERIES, party.queries, party.conventions)

    def _add(self, place: list[Dataset], party: str, role: str, path: Path, meant: Conventions) -> None:
        with self._check.faults.noted():
            data = self._dataset(path, conventions_for(path, meant), asked=role == _QUERIES)
            if data is not None:
                place.append(data)
                self._of.setdefault(party, []).append(data)
                columns = len(data.features.columns)
                self._check.files.append(CheckedFile(party, role, path, len(data), columns))

    def _dataset(self, path: Path, conventions: Conventions, *, asked: bool) -> Dataset | None:
        """The rows of a file; None where columns are not there, which is noted for each."""
        market = self._market
        if asked:
            return read_queries(path, market.label, conventions)
        table, before = read_table(path, conventions), len(self._check.faults.met)
        for what, names in (("label", [market.label]), ("feature", market.features or ())):
            for name in names:
                with self._check.faults.noted(), advising_rename(market.files):
                    require_columns([name], table.names, file=table.name, what=what, met=table.met)
        if len(self._check.faults.met) > before:
            return None
        return dataset_of(table, label=market.label, features=market.features, conventions=conventions)

    def refuse_unmet_keys(self, *, all_there: bool) -> None:
        """Note what keys name columns that no file has, where the files were read."""
        parties = {p.name: p for p in self._market.parties}
        read = {name: own for name, own in self._of.items() if name and len(own) == len(parties[name].paths)}
        whole = (
            all_there and len(read) == len(parties) and ("" in self._of or self._market.validation is None)
        )
        common = self._of.get("", []) if whole else None
        for fault in columns_of_no_file(self._market, read, common):
            with self._check.faults.noted():
                raise fault

    def compared(self) -> ComparedRows:
        """All that was read, to be held against the validation files."""
        told = (self._kind, self._market.features, self._check.faults)
        return ComparedRows(self._validations, self._trainings, self._queries, *told)
