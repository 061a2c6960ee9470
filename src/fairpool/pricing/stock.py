"""Rows by where they are from, and a draw among them: which rows a sale delivers of those its buyer may still get."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fairpool.ground.arrays import Booleans, Integers


@dataclass(frozen=True, slots=True, eq=False)
class Stock:
    """One row per entry: the deposit each is from, its position there, and whose deposit that is: int64 (rows,)."""

    deposits: Integers
    positions: Integers
    contributors: Integers

    def __len__(self) -> int:
        return len(self.deposits)

    def take(self, chosen: Integers | Booleans) -> Stock:
        return Stock(self.deposits[chosen], self.positions[chosen], self.contributors[chosen])

    def of_contributors(self, count: int) -> Integers:
        """How many rows are of contributors 1 .. count: int64 (count,)."""
        return np.bincount(self.contributors, minlength=count + 1)[1 : count + 1].astype(np.int64)

    def without(self, other: Stock) -> Stock:
        """The rows that are not in ``other``.  O(n log n)."""
        return self.take(~np.isin(self._keys(), other._keys()))

    def _keys(self) -> Integers:
        return (self.deposits << 40) | self.positions  # a deposit of 2^40 rows does not fit into the file


def drawn(stock: Stock, amount: int, *, bits: np.random.BitGenerator) -> Stock:
    """``amount`` rows at random, every set of them equally likely, in random order.

    So a buyer gets a sample of the pooled rows as a whole, and of each contributor's in proportion to how many it has.
    Each row gets 64 random bits and those with the smallest are drawn: numpy promises the bits of a generator to stay
    the same in every version, which it does not promise of its samples, and a draw is checked years later.
    """
    lots = np.asarray(bits.random_raw(len(stock)), dtype=np.uint64)
    return stock.take(np.argsort(lots, kind="stable")[:amount])
