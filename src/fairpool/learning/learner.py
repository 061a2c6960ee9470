"""What a learner is to a round.

M(X_S)   a model trained on the rows of coalition S

A round cuts the training rows into blocks (one a party, or finer where parties bring the same rows: see
`fairpool.learning.round`).  A coalition is a vector of counts, how often each block is in; a count above one
is a copy.  A learner answers for whole batches of such vectors at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from fairpool.learning.rows import Rows
from fairpool.learning.schema import Task

Counts = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Reach:
    """How far a learner goes by itself.

    exact_players   up to so many parties every coalition is evaluated, unless the operator says otherwise
    copies_players  up to so many parties coalitions are also evaluated with a party's copies in; 0 never
    tasks           what it can learn
    chunk           coalitions of one unit of parallel, checkpointed work
    """

    exact_players: int
    copies_players: int
    tasks: frozenset[Task]
    chunk: int


class Predictor(Protocol):
    """What a learner keeps of a round: enough to predict every task from any coalition of blocks."""

    @property
    def cells(self) -> int:
        """Numbers held at a time for each coalition of a batch."""
        ...

    def predictions(self, counts: Counts) -> list[NDArray[np.float64]]:
        """counts int64 (b, blocks), at least one row in each -> per task (b, rows, classes) or (b, rows)."""
        ...


class Learner(Protocol):
    """A way to train models."""

    @property
    def reach(self) -> Reach:
        """What the learner can afford and what it can learn."""
        ...

    def study(self, blocks: Sequence[Rows], tasks: Sequence[Rows], *, seed: int) -> Predictor:
        """Prepare to predict the tasks from any coalition of blocks."""
        ...

    def fit(self, rows: Rows, *, seed: int) -> Any:
        """The delivered model: a fitted scikit-learn estimator that predicts class codes or values."""
        ...


BOTH = frozenset({Task.CLASSIFICATION, Task.REGRESSION})
CLASSIFICATION = frozenset({Task.CLASSIFICATION})
