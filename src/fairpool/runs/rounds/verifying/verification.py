"""`fairpool verify`: a settled round's folder held against what its own document determines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import pandas as pd

from fairpool.documents.settlement import SettlementDocument, read_settlement
from fairpool.files.problem_in_file import concerning
from fairpool.ground.errors import InputError
from fairpool.market.settlement import AMOUNTS
from fairpool.runs.rounds.verifying import recomputed as again
from fairpool.runs.rounds.verifying.coherence import CLOSE, incoherences, misshapen
from fairpool.runs.rounds.verifying.difference import Difference
from fairpool.runs.rounds.verifying.unknown import unknowns

_NOTHING = "any number: the parts of the document do not fit one another, so it determines none"


@dataclass(frozen=True, slots=True)
class Verification:
    """checked: how many numbers were computed again; not_recomputed: what the document cannot give, in words."""

    checked: int
    differences: tuple[Difference, ...]
    not_recomputed: tuple[str, ...]

    @property
    def holds(self) -> bool:
        return not self.differences


def verify(folder: Path) -> Verification:
    """Read a round's settlement.json and statement.csv, and compute them again; raises InputError."""
    place = folder / "settlement.json"
    try:
        document = read_settlement(place.read_bytes(), file=place)
        statement = (folder / "statement.csv").read_text(encoding="utf-8", errors="replace")
    except OSError as problem:
        raise InputError(f"cannot be read: {problem.strerror}", file=problem.filename) from problem
    with concerning(place):
        return verified(document, statement)


def verified(document: SettlementDocument, statement: str) -> Verification:
    """Hold the document against itself, and the statement (CSV) against the document."""
    amiss = [*misshapen(document), *_statement(document, statement)]
    if any(misshapen(document)):
        return Verification(0, tuple(amiss), (_NOTHING,))
    amiss += incoherences(document)
    numbers = again.numbers_again(document)
    said = dict(again.flat(document.model_dump(by_alias=True), ()))
    copies = asdict(document.certificate.replication)  # with what is left out when it is written
    said |= dict(again.flat(copies, ("certificate", "replication")))
    amiss += [
        Difference(named(place, document), said.get(place), value)
        for place, value in numbers.items()
        if not _same(said.get(place), value)
    ]
    return Verification(len(numbers), tuple(amiss), tuple(one.words for one in unknowns(document)))


def _same(said: object, value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return said == value
    if isinstance(value, int) and isinstance(said, int):
        return said == value
    return isinstance(said, int | float) and abs(said - value) <= CLOSE * max(1.0, abs(value))


def named(place: again.Path, document: SettlementDocument) -> str:
    """``parties.South.net``: parties by their names."""
    steps = list(place)
    if steps[0] == "parties" and isinstance(steps[1], int):
        steps[1] = document.parties[steps[1]].name
    return ".".join(map(str, steps))


def _statement(document: SettlementDocument, text: str) -> Iterator[Difference]:
    """statement.csv is the document's parties, line by line."""
    for place, (got, expected) in enumerate(
        zip(*_padded(text.splitlines(), statement_of(document).splitlines()), strict=True), start=1
    ):
        if got != expected:
            yield Difference(f"statement.csv, line {place}", got, expected)


def _padded(one: list[str], other: list[str]) -> tuple[list[str], list[str]]:
    most = max(len(one), len(other))
    return one + [""] * (most - len(one)), other + [""] * (most - len(other))


def statement_of(document: SettlementDocument) -> str:
    """What statement.csv holds of this document."""
    columns = ("gain_alone", "gain", *AMOUNTS, "share", "share_se")
    names = pd.Index([party.name for party in document.parties], name="name")
    table = pd.DataFrame(
        {column: [getattr(party, column) for party in document.parties] for column in columns}, index=names
    )
    return table.assign(currency=document.currency).to_csv(lineterminator="\n")
