"""Parties that brought the same: equal rows, and with own tasks equal validation rows."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np

from fairpool.ground.arrays import Floats
from fairpool.learning.experiment import Experiment
from fairpool.learning.rows import Rows


def equal_parties(round_: Experiment, *, own_tasks: bool) -> tuple[tuple[int, int], ...]:
    """Pairs (i, j), i < j, of parties with the same rows (in any order) and the same task."""
    contents = [_content(rows) for rows in round_.parties]
    if own_tasks:
        contents = [mine + _content(task) for mine, task in zip(contents, round_.tasks, strict=True)]
    return tuple(
        (contents.index(content), j) for j, content in enumerate(contents) if contents.index(content) < j
    )


def mean_of_equals(values: Floats, pairs: Sequence[tuple[int, int]]) -> Floats:
    """Estimates in which equal parties get the mean of theirs: float64 (n,); ``pairs`` as of `equal_parties`."""
    first = np.arange(len(values))
    for i, j in pairs:
        first[j] = i
    return np.asarray(
        (np.bincount(first, values) / np.maximum(np.bincount(first), 1))[first], dtype=np.float64
    )


def _content(rows: Rows) -> bytes:
    table = np.column_stack([rows.X + 0.0, rows.y.astype(np.float64)])
    return hashlib.sha256(table[np.lexsort(table.T)].tobytes()).digest()
