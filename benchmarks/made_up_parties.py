"""Made-up parties for the benchmarks: two overlapping classes, and parties whose data differ in worth.

Party i's rows lie a little off the task's, and a part of its labels is flipped, from none for the first party to a
third for the last. Every party has both classes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

COLUMNS, TASK_ROWS = 20, 1000


@dataclass(frozen=True, slots=True, eq=False)
class Parties:
    """X float64 (rows, columns), y int64 (rows,) of 0 and 1, owner int64 (rows,), and the rows of the task."""

    X: np.ndarray
    y: np.ndarray
    owner: np.ndarray
    X_task: np.ndarray
    y_task: np.ndarray

    @property
    def count(self) -> int:
        return int(self.owner.max()) + 1

    def arrays(self) -> dict[str, np.ndarray]:
        """By name, as `numpy.savez` takes them."""
        return {name: getattr(self, name) for name in ("X", "y", "owner", "X_task", "y_task")}


def made_up_parties(parties: int, *, rows: int = 100, task_rows: int = TASK_ROWS, seed: int = 7) -> Parties:
    """``parties`` with ``rows`` each, and one common task."""
    rng = np.random.default_rng(seed)
    direction = rng.normal(size=COLUMNS) / np.sqrt(COLUMNS)
    owner = np.repeat(np.arange(parties), rows)
    y, y_task = np.arange(parties * rows) % 2, np.arange(task_rows) % 2
    X = rng.normal(size=(len(y), COLUMNS)) + 1.2 * np.outer(y, direction)
    X += 0.3 * rng.normal(size=(parties, COLUMNS))[owner]
    flipped = rng.random(len(y)) < owner / (3 * parties)
    X_task = rng.normal(size=(task_rows, COLUMNS)) + 1.2 * np.outer(y_task, direction)
    return Parties(X, np.where(flipped, 1 - y, y), owner, X_task, y_task)
