"""Rows after treatment: what learners and scores see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fairpool.ground.arrays import Floats


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Treated rows.

    Parameters
    ----------
    X : float64 (n, d)
        Treated features, of unit variance.
    y : int64 (n,) or float64 (n,)
        Class codes 0 .. classes-1, or numbers for regression.
    classes : int
        Number of classes of the experiment; 0 for regression.

    Examples
    --------
    >>> import numpy as np
    >>> rows = Rows(np.array([[0.0], [1.0], [2.0]]), np.array([0, 1, 1]), classes=2)
    >>> len(rows), rows.take(np.array([2, 0])).y.tolist()
    (3, [1, 0])
    """

    X: Floats
    y: NDArray[np.int64] | NDArray[np.float64]
    classes: int

    def __len__(self) -> int:
        return len(self.y)

    def take(self, index: NDArray[np.intp] | NDArray[np.bool_]) -> Rows:
        """The rows at ``index``, in that order."""
        return Rows(self.X[index], self.y[index], self.classes)


def stack(parts: Sequence[Rows]) -> Rows:
    """All rows of ``parts``, one after the other."""
    return Rows(np.vstack([p.X for p in parts]), np.concatenate([p.y for p in parts]), parts[0].classes)


def in_order_of_content(rows: Rows) -> Rows:
    """The same rows by their numbers, the first column first and the label last: O(n log n).

    A column in another unit, or shifted, leaves them in the same order, and so a learner that draws rows by their
    place draws the same ones.
    """
    strings = _strings(rows)
    return rows.take(np.argsort(strings, kind="stable"))


def content(rows: Rows) -> bytes:
    """What the rows hold, whatever their order: equal for equal rows, and only for them."""
    return np.sort(_strings(rows)).tobytes()


def _strings(rows: Rows) -> NDArray[np.void]:
    """Each row as a byte string; strings are ordered as the numbers are, column by column."""
    table = np.column_stack([rows.X, rows.y]) + 0.0  # -0.0 and 0.0 are one number
    bits = np.ascontiguousarray(table).view(np.int64)
    ordered = np.where(bits < 0, ~bits, bits ^ np.int64(-(2**63))).astype(">i8")
    return ordered.view(np.dtype((np.void, ordered.itemsize * ordered.shape[1]))).ravel()
