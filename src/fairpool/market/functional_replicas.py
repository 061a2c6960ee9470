"""Parties that could stand in for each other (own result).

i and j are functional replicas if G(S + i) = G(S + j) = G(S + i + j) for every coalition S without them.  For data it
says M(X_i + X_j) = M(X_i) = M(X_j) as far as any score can tell.  It is an equivalence relation, so the parties fall
into classes; `collapsed` division lets a class play as one of its members.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fairpool.games.game import coalitions_at, positions_of

SAME = 1e-12  # gains closer than this are the same gain


def replica_classes(gains: NDArray[np.float64], parties: int) -> NDArray[np.int64]:
    """Class of every party, named by its first member: (2**n, tasks) gains -> int64 (n,).

    Cost: at most n (n - 1) / 2 comparisons of 2**(n - 2) rows.
    """
    first = np.arange(parties)
    for j in range(1, parties):
        for i in range(j):
            if first[i] == i and _replicas(gains, i, j):
                first[j] = i
                break
    return first


def collapsed_table(gains: NDArray[np.float64], classes: NDArray[np.int64]) -> NDArray[np.float64]:
    """Gains of the coalitions of representatives, as a table of its own: (2**classes, ...)."""
    representatives = np.unique(classes)
    chosen = coalitions_at(np.arange(2 ** len(representatives)), len(representatives))
    full = np.zeros((len(chosen), len(classes)), dtype=bool)
    full[:, representatives] = chosen
    return gains[positions_of(full)]


def split_among_members(shares: NDArray[np.float64], classes: NDArray[np.int64]) -> NDArray[np.float64]:
    """Each class's share in equal parts to its members: (classes,) -> (n,)."""
    _, place, members = np.unique(classes, return_inverse=True, return_counts=True)
    return np.asarray(shares[place] / members[place], dtype=np.float64)


def _replicas(gains: NDArray[np.float64], i: int, j: int) -> bool:
    positions = np.arange(len(gains))
    without = positions[(positions >> i & 1 == 0) & (positions >> j & 1 == 0)]
    with_i, with_j = gains[without | 1 << i], gains[without | 1 << j]
    return bool(
        np.abs(with_i - with_j).max(initial=0.0) <= SAME
        and np.abs(gains[without | 1 << i | 1 << j] - with_i).max(initial=0.0) <= SAME
    )
