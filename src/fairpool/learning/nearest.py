"""K nearest neighbours, without computing any distance twice.

A coalition's K nearest rows are a merge of its blocks' K nearest, which are found once per task.  Rows are
ordered by (distance, label): identical rows have bitwise identical distances (they are computed on the distinct
rows), so neither the order of parties nor copies of rows decide a tie.  Fewer than K rows: all of them vote.

For K = 1 a copy changes nothing, M(X + X) = M(X) exactly; for K > 1 a copied row takes several of the K places.

Cost: one distance matrix per task, then b * rows * blocks * K simple operations for b coalitions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from fairpool.errors import InputError
from fairpool.learning.learner import BOTH, Counts, Reach
from fairpool.learning.rows import Matrix, Rows, stack

_CELLS = 4_000_000  # cells of a distance matrix held at a time: 32 MB
_DECIMALS = 9  # squared distances closer than this are ties: rounding errors of a sum must not decide them


REACH = Reach(exact_players=16, copies_players=10, tasks=BOTH, chunk=2048)


@dataclass(frozen=True, slots=True)
class NearestLearner:
    """The ``neighbours`` nearest rows by Euclidean distance in treated space; they vote, or are averaged."""

    neighbours: int = 1
    reach: Reach = REACH

    def __post_init__(self) -> None:
        if not isinstance(self.neighbours, int) or self.neighbours < 1:
            raise InputError(
                f"learner-options: neighbours: got {self.neighbours!r}, expected a whole number from 1"
            )

    def study(self, blocks: Sequence[Rows], tasks: Sequence[Rows], *, seed: int) -> NearestPredictor:  # noqa: ARG002
        found = [nearest_of_blocks(blocks, task.X, self.neighbours) for task in tasks]
        return NearestPredictor(tuple(found), self.neighbours, blocks[0].classes)

    def fit(self, rows: Rows, *, seed: int) -> Any:  # noqa: ARG002
        return NearestRows(self.neighbours).fit_rows(rows)


@dataclass(frozen=True, slots=True, eq=False)
class Neighbours:
    """The candidates of each task row, nearest first, ties by label.

    block, label, distance: (task rows, candidates); block -1 and distance inf where a block has too few rows.
    """

    block: NDArray[np.int64]
    label: NDArray[np.float64]
    distance: Matrix


@dataclass(frozen=True, slots=True, eq=False)
class NearestPredictor:
    """Candidates per task, and how many of them vote."""

    tasks: tuple[Neighbours, ...]
    neighbours: int
    classes: int

    @property
    def cells(self) -> int:
        return 2 * sum(found.block.size for found in self.tasks)

    def predictions(self, counts: Counts) -> list[NDArray[np.float64]]:
        return [self._predict(found, counts) for found in self.tasks]

    def _predict(self, found: Neighbours, counts: Counts) -> NDArray[np.float64]:
        padded = np.column_stack([counts, np.zeros(len(counts), dtype=counts.dtype)])  # block -1: nobody's
        there = padded.astype(np.int16)[:, found.block]
        before = np.cumsum(there, axis=2, dtype=np.int32) - there
        votes = np.clip(self.neighbours - before, 0, there).astype(np.float64)
        total = votes.sum(axis=2)
        if not self.classes:
            return np.asarray(np.einsum("bvc,vc->bv", votes, found.label) / total, dtype=np.float64)
        shares = [np.einsum("bvc,vc->bv", votes, (found.label == c) * 1.0) for c in range(self.classes)]
        return np.asarray(np.stack(shares, axis=2) / total[:, :, None], dtype=np.float64)


class NearestRows:
    """A fitted nearest-neighbour estimator in scikit-learn's manner.  It holds the training rows themselves."""

    def __init__(self, neighbours: int) -> None:
        self.neighbours = neighbours

    def fit_rows(self, rows: Rows) -> Self:
        self.rows_ = rows
        self.classes_ = np.arange(rows.classes)
        return self

    def _shares(self, X: Matrix) -> NDArray[np.float64]:
        found = nearest_of_blocks([self.rows_], np.asarray(X, dtype=np.float64), self.neighbours)
        predictor = NearestPredictor((found,), self.neighbours, self.rows_.classes)
        return predictor.predictions(np.ones((1, 1), dtype=np.int64))[0][0]

    def predict(self, X: Matrix) -> NDArray[np.float64] | NDArray[np.int64]:
        shares = self._shares(X)
        return shares.argmax(axis=1) if self.rows_.classes else shares

    def predict_proba(self, X: Matrix) -> NDArray[np.float64]:
        return self._shares(X)


