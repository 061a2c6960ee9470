"""Parties that could stand in for each other (own result).

i and j are functional replicas if G(S + i) = G(S + j) = G(S + i + j) for every coalition S without them.  For data it
says M(X_i + X_j) = M(X_i) = M(X_j) as far as any score can tell.  It is an equivalence relation, so the parties fall
into classes; `collapsed` division lets a class play as one of its members.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from fairpool.games.game import coalitions_at, positions_of
from fairpool.ground.arrays import Floats, Integers
from fairpool.learning.learners.nearest.closed_form import Ranking
from fairpool.market.tolerances import SAME


def replica_classes(gains: Floats, parties: int) -> Integers:
    """Class of every party, named by its first member: (2**n, tasks) gains -> int64 (n,).

    Cost: at most n (n - 1) / 2 comparisons of 2**(n - 2) rows.
    """
    return classes_of(parties, lambda i, j: are_replicas(gains, i, j))


def replica_classes_of_ranking(ranking: Ranking) -> Integers:
    """The same for one nearest neighbour, for any number of parties: no coalition is evaluated.

    With y_p = 0 where party p is in the coalition and 1 elsewhere, G is a polynomial: the sum over task rows and ranks
    k of (r_{k+1} - r_k) times the product of y over the first k parties.  Two such functions of coalitions are the
    same if and only if each product has the same coefficient in both.  A product is known by the sum of random 64-bit
    keys of its parties.  Cost: O(rows) for most pairs, O(rows n log(rows n)) for those equally good alone and together.
    """
    n = ranking.party.shape[1]
    rank = np.argsort(ranking.party, axis=1)
    right = np.take_along_axis(ranking.right, rank, axis=1)
    keys = np.asarray(np.random.default_rng(0).integers(2**64, size=n, dtype=np.uint64))

    def replicas(i: int, j: int) -> bool:
        alone = right[:, i].sum(), right[:, j].sum()
        together = np.where(rank[:, i] < rank[:, j], right[:, i], right[:, j]).sum()
        if max(abs(alone[0] - alone[1]), abs(alone[0] - together)) > SAME:
            return False
        return all(_adds_nothing(ranking, keys, rank, one, other) for one, other in ((i, j), (j, i)))

    return classes_of(n, replicas)


def _adds_nothing(ranking: Ranking, keys: NDArray[np.uint64], rank: Integers, i: int, j: int) -> bool:
    """Whether G(S + i + j) = G(S + i) for every S without them."""
    nearer = np.flatnonzero(rank[:, j] < rank[:, i])
    names, r = ranking.party[nearer], ranking.right[nearer]
    products = np.cumsum(np.where(names == j, np.uint64(0), keys[names]), axis=1, dtype=np.uint64)
    steps = np.diff(r, axis=1)
    k = np.arange(steps.shape[1])
    between = (k >= rank[nearer, j][:, None]) & (k < rank[nearer, i][:, None])
    _, number = np.unique(products[:, :-1][between], return_inverse=True)
    return bool(np.abs(np.bincount(number, weights=steps[between])).max(initial=0.0) <= SAME)


def classes_of(parties: int, same: Callable[[int, int], bool]) -> Integers:
    """Class of every party under an equivalence relation, named by its first member."""
    first = np.arange(parties)
    for j in range(1, parties):
        earlier = (i for i in range(j) if first[i] == i and same(i, j))
        first[j] = next(earlier, j)
    return first


def collapsed_table(gains: Floats, classes: Integers) -> Floats:
    """Gains of the coalitions of representatives, as a table of its own: (2**classes, ...)."""
    representatives = np.unique(classes)
    chosen = coalitions_at(np.arange(2 ** len(representatives)), len(representatives))
    full = np.zeros((len(chosen), len(classes)), dtype=bool)
    full[:, representatives] = chosen
    return gains[positions_of(full)]


def split_among_members(shares: Floats, classes: Integers) -> Floats:
    """Each class's share in equal parts to its members: (classes,) -> (n,); (classes, draws) -> (n, draws)."""
    _, place, members = np.unique(classes, return_inverse=True, return_counts=True)
    return np.asarray((shares[place].T / members[place]).T, dtype=np.float64)


def are_replicas(gains: Floats, i: int, j: int) -> bool:
    """Whether G(S + i) = G(S + j) = G(S + i + j) for every S without them, on every task: (2**n, tasks)."""
    positions = np.arange(len(gains))
    without = positions[(positions >> i & 1 == 0) & (positions >> j & 1 == 0)]
    with_i, with_j = gains[without | 1 << i], gains[without | 1 << j]
    return bool(
        np.abs(with_i - with_j).max(initial=0.0) <= SAME
        and np.abs(gains[without | 1 << i | 1 << j] - with_i).max(initial=0.0) <= SAME
    )
