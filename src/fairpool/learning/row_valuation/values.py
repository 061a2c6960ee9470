"""What single training rows are worth for a task: exact K-nearest-neighbour Shapley values ([JDW19]).

The worth of a set S of training rows is how well the K nearest rows of S predict the task rows; a row's value
is its Shapley value in the game whose players are all n training rows.  No coalition is ever enumerated
(`fairpool.learning.row_valuation.nearest_neighbour_shapley`).

Both kinds of task have values in units of gain: the empty set is worth 0 and a perfect prediction 1.

    classification   U(S) = mean over task rows of (1/K) * right labels among the min(K, |S|) nearest
    regression       U(S) = 1 - SSE(S) / SST, the R^2 of the mean of the K nearest, where a neighbour that is
                     missing counts as the mean of the task's labels; so no rows predict that mean, U = 0

The paper's regression utility is minus the squared error with a missing neighbour counted as label zero.  Its
values move when a constant is added to all labels and its empty set is worth -mean(y_t^2), so rows would earn
for pointing out that temperatures are not near zero.  Labels are therefore centred on the task's mean and
errors divided by the task's variance; the values times that variance are the paper's for centred labels.

Rows equally far from a task row stand in the order of their labels.  Identical rows with one label have
values equal to the last bit, and the order of the training file changes nothing.

The sum over an owner's rows is not the owner's Shapley value as one player, and it grows when the owner
enters copies of its rows.  What a party is worth is computed in `fairpool.games` from gains of coalitions.
"""

from __future__ import annotations

from dataclasses import dataclass
from operator import index

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from fairpool.comparing.distances import nearest_first, squared_distances
from fairpool.comparing.same_rows import distinct_rows
from fairpool.ground.arrays import Floats
from fairpool.ground.errors import InputError
from fairpool.ground.progress import Progress, unwatched
from fairpool.learning.row_valuation.nearest_neighbour_shapley import right_label_values, squared_error_values
from fairpool.tables.names import listed

Labels = NDArray[np.int64] | NDArray[np.float64]

CELLS = 2**15  # distances held at a time: what stays in a core's cache is sorted fastest


