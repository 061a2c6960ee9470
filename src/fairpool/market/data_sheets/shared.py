"""Rows that two parties bring: how many, and a note where they are most of what one of them brings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from fairpool.comparing.rows_in_common import shared_rows
from fairpool.ground.privacy import FEWEST_ROWS
from fairpool.learning.experiment import SharedRowsRule
from fairpool.learning.rows import Rows
from fairpool.market.agreement import Agreement


@dataclass(frozen=True, slots=True)
class SharedCount:
    """rows: how many rows of the one party the other holds too; the larger number of the two directions."""

    parties: tuple[str, str]
    rows: int


@dataclass(frozen=True, slots=True)
class SharedRowsReport:
    exact: tuple[SharedCount, ...]
    near: tuple[SharedCount, ...]
    radius: float


def shared_among(names: Sequence[str], rows: Sequence[Rows]) -> SharedRowsReport:
    """Of every two parties, by name."""
    found = shared_rows([(r.X, r.y) for r in rows])
    pairs = [(i, j) for j in range(len(names)) for i in range(j)]
    exact, near = (
        tuple(SharedCount((names[i], names[j]), int(counts[i, j])) for i, j in pairs if counts[i, j])
        for counts in (np.maximum(found.exact, found.exact.T), np.maximum(found.near, found.near.T))
    )
    return SharedRowsReport(exact, near, float(found.radius))


def brought_twice(agreement: Agreement, shared: SharedRowsReport, *, of: str | None = None) -> Iterator[str]:
    """A note for every two parties of which one brings, equal or nearly equal, most of the other's rows.

    of: one party whose pairs alone are told.
    """
    if agreement.terms.options.shared_rows is not SharedRowsRule.KEEP:
        return
    brought = dict(zip(agreement.names, map(len, agreement.experiment.parties), strict=True))
    counts: Counter[tuple[str, str]] = Counter()
    for one in (*shared.exact, *shared.near):
        counts[one.parties] += one.rows
    for (first, second), rows in counts.items():
        fewest = min(brought[first], brought[second])
        if of in (None, first, second) and fewest >= FEWEST_ROWS and 2 * rows > fewest:
            yield (
                f"{first} and {second} bring {min(rows, fewest)} rows that are equal or nearly so, of {brought[first]} "
                f'and {brought[second]}: data brought twice are paid twice, unless shared-rows = "once" counts equal '
                "rows once."
            )
