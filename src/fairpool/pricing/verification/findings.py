"""What verification tells a contributor: a kind, the rows concerned, and a sentence.

Nothing is rejected silently: every row that is not for sale is among the rows of a finding that took it out.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray


class Effect(StrEnum):
    """What a finding does to its rows."""

    REMOVED = "removed"  # not for sale
    TOLD = "told"  # for sale; the contributor should know


@dataclass(frozen=True, slots=True)
class DepositFinding:
    """One thing that was found in a deposit.

    kind: "schema", "wrong-cell", "missing", "empty-row", "duplicate-within", "duplicate-across", "near-duplicate",
        "coincidence", "outlier", "distribution", "natural-difference" or "not-compared".
    rows: positions in the deposit, from 0, ascending; may be empty where the finding concerns all of it.
    words: a sentence for the contributor.
    """

    kind: str
    rows: tuple[int, ...]
    words: str
    effect: Effect = Effect.TOLD


def removal(kind: str, rows: NDArray[np.intp], words: str) -> DepositFinding:
    """A finding that takes rows out."""
    return DepositFinding(kind, tuple(np.sort(rows).tolist()), words, Effect.REMOVED)


def remark(kind: str, rows: NDArray[np.intp], words: str) -> DepositFinding:
    """A finding that is only told."""
    return DepositFinding(kind, tuple(np.sort(rows).tolist()), words, Effect.TOLD)


def kept_rows(rows: int, findings: Iterable[DepositFinding]) -> NDArray[np.bool_]:
    """bool (rows,): which rows no finding took out."""
    kept = np.ones(rows, dtype=np.bool_)
    for finding in findings:
        if finding.effect is Effect.REMOVED:
            kept[list(finding.rows)] = False
    return kept


def counted(number: int) -> str:
    """``1 row``, ``2,000 rows``."""
    return "1 row" if number == 1 else f"{number:,} rows"
