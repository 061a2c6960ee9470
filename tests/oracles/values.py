"""Values of cooperative games, each written down as its definition reads, for auditors and tests.

N        ``players``   any sequence of names
v        ``worth``     a function from frozenset of names to a number (Fraction for exact answers)
MC_i(S)                v(S + i) - v(S)
z_i(c)                 mean of MC_i over the coalitions of c others

Nothing here is imported from fairpool: these are the second pair of eyes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import combinations, permutations
from math import comb, factorial
from typing import Any

Name = Any
Coalition = frozenset
Worth = Callable[[Coalition], Any]


def coalitions(players: Sequence[Name]) -> Iterator[Coalition]:
    """Every subset of ``players``, the empty one first, the smaller before the larger."""
    for size in range(len(players) + 1):
        for members in combinations(players, size):
            yield frozenset(members)


def semivalue(
    players: Sequence[Name], worth: Worth, weight: Callable[[int, int], Fraction]
) -> dict[Name, Any]:
    """phi_i = sum over S without i of weight(|S|, n) (v(S + i) - v(S)); every v(S) is computed once."""
    n = len(players)
    v = {S: worth(S) for S in coalitions(players)}
    value = {}
    for i in players:
        value[i] = sum(weight(len(S), n) * (v[S | {i}] - v[S]) for S in v if i not in S)
    return value


def shapley_weight(size: int, n: int) -> Fraction:
    """|S|! (n - |S| - 1)! / n!  (equation 1 of [OTT19])."""
    return Fraction(factorial(size) * factorial(n - size - 1), factorial(n))


def banzhaf_weight(size: int, n: int) -> Fraction:  # noqa: ARG001
    """1 / 2^(n-1), whatever the size."""
    return Fraction(1, 2 ** (n - 1))


def robust_shapley_weight(size: int, n: int) -> Fraction:
    """The Shapley weight times gamma: small coalitions weigh no more than those of the middle size [HAN22].

    gamma_c = ceil((n-1)/2)! floor((n-1)/2)! / (c! (n-c-1)!)  for c < floor((n-1)/2), and 1 otherwise.
    """
    floor = (n - 1) // 2
    ceiling = n - 1 - floor
    gamma = Fraction(1)
    if size < floor:
        gamma = Fraction(factorial(ceiling) * factorial(floor), factorial(size) * factorial(n - size - 1))
    return gamma * shapley_weight(size, n)


def shapley(players: Sequence[Name], worth: Worth) -> dict[Name, Any]:
    """Shapley value, over subsets."""
    return semivalue(players, worth, shapley_weight)


def banzhaf(players: Sequence[Name], worth: Worth) -> dict[Name, Any]:
    """Banzhaf value, over subsets."""
    return semivalue(players, worth, banzhaf_weight)


def robust_shapley(players: Sequence[Name], worth: Worth) -> dict[Name, Any]:
    """Robust Shapley value of [HAN22], over subsets."""
    return semivalue(players, worth, robust_shapley_weight)


def shapley_by_orders(players: Sequence[Name], worth: Worth) -> dict[Name, Any]:
    """Shapley value as the mean marginal over all n! orders of arrival: a second opinion on `shapley`."""
    total = dict.fromkeys(players, Fraction(0))
    for order in permutations(players):
        before: Coalition = frozenset()
        for i in order:
            total[i] += worth(before | {i}) - worth(before)
            before |= {i}
    return {i: amount / factorial(len(players)) for i, amount in total.items()}


def mean_marginals(players: Sequence[Name], worth: Worth, player: Name) -> list[Any]:
    """z_i(0), ..., z_i(n-1) of one player."""
    others = [j for j in players if j != player]
    z = []
    for size in range(len(others) + 1):
        gains = [worth(frozenset(S) | {player}) - worth(frozenset(S)) for S in combinations(others, size)]
        z.append(sum(gains) * Fraction(1, comb(len(others), size)))
    return z


def is_monotone(table: Mapping[Coalition, Any]) -> bool:
    """v(S) <= v(S + i) for every S and i."""
    players = max(table, key=len)
    return all(table[S] <= table[S | {i}] for S in table for i in players - S)


def is_submodular(table: Mapping[Coalition, Any]) -> bool:
    """v(S + i) - v(S) >= v(S + j + i) - v(S + j) for every S, i, j."""
    players = max(table, key=len)
    return all(
        table[S | {i}] - table[S] >= table[S | {i, j}] - table[S | {j}]
        for S in table
        for i in players - S
        for j in players - S - {i}
    )
