"""Games for Hypothesis.

All numbers are multiples of 1/64 and small, so every sum and difference of worths is exact in float64: a game drawn as
monotone is monotone to the last bit, and the exact oracles of `oracles.values` can be compared without a tolerance for
the game itself.  ``parties`` is a number, or a pair of bounds.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from fairpool.games.game import TableGame, coalitions_at

GRAIN = 64

# Several rooms share the machine that runs the tests: no deadline per example.
few = settings(deadline=None, max_examples=30)
some = settings(deadline=None, max_examples=60)


def all_coalitions(parties):
    """bool (2**n, n), in the order of a table."""
    return coalitions_at(np.arange(2**parties), parties)


def worth_of(game):
    """A table game as the oracles want it: a function from frozenset to an exact Fraction."""
    return lambda coalition: Fraction(float(game.values[sum(1 << i for i in coalition)]))


def _number(parties):
    return st.just(parties) if isinstance(parties, int) else st.integers(*parties)


def _grains(size, lowest, highest):
    return arrays(np.int64, size, elements=st.integers(lowest, highest)).map(lambda a: a / GRAIN)


@st.composite
def any_games(draw, parties=(1, 5)):
    """No structure at all; even the empty coalition may be worth something."""
    n = draw(_number(parties))
    return TableGame(draw(_grains(2**n, -GRAIN, GRAIN)))


@st.composite
def additive_games(draw, parties=(1, 5)):
    """v(S) = sum of the members' own worths."""
    n = draw(_number(parties))
    return TableGame(all_coalitions(n) @ draw(_grains(n, -GRAIN, GRAIN)))


@st.composite
def monotone_games(draw, parties=(1, 5)):
    """v(S) <= v(S + i), v(empty) = 0."""
    n = draw(_number(parties))
    values = draw(_grains(2**n, 0, GRAIN))
    values[0] = 0.0
    for i in range(n):
        halves = values.reshape(-1, 2, 2**i)
        np.maximum(halves[:, 0], halves[:, 1], out=halves[:, 1])
    return TableGame(values)


@st.composite
def coverage_games(draw, parties=(1, 5), items=4):
    """v(S) = weight of the items that some member covers, at most 1: monotone and submodular."""
    n = draw(_number(parties))
    covers = draw(arrays(np.bool_, (n, items)))
    weights = draw(_grains(items, 0, GRAIN // items))
    return TableGame((all_coalitions(n).astype(float) @ covers > 0) @ weights)


@st.composite
def supermodular_games(draw, parties=(1, 5)):
    """Convex games: a sum of "all of T or nothing" games, or the square of an additive one."""
    n = draw(_number(parties))
    if draw(st.booleans()):
        return TableGame((all_coalitions(n) @ draw(_grains(n, 0, GRAIN // 4))) ** 2)
    dividends = draw(_grains(2**n, 0, GRAIN))
    dividends[0] = 0.0
    for i in range(n):
        halves = dividends.reshape(-1, 2, 2**i)
        halves[:, 1] += halves[:, 0]
    return TableGame(dividends)


@st.composite
def submodular_games(draw, parties=(1, 5)):
    """The duals v(N) - v(N - S) of the convex games: monotone and submodular, v(empty) = 0."""
    convex = draw(supermodular_games(parties))
    return TableGame(convex.values[-1] - convex.values[::-1])
