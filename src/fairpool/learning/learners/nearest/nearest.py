"""K nearest neighbours, without computing any distance twice.

A coalition's K nearest rows are a merge of its blocks' K nearest, which are found once per task.  Rows are ordered by
(distance, label): a distance depends on its two rows alone and is rounded to 30 binary digits, so neither the order of
parties nor copies of rows decide a tie.  Fewer than K rows: all of them vote.

For K = 1 a copy changes nothing, M(X + X) = M(X) exactly; for K > 1 a copied row takes several of the K places.

Cost: every distance once; then, for b coalitions, `first_neighbours`.  Results do not depend on
which coalitions are computed together.  Measured 80,000 to 120,000 coalitions a second for K = 1 and 20,000 to 40,000
for K = 5, with 14 parties and 1,000 task rows (benchmarks/coalitions.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from fairpool.comparing.distances import squared_distances
from fairpool.ground.arrays import Float, Floats, Int, Integers
from fairpool.ground.errors import InputError
from fairpool.learning.learner import BOTH, Capabilities, batch_within
from fairpool.learning.learners.nearest.first_neighbours import (
    Candidates,
    Unions,
    bits_of,
    counted,
    sum_of_labels,
)
from fairpool.learning.rows import Rows

_CELLS = 4_000_000  # cells of a distance matrix held at a time: 32 MB
_OUTPUTS = 2**24  # predictions held at a time, 128 MB
_BITS = 30  # of a squared distance; distances that differ by less than 5e-10 of themselves are ties
_MOST_WORDS = 2000  # tables of unions of more words than this would cost more than they save
_SLICE = 64  # candidates looked at together where there are no tables

CAPABILITIES = Capabilities(exact_players=16, copies_players=10, tasks=BOTH, chunk=4096)


@dataclass(frozen=True, slots=True)
class NearestLearner:
    """The ``neighbours`` nearest rows by Euclidean distance in treated space; they vote, or are averaged."""

    neighbours: int = 1

    def __post_init__(self) -> None:
        if isinstance(self.neighbours, bool) or not isinstance(self.neighbours, int) or self.neighbours < 1:
            raise InputError(
                f"learner-options: neighbours: got {self.neighbours!r}, expected a whole number from 1"
            )

    @property
    def capabilities(self) -> Capabilities:
        one = self.neighbours == 1
        return replace(CAPABILITIES, copies_change_nothing=one, nearest_row_decides=one)

    def prepare(self, blocks: Sequence[Rows], tasks: Sequence[Rows], *, seed: int) -> NearestPredictor:  # noqa: ARG002
        found = [nearest_of_blocks(blocks, task.X, self.neighbours) for task in tasks]
        return NearestPredictor(tuple(found), self.neighbours, blocks[0].classes)

    def fit(self, rows: Rows, *, seed: int) -> Any:  # noqa: ARG002
        return NearestRows(self.neighbours).fit_rows(rows)


@dataclass(frozen=True, slots=True, eq=False)
class Neighbours:
    """The candidates of each task row, nearest first, ties by label.

    block, label, distance: (task rows, candidates); a block of fewer than K rows brings as many as it has.
    """

    block: NDArray[np.int64]
    label: NDArray[np.float64]
    distance: Floats


@dataclass(frozen=True, slots=True, eq=False)
class NearestPredictor:
    """Candidates per task, and how many of them vote."""

    tasks: tuple[Neighbours, ...]
    neighbours: int
    classes: int
    chunk: ClassVar[int] = CAPABILITIES.chunk

    @property
    def batch(self) -> int:
        rows = sum(len(found.block) for found in self.tasks)
        return batch_within(_OUTPUTS, rows * max(1, self.classes), most=512)

    def predictions(
        self, counts: Int[Integers, "batch blocks"]
    ) -> list[Float[Floats, "batch rows *classes"]]:
        return [self._predict(found, counts) for found in self.tasks]

    def _predict(self, found: Neighbours, counts: Integers) -> NDArray[np.float64]:
        candidates = found.block.shape[1] * int(min(counts.max(initial=0), self.neighbours))
        if (counts.shape[1] // 8 + 1) * (candidates // 64 + 1) > _MOST_WORDS:
            return self._in_order(found, counts)
        brought = Candidates.of(found.block, found.label, counts, self.neighbours)
        out = np.empty((len(counts), len(found.block), *self._outputs))
        for rows, unions in brought.slices():
            out[:, rows] = self._votes(unions)
        return out

    @property
    def _outputs(self) -> tuple[int, ...]:
        return (self.classes,) if self.classes > 2 else ()

    def _votes(self, unions: Unions) -> NDArray[np.float64]:
        """Mean label, difference of shares of two classes, or share of every class: (b, rows), (b, rows, classes)."""
        chosen = unions.first(self.neighbours)
        total = counted(chosen)
        if not self.classes:
            return sum_of_labels(chosen, unions.label, self.neighbours) / total
        voters = bits_of(unions.label.astype(np.intp), self.classes)[:, :, None]
        if self.classes == 2:
            return (2.0 * counted(chosen & voters[1]) - total) / total
        return np.stack([counted(chosen & mask) for mask in voters], axis=-1) / total[..., None]

    def _in_order(self, found: Neighbours, counts: Integers) -> NDArray[np.float64]:
        """The same where there are too many blocks for tables: look at the candidates from the nearest on."""
        left = np.full((len(counts), len(found.block)), self.neighbours)
        parts = max(1, self.classes)
        sums = np.zeros((parts, *left.shape))
        for start in range(0, found.block.shape[1], _SLICE):
            label = found.label[:, start : start + _SLICE]
            there = counts[:, found.block[:, start : start + _SLICE]]
            before = np.cumsum(there, axis=2) - there
            votes = np.clip(left[:, :, None] - before, 0, there)
            for c in range(parts):
                sums[c] += (votes * ((label == c) if self.classes else label)).sum(axis=2)
            left -= votes.sum(axis=2)
            if not left.any():
                break
        total = self.neighbours - left
        if self.classes == 2:
            return (sums[1] - sums[0]) / total
        return (sums / total).transpose(1, 2, 0) if self.classes else sums[0] / total


class NearestRows:
    """A fitted nearest-neighbour estimator in scikit-learn's manner.  It holds the training rows themselves."""

    keeps_rows = True

    def __init__(self, neighbours: int) -> None:
        self.neighbours = neighbours

    def fit_rows(self, rows: Rows) -> Self:
        self.rows_ = rows
        self.classes_ = np.arange(rows.classes)
        return self

    def _outcome(self, X: Floats) -> NDArray[np.float64]:
        found = nearest_of_blocks([self.rows_], np.asarray(X, dtype=np.float64), self.neighbours)
        predictor = NearestPredictor((found,), self.neighbours, self.rows_.classes)
        return predictor.predictions(np.ones((1, 1), dtype=np.int64))[0][0]

    def predict(self, X: Floats) -> NDArray[np.float64] | NDArray[np.int64]:
        return self.predict_proba(X).argmax(axis=1) if self.rows_.classes else self._outcome(X)

    def predict_proba(self, X: Floats) -> NDArray[np.float64]:
        shares = self._outcome(X)
        return np.column_stack([1 - shares, 1 + shares]) / 2 if self.rows_.classes == 2 else shares