def nearest_of_blocks(blocks: Sequence[Rows], queries: Matrix, neighbours: int) -> Neighbours:
    """Each block's ``neighbours`` nearest rows to every query, merged in the order (distance, label)."""
    pooled = stack(blocks)
    distinct, place = np.unique(pooled.X + 0.0, axis=0, return_inverse=True)
    members = _by_label(place.ravel(), pooled.y, np.cumsum([len(b) for b in blocks])[:-1])
    step = max(1, _CELLS // max(len(distinct), 1))
    pieces = [
        _nearest_piece(_squared_distances(queries[i : i + step], distinct), members, pooled.y, neighbours)
        for i in range(0, len(queries), step)
    ]
    return Neighbours(*(np.concatenate(column) for column in zip(*pieces, strict=True)))


def _by_label(
    place: NDArray[np.intp], y: NDArray[Any], cuts: NDArray[np.intp]
) -> list[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """Per block: its rows sorted by label, and their places among the distinct rows."""
    rows = np.split(np.arange(len(y)), cuts)
    ordered = [index[np.argsort(y[index], kind="stable")] for index in rows]
    return [(index, place[index]) for index in ordered]


def _squared_distances(queries: Matrix, rows: Matrix) -> Matrix:
    cross = queries @ rows.T
    squared = (queries**2).sum(axis=1)[:, None] - 2 * cross + (rows**2).sum(axis=1)
    return np.round(np.maximum(squared, 0.0), _DECIMALS)


def _nearest_piece(
    distances: Matrix,
    members: list[tuple[NDArray[np.intp], NDArray[np.intp]]],
    y: NDArray[Any],
    neighbours: int,
) -> tuple[NDArray[np.int64], NDArray[np.float64], Matrix]:
    near, label, owner = [], [], []
    for block, (index, place) in enumerate(members):
        own = distances[:, place]
        chosen = _smallest(own, neighbours)
        near.append(np.take_along_axis(own, chosen, axis=1))
        label.append(y[index][chosen].astype(np.float64))
        owner.append(np.full(chosen.shape, block, dtype=np.int64))
    distance, labels = np.concatenate(near, axis=1), np.concatenate(label, axis=1)
    blocks = np.concatenate(owner, axis=1)
    order = np.lexsort((labels, distance), axis=1)
    return (
        np.take_along_axis(blocks, order, axis=1),
        np.take_along_axis(labels, order, axis=1),
        np.take_along_axis(distance, order, axis=1),
    )


def _smallest(own: Matrix, neighbours: int) -> NDArray[np.intp]:
    """Columns of the smallest entries of each row, the leftmost of equals first: (rows, <= neighbours).

    A partition finds the largest distance that counts; the stable choice among equals at that distance is made by
    looking at these few rows again.
    """
    k = min(neighbours, own.shape[1])
    if k == 0:
        return np.empty((len(own), 0), dtype=np.intp)
    if k == 1:
        return own.argmin(axis=1)[:, None]
    limit = np.partition(own, k - 1, axis=1)[:, k - 1 : k]
    rank = np.cumsum(own == limit, axis=1) + (own < limit).sum(axis=1, keepdims=True)
    keep = (own < limit) | ((own == limit) & (rank <= k))
    columns = np.nonzero(keep)[1].reshape(len(own), k)
    order = np.argsort(np.take_along_axis(own, columns, axis=1), axis=1, kind="stable")
    return np.take_along_axis(columns, order, axis=1)
