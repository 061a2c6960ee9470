"""Who comes when: orders of buyers, drawn before the first price is posted.

An order is an int64 array (rounds,) of types.  All are oblivious: they know how many rounds there are, not the curves.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike

from fairpool.ground.arrays import Floats, Integers
from fairpool.ground.errors import InputError
from fairpool.pricing.curves.valuations import checked_probabilities


class Arrivals(Protocol):
    """An order of buyers."""

    def types(self, rounds: int, *, rng: np.random.Generator) -> Integers:
        """int64 (rounds,): the type that comes in each round."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Independent:
    """Each buyer is of type i with probability q_i, whatever came before.  probabilities: float64 (types,)."""

    probabilities: Floats

    def types(self, rounds: int, *, rng: np.random.Generator) -> Integers:
        return _by_law(np.broadcast_to(self.probabilities, (rounds, len(self.probabilities))), rng)


@dataclass(frozen=True, slots=True, eq=False)
class Periodic:
    """A fixed pattern of types, over and over; nothing is random.  pattern: int64 (length,)."""

    pattern: Integers

    def types(self, rounds: int, *, rng: np.random.Generator) -> Integers:  # noqa: ARG002 - nothing is random
        return np.resize(self.pattern, rounds)


@dataclass(frozen=True, slots=True, eq=False)
class Drifting:
    """Independent buyers whose law moves from ``first`` to ``last`` in a straight line.  Both float64 (types,)."""

    first: Floats
    last: Floats

    def types(self, rounds: int, *, rng: np.random.Generator) -> Integers:
        moved = np.linspace(0.0, 1.0, rounds)[:, None]
        return _by_law((1 - moved) * self.first + moved * self.last, rng)


@dataclass(frozen=True, slots=True, eq=False)
class Switching:
    """Two laws in turn, each in force for a fixed number of rounds: the leader so far is right about the past only.

    first, second: float64 (types,); length: rounds before each switch.
    """

    first: Floats
    second: Floats
    length: int

    def types(self, rounds: int, *, rng: np.random.Generator) -> Integers:
        if self.length < 1:
            raise InputError(f"switching: got a length of {self.length} rounds, expected at least 1")
        second = (np.arange(rounds) // self.length % 2).astype(bool)
        return _by_law(np.where(second[:, None], self.second, self.first), rng)


def periodic(pattern: ArrayLike, types: int) -> Periodic:
    """`Periodic` from a list of places of types; InputError if it is empty or names a type that is not there."""
    order = np.asarray(pattern, dtype=np.int64)
    if order.ndim != 1 or not order.size or order.min() < 0 or order.max() >= types:
        raise InputError(f"pattern: expected one or more types from 0 to {types - 1}, got {order.tolist()}")
    return Periodic(order)


def independent(probabilities: ArrayLike, types: int) -> Independent:
    """`Independent` from probabilities; InputError as for `checked_probabilities`."""
    return Independent(checked_probabilities(probabilities, types))


def _by_law(laws: Floats, rng: np.random.Generator) -> Integers:
    """One type for each row of float64 (rounds, types), each row a law."""
    cumulative = np.cumsum(laws, axis=1)
    drawn = rng.random(len(laws))[:, None] * cumulative[:, -1:]
    return np.minimum((drawn >= cumulative).sum(axis=1), laws.shape[1] - 1).astype(np.int64)
