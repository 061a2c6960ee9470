"""Algorithm 3 by its definition, in fractions: every split of the others' rows into T, W and Z, one by one."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import combinations

Row = Sequence[float]


def share_at_most(values: Sequence[float], t: float) -> Fraction:
    """F(t)."""
    return Fraction(sum(value <= t for value in values), len(values))


def loss_of_split(own: Sequence[Row], T: Row, W: Sequence[Row], Z: Sequence[Row]) -> list[Fraction]:
    """(F_{Y_i and W}(T) - F_Z(T))^2 for every feature."""
    return [
        (share_at_most([row[k] for row in (*own, *W)], T[k]) - share_at_most([row[k] for row in Z], T[k]))
        ** 2
        for k in range(len(T))
    ]


def expected_losses(submissions: Sequence[Sequence[Row]], agent: int, withheld: int = 0) -> list[Fraction]:
    """Mean of the losses over all splits with ``withheld`` rows in W: a number per feature."""
    own = submissions[agent]
    pool = [row for j, rows in enumerate(submissions) if j != agent for row in rows]
    found = []
    for t in range(len(pool)):
        rest = [r for r in range(len(pool)) if r != t]
        for chosen in combinations(rest, withheld):
            W, Z = [pool[r] for r in chosen], [pool[r] for r in rest if r not in chosen]
            found.append(loss_of_split(own, pool[t], W, Z))
    return [sum(of_feature, Fraction(0)) / len(found) for of_feature in zip(*found, strict=True)]


def spreads(submissions: Sequence[Sequence[Row]], agent: int) -> list[Fraction]:
    """Of all ordered triples (t, x, y) of different rows of the others, the share with x <= t < y, per feature."""
    pool = [row for j, rows in enumerate(submissions) if j != agent for row in rows]
    size = len(pool)
    triples = [
        (t, x, y) for t in range(size) for x in range(size) for y in range(size) if len({t, x, y}) == 3
    ]
    return [
        Fraction(sum(pool[x][k] <= pool[t][k] < pool[y][k] for t, x, y in triples), len(triples))
        for k in range(len(pool[0]))
    ]
