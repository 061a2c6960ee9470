"""Rows that more than one party holds.

Exact copies are found by content: the treated features and the label, to the last bit.  Near copies are rows
of which no exact copy is held, but whose features are within ``radius`` of a row of the other party, whatever
its label: a copy with a little noise, or with another label.

Some coincidence is natural, above all among few or discrete columns.  So every count has its yardstick on the
diagonal: how many rows of a party have a copy, or a near one, within the party itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from fairpool.comparing.distances import squared_distances
from fairpool.comparing.same_rows import DistinctRows, distinct_rows, with_label
from fairpool.ground.arrays import Floats, Integers, Positions
from fairpool.ground.errors import InputError

Labelled = tuple[Floats, NDArray[np.int64] | NDArray[np.float64]]  # a party's treated features and labels

NEAR = 0.1  # default radius, as a part of the usual distance to the nearest row; docs/theory/row-values.md
PROBES = 256  # rows of a party whose nearest row is looked up to learn that distance
CELLS = 2**22  # distances held at a time
LEAST_BOUND = 1e-150  # a search bound whose square is not zero


@dataclass(frozen=True, slots=True, eq=False)
class SharedRows:
    """How many rows every two of M parties share.

    exact   int64 (M, M)  exact[i, j] = rows of party i that party j also holds;
                          exact[i, i] = rows of i that i holds more than once
    near    int64 (M, M)  near[i, j] = other rows of i within ``radius`` of a row of j;
                          near[i, i] = rows of i held once, within ``radius`` of another row of i
    rows    int64 (M,)    rows of each party
    radius  Euclidean distance in treated features up to which two rows are near
    """

    exact: Integers
    near: Integers
    rows: Integers
    radius: float


@dataclass(frozen=True, slots=True, eq=False)
class Blocks:
    """The pooled rows without those that another member brings identically, cut where coalitions differ.

    owners  bool (B, M)              the parties that bring block b; no two blocks have the same
    rows    B index arrays           the block's rows, as positions in the stack of all parties' rows

    The rows of coalition S are those of the blocks with an owner in S: of every distinct row as many copies
    as the member with most copies has.  Blocks, and the content of their rows, do not depend on the order of
    rows in the files.
    """

    owners: NDArray[np.bool_]
    rows: tuple[Positions, ...]

    def rows_of(self, coalition: NDArray[np.bool_]) -> Positions:
        """Positions of the rows that a coalition trains on: bool (M,) -> intp (r,)."""
        present = np.flatnonzero((self.owners & coalition).any(axis=1))
        return np.concatenate([np.empty(0, dtype=np.intp), *(self.rows[b] for b in present)])


def shared_rows(parties: Sequence[Labelled], *, radius: float | None = None) -> SharedRows:
    """How many rows every two parties share, exactly and nearly.

    Parameters
    ----------
    parties : sequence of (float64 (rows, columns), labels (rows,))
        Treated features and labels of each of M parties.
    radius : float
        Euclidean distance in treated features up to which rows are near; default `usual_radius`; with 0 only equal
        features with another label are near.

    Returns
    -------
    SharedRows
        Counts of rows, int64 (M, M).

    Raises
    ------
    InputError
        For no party, parties without rows or with different columns, and a radius that is negative or not finite.

    Notes
    -----
    Exact counts cost two sorts of all N rows.  Near counts look up every distinct row in a k-d tree of all, then the
    few that have company in one tree per party.  100 parties of 1,000 rows and 20 columns take 2 s, 4 parties of
    250,000 rows 25 s and 1.3 GB.  A radius beyond the usual distance between rows gives all rows company and costs M
    look-ups for each.  Nothing is sampled.

    Examples
    --------
    >>> import numpy as np
    >>> a = np.array([[0.0], [1.0], [2.0]]), np.array([0, 0, 1])
    >>> b = np.array([[0.0], [1.0], [9.0]]), np.array([0, 1, 1])
    >>> shared_rows([a, b], radius=0.1).exact.tolist()
    [[0, 1], [1, 0]]
    """
    radius = usual_radius(parties) if radius is None else float(radius)
    if not (np.isfinite(radius) and radius >= 0):
        raise InputError(f"radius: got {radius}, expected a distance of 0 or more")
    pool = _Pool.of(parties)
    company, also_held = pool.have_company(radius), pool.also_held()
    exact, near = np.zeros((2, len(parties), len(parties)), dtype=np.int64)
    for j in range(len(parties)):
        held = pool.held_by(j, also_held)
        exact[:, j] = pool.count(np.flatnonzero(held))
        near[:, j] = pool.count(pool.near_to(j, company & ~held, radius))
    return SharedRows(exact, near, pool.count(np.arange(len(pool.owner))), radius)


def usual_radius(parties: Sequence[Labelled]) -> float:
    """A tenth of the usual distance from a row to the nearest different row of the same party.

    "Usual" is the median over at most 256 rows of a party, then the median over parties: a party that brings
    noisy copies of its own rows, or a minority of such parties, does not move it far, and what parties share
    with each other does not enter.  0 where no party has two rows with different features.
    """
    _check(parties)
    spacings = [_spacing(X[distinct_rows(X).first]) for X, _ in parties]
    known = [s for s in spacings if s is not None]
    return NEAR * float(np.median(known)) if known else 0.0


def distinct_row_owners(parties: Sequence[Labelled]) -> Blocks:
    """Cut the pooled rows into blocks by who brings them, counting a row that several members bring once.

    Parameters
    ----------
    parties : sequence of (float64 (rows, columns), labels (rows,))
        Treated features and labels of each of M parties.

    Returns
    -------
    Blocks
        Who brings each block, and its rows as positions in the stack of all parties' rows.

    Raises
    ------
    InputError
        As `shared_rows`.

    Notes
    -----
    A distinct row (features and label) that occurs m_i times at party i gives max m_i kept rows; the l-th of them is
    owned by {i: m_i >= l}.  Two sorts, O(N log N), and N M bits.

    Examples
    --------
    >>> import numpy as np
    >>> a = np.array([[0.0], [1.0]]), np.array([0, 0])
    >>> b = np.array([[0.0], [9.0]]), np.array([0, 1])
    >>> blocks = distinct_row_owners([a, b])
    >>> blocks.owners.tolist(), [len(rows) for rows in blocks.rows]
    ([[False, True], [True, False], [True, True]], [1, 1, 1])
    """
    pool = _Pool.of(parties)
    number, copy = pool.rows.number, pool.copy_number()[0]
    order = np.lexsort((pool.owner, copy, number))
    starts = np.append(True, np.diff(number[order]).astype(bool) | np.diff(copy[order]).astype(bool))
    kept = order[starts]
    owners = np.zeros((len(kept), len(parties)), dtype=bool)
    owners[np.cumsum(starts) - 1, pool.owner[order]] = True
    return _cut(kept, owners)


def _cut(kept: Positions, owners: NDArray[np.bool_]) -> Blocks:
    """Group kept rows with equal owners; kept rows stay in their order within a block."""
    _, first, block = np.unique(np.packbits(owners, axis=1), axis=0, return_index=True, return_inverse=True)
    by_block = np.argsort(block.reshape(-1), kind="stable")
    ends = np.cumsum(np.bincount(block.reshape(-1)))
    return Blocks(owners[first], tuple(np.split(kept[by_block], ends[:-1])))


@dataclass(frozen=True, slots=True, eq=False)
class _Pool:
    """All parties' rows in one stack, with whose they are and which of them are the same."""

    X: Floats
    owner: Positions
    parties: int
    rows: DistinctRows
    features: DistinctRows

    @classmethod
    def of(cls, parties: Sequence[Labelled]) -> _Pool:
        _check(parties)
        X = np.vstack([X for X, _ in parties])
        y = np.concatenate([y for _, y in parties])
        owner = np.repeat(np.arange(len(parties)), [len(y) for _, y in parties])
        return cls(X, owner, len(parties), distinct_rows(with_label(X, y)), distinct_rows(X))

    def count(self, rows: Positions) -> Integers:
        """How many of these rows are each party's: int64 (M,)."""
        return np.bincount(self.owner[rows], minlength=self.parties).astype(np.int64)

    def copy_number(self) -> tuple[Positions, Positions]:
        """Of every row: which of the copies in its party it is, from 0, and how many there are."""
        key = self.rows.number * self.parties + self.owner
        order = np.argsort(key, kind="stable")
        _, first, counts = np.unique(key[order], return_index=True, return_counts=True)
        copy, copies = np.empty((2, len(key)), dtype=np.intp)
        copy[order] = np.arange(len(key)) - np.repeat(first, counts)
        copies[order] = np.repeat(counts, counts)
        return copy, copies

    def also_held(self) -> NDArray[np.bool_]:
        """Whether a row's party has it more than once."""
        return self.copy_number()[1] > 1

    def held_by(self, j: int, also_held: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Whether party j has this row; of party j's own rows: whether it has another one."""
        held = np.zeros(len(self.rows), dtype=bool)
        held[self.rows.number[self.owner == j]] = True
        return np.where(self.owner == j, also_held, held[self.rows.number])

    def have_company(self, radius: float) -> NDArray[np.bool_]:
        """Whether a different row, of whatever party, is within the radius of this one."""
        points = self.X[self.features.first]
        labels = np.bincount(self.features.number[self.rows.first], minlength=len(points))
        return ((labels > 1) | _second_within(cKDTree(points), points, radius))[self.features.number]

    def near_to(self, j: int, asked: NDArray[np.bool_], radius: float) -> Positions:
        """Those rows asked for (bool) that are within the radius of a row, or another row, of party j."""
        mine = self.owner == j
        held, times = np.unique(self.features.number[mine], return_counts=True)
        points = self.X[self.features.first]
        tree = cKDTree(points[held])
        others, own = np.flatnonzero(asked & ~mine), np.flatnonzero(asked & mine)
        crowded = np.zeros(len(points), dtype=bool)
        crowded[held[times > 1]] = True
        own_near = crowded[self.features.number[own]] | _second_within(tree, self.X[own], radius)
        return np.append(others[_first_within(tree, self.X[others], radius)], own[own_near])


def _first_within(tree: cKDTree, points: Floats, radius: float) -> NDArray[np.bool_]:
    """Whether a point of the tree is within the radius."""
    distance, _ = tree.query(points, k=[1], distance_upper_bound=_beyond(radius))
    return np.asarray(distance).ravel() <= radius


def _second_within(tree: cKDTree, points: Floats, radius: float) -> NDArray[np.bool_]:
    """Whether a point of the tree is within the radius of these points, which are in the tree themselves."""
    distance, _ = tree.query(points, k=[2], distance_upper_bound=_beyond(radius))
    return np.asarray(distance).ravel() <= radius


def _beyond(radius: float) -> float:
    """The search bound, which scipy reads as "less than": just above the radius, its square above zero."""
    return max(float(np.nextafter(radius, np.inf)), LEAST_BOUND)


def _spacing(points: Floats) -> float | None:
    """Median distance from a point to the nearest other, over evenly spaced probes; None for one point."""
    if len(points) < 2:
        return None
    probes = np.unique(np.linspace(0, len(points) - 1, PROBES).astype(np.intp))
    nearest = np.empty(len(probes))
    step = max(1, CELLS // len(points))
    for start in range(0, len(probes), step):
        some = probes[start : start + step]
        distances = squared_distances(points[some], points)
        distances[np.arange(len(some)), some] = np.inf
        nearest[start : start + step] = distances.min(axis=1)
    return float(np.median(np.sqrt(nearest)))


def _check(parties: Sequence[Labelled]) -> None:
    if len(parties) == 0:
        raise InputError("parties: got none, expected at least one")
    for i, (X, y) in enumerate(parties):
        if X.ndim != 2 or X.size == 0 or y.shape != (len(X),):
            raise InputError(
                f"party {i}: got features {X.shape} and labels {y.shape}, "
                "expected (rows, columns) and (rows,), at least one row and column"
            )
        if X.shape[1] != parties[0][0].shape[1]:
            raise InputError(
                f"party {i}: got {X.shape[1]} columns, expected {parties[0][0].shape[1]} as party 0"
            )
        if not np.isfinite(X).all():
            row = int(np.flatnonzero(~np.isfinite(X).all(axis=1))[0])
            raise InputError(f"party {i}, row {row}: got a feature that is not finite, expected treated rows")
