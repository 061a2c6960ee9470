"""How columns go together with each other and with the label, summed over blocks of rows.

z = (x, y)   Each block i keeps n_i, the mean m_i of its z and the scatter C_i = sum of (x - mean)(z - mean)' about
             its own mean.  A coalition with counts k_i has n = sum k_i n_i, mean m = sum k_i n_i m_i / n and scatter

                 C = sum k_i C_i + sum k_i n_i (m_i - m)(m_i - m)'

Both terms are sums of squares, so a column that is constant, or far from zero, in some party costs no accuracy (a
difference of raw sums of squares would).  Of classes the targets are -1 and +1 per class, one column for two classes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fairpool.ground.arrays import Bool, Booleans, Float, Floats, Int, Integers
from fairpool.learning.rows import Rows
from fairpool.learning.ties import uncorrelated


@dataclass(frozen=True, slots=True, eq=False)
class Summed:
    """Of b coalitions: rows (b,), mean (b, d + outputs), scatter (b, d, d + outputs)."""

    rows: Floats
    mean: Floats
    scatter: NDArray[np.float64]

    @property
    def features(self) -> int:
        return int(self.scatter.shape[1])

    def by_rounding(self) -> Bool[Booleans, "batch columns outputs"]:
        """Where a column goes together with a class by rounding alone; see `fairpool.learning.ties.uncorrelated`."""
        d = self.features
        of_signs = self.rows[:, None] * np.maximum(1.0 - self.mean[:, d:] ** 2, 0.0)  # their squares are 1
        return uncorrelated(self.scatter[:, :, d:], self.scatter[:, range(d), range(d)], of_signs)


@dataclass(frozen=True, slots=True, eq=False)
class CrossMoments:
    """Of blocks: sizes n_i (blocks,), means m_i (blocks, d + outputs), scatters C_i (blocks, d * (d + outputs))."""

    sizes: NDArray[np.float64]
    means: Floats
    scatters: Floats
    features: int

    @classmethod
    def of(cls, blocks: Sequence[Rows]) -> CrossMoments:
        statistics = [_statistics(block) for block in blocks]
        return cls(
            sizes=np.array([len(block) for block in blocks], dtype=np.float64),
            means=np.array([mean for mean, _ in statistics]),
            scatters=np.array([scatter.ravel() for _, scatter in statistics]),
            features=blocks[0].X.shape[1],
        )

    def summed(self, counts: Int[Integers, "batch blocks"] | Float[Floats, "batch blocks"]) -> Summed:
        """Of coalitions, each with a row at least."""
        d = self.features
        n = counts * self.sizes
        rows = n.sum(axis=1)
        mean = (n @ self.means) / rows[:, None]
        apart = self.means - mean[:, None]
        scatter = (n[:, :, None] * apart[:, :, :d]).transpose(0, 2, 1) @ apart
        scatter += (counts.astype(np.float64) @ self.scatters).reshape(scatter.shape)
        return Summed(rows, mean, scatter)


def _statistics(block: Rows) -> tuple[NDArray[np.float64], Floats]:
    z = np.column_stack([block.X, _targets(block)])
    mean = z.mean(axis=0)
    z -= mean
    return mean, z[:, : block.X.shape[1]].T @ z


def _targets(block: Rows) -> Floats:
    """(n, outputs): the label itself, or -1/+1 for each class (for the second class alone if there are two)."""
    if not block.classes:
        return np.asarray(block.y, dtype=np.float64)[:, None]
    signs = np.where(block.y[:, None] == np.arange(block.classes), 1.0, -1.0)
    return signs[:, 1:] if block.classes == 2 else signs
