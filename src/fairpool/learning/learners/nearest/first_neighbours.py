"""The first K candidates that a coalition brings, found for many coalitions with operations on bits.

The candidates of a task row stand in the order of their distance, one bit each.  A unit (a block; a block's second
copy is a unit of its own) has a mask of the bits that are its rows.  A coalition's candidates are the union of its
units' masks, looked up eight units at a time in a table of 256 unions, and its nearest rows are the lowest K bits of
the union.  A word holds up to 64 candidates; there are as many words as it takes.

Cost of b coalitions: b * rows * words * (units / 8 + 3 K) operations on words, and 32 * units * words * rows for the
tables.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fairpool.ground.arrays import Integers

Words = NDArray[np.unsignedinteger]
_WORD = 64
_TABLE = 2**18  # bytes of one table of unions: it is read again and again, and should stay in the cache
_CELLS = 2**15  # coalitions times rows worked on at a time, for the same reason


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """The candidates of each task row that somebody in a batch brings, nearest first.

    unit     (rows, n)       whose row it is
    label    (rows, n)       float64
    members  (b, units)      bool: which units each coalition brings
    """

    unit: NDArray[np.intp]
    label: NDArray[np.float64]
    members: NDArray[np.bool_]

    @classmethod
    def of(cls, block: NDArray[np.int64], label: NDArray[np.float64], counts: Integers, K: int) -> Candidates:
        """From the candidates of all blocks (rows, m): those nobody brings are left out, copies repeated."""
        copies = np.minimum(counts.max(axis=0), K)
        times = copies[block]
        which = np.repeat(np.arange(block.size), times.ravel())
        copy = np.arange(len(which)) - np.repeat(np.cumsum(times) - times.ravel(), times.ravel())
        first = np.cumsum(copies) - copies
        owner = np.repeat(np.arange(len(copies)), copies)
        members = counts[:, owner] > np.arange(len(owner)) - first[owner]
        shape = (len(block), -1)
        return cls(
            (first[block.ravel()[which]] + copy).reshape(shape), label.ravel()[which].reshape(shape), members
        )

    def slices(self) -> Iterator[tuple[slice, Unions]]:
        """Cut the rows so that a table of unions is small, and make the tables."""
        single = bits_of(self.unit, self.members.shape[1])
        keys = np.packbits(self.members, axis=1, bitorder="little")
        step = max(8, min(_TABLE // (256 * single.shape[1] * single.itemsize), _CELLS // len(keys)))
        for start in range(0, len(self.unit), step):
            rows = slice(start, start + step)
            yield rows, Unions(_tables(single[:, :, rows]), keys, self.label[rows])


@dataclass(frozen=True, slots=True, eq=False)
class Unions:
    """masks (8-unit groups, words, 256, rows); keys (b, groups): which of the 256 unions a coalition has."""

    masks: Words
    keys: NDArray[np.uint8]
    label: NDArray[np.float64]

    def first(self, K: int) -> Words:
        """The first K candidates of every coalition and row, as bits: (words, b, rows)."""
        found = np.stack([table.take(self.keys[:, 0], axis=0) for table in self.masks[0]])
        for group in range(1, len(self.masks)):
            for word, table in enumerate(self.masks[group]):
                found[word] |= table.take(self.keys[:, group], axis=0)
        return lowest(found, K)


def bits_of(unit: NDArray[np.intp], units: int) -> Words:
    """Each unit's candidates as bits: (rows, n) -> (units, words, rows), in words as small as can be."""
    rows, n = unit.shape
    dtype = np.min_scalar_type((1 << min(n, _WORD)) - 1)
    masks = np.zeros((units, -(-n // _WORD), rows), dtype=dtype)
    every = np.arange(rows)
    for place in range(n):
        word, bit = divmod(place, _WORD)
        masks[unit[:, place], word, every] |= dtype.type(1 << bit)
    return masks


def _tables(single: Words) -> Words:
    """Unions of every eight units: (units, words, rows) -> (groups, words, 256, rows)."""
    units, words, rows = single.shape
    masks = np.zeros((-(-units // 8), words, 256, rows), dtype=single.dtype)
    for u in range(units):
        table, size = masks[u // 8], 1 << u % 8
        np.bitwise_or(table[:, :size], single[u, :, None], out=table[:, size : 2 * size])
    return masks


def lowest(found: Words, K: int) -> Words:
    """Keep the lowest K bits of words (words, b, rows), those of the first word first."""
    one = found.dtype.type(1)
    rest, less = found[0].copy(), np.empty_like(found[0])
    for _ in range(min(K, _WORD)):
        np.subtract(rest, one, out=less)
        rest &= less
    chosen = np.zeros_like(found)
    np.bitwise_xor(found[0], rest, out=chosen[0])
    if len(found) > 1:
        _lowest_of_more(found, chosen, K)
    return chosen


def _lowest_of_more(found: Words, chosen: Words, K: int) -> None:
    """Go on to the next words where the first one had fewer than K bits."""
    left = (K - np.bitwise_count(chosen[0]).astype(found.dtype)).ravel()
    short = np.flatnonzero(left)
    left = left[short]
    for word in range(1, len(found)):
        x = found[word].ravel()[short]
        rest, wanted = x.copy(), left.copy()
        for _ in range(min(K, _WORD)):
            step = np.minimum(wanted, 1)
            wanted -= step
            rest &= rest - step
        chosen[word].reshape(-1)[short] = x ^ rest
        left -= np.bitwise_count(x ^ rest)
        short, left = short[left > 0], left[left > 0]


def counted(bits: Words) -> NDArray[np.integer[Any]]:
    """How many bits are set: (words, b, rows) -> (b, rows)."""
    counts = np.bitwise_count(bits)
    return (
        counts[0] if len(counts) == 1 else counts.sum(axis=0, dtype=np.int16 if len(bits) < 500 else np.int64)
    )


def sum_of_labels(chosen: Words, label: NDArray[np.float64], K: int) -> NDArray[np.float64]:
    """Sum over the chosen candidates of their labels, nearest first: (words, b, rows), (rows, n) -> (b, rows)."""
    rows, one = len(label), chosen.dtype.type(1)
    bits = chosen.itemsize * 8
    total = np.zeros(chosen.shape[1:])
    start = np.arange(rows) * (bits + 1)
    for word, some in enumerate(chosen):
        part = label[:, word * _WORD : (word + 1) * _WORD]
        padded = np.column_stack([part, np.zeros((rows, bits + 1 - part.shape[1]))]).ravel()
        x = some.copy()
        for _ in range(min(K, part.shape[1])):
            below = np.bitwise_count(
                (x - one) & ~x
            )  # zeros under the lowest bit; all bits where none is left
            total += padded.take(below + start)
            x &= x - one
    return total
