"""From the oracles' tables of fractions to the market's arrays, and random tables for Hypothesis."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from hypothesis import strategies as st

from fairpool.learning.learners.nearest.closed_form import Ranking
from fairpool.market.common_task.collapsed import CollapsedTask
from fairpool.market.common_task.exact import CommonTask, copies_change_nothing
from fairpool.market.reward_rules.catalogue import DIVISIONS, division_named
from oracles.common_market import parties_of, table_of
from oracles.gains import monotone_closure, table

NAMES = tuple(DIVISIONS)


def array_of(gains):
    """The oracle's dict of all coalitions as a table in the order of a binary counter: float64 (2**n,)."""
    n = len(parties_of(gains))
    members = [frozenset(i for i in range(n) if position >> i & 1) for position in range(2**n)]
    return np.array([float(gains[coalition]) for coalition in members])


def market_of(gains, division):
    """The market of a table in which copies change no model."""
    values = array_of(gains)
    found = division_named(division)
    market = CollapsedTask if found.collapse else CommonTask
    return market(values, found, copies_change_nothing(values))


def numbers(parts=12, least=0):
    return st.integers(least, parts).map(lambda v: Fraction(v, parts))


@st.composite
def tables(draw, least=2, most=5, kinds=("any", "monotone", "coverage", "best-of", "additive"), empty=False):
    """A table of gains in [0, 1]; with ``empty`` the empty coalition may be worth something."""
    n, kind = draw(st.integers(least, most)), draw(st.sampled_from(kinds))
    gains = draw(FAMILIES[kind](n))
    if empty:
        lowest = min(gains[S] for S in gains if S)
        gains = gains | {frozenset(): lowest * draw(numbers())}
    return gains


def _any(n):
    return st.lists(numbers(), min_size=2**n - 1, max_size=2**n - 1).map(lambda values: table(n, values))


def _coverage(n):
    items = st.frozensets(st.integers(0, 5))
    return st.lists(items, min_size=n, max_size=n).map(
        lambda covers: table_of(
            range(n), lambda S: Fraction(len(frozenset().union(*(covers[i] for i in S))), 6)
        )
    )


def _best_of(n):
    return st.lists(numbers(), min_size=n, max_size=n).map(
        lambda own: table_of(range(n), lambda S: max((own[i] for i in S), default=Fraction(0)))
    )


def _additive(n):
    return st.lists(numbers(), min_size=n, max_size=n).map(
        lambda own: table_of(range(n), lambda S: sum((own[i] / n for i in S), Fraction(0)))
    )


FAMILIES = {
    "any": _any,
    "monotone": lambda n: _any(n).map(monotone_closure),
    "coverage": _coverage,
    "best-of": _best_of,
    "additive": _additive,
}


@st.composite
def rankings(draw, least=1, most=5, rows=4):
    """Any order of the parties and any right rows, some of double weight."""
    n, m = draw(st.integers(least, most)), draw(st.integers(1, rows))
    party = np.array([draw(st.permutations(range(n))) for _ in range(m)])
    right = np.array(draw(st.lists(st.sampled_from([0, 1]), min_size=n * m, max_size=n * m))).reshape(m, n)
    weight = np.array(draw(st.lists(st.sampled_from([1, 2]), min_size=m, max_size=m)))
    return Ranking(party, right * weight[:, None] / weight.sum(), np.arange(n))
