"""What a learner is to an experiment.

M(X_S)   a model trained on the rows of coalition S

An experiment cuts the training rows into blocks (one per party, or finer where parties bring the same rows: see
`fairpool.learning.experiment`).  A coalition is a vector of counts, how often each block is in; a count above one
is a copy.  A learner answers for whole batches of such vectors at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from fairpool.ground.arrays import Integers
from fairpool.ground.errors import InputError
from fairpool.learning.rows import Rows
from fairpool.tables.schema import Kind

_CHEAP = 2048  # coalitions a second


@dataclass(frozen=True, slots=True)
class Capabilities:
    """How far a learner goes by itself.

    Parameters
    ----------
    exact_players : int
        Up to so many parties every coalition is evaluated, unless the operator says otherwise.
    copies_players : int
        Up to so many parties coalitions are also evaluated with a party's copies in; 0 never.
    tasks : frozenset of Kind
        What it can learn.
    chunk : int
        Coalitions of one unit of parallel, checkpointed work, at most: about a second's.
    copies_change_nothing : bool
        M(X + X) = M(X) exactly, whatever the rows.
    nearest_row_decides : bool
        A task row is predicted by the nearest training row alone, so that values have a closed form
        (`fairpool.learning.learners.nearest.closed_form`).

    Examples
    --------
    >>> Capabilities(exact_players=12, copies_players=0, tasks=CLASSIFICATION, chunk=16).cheap
    False
    """

    exact_players: int
    copies_players: int
    tasks: frozenset[Kind]
    chunk: int
    copies_change_nothing: bool = False
    nearest_row_decides: bool = False

    @property
    def cheap(self) -> bool:
        """Whether a coalition costs so little that a surrogate learner would take nothing off."""
        return self.chunk >= _CHEAP


class Refusal(InputError):  # noqa: N818 an InputError by another name
    """Rows of one coalition that an estimator cannot learn or predict from; place: of the coalition in its batch."""

    def __init__(self, problem: str, *, place: int = 0) -> None:
        super().__init__(problem)
        self.place = place


class Predictor(Protocol):
    """What a learner keeps of an experiment: enough to predict every task from any coalition of blocks."""

    @property
    def batch(self) -> int:
        """How many coalitions are best predicted together: many for few calls, few enough for the cache."""
        ...

    @property
    def chunk(self) -> int:
        """Coalitions of one unit of parallel, checkpointed work in this experiment: about a second's."""
        ...

    def predictions(self, counts: Integers) -> list[NDArray[np.float64]]:
        """counts int64 (b, blocks), at least one row in each -> per task what `fairpool.learning.scores` takes.

        Raises Refusal where no model can be had of one of them.
        """
        ...


class Learner(Protocol):
    """A way to train models."""

    @property
    def capabilities(self) -> Capabilities:
        """What the learner can afford and what it can learn."""
        ...

    def prepare(self, blocks: Sequence[Rows], tasks: Sequence[Rows], *, seed: int) -> Predictor:
        """Prepare to predict the tasks from any coalition of blocks."""
        ...

    def fit(self, rows: Rows, *, seed: int) -> Any:
        """The delivered model: a fitted scikit-learn estimator that predicts class codes or values."""
        ...


def batch_within(cells: int, numbers_each: int, *, most: int = 2048) -> int:
    """How many coalitions of ``numbers_each`` numbers fit into ``cells``: at least 1, at most ``most``."""
    return max(1, min(most, cells // max(numbers_each, 1)))


BOTH = frozenset({Kind.CLASSIFICATION, Kind.REGRESSION})
CLASSIFICATION = frozenset({Kind.CLASSIFICATION})
