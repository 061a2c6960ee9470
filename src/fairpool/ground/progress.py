"""How long work tells that it goes on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

Progress = Callable[[int, int], None]
"""Called with what is done and what there is to do in all, in the same units.

The search of `fairpool.pricing.optimal.branch_and_bound` tells another pair, boxes and a gap: a `GapWatch`.
"""


def unwatched(done: float, total: float) -> None:
    """Progress that nobody looks at."""


class Watch(Protocol):
    """Somebody who is told which stage work is in, and how far it is."""

    def stage(self, words: str) -> None:
        """What begins now."""
        ...

    def progress(self, done: int, total: int) -> None:
        """As `Progress`, of the stage."""
        ...


class Unwatched:
    """A `Watch` of work that nobody looks at."""

    def stage(self, words: str) -> None:
        """Nothing is told."""

    def progress(self, done: int, total: int) -> None:
        """Nothing is told."""
