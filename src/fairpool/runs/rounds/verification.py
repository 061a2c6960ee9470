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
from fairpool.runs.rounds import recomputed as again

_CLOSE = 1e-9  # scores and shares: sums of the same numbers in another order


@dataclass(frozen=True, slots=True)
class Difference:
    """A number that does not hold: where it stands, what is there, and what it should be."""

    place: str
    got: object
    expected: object


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
    numbers = again.numbers_again(document)
    said = dict(again.flat(document.model_dump(by_alias=True), ()))
    copies = asdict(document.certificate.replication)  # with what is left out when it is written
    said |= dict(again.flat(copies, ("certificate", "replication")))
    found = [
        Difference(named(place, document), said.get(place), value)
        for place, value in numbers.items()
        if not _same(said.get(place), value)
    ]
    found += [*_out_of_interval(document), *_repeated(document), *_left_out(document)]
    found += _statement(document, statement)
    return Verification(len(numbers), tuple(found), tuple(not_recomputed(document)))


def _same(said: object, value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return said == value
    if isinstance(value, int) and isinstance(said, int):
        return said == value
    return isinstance(said, int | float) and abs(said - value) <= _CLOSE * max(1.0, abs(value))


def named(place: again.Path, document: SettlementDocument) -> str:
    """``parties.South.net``: parties by their names."""
    steps = list(place)
    if steps[0] == "parties" and isinstance(steps[1], int):
        steps[1] = document.parties[steps[1]].name
    return ".".join(map(str, steps))


def _out_of_interval(document: SettlementDocument) -> Iterator[Difference]:
    """An interval holds its number."""
    for party in document.parties:
        for what in ("gain", "share", "net"):
            ends, number = getattr(party, f"{what}_interval"), getattr(party, what)
            if ends is not None and not ends[0] - _CLOSE <= number <= ends[1] + _CLOSE:
                place = f"parties.{party.name}.{what}_interval"
                yield Difference(place, list(ends), f"an interval that holds {number}")


def _repeated(document: SettlementDocument) -> Iterator[Difference]:
    """Every coalition stands once, and holds parties of the round."""
    names, seen = {party.name for party in document.parties}, set()
    for i, group in enumerate(document.coalitions or ()):
        members = frozenset(group.members)
        if members in seen or not members <= names or len(members) < len(group.members):
            yield Difference(f"coalitions.{i}.members", list(group.members), "a coalition that stands once")
        seen.add(members)


def _left_out(document: SettlementDocument) -> Iterator[Difference]:
    """Where every coalition was scored and some are there, all are: one less would leave the shares unchecked."""
    all_of_them = 2 ** len(document.parties)
    if document.task == "common" and document.method != "sampled" and document.coalitions is not None:
        there = len(document.coalitions)
        if there != all_of_them:
            yield Difference("coalitions", f"{there} of them", f"all {all_of_them}")


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


def not_recomputed(document: SettlementDocument) -> Iterator[str]:
    """What the document cannot give, each with its reason."""
    yield "the gains of coalitions themselves: they take the parties' rows (fairpool run computes them again)"
    if document.parties[0].net_interval is not None:
        yield "the 95 % intervals: they take the predictions of every validation row (only that each holds its number)"
    if again.table_of_gains(document) is None:
        yield _why_no_shares(document)
    if document.certificate.replication.basis == "evaluated":
        yield "what copies would have earned: models were trained with the copies in"
    elif again.table_of_gains(document) is None:
        yield "what copies would have earned"
    if document.method == "exact" and not again.every_coalition_is_a_model(document):
        yield "how many different models were scored: that hangs on the rows that parties share, and on copies"
    if document.customisation is not None:
        yield "the matrix of customised models: what each scores on every task"
    if document.tasks:
        yield "what the best constant scores on a task, and what one row decides: they take the labels"
    if document.inputs:
        yield "the files' rows and SHA-256: compare them with the files (sha256sum FILE)"
    yield "shared rows, equal parties, data sheets and notes: they were found in the rows"
    yield "seed, options, versions and date: they say how and when the round was settled"


def _why_no_shares(document: SettlementDocument) -> str:
    if document.method == "sampled":
        return (
            "shares, their parts and their standard errors: they were estimated from a sample of coalitions"
        )
    if document.coalitions is None:
        return "scores and shares: the document holds no gains of coalitions (more than 4,096, or an older version)"
    if document.task == "common":
        return "shares and their parts: not all coalitions have a gain in the document"
    return "shares and their parts: with own tasks they hang on which data were chosen for each task"
