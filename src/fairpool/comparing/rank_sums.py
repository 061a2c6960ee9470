"""Every agent's distance from the pool of the others, from one sort of each feature.

Agent i submits n values of a feature, the others M; N = n + M.  For each of the others' values t let

    A(t)  how many of agent i's values are at most t
    B(t)  how many of the others' values, t itself left out, are at most t; there are Z = M - 1 of those

    loss    = mean over t of (A/n - B/Z)^2
    spread  = mean over t of B (Z - B) / (Z (Z - 1)), an unbiased estimate of c = E[F(T) (1 - F(T))]

With G(t) = A(t) + B(t), the number of all other values at most t, the terms are (A (Z + n) - n G) / (n Z), so both
need only the sums of A, A^2, A G, G and G^2 over the others' values: sums over all values less sums over agent i's own.
A is a step function that rises at agent i's own values, hence for any f

    sum over all t of A(t) f(t)  =  sum over own values l of  (sum of f(t) over t >= l)
    sum over all t of A(t)^2     =  sum over own values l of  (2 r_l - 1) (number of t >= l),   r_l = 1..n the rank of l

so all agents together cost O(N) after the sort, not O(m N).  The sums are whole numbers below N^3 and are combined as
Python integers: losses and spreads are the correctly rounded quotients, whatever cancels.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fairpool.ground.arrays import Bool, Booleans, Float, Floats, Int, Integers

Exact = NDArray[np.object_]

MOST_ROWS = 2_000_000  # in all: the cube fits into 64 bits


@dataclass(frozen=True, slots=True, eq=False)
class _Places:
    """Where each agent's values stand among all, agents one after the other, values ascending: int64 (features, N).

    first, last: of the values equal to this one, the positions (from 0) of the first and the last; ``last`` is G.
    own: how many of the agent's own values are at most this one: A.
    beyond: sum of G over all values at least this one.
    total, total_squared: int64 (features,), sums of G and G^2 over all values.
    """

    first: Integers
    last: Integers
    own: Integers
    beyond: Integers
    total: Integers
    total_squared: Integers


def losses_and_spreads(
    columns: Float[Floats, "features values"], counts: Int[Integers, " agents"]
) -> tuple[Float[Floats, "agents features"], Float[Floats, "agents features"]]:
    """Loss and spread of every agent in every feature.

    columns: float64 (features, N), finite, the values of agent 0 first, then those of agent 1, and so on.
    counts: int64 (agents,), values of each agent, each at least 1 and at most N - 3.
    Returns two float64 (agents, features).  Cost O(features N log N), memory O(features N).
    """
    starts = np.cumsum(counts) - counts
    ranks = np.arange(1, columns.shape[1] + 1) - np.repeat(starts, counts)
    places = _places(columns, counts, ranks)

    def by_agent(terms: Integers) -> Exact:
        return np.add.reduceat(terms, starts, axis=1).T.astype(object)

    at_least = columns.shape[1] - places.first
    A, G = places.own, places.last
    sum_A = by_agent(at_least - A)
    sum_AA = by_agent((2 * ranks - 1) * at_least - A * A)
    sum_AG = by_agent(places.beyond - A * G)
    sum_G = places.total.astype(object) - by_agent(G)
    sum_GG = places.total_squared.astype(object) - by_agent(G * G)

    n, Z = _exact(counts), _exact(counts.sum() - counts - 1)
    M, k = Z + 1, n + Z
    squares = k * k * sum_AA - 2 * k * n * sum_AG + n * n * sum_GG
    sum_B, sum_BB = sum_G - sum_A, sum_GG - 2 * sum_AG + sum_AA
    losses = squares / (n * n * Z * Z * M)
    spreads = (Z * sum_B - sum_BB) / (M * Z * (Z - 1))
    return losses.astype(np.float64), spreads.astype(np.float64)


def _exact(per_agent: Any) -> Exact:
    return np.asarray(per_agent).astype(object)[:, None]


def _places(columns: Floats, counts: Integers, ranks: Integers) -> _Places:
    order = np.argsort(columns, axis=1)
    owners = np.repeat(np.arange(len(counts), dtype=np.min_scalar_type(len(counts))), counts)
    positions = np.argsort(owners[order], axis=1, kind="stable")
    ordered = np.take_along_axis(columns, order, axis=1)
    rises = ordered[:, 1:] != ordered[:, :-1]
    if rises.all():
        return _distinct(positions, ranks)
    return _tied(positions, rises, np.repeat(np.cumsum(counts), counts) - 1, ranks)


def _distinct(positions: Integers, ranks: Integers) -> _Places:
    """Without equal values everything follows from the positions."""
    N = positions.shape[1]
    return _Places(
        first=positions,
        last=positions,
        own=np.broadcast_to(ranks, positions.shape),
        beyond=(N - 1 + positions) * (N - positions) // 2,
        total=np.array([N * (N - 1) // 2]),
        total_squared=np.array([(N - 1) * N * (2 * N - 1) // 6]),
    )


def _tied(positions: Integers, rises: NDArray[np.bool_], ends: Integers, ranks: Integers) -> _Places:
    """Equal values share the first and the last of their positions; ends: where each value's agent ends."""
    first, last = tie_bounds(rises)
    beyond = np.cumsum(last[:, ::-1], axis=1)[:, ::-1]
    own_first = np.take_along_axis(first, positions, axis=1)
    own_rises = own_first[:, 1:] != own_first[:, :-1]
    _, own_last = tie_bounds(own_rises | (ends[1:] != ends[:-1]))
    return _Places(
        first=own_first,
        last=np.take_along_axis(last, positions, axis=1),
        own=ranks[own_last],
        beyond=np.take_along_axis(beyond, own_first, axis=1),
        total=last.sum(axis=1),
        total_squared=(last * last).sum(axis=1),
    )


def tie_bounds(
    rises: Bool[Booleans, "features steps"],
) -> tuple[Int[Integers, "features steps+1"], Int[Integers, "features steps+1"]]:
    """First and last position of each value's equals.

    rises: bool (features, N - 1), whether a sorted value is below the next.  Returns two int64 (features, N).
    """
    edge = np.ones((len(rises), 1), dtype=np.bool_)
    places = np.arange(rises.shape[1] + 1)
    first = np.maximum.accumulate(np.where(np.hstack([edge, rises]), places, 0), axis=1)
    backwards = np.where(np.hstack([rises, edge]), places, places[-1])[:, ::-1]
    return first, np.minimum.accumulate(backwards, axis=1)[:, ::-1]
