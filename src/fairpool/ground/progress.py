"""How long work tells that it goes on."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[int, int], None]
"""Called with what is done and what there is to do in all, in the same units."""


def unwatched(done: int, total: int) -> None:
    """Progress that nobody looks at."""
