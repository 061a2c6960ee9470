"""Small families of gain tables, in fractions: drawn by a seeded `random.Random`, or by Hypothesis."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

from hypothesis import strategies as st

from oracles.common_market import Gains, table_of
from oracles.values import Coalition, coalitions


def best_of(*alone: Any) -> dict[Coalition, Any]:
    """A coalition is as good as its best member: party i scores ``alone[i]``."""
    own = [Fraction(g) for g in alone]
    return table_of(list(range(len(own))), lambda S: max((own[i] for i in S), default=Fraction(0)))


def table(n: int, values: Sequence[Any]) -> dict[Coalition, Any]:
    """Gains of parties 0..n-1 in the order of a binary counter: {0}, {1}, {0,1}, {2}, ...; the empty one
    is 0.
    """
    gains = {frozenset(): Fraction(0)}
    for position, gain in enumerate(values, start=1):
        gains[frozenset(i for i in range(n) if position >> i & 1)] = Fraction(gain)
    return gains


def monotone_closure(gains: Gains) -> dict[Coalition, Any]:
    """The smallest monotone table above ``gains``."""
    closed: dict[Coalition, Any] = {}
    for S in sorted(gains, key=len):
        closed[S] = max([gains[S], *(closed[S - {i}] for i in S)])
    return closed


def random_table(rng: random.Random, n: int, parts: int = 20) -> dict[Coalition, Any]:
    """Any gains at all: multiples of 1/parts in [0, 1], 0 for the empty coalition."""
    return table(n, [Fraction(rng.randint(0, parts), parts) for _ in range(2**n - 1)])


def random_monotone(rng: random.Random, n: int) -> dict[Coalition, Any]:
    """Monotone, otherwise arbitrary."""
    return monotone_closure(random_table(rng, n))


def random_coverage(rng: random.Random, n: int, items: int = 8) -> dict[Coalition, Any]:
    """G(S) = part of ``items`` equal items that some member covers; party i covers each with its own
    chance.
    """
    chance = [rng.random() for _ in range(n)]
    covers = [{x for x in range(items) if rng.random() < chance[i]} for i in range(n)]
    return table_of(list(range(n)), lambda S: Fraction(len(set().union(*(covers[i] for i in S))), items))


def random_best_of(rng: random.Random, n: int) -> dict[Coalition, Any]:
    """G(S) = the best member's own gain."""
    return best_of(*(Fraction(rng.randint(0, 20), 20) for _ in range(n)))


def random_additive(rng: random.Random, n: int) -> dict[Coalition, Any]:
    """G(S) = sum of the members' own gains, at most 1 in all."""
    own = [Fraction(rng.randint(0, 20), 20 * n) for _ in range(n)]
    return table_of(list(range(n)), lambda S: sum((own[i] for i in S), Fraction(0)))


def random_supermodular(rng: random.Random, n: int) -> dict[Coalition, Any]:
    """G(S) = sum of non-negative dividends of the coalitions inside S."""
    dividend = {T: Fraction(rng.randint(0, 20), 20 * 2**n) for T in coalitions(range(n)) if T}
    return table_of(list(range(n)), lambda S: sum((d for T, d in dividend.items() if T <= S), Fraction(0)))


RANDOM: dict[str, Callable[[random.Random, int], dict[Coalition, Any]]] = {
    "monotone": random_monotone,
    "coverage": random_coverage,
    "best-of": random_best_of,
    "additive": random_additive,
    "supermodular": random_supermodular,
}


@st.composite
def any_gains(draw: st.DrawFn, least: int = 2, most: int = 4, parts: int = 12) -> dict[Coalition, Any]:
    """Any table of gains in [0, 1] with G(empty) = 0, of ``least`` to ``most`` parties."""
    n = draw(st.integers(least, most))
    values = draw(st.lists(st.integers(0, parts), min_size=2**n - 1, max_size=2**n - 1))
    return table(n, [Fraction(v, parts) for v in values])


def monotone_gains(least: int = 2, most: int = 4, parts: int = 12) -> st.SearchStrategy[dict[Coalition, Any]]:
    """Monotone tables of gains."""
    return any_gains(least, most, parts).map(monotone_closure)
