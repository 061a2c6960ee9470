"""What is known of a way of sharing, and how: sentences for people who were not there when it was chosen."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Claims:
    """Its name in words, how it works, and what is proved of it, tested, and assumed.

    A sentence that many mechanisms share may stand as its name in [shared] of claims.toml: ``{normal}``, ``{cost}``.
    """

    title: str
    works: str
    proved: tuple[str, ...] = ()
    tested: tuple[str, ...] = ()
    assumed: tuple[str, ...] = ()