def nearest_of_blocks(blocks: Sequence[Rows], queries: Floats, neighbours: int) -> Neighbours:
    """Each block's ``neighbours`` nearest rows to every query, merged in the order (distance, label).

    Cost O(queries * rows * d), a few distances at a time.
    """
    found = [_nearest_of_block(block, queries, neighbours) for block in blocks]
    owner = np.repeat(np.arange(len(blocks)), [distance.shape[1] for distance, _ in found])
    distance, label = (np.concatenate(column, axis=1) for column in zip(*found, strict=True))
    order = np.lexsort((label, distance), axis=1)
    return Neighbours(
        owner[order], np.take_along_axis(label, order, axis=1), np.take_along_axis(distance, order, axis=1)
    )


def _nearest_of_block(block: Rows, queries: Floats, neighbours: int) -> tuple[Floats, Floats]:
    """Distances and labels of one block's nearest rows: (queries, up to neighbours) each."""
    by_label = block.take(np.argsort(block.y, kind="stable"))
    label = by_label.y.astype(np.float64)
    k = min(neighbours, len(block))
    near, labels = np.empty((2, len(queries), k))
    step = max(1, _CELLS // len(block))
    for start in range(0, len(queries), step):
        some = slice(start, start + step)
        own = _rounded(squared_distances(queries[some], by_label.X))
        chosen = _smallest(own, k)
        near[some], labels[some] = np.take_along_axis(own, chosen, axis=1), label[chosen]
    return near, labels


def _rounded(own: Floats) -> Floats:
    """Numbers from 0 up to `_BITS` binary digits, in place: rounding errors of a sum must not decide what is nearer.

    Relative to themselves, so that no unit of a column makes ties of distances that differ.  The bits of a float64
    from 0 up are in the order of the numbers, and carry over into the exponent as they should.
    """
    bits, dropped = own.view(np.int64), 53 - _BITS
    bits += 1 << (dropped - 1)
    bits &= -1 << dropped
    return own


def _smallest(own: Floats, k: int) -> NDArray[np.intp]:
    """Columns of the k smallest entries of each row, the leftmost of equals first: (rows, k).

    A partition finds them; where more than k are not larger than the k-th, the row is sorted.
    """
    if k == 1:
        return own.argmin(axis=1)[:, None]
    chosen = np.sort(np.argpartition(own, k - 1, axis=1)[:, :k], axis=1)
    limit = np.take_along_axis(own, chosen, axis=1).max(axis=1, keepdims=True)
    tied = (own <= limit).sum(axis=1) > k
    chosen[tied] = np.argsort(own[tied], axis=1, kind="stable")[:, :k]
    order = np.argsort(np.take_along_axis(own, chosen, axis=1), axis=1, kind="stable")
    return np.take_along_axis(chosen, order, axis=1)
