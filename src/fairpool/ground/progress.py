"""How long work tells that it goes on."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[int, int], None]
"""Called with what is done and what there is to do in all, in the same units.

The search of `fairpool.pricing.optimal.branch_and_bound` tells another pair, boxes and a gap: a `GapWatch`.
"""


def unwatched(done: float, total: float) -> None:
    """Progress that nobody looks at."""
