"""What does not hold in a settled round's document."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that does not hold: where it stands, what is there, and what it should be."""

    place: str
    got: object
    expected: object
