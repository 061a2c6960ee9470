"""`fairpool check`: what `fairpool run` would say of the files, all of it at once."""

from __future__ import annotations

from pathlib import Path

import typer

from fairpool.cli.console import say, show
from fairpool.cli.table import aligned, wrapped
from fairpool.documents.check import CheckDocument, FaultFound, FileRead
from fairpool.files.market.checking import CheckedFile, RoundCheck, check_market

_BAD_INPUT = 2


def check_files(market: Path, *, party: str | None, as_json: bool) -> None:
    """Check, and tell; leaves with the exit code that a run would have."""
    found = check_market(market, party=party)
    if as_json:
        show(_document(found, market, party).json_text())
    elif not found.faults.met:
        show(_text(found))
    for fault in found.faults.met:
        say(f"fairpool: {fault}")
    if found.faults.met:
        raise typer.Exit(_BAD_INPUT)


def _document(found: RoundCheck, market: Path, party: str | None) -> CheckDocument:
    faults = tuple(
        FaultFound(file=one.file, row=one.row, column=one.column, problem=one.problem, message=str(one))
        for one in found.faults.met
    )
    files = tuple(
        FileRead(party=one.party, role=one.role, file=str(one.path), rows=one.rows, columns=one.columns)
        for one in found.files
    )
    return CheckDocument(
        market=str(market),
        party=party,
        holds=not faults,
        faults=faults,
        notes=tuple(found.notes),
        files=files,
    )


def _text(found: RoundCheck) -> str:
    rows = [["file", "rows", "columns"], *map(_row, found.files)]
    notes = [line for note in found.notes for line in wrapped(f"note  {note}", 6)]
    return "\n".join([*aligned(rows), "", *notes, "Nothing stands in the way of a run."])


def _row(file: CheckedFile) -> list[str]:
    whose = f"{file.party}, {file.role}" if file.party else file.role
    return [whose, f"{file.rows:,}", f"{file.columns:,}"]
