"""Training rows that stand in the validation data as well: overlap of training and test set, or leakage.

A model that has seen the answers scores well and is worth nothing.  So rows of a party are counted that equal a
validation row (**exact**: features and label) or come close to one (**near**: features, whatever the label), and what
is found is held against chance (`fairpool.comparing.chance_overlap`).

Rows are compared as they are, and again with the columns of the party brought to the middle and the spread of the
task's, for copies in another unit.  What is found, and what is not: docs/theory/validation-overlap.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fairpool.comparing.chance_overlap import ChanceOverlap
from fairpool.comparing.closeness import Closeness, SpacedRows
from fairpool.comparing.same_rows import distinct_rows, with_label
from fairpool.ground.arrays import Bool, Booleans, Float, Floats, Int, Integers, Positions
from fairpool.ground.errors import InputError

Labelled = tuple[Floats, NDArray[np.int64] | NDArray[np.float64]]  # treated features and labels

SCALES = (0.0, 1 / 64, 1 / 16, 1 / 4, 1 / 2, 3 / 4)
FALSE_ALARMS = 1e-3  # of honest rounds, where a bound holds


@dataclass(frozen=True, slots=True, eq=False)
class Overlap:
    """How the rows of one party stand in one task.

    exact      rows of the party that are validation rows, features and label
    near       other rows of the party within ``closeness`` of a validation row, features alone
    closeness  in units of the distance from the validation row to the nearest other one: that of `SCALES` at which what
               is found exceeds chance by most
    met        validation rows that a row of the party is within ``closeness`` of
    chance     how many honest rows meet at most
    rows       which rows are exact or near
    """

    exact: int
    near: int
    closeness: float
    met: int
    chance: int
    rows: Bool[Booleans, " rows"]

    @property
    def more_than_chance(self) -> bool:
        """Whether honest rows of any number and law that the bounds cover meet fewer validation rows."""
        return self.met > self.chance


def validation_overlap(
    parties: Sequence[Labelled], task: Labelled, *, comparisons: int | None = None
) -> tuple[Overlap, ...]:
    """How the rows of each party stand in the rows of a task, exactly and nearly, and whether by chance.

    Parameters
    ----------
    parties : sequence of (float64 (rows, columns), labels (rows,))
        Treated features and labels of each of M parties.
    task : (float64 (rows, columns), labels (rows,))
        Treated features and labels of the validation rows.
    comparisons : int or None
        How many pairs of a party and a task are looked at in all, M by default: however many there are, at most one in
        a thousand honest rounds raises an alarm where the bounds hold.

    Returns
    -------
    tuple of Overlap
        One per party.

    Raises
    ------
    InputError
        For no party, no rows, and different columns.

    Notes
    -----
    Two matrix products of all N training rows with the u distinct validation rows, in blocks of 32 MB: O(N u columns).
    Near rows are looked for around evenly spaced validation rows beyond 1.4e11 multiplications; exact ones around all,
    by a sort.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> task, honest = rng.standard_normal((50, 6)), rng.standard_normal((50, 6))
    >>> copied, labels = task + 0.01 * rng.standard_normal(task.shape), np.zeros(50)
    >>> found = validation_overlap([(honest, labels), (copied, labels)], (task, labels))
    >>> [(one.exact, one.near, one.more_than_chance) for one in found]
    [(0, 0, False), (0, 50, True)]
    """
    _check([*parties, task])
    pool = _Pool.of(parties, task)
    spaced = SpacedRows.of(task[0], against=len(pool.X))
    views = [spaced.closeness(X, pool.starts) for X in (pool.X, pool.aligned(task[0]))]
    level = FALSE_ALARMS / ((comparisons or len(parties)) * len(SCALES) * len(views))
    sizes = np.array([len(y) for _, y in parties])
    chance = ChanceOverlap.of(spaced).most(np.array(SCALES), sizes, level)
    return tuple(_overlap(pool, i, views, chance[i]) for i in range(len(parties)))


def _overlap(pool: _Pool, i: int, views: Sequence[Closeness], chance: Int[Integers, " scales"]) -> Overlap:
    """At the scale, and in the view, where what is found exceeds chance by most; the smallest scale where two tie."""
    mine, scales = pool.of_party(i), np.array(SCALES)
    close = np.stack([view.by_task_row[:, i] for view in views]) <= scales[:, None, None]
    met = np.where(scales[:, None] > 0, close.sum(axis=-1), pool.met[i])
    scale, view = map(int, np.unravel_index(np.argmax(met - chance[:, None]), met.shape))
    found = pool.equal[mine] | ((views[view].by_row[mine] <= scales[scale]) & (scales[scale] > 0))
    exact, near = pool.exact[mine], found & ~pool.exact[mine]
    return Overlap(
        exact=int(np.count_nonzero(exact)),
        near=int(np.count_nonzero(near)),
        closeness=SCALES[scale],
        met=int(met[scale, view]),
        chance=int(chance[scale]),
        rows=found,
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Pool:
    """All parties' rows in one stack.

    starts  where each party's begin
    equal   which rows have the features of a validation row; exact: and its label
    met     how many distinct feature rows of the task each party has
    """

    X: Float[Floats, "rows columns"]
    starts: Int[Positions, " parties"]
    equal: Bool[Booleans, " rows"]
    exact: Bool[Booleans, " rows"]
    met: list[int]

    @classmethod
    def of(cls, parties: Sequence[Labelled], task: Labelled) -> _Pool:
        X = np.vstack([X for X, _ in parties])
        sizes = [len(y) for _, y in parties]
        starts = np.cumsum([0, *sizes[:-1]])
        everything = np.vstack([task[0], X])
        labels = np.concatenate([task[1], *(y for _, y in parties)])
        features = distinct_rows(everything).number
        equal = _among(features, len(task[0]))
        exact = _among(distinct_rows(with_label(everything, labels)).number, len(task[0]))
        theirs = np.split(features[len(task[0]) :], starts[1:])
        held = np.split(equal, starts[1:])
        met = [len(np.unique(one[there])) for one, there in zip(theirs, held, strict=True)]
        return cls(X, starts, equal, exact, met)

    def of_party(self, i: int) -> slice:
        ends = [*self.starts[1:].tolist(), len(self.X)]
        return slice(int(self.starts[i]), ends[i])

    def aligned(self, task: Floats) -> Floats:
        """Every column of each party with the middle and spread of the task's; as it is where one alone is constant."""
        centre, wide, scatter = _middle_and_spreads(task)
        parts = []
        for i in range(len(self.starts)):
            mine = self.X[self.of_party(i)]
            middle, own_wide, own_scatter = _middle_and_spreads(mine)
            quartiles = (own_wide > 0) & (wide > 0)
            own, spread = np.where(quartiles, own_wide, own_scatter), np.where(quartiles, wide, scatter)
            scale = np.where((own > 0) & (spread > 0), spread / np.where(own > 0, own, 1.0), 1.0)
            comparable = (own > 0) == (spread > 0)
            parts.append(np.where(comparable, (mine - middle) * scale + centre, mine))
        return np.vstack(parts)


def _among(number: Positions, task_rows: int) -> Booleans:
    """Which of the rows behind the task's own have a number that one of them has."""
    there = np.zeros(int(number.max()) + 1, dtype=bool)
    there[number[:task_rows]] = True
    return there[number[task_rows:]]


def _middle_and_spreads(rows: Floats) -> tuple[Floats, Floats, Floats]:
    """Of each column the median, the distance between the quartiles, and, for where that is zero, the deviation."""
    low, middle, high = np.quantile(rows, [0.25, 0.5, 0.75], axis=0)
    return middle, high - low, rows.std(axis=0)


def _check(tables: Sequence[Labelled]) -> None:
    if len(tables) < 2:
        raise InputError("parties: got none, expected at least one")
    for X, y in tables:
        if X.ndim != 2 or X.size == 0 or y.shape != (len(X),) or X.shape[1] != tables[0][0].shape[1]:
            raise InputError(
                f"got features {X.shape} and labels {y.shape}, expected (rows, columns) and (rows,), at least one row, "
                "and the same columns for all"
            )
