"""What `fairpool check` found, as JSON."""

from __future__ import annotations

from typing import Literal

from fairpool.documents.document import Document


class FaultFound(Document):
    """One thing to mend: where, and what was got and expected; ``message`` is all of it in one line."""

    file: str | None
    row: int | None
    column: str | None
    problem: str
    message: str


class FileRead(Document):
    """A file that could be read; ``party`` is "" for the common validation file."""

    party: str
    role: str
    file: str
    rows: int
    columns: int


class CheckDocument(Document):
    """Whether a run of the market file would begin: ``holds`` where there is no fault."""

    format: Literal[1] = 1
    market: str
    party: str | None
    holds: bool
    faults: tuple[FaultFound, ...]
    notes: tuple[str, ...]
    files: tuple[FileRead, ...]
