"""One thing that was looked at in a sharing."""

from __future__ import annotations

from fairpool.documents.document import Document


class CheckEntry(Document):
    """What was looked at, and whether it holds; None where nobody can know."""

    name: str
    holds: bool | None
    words: str
