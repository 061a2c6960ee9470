"""What `fairpool init` wrote, as JSON."""

from __future__ import annotations

from typing import Literal

from fairpool.documents.document import Document


class DraftDocument(Document):
    """The file, its text, and what was guessed and why."""

    format: Literal[1] = 1
    written: str
    toml: str
    reasons: tuple[str, ...]
    notes: tuple[str, ...]
