"""Coalitions drawn uniformly within their size, none of them twice.

A draw is a single coalition S or a pair of S and its complement; ``partners`` remembers which coalitions were
drawn as a pair, because their worths are correlated.  Whatever the numbers drawn of each size, the coalitions
of one size are a uniform sample without replacement: drawing never looks at a worth.  (At size n/2, pairs fall
into the same size, so the sample there is a uniform sample of pairs and singles.)
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from math import comb

import numpy as np
from numpy.typing import NDArray

from fairpool.games.game import Coalitions
from fairpool.ground.arrays import Floats, Integers

CELLS = 2**22  # random numbers held at a time
WALKS_TRIED = 20  # for each walk wanted


@dataclass(frozen=True, slots=True, eq=False)
class Request:
    """How many coalitions to draw of each size 0 .. n: int64 (n + 1,) each.

    pairs[s]: pairs of a coalition of size s <= n/2 and its complement; singles[s]: single coalitions.
    """

    pairs: Integers
    singles: Integers

    @property
    def evaluations(self) -> int:
        return int(2 * self.pairs.sum() + self.singles.sum())


@dataclass(frozen=True, slots=True, eq=False)
class CoalitionSample:
    """Evaluated coalitions: bool (m, n), their worths (m,), and int64 (m,) each: the row of the partner or -1, and
    the number of the walk (`walks`) that a coalition stands in or -1."""

    coalitions: Coalitions
    worths: Floats
    partners: Integers
    walks: Integers

    @property
    def players(self) -> int:
        return int(self.coalitions.shape[1])

    @property
    def evaluations(self) -> int:
        return int(self.worths.size)

    @property
    def sizes(self) -> Integers:
        return self.coalitions.sum(axis=1, dtype=np.int64)

    @property
    def counts(self) -> Integers:
        """Evaluated coalitions of each size: (n + 1,)."""
        return np.bincount(self.sizes, minlength=self.players + 1).astype(np.int64)

    @property
    def units(self) -> Integers:
        """Number of the draw each coalition came from, 0 .. draws - 1: (m,)."""
        rows = np.arange(self.evaluations)
        first = np.where(self.partners >= 0, np.minimum(rows, self.partners), rows)
        walking = self.walks >= 0
        first[walking] = rows[walking][np.unique(self.walks[walking], return_index=True)[1]][
            self.walks[walking]
        ]
        return np.unique(first, return_inverse=True)[1].astype(np.int64)

    def extended(self, drawn: Drawn, worths: Floats) -> CoalitionSample:
        """With more coalitions."""
        shifted = np.where(drawn.partners >= 0, drawn.partners + self.evaluations, -1)
        walks = np.where(drawn.walks >= 0, drawn.walks + self.walks.max(initial=-1) + 1, -1)
        return CoalitionSample(
            np.concatenate([self.coalitions, drawn.coalitions]),
            np.concatenate([self.worths, worths]),
            np.concatenate([self.partners, shifted]),
            np.concatenate([self.walks, walks]),
        )


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """New coalitions: bool (b, n); partners and walks int64 (b,), counted among these coalitions."""

    coalitions: Coalitions
    partners: Integers
    walks: Integers

    def followed_by(self, later: Drawn) -> Drawn:
        """Both, one after the other."""
        shifted = np.where(later.partners >= 0, later.partners + len(self.partners), -1)
        walks = np.where(later.walks >= 0, later.walks + self.walks.max(initial=-1) + 1, -1)
        return Drawn(
            np.concatenate([self.coalitions, later.coalitions]),
            np.concatenate([self.partners, shifted]),
            np.concatenate([self.walks, walks]),
        )


def empty_sample(players: int) -> CoalitionSample:
    """Nothing evaluated yet."""
    nobody = np.zeros(0, np.int64)
    return CoalitionSample(np.zeros((0, players), bool), np.zeros(0), nobody, nobody)


@lru_cache(maxsize=8)
def coalitions_of_size(players: int) -> Floats:
    """binom(n, s) for s = 0 .. n, float64 (infinite where it overflows)."""
    numbers = np.array([_float(comb(players, s)) for s in range(players + 1)])
    numbers.setflags(write=False)
    return numbers


def draw(request: Request, sample: CoalitionSample, *, rng: np.random.Generator) -> Drawn:
    """Draw what ``request`` asks for, none of it in ``sample``.

    Where too few complementary pairs are left, the rest is drawn as singles of the two sizes; where too few
    coalitions are left, all of them are drawn.  Cost O(b n), more where a size is nearly used up.
    """
    taken = set(_keys(sample.coalitions))
    rows: list[NDArray[np.bool_]] = []
    partners: list[int] = []
    used = sample.counts + sample.counts[::-1] + request.pairs + request.pairs[::-1]
    singles = request.singles.copy()
    for s in np.flatnonzero(request.pairs):
        wanted = int(request.pairs[s])
        drawn = _fresh(
            _candidates(int(s), wanted, int(used[s]), sample.players, rng), wanted, taken, in_pairs=True
        )
        for row in drawn:
            partners += [len(rows) + 1, len(rows)]
            rows += [row, ~row]
        for short in (s, sample.players - s):
            singles[short] += wanted - len(drawn)
    for s in np.flatnonzero(singles):
        wanted = int(singles[s])
        drawn = _fresh(
            _candidates(int(s), wanted, int(used[s]), sample.players, rng), wanted, taken, in_pairs=False
        )
        rows += drawn
        partners += [-1] * len(drawn)
    return Drawn(
        np.array(rows, dtype=bool).reshape(-1, sample.players),
        np.array(partners, dtype=np.int64),
        np.full(len(rows), -1, np.int64),
    )


def draw_walks(count: int, sample: CoalitionSample, *, rng: np.random.Generator) -> Drawn:
    """``count`` walks: coalitions of 1 .. n - 1 players, each holding the one before, players in uniform order.

    A walk that meets a coalition already drawn is drawn again; where that never ends, there are fewer walks.
    Cost O(count n^2).
    """
    n = sample.players
    taken, walks = set(_keys(sample.coalitions)), [np.zeros((0, n), dtype=bool)]
    for _ in range(WALKS_TRIED * count):
        if len(walks) > count:
            break
        walk = rng.permutation(n) < np.arange(1, n)[:, None]
        keys = _keys(walk)
        if taken.isdisjoint(keys):
            taken.update(keys)
            walks.append(walk)
    steps = (len(walks) - 1) * (n - 1)
    return Drawn(
        np.concatenate(walks), np.full(steps, -1, np.int64), np.repeat(np.arange(len(walks) - 1), n - 1)
    )


def _fresh(
    candidates: Iterator[Coalitions], count: int, taken: set[bytes], *, in_pairs: bool
) -> list[NDArray[np.bool_]]:
    """The first ``count`` candidates that are not ``taken`` (nor their complements, in pairs); takes them."""
    fresh: list[NDArray[np.bool_]] = []
    for batch in candidates:
        for row, key, opposite in zip(batch, _keys(batch), _keys(~batch), strict=True):
            if len(fresh) == count:
                return fresh
            if key in taken or (in_pairs and opposite in taken):
                continue
            taken.update((key, opposite) if in_pairs else (key,))
            fresh.append(row)
    return fresh


def _candidates(
    size: int, count: int, used: int, players: int, rng: np.random.Generator
) -> Iterator[Coalitions]:
    """Uniform coalitions of one size: once its half is used, all of them in random order, else without end."""
    if comb(players, size) <= 2 * (used + count):
        yield rng.permutation(_all_of_size(size, players))
        return
    batch = max(16, min(count + count // 8, CELLS // players))
    while True:
        yield _uniform(batch, size, players, rng)


def _all_of_size(size: int, players: int) -> Coalitions:
    members = np.array(list(combinations(range(players), size)), dtype=np.int64).reshape(
        comb(players, size), size
    )
    rows = np.zeros((len(members), players), dtype=bool)
    np.put_along_axis(rows, members, True, axis=1)
    return rows


def _uniform(count: int, size: int, players: int, rng: np.random.Generator) -> Coalitions:
    keys = rng.random((count, players))
    rows = np.zeros((count, players), dtype=bool)
    if 0 < size < players:
        members = np.argpartition(keys, size - 1, axis=1)[:, :size]
        np.put_along_axis(rows, members, True, axis=1)
    return rows if size < players else ~rows


def _keys(coalitions: Coalitions) -> list[bytes]:
    return [packed.tobytes() for packed in np.packbits(coalitions, axis=1)]


def _float(whole: int) -> float:
    try:
        return float(whole)
    except OverflowError:
        return float("inf")
