"""Exact semivalues of a game in which a group of interchangeable players is added.

A game with copies is given level by level: level c is the table of v(S with c of the copies) over all S of the n
original players.  Copies are interchangeable, so the 2**(n + k) values of the larger game need never be written down:

    original j    sum over c of  binom(k, c)   sum over S without j of  w'_{|S|+c} (v_c(S + j) - v_c(S))
    each copy     sum over c of  binom(k-1, c) sum over S of            w'_{|S|+c} (v_{c+1}(S) - v_c(S))

with w' the weights for n + k players.  Cost: one pass over each level's table, O((k + 1) 2**n).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

import numpy as np

from fairpool.games.game import TableGame
from fairpool.games.values.sums_by_size import size_sums
from fairpool.ground.arrays import Floats


@dataclass(frozen=True, slots=True, eq=False)
class SizeSumsWithCopies:
    """Size sums of a game with up to k copies.

    marginals  float64 (k + 1, n, n): sums of v_c(S + j) - v_c(S) by the size of S
    steps      float64 (k, n + 1): sums of v_{c+1}(S) - v_c(S) by the size of S
    """

    marginals: Floats
    steps: Floats

    @classmethod
    def of(cls, tables: Sequence[Floats]) -> SizeSumsWithCopies:
        """From the tables of levels 0 .. k, each float64 (2**n,)."""
        sums = [size_sums(TableGame(table), most_players=64) for table in tables]
        steps = [
            size_sums(TableGame(after - before), most_players=64).totals for before, after in pairwise(tables)
        ]
        return cls(np.array([s.marginals for s in sums]), np.array(steps))

    @classmethod
    def alike(cls, without: Floats, with_copies: Floats, each: Floats, copies: int) -> SizeSumsWithCopies:
        """From v_0 = ``without`` and v_c = ``with_copies`` + c ``each``: float64 (2**n,) each, three passes."""
        first, joined, further = (
            size_sums(TableGame(table), most_players=64) for table in (without, with_copies, each)
        )
        c = np.arange(1, copies + 1)[:, None, None]
        marginals = np.concatenate([first.marginals[None], joined.marginals + c * further.marginals])
        entering = size_sums(TableGame(with_copies - without), most_players=64).totals + further.totals
        return cls(marginals, np.array([entering, *[further.totals] * (copies - 1)]))

    def values(self, weights_of: Callable[[int], Floats], copies: int) -> tuple[Floats, float]:
        """Values of the n original players, float64 (n,), and of each of ``copies`` copies."""
        n = self.marginals.shape[1]
        weights = weights_of(n + copies)
        original = sum(
            (self.marginals[c] @ _times(math.comb(copies, c), weights[c : c + n]) for c in range(copies + 1)),
            start=np.zeros(n),
        )
        each = sum(
            float(self.steps[c] @ _times(math.comb(copies - 1, c), weights[c : c + n + 1]))
            for c in range(copies)
        )
        return original, each


def _times(many: int, weights: Floats) -> Floats:
    """Products of a whole number and tiny weights, rounded once."""
    return np.array([float(many * Fraction(float(w))) for w in weights])
