"""Classes that are asked for and that nobody has: no model of the round can be right on a row of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fairpool.ground.arrays import Int, Integers
from fairpool.learning.rows import Rows


def classes_of_nobody(tasks: Sequence[Rows], parties: Sequence[Rows]) -> dict[int, list[int]]:
    """Each class that stands in a task and in no row of any party, with how many rows of each task are of it."""
    if not tasks[0].classes:
        return {}
    learnt = sum(map(_counts, parties))
    asked = [_counts(task) for task in tasks]
    absent = np.flatnonzero((np.asarray(learnt) == 0) & (np.sum(asked, axis=0) > 0))
    return {int(k): [int(counts[k]) for counts in asked] for k in absent}


def _counts(rows: Rows) -> Int[Integers, " classes"]:
    return np.bincount(rows.y.astype(np.int64), minlength=rows.classes)
