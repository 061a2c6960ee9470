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
    """Evaluated coalitions: bool (m, n), their worths (m,), and int64 (m,) the row of the partner or -1."""

    coalitions: Coalitions
    worths: Floats
    partners: Integers

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
        return np.unique(first, return_inverse=True)[1].astype(np.int64)

    def extended(self, coalitions: Coalitions, worths: Floats, partners: Integers) -> CoalitionSample:
        """With more coalitions; ``partners`` counts rows of the new coalitions."""
        shifted = np.where(partners >= 0, partners + self.evaluations, -1)
        return CoalitionSample(
            np.concatenate([self.coalitions, coalitions]),
            np.concatenate([self.worths, worths]),
            np.concatenate([self.partners, shifted]),
        )


def empty_sample(players: int) -> CoalitionSample:
    """Nothing evaluated yet."""
    return CoalitionSample(np.zeros((0, players), bool), np.zeros(0), np.zeros(0, np.int64))


@lru_cache(maxsize=8)
def coalitions_of_size(players: int) -> Floats:
    """binom(n, s) for s = 0 .. n, float64 (infinite where it overflows)."""
    numbers = np.array([_float(comb(players, s)) for s in range(players + 1)])
    numbers.setflags(write=False)
    return numbers


def draw(
    request: Request, sample: CoalitionSample, *, rng: np.random.Generator
) -> tuple[Coalitions, Integers]:
    """Draw what ``request`` asks for, none of it in ``sample``: bool (b, n) and partners int64 (b,).

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
    return np.array(rows, dtype=bool).reshape(-1, sample.players), np.array(partners, dtype=np.int64)


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
