"""A buyer's prediction task on the sellers' rows (Y of [ADS19]).

    T    rows of the market, the same moments or cases for every seller
    Y    ``labels``   what the buyer wants to predict

The paper gives the model all of Y and judges it on the same Y.  Here the buyer says which rows a model may learn from
and which it is judged on; both are all rows if the paper's reading is wanted.  Rows that are in neither have no label
yet: they are what the buyer came for.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fairpool.ground.arrays import Booleans, Floats
from fairpool.ground.errors import InputError
from fairpool.learning.rows import Rows


@dataclass(frozen=True, slots=True, eq=False)
class BuyerTask:
    """What is to be predicted, and on which rows that is learnt and judged.

    labels   float64 (T,) for a regression, else int64 (T,) class codes 0 .. classes - 1; only rows in ``learn`` or
             ``judge`` are read
    learn    bool (T,), at least two rows
    judge    bool (T,), rows with at least two different labels
    classes  number of classes; 0 for a regression
    Raises InputError otherwise.
    """

    labels: NDArray[np.int64] | Floats
    learn: Booleans
    judge: Booleans
    classes: int = 0

    def __post_init__(self) -> None:
        for name, rows in (("learn", self.learn), ("judge", self.judge)):
            if rows.shape != self.labels.shape or rows.dtype != np.bool_:
                raise InputError(f"task: {name}: got shape {rows.shape}, expected bool {self.labels.shape}")
        if self.learn.sum() < 2:
            raise InputError(f"task: got {self.learn.sum()} rows to learn from, expected at least 2")
        self._refuse_labels(self.labels[self.learn | self.judge])
        if len(np.unique(self.labels[self.judge])) < 2:
            raise InputError("task: expected at least two different labels among the rows to judge on")

    def _refuse_labels(self, read: NDArray[np.int64] | Floats) -> None:
        if not np.isfinite(read).all():
            raise InputError("task: got a label that is missing or infinite, expected numbers")
        if self.classes and (read.dtype.kind != "i" or read.min() < 0 or read.max() >= self.classes):
            raise InputError(f"task: expected class codes, whole numbers from 0 to {self.classes - 1}")
        if self.classes == 1 or self.classes < 0:
            raise InputError(f"task: got {self.classes} classes, expected 2 or more, or 0 for a regression")

    @property
    def rows(self) -> int:
        """T."""
        return len(self.labels)

    def lesson(self, features: Floats) -> Rows:
        """The rows to learn from, with these features (T, M)."""
        return Rows(features[self.learn], self.labels[self.learn], self.classes)


def task_on_all_rows(labels: NDArray[np.int64] | Floats, *, classes: int = 0) -> BuyerTask:
    """The paper's reading: learnt from and judged on every row."""
    everything = np.ones(labels.shape, dtype=bool)
    return BuyerTask(labels, everything, everything, classes)


def task_with_holdout(
    labels: NDArray[np.int64] | Floats, *, share: float, rng: np.random.Generator, classes: int = 0
) -> BuyerTask:
    """Judged on a random ``share`` of the rows, learnt from the others.

    Parameters
    ----------
    labels : array of shape (T,)
        float64 for a regression, else int64 class codes from 0.
    share : float
        Between 0 and 1; at least one row is judged on.
    rng : numpy.random.Generator
    classes : int
        How many; 0 for a regression.

    Returns
    -------
    BuyerTask

    Raises
    ------
    InputError
        For another share, fewer than two rows to learn from, equal labels on all rows to judge on, and labels that are
        missing, infinite or no class codes.

    Examples
    --------
    >>> import numpy as np
    >>> task = task_with_holdout(np.arange(10.0), share=0.3, rng=np.random.default_rng(1))
    >>> int(task.learn.sum()), int(task.judge.sum())
    (7, 3)
    """
    if not 0 < share < 1:
        raise InputError(f"share: got {share}, expected a number between 0 and 1")
    judge = np.zeros(labels.shape, dtype=bool)
    judge[rng.permutation(len(labels))[: max(1, round(share * len(labels)))]] = True
    return BuyerTask(labels, ~judge, judge, classes)
