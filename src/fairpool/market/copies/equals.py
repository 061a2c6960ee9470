"""Parties that brought the same: equal rows, and equal validation rows where each has its own."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from itertools import cycle

import numpy as np

from fairpool.ground.arrays import Floats, Integers
from fairpool.learning.experiment import Experiment
from fairpool.learning.rows import Rows, content


def equal_parties(round_: Experiment) -> tuple[tuple[int, int], ...]:
    """Pairs (i, j), i < j, of parties with the same rows (in any order) and the same task; a common one is shared."""
    brought = [
        _content(rows) + _content(task)
        for rows, task in zip(round_.parties, cycle(round_.tasks), strict=False)
    ]
    return tuple(
        (brought.index(content), j) for j, content in enumerate(brought) if brought.index(content) < j
    )


def rank_by_content(round_: Experiment) -> Integers:
    """Each party's place, 0 first, in the order of the rows that they brought: int64 (n,), a permutation.

    It hangs neither on how the parties were listed nor on how their rows were; equal parties follow one another.
    """
    own = [content(task) for task in round_.tasks] if len(round_.tasks) > 1 else []
    brought = list(zip(map(content, round_.parties), own or cycle([b""]), strict=False))
    rank = np.empty(len(brought), dtype=np.int64)
    rank[sorted(range(len(brought)), key=brought.__getitem__)] = np.arange(len(brought))
    return rank


def first_with_same_rows(each: Sequence[Rows]) -> Integers:
    """For every one of these the first that holds the same rows, in any order: int64 (n,)."""
    contents = [_content(rows) for rows in each]
    return np.array([contents.index(content) for content in contents])


def mean_of_equals(values: Floats, pairs: Sequence[tuple[int, int]]) -> Floats:
    """Numbers in which equal parties get the mean of theirs, to the last bit: float64 (n,).

    pairs: (i, j), i < j, of equal parties, enough of them to connect all that are equal to the first of them.
    """
    first = np.arange(len(values))
    for i, j in pairs:
        first[j] = min(first[j], i)
    return np.asarray(
        (np.bincount(first, values) / np.maximum(np.bincount(first), 1))[first], dtype=np.float64
    )


def _content(rows: Rows) -> bytes:
    table = np.column_stack([rows.X + 0.0, rows.y.astype(np.float64)])
    return hashlib.sha256(table[np.lexsort(table.T)].tobytes()).digest()
