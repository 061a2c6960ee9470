"""Validation rows in groups that are weighed together, so that a gain can be had for other weights of the rows.

A group is one row; where there are more rows than groups are wanted, rows of a stratum are put together at random.
The spread of a sum over many rows can be told from random groups as from the rows themselves: from g groups its
standard error is known to about 1 / sqrt(2 g) of itself.

    S_g(S)  ``parts``   sum over the rows v of group g of x_v (`fairpool.learning.validation_rows.by_row`)

A score that does not say what x_v is (one that the operator brings) is asked again with each group left out: then
S_g = n G - (n - n_g) G without g, the pseudo-value of the jackknife with groups.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fairpool.ground.arrays import Float, Floats, Integers
from fairpool.learning.rows import Rows
from fairpool.learning.scores import Score
from fairpool.learning.validation_rows.by_row import Labels

MOST_LEFT_OUT = 40  # groups of a score that has to be asked again for each


@dataclass(frozen=True, slots=True, eq=False)
class RowGroups:
    """Groups of one task's rows.

    order     the rows, group after group: int64 (rows,)
    sizes     rows of each group: int64 (groups,)
    stratum   int64 (groups,): 0 .. strata - 1
    least     what a row has that a model gets wrong, as one without data would; one that it gets right has 1
    """

    score: Score
    order: Integers
    sizes: Integers
    stratum: Integers
    least: float = 0.0

    @classmethod
    def of(cls, task: Rows, score: Score, most: int, *, rng: np.random.Generator) -> RowGroups:
        """At most ``most`` groups, but at least one for each class where classes are kept apart."""
        by_row = score.by_row
        apart = task.classes and (by_row is None or by_row.by_class)
        most = min(most, MOST_LEFT_OUT) if by_row is None else most
        number = np.unique(task.y, return_inverse=True)[1] if apart else np.zeros(len(task), dtype=np.int64)
        strata = [np.flatnonzero(number == s) for s in range(int(number.max()) + 1)]
        cut = [_cut(rows, most, len(task), rng) for rows in strata]
        stratum = np.repeat(np.arange(len(cut)), [len(groups) for groups in cut])
        groups = [group for groups in cut for group in groups]
        sizes = np.array([len(group) for group in groups])
        order = np.concatenate(groups)
        if by_row is None:
            return cls(score, order, sizes, 0 * stratum)
        least = 0.0 if by_row.all_or_nothing else score.trivial(task.y, task.classes)
        return cls(score, order, sizes, stratum, least)

    def __len__(self) -> int:
        return len(self.sizes)

    def parts(self, predictions: Floats, labels: Labels) -> Float[Floats, "batch groups"]:
        """S_g of b models: predictions as a score takes them."""
        if predictions.ndim == 3 and predictions.shape[2] == 2:
            predictions = predictions[:, :, 1] - predictions[:, :, 0]
        if self.score.by_row is None:
            return self._left_out(predictions, labels)
        return self.summed(self.score.by_row.values(predictions, labels))

    def summed(self, values: Float[Floats, "batch rows"]) -> Float[Floats, "batch groups"]:
        """Sums over each group's rows."""
        ordered = values[:, self.order]
        if len(self) == len(self.order):
            return ordered
        return np.asarray(np.add.reduceat(ordered, self._starts, axis=1), dtype=np.float64)

    @property
    def _starts(self) -> Integers:
        return np.cumsum(self.sizes) - self.sizes

    def _left_out(self, predictions: Floats, labels: Labels) -> Floats:
        n, whole = len(labels), self.score.of(predictions, labels)
        found = np.empty((len(predictions), len(self)))
        for g, rows in enumerate(np.split(self.order, self._starts[1:])):
            kept = np.delete(np.arange(n), rows)
            found[:, g] = n * whole - len(kept) * self.score.of(predictions[:, kept], labels[kept])
        return found

    def constant(self, gain: float) -> Float[Floats, " groups"]:
        """S_g of what has this gain whatever the rows weigh."""
        return np.asarray(self.sizes * gain, dtype=np.float64)


def _cut(rows: NDArray[np.intp], most: int, of_all: int, rng: np.random.Generator) -> list[NDArray[np.intp]]:
    groups = len(rows) if of_all <= most else min(len(rows), max(1, most * len(rows) // of_all))
    return np.array_split(rows if groups == len(rows) else rng.permutation(rows), groups)