def row_values(
    train_X: ArrayLike,
    train_y: ArrayLike,
    task_X: ArrayLike,
    task_y: ArrayLike,
    *,
    neighbours: int,
    batch: int | None = None,
    progress: Progress = unwatched,
) -> Floats:
    """The exact K-nearest-neighbour Shapley value of every training row: float64 (n,), rows in their order.

    Parameters
    ----------
    train_X, task_X : float64 (n, d) and (t, d)
        Finite, treated alike: distances are Euclidean in them.  Columns of two DataFrames are matched by name.
    train_y, task_y : (n,) and (t,)
        Labels.  Floats mean regression; anything else (integers, strings, booleans) means classes, as in
        `fairpool.learning.rows.Rows`.  Turn integer targets into floats.
    neighbours : int
        K >= 1; K > n is allowed: a missing neighbour counts as no hit, or as the task's mean.
    batch : int
        Task rows worked on at a time; default: as many as keep 2**15 distances.
    progress : Progress
        Called with (task rows done, task rows in all) after each batch.

    Returns
    -------
    float64 (n,)
        In units of gain.  Classes: the values sum to the mean share of right labels among the K nearest, in [0, 1].
        Regression: they sum to the R^2 of the K-NN mean on the task, at most 1; multiply by ``task_y.var()`` for the
        fall in mean squared error, in squared units of the label.  A negative value means that the row harms.

    Raises
    ------
    InputError
        For shapes and names of columns that do not match, numbers that are not finite, K < 1, and regression on task
        labels that are all equal (no R^2 exists).

    Notes
    -----
    O(t n (d + log n)) time and O(n d + batch n) memory.

    References
    ----------
    [JDW19]_, theorem 1.

    .. [JDW19] Jia et al.: Efficient Task-Specific Data Valuation for Nearest Neighbor Algorithms, PVLDB 12(11), 2019.

    Examples
    --------
    >>> row_values(
    ...     [[1.0], [2.0], [3.0]], ["well", "ill", "well"], [[0.0]], ["well"], neighbours=1
    ... ).round(4).tolist()
    [0.8333, -0.1667, 0.3333]
    """
    rows, tasks = _matrices(train_X, task_X)
    if rows.shape[1] != tasks.shape[1]:
        raise InputError(f"task_X: got {tasks.shape[1]} columns, expected {rows.shape[1]} as in train_X")
    labels, task_labels = _labels(train_y, len(rows), "train_y"), _labels(task_y, len(tasks), "task_y")
    K = _whole(neighbours, "neighbours")
    if _continuous(labels, task_labels):
        game: _Classes | _Regression = _Regression.on(labels, task_labels, K)
    else:
        game = _Classes.on(labels, task_labels, K)
    size = max(1, CELLS // len(rows)) if batch is None else _whole(batch, "batch")
    return _mean_over_tasks(rows, tasks, game, size, progress) * game.unit


@dataclass(frozen=True, slots=True, eq=False)
class _Classes:
    """Labels as class codes."""

    labels: Labels
    task_labels: Labels
    neighbours: int
    unit: float = 1.0

    @classmethod
    def on(cls, labels: NDArray[np.generic], task_labels: NDArray[np.generic], K: int) -> _Classes:
        codes = np.unique(np.concatenate([labels, task_labels]), return_inverse=True)[1].astype(np.int64)
        return cls(codes[: len(labels)], codes[len(labels) :], K)

    def values(self, sorted_labels: Labels, tasks: slice) -> Floats:
        return right_label_values(sorted_labels == self.task_labels[tasks, None], self.neighbours)


@dataclass(frozen=True, slots=True, eq=False)
class _Regression:
    """Labels centred on the task's mean; ``unit`` turns squared error into R^2."""

    labels: Labels
    task_labels: NDArray[np.float64]
    neighbours: int
    unit: float

    @classmethod
    def on(cls, labels: NDArray[np.generic], task_labels: NDArray[np.generic], K: int) -> _Regression:
        y, y_task = labels.astype(np.float64), task_labels.astype(np.float64)
        if (y_task == y_task[0]).all():
            raise InputError(f"task_y: all {len(y_task)} labels are {y_task[0]}, expected two different ones")
        centre = y_task.mean()
        spread = float(np.abs(y_task - centre).max())  # in its units squares neither overflow nor vanish
        y, y_task = (y - centre) / spread, (y_task - centre) / spread
        return cls(y, y_task, K, 1 / float(y_task.var()))

    def values(self, sorted_labels: Labels, tasks: slice) -> Floats:
        labels = sorted_labels.astype(np.float64, copy=False)
        return squared_error_values(labels, self.task_labels[tasks], self.neighbours)


def _mean_over_tasks(
    rows: Floats, tasks: Floats, game: _Classes | _Regression, batch: int, progress: Progress
) -> Floats:
    """Mean of the task rows' games, on the training rows in an order of their own: by label, then features.

    Distances are taken to distinct feature rows, so that equal rows are equally far to the last bit.
    """
    distinct = distinct_rows(rows)
    places = np.lexsort((distinct.number, game.labels))
    features, labels, number = rows[distinct.first], game.labels[places], distinct.number[places]
    total = np.zeros(len(rows))
    for start in range(0, len(tasks), batch):
        some = slice(start, min(start + batch, len(tasks)))
        order = nearest_first(squared_distances(tasks[some], features).take(number, axis=1))
        total += np.bincount(order.ravel(), game.values(labels.take(order), some).ravel(), len(rows))
        progress(some.stop, len(tasks))
    values = np.empty(len(rows))
    values[places] = total / len(tasks)
    return values


def _matrices(train_X: ArrayLike, task_X: ArrayLike) -> tuple[Floats, Floats]:
    """Both as numbers, columns matched by name where both have names, in a unit in which squares do not overflow."""
    if isinstance(train_X, pd.DataFrame) and isinstance(task_X, pd.DataFrame):
        names = list(train_X.columns)
        if sorted(map(str, names)) != sorted(map(str, task_X.columns)) or len(set(names)) < len(names):
            raise InputError(
                f"task_X: got the columns {listed(list(map(str, task_X.columns)))}, "
                f"expected those of train_X, each once: {listed(list(map(str, names)))}"
            )
        task_X = task_X[names]
    rows, tasks = _matrix(train_X, "train_X"), _matrix(task_X, "task_X")
    largest = max(float(np.abs(rows).max()), float(np.abs(tasks).max()))
    unit = (
        np.ldexp(1.0, int(np.frexp(largest)[1]) - 1) if largest else 1.0
    )  # a power of two: nothing is rounded
    return rows / unit, tasks / unit


def _matrix(numbers: ArrayLike, name: str) -> Floats:
    try:
        matrix = np.asarray(numbers, dtype=np.float64)
    except (TypeError, ValueError) as problem:
        raise InputError(f"{name}: expected numbers ({problem})") from problem
    if matrix.ndim != 2 or matrix.size == 0:
        raise InputError(f"{name}: got shape {matrix.shape}, expected (rows, columns), at least one of each")
    if not np.isfinite(matrix).all():
        row, column = (int(place[0]) for place in np.nonzero(~np.isfinite(matrix)))
        raise InputError(f"{name}[{row}, {column}]: got {matrix[row, column]}, expected a finite number")
    return matrix


def _labels(labels: ArrayLike, rows: int, name: str) -> NDArray[np.generic]:
    array = np.asarray(labels)
    if array.shape != (rows,):
        raise InputError(f"{name}: got shape {array.shape}, expected ({rows},), one label per row")
    if np.issubdtype(array.dtype, np.floating) and not np.isfinite(array).all():
        row = int(np.flatnonzero(~np.isfinite(array))[0])
        raise InputError(f"{name}[{row}]: got {array[row]}, expected a finite number")
    return array


def _continuous(labels: NDArray[np.generic], task_labels: NDArray[np.generic]) -> bool:
    """Whether the labels are numbers to come near to; both arrays must be of one kind."""
    floats = [np.issubdtype(y.dtype, np.floating) for y in (labels, task_labels)]
    text = [y.dtype.kind in "OUST" for y in (labels, task_labels)]
    if floats[0] != floats[1] or text[0] != text[1]:
        raise InputError(
            f"task_y: got labels of type {task_labels.dtype}, expected the kind of train_y ({labels.dtype}): "
            "floats for regression, or classes in both"
        )
    return floats[0]


def _whole(number: int, name: str) -> int:
    try:
        whole = index(number)
    except TypeError as problem:
        raise InputError(f"{name}: got {number!r}, expected a whole number") from problem
    if whole < 1:
        raise InputError(f"{name}: got {whole}, expected 1 or more")
    return whole
