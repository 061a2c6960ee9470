"""Gains of coalitions under K nearest neighbours, from raw rows, sorted anew for each coalition.

rows      ``{party: [(features, label), ...]}``; features a tuple of numbers
V         ``validation``: a list of (features, label)
order     rows by (squared Euclidean distance, label): among equal distances the smaller label is nearer
G(S)      mean over validation rows of one of the two scores below; G(empty) = 0
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from math import factorial
from typing import Any

from oracles.common_market import table_of
from oracles.values import Coalition, Name

Row = tuple[tuple[Any, ...], int]
Rows = Mapping[Name, Sequence[Row]]


def squared_distance(x: Sequence[Any], y: Sequence[Any]) -> Any:
    """Sum of squared differences."""
    return sum((a - b) ** 2 for a, b in zip(x, y, strict=True))


def nearest_labels(rows: Rows, coalition: Coalition, x: Sequence[Any], K: int) -> list[int]:
    """Labels of the K nearest rows of the coalition, nearest first (all of them, if there are fewer)."""
    pooled = [
        (squared_distance(features, x), label) for party in coalition for features, label in rows[party]
    ]
    return [label for _, label in sorted(pooled)[:K]]


def vote_is_right(labels: Sequence[int], truth: int) -> Fraction:
    """1 if the most frequent label (the smallest among equals) is the right one; no rows, no credit."""
    if not labels:
        return Fraction(0)
    count = Counter(labels)
    vote = min(count, key=lambda label: (-count[label], label))
    return Fraction(int(vote == truth))


def share_of_right(labels: Sequence[int], truth: int, K: int) -> Fraction:
    """(1/K) times the number of right labels among the K nearest; fewer rows count as misses."""
    return Fraction(sum(label == truth for label in labels), K)


def _table(
    rows: Rows, validation: Sequence[Row], K: int, score: Callable[..., Fraction]
) -> dict[Coalition, Fraction]:
    def gain(S: Coalition) -> Fraction:
        scores = [score(nearest_labels(rows, S, x, K), truth) for x, truth in validation]
        return sum(scores, Fraction(0)) / len(validation)

    return table_of(list(rows), gain)


def accuracy_gains(rows: Rows, validation: Sequence[Row], K: int = 1) -> dict[Coalition, Fraction]:
    """G of every coalition: accuracy of the majority vote of the K nearest rows."""
    return _table(rows, validation, K, vote_is_right)


def soft_gains(rows: Rows, validation: Sequence[Row], K: int) -> dict[Coalition, Fraction]:
    """G of every coalition: the soft-label utility of K nearest neighbours."""
    return _table(rows, validation, K, lambda labels, truth: share_of_right(labels, truth, K))


# ---------------------------------------------------------------- the closed form that is to be checked


def beta(a: int, b: int) -> Fraction:
    """B(a, b) for whole arguments."""
    return Fraction(factorial(a - 1) * factorial(b - 1), factorial(a + b - 1))


def ranked_hits(rows: Rows, x: Sequence[Any], truth: int) -> list[tuple[Name, int]]:
    """Parties by their nearest row to x, nearest first, each with r = 1 if that row has the right label."""
    nearest = {p: min((squared_distance(features, x), label) for features, label in rows[p]) for p in rows}
    return [(p, int(nearest[p][1] == truth)) for p in sorted(rows, key=lambda p: nearest[p])]


def weighted_game_one_row(r: Sequence[int]) -> list[Fraction]:
    """Shapley value of (1 + |S|) G(S) for one validation row and 1-NN, by rank; r_k as a list, nearest
    first.
    """
    M = len(r)
    own = [Fraction(r[i - 1]) * (Fraction(2, i) + Fraction(M - i, i * (i + 1))) for i in range(1, M + 1)]
    nearer = [
        -r[k - 1] * (2 * beta(2, k - 1) + (M - k) * beta(3, k - 1)) if k > 1 else Fraction(0)
        for k in range(1, M + 1)
    ]
    farther = [Fraction(r[k - 1], k * (k + 1)) for k in range(1, M + 1)]
    return [own[i - 1] + sum(nearer[i:]) + sum(farther[: i - 1]) for i in range(1, M + 1)]


def plain_game_one_row(r: Sequence[int]) -> list[Fraction]:
    """Shapley value of G for one validation row and 1-NN, by rank: own r_i / i, nearer - r_k / (k (k-1))."""
    M = len(r)
    return [
        Fraction(r[i - 1], i) - sum(Fraction(r[k - 1], k * (k - 1)) for k in range(i + 1, M + 1))
        for i in range(1, M + 1)
    ]


def closed_form(
    rows: Rows, validation: Sequence[Row], one_row: Callable[[Sequence[int]], list[Fraction]]
) -> dict[Name, Fraction]:
    """Mean over the validation rows of a closed form of one row."""
    total = dict.fromkeys(rows, Fraction(0))
    for x, truth in validation:
        ranked = ranked_hits(rows, x, truth)
        for (party, _), amount in zip(ranked, one_row([hit for _, hit in ranked]), strict=True):
            total[party] += amount / len(validation)
    return total
