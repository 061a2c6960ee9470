"""References: a caller's own name for what it asks, so that asking again after a kill does nothing twice."""

from __future__ import annotations

from fairpool.ground.errors import InputError

LONGEST = 200


def plain_reference(reference: str | None) -> str | None:
    """A reference as it is kept; InputError for one that cannot be read."""
    if reference is None:
        return None
    plain = reference.strip()
    if not plain or len(plain) > LONGEST or not plain.isprintable():
        raise InputError(f"reference: got {reference!r}, expected 1 to {LONGEST} letters that can be printed")
    return plain
