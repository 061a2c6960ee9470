"""A design that was rejected: a minimum fee as a floor under payments that stays in the pot.

It deters copies often, but not always, and a larger floor is not always a safer one: the floor goes through the pot, so
most of it comes back to the replicator as reward.  The fee that the market does charge leaves the pot
(tests/papers/test_minimum_fee.py).  The prose is in docs/theory/divisions.md; every number there is asserted here.
"""

from __future__ import annotations

import random
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from oracles.common_market import (
    DIVISIONS,
    collapsed,
    copies_of,
    replication_gain,
    settle,
    with_copies,
)
from oracles.floor_in_pot import breakpoints, gain_as_function_of_fee, safe_fees
from oracles.gains import RANDOM, any_gains, best_of, monotone_gains, table
from oracles.values import banzhaf, is_monotone, is_submodular

F = Fraction
QUICK = settings(max_examples=25, deadline=None)
EVERY_DIVISION = pytest.mark.parametrize("division", DIVISIONS)
EITHER_OR_BOTH_OTHERS = table(
    3, [1, 0, 1, 0, 1, 1, 1]
)  # party 0 alone is perfect; so are parties 1 and 2 together


@EVERY_DIVISION
@QUICK
@given(gains=any_gains(most=3), k=st.integers(1, 2), at=st.fractions(0, 1))
def test_gain_is_piecewise_linear_in_the_floor_in_pot(division, gains, k, at):
    """Corners at c a_j only: linear between neighbours; beyond the largest, proportional to f."""
    gain = gain_as_function_of_fee(gains, 0, k, division)
    corners = breakpoints(gains)
    for low, high in pairwise(corners):
        assert gain(low + at * (high - low)) == gain(low) + at * (gain(high) - gain(low))
    last = corners[-1] + 1
    assert gain((1 + at) * last) == (1 + at) * gain(last)


@EVERY_DIVISION
@QUICK
@given(gains=any_gains(most=3), k=st.integers(1, 2), floor=st.fractions(0, 1))
def test_gain_as_a_function_of_the_fee_is_the_settled_one(division, gains, k, floor):
    """The shortcut (shares computed once) and the market really settled agree."""
    settled = replication_gain(gains, 0, k, division, 3, floor)
    assert gain_as_function_of_fee(gains, 0, k, division, 3)(floor) == settled


@QUICK
@given(monotone_gains(most=3), st.integers(1, 3))
def test_slope_of_the_gain(gains, k):
    """(s' - s) m - k (1 - s') [c a_i < f] with m the number of parties that pay f: from P' = P + k p_i."""
    gain = gain_as_function_of_fee(gains, 0, k, "normalised-shapley")
    before = settle(gains, "normalised-shapley")
    after = DIVISIONS["normalised-shapley"](with_copies(gains, 0, k))
    assume(sum(before.share.values()) == 1)
    s, s_copied = before.share[0], sum(after[i] for i in [0, *copies_of(0, k)])
    corners = [*breakpoints(gains), breakpoints(gains)[-1] + 1]
    for low, high in pairwise(corners):
        payers = sum(paid <= low for paid in before.payment.values())
        slope = (s_copied - s) * payers - k * (1 - s_copied) * (before.payment[0] <= low)
        assert gain(high) - gain(low) == slope * (high - low)


@QUICK
@given(monotone_gains(most=3, parts=6))
def test_with_up_to_three_parties_some_fee_and_every_larger_one_deter(gains):
    """normalised-shapley, monotone: the last safe interval has no upper end."""
    safe = safe_fees(gains, "normalised-shapley", most_copies=3)
    assert safe[-1][1] is None


@QUICK
@given(monotone_gains(most=2))
def test_with_two_parties_there_is_a_threshold(gains):
    """normalised-shapley, monotone: safe from some fee on and nowhere below it."""
    assert [end for _, end in safe_fees(gains, "normalised-shapley")] == [None]


def test_a_larger_fee_can_be_unsafe_between_safe_ones():
    """Three parties: safe from 0.096 to 0.108, unsafe to 0.157 (the pot grows before the replicator's own
    payment).
    """
    gains = best_of(0, F(17, 20), 1)
    assert safe_fees(gains, "normalised-shapley") == [(F(23, 240), F(479, 4435)), (F(887, 5665), None)]


def test_every_large_fee_can_be_unsafe():
    """Four parties, all but one perfect: safe from 0.208 to 0.880 only; the weak party copies itself
    beyond.
    """
    gains = best_of(F(1, 10), 1, 1, 1)
    assert safe_fees(gains, "normalised-shapley") == [(F(27, 130), F(999, 1135))]
    assert replication_gain(gains, 0, 1, "normalised-shapley", 1, 0) < 0
    assert replication_gain(gains, 0, 1, "normalised-shapley", 1, 1) > 0


@pytest.mark.parametrize("n", [3, 4, 5, 6])
def test_the_weakest_of_nearly_perfect_parties_copies_at_any_large_fee_from_four_parties_on(n):
    """best-of(1 - u, 1, .., 1), one copy, f >= u: gain = f (n - 3 - 2/n) u + O(u^2), positive from n = 4
    on.
    """
    u = F(1, 10**6)
    earned = gain_as_function_of_fee(best_of(1 - u, *[1] * (n - 1)), 0, 1, "normalised-shapley")(1)
    assert abs(earned / u - (n - 3 - F(2, n))) < F(1, 1000)
    assert (earned > 0) == (n >= 4)


def test_no_fee_at_all_may_deter():
    """normalised-shapley, five monotone parties: whatever the fee, a perfect seller or one of the two
    others copies itself.
    """
    gains = best_of(1, 1, F(9, 10), 1, F(19, 20)) | {frozenset({2, 4}): F(1)}
    assert is_monotone(gains)
    assert safe_fees(gains, "normalised-shapley") == []


def test_gain_only_has_unsafe_large_fees_too():
    """Four parties: safe from 0.033 to 0.980 only; and five of the best-of kind, from 0.020 to 0.967 only."""
    gains = table(4, [1, F(1, 2), 1, F(3, 4), 1, 1, 1, 0, 1, 1, 1, 1, 1, 1, 1])
    assert is_monotone(gains)
    assert safe_fees(gains, "gain-only") == [(F(7, 212), F(491, 501))]
    assert safe_fees(best_of(0, 0, F(1, 2), 1, 1), "gain-only") == [(F(5, 254), F(148, 153))]


@pytest.mark.parametrize("family", ["monotone", "best-of", "coverage"])
def test_robust_shapley_shares_have_a_threshold(family):
    """Random monotone markets of two to four parties, one to three copies: every fee above the smallest
    safe one is safe.
    """
    rng = random.Random(17)
    for _ in range(12):
        safe = safe_fees(RANDOM[family](rng, rng.choice((2, 3, 4))), "robust-shapley", most_copies=3)
        assert [end for _, end in safe] == [None]


def test_no_fee_may_deter_under_banzhaf_shares_that_were_scaled_down():
    """Three parties, monotone but not submodular: the shares' sum of 5/4 is scaled to 1; after a copy no
    scaling is needed.
    """
    assert sum(banzhaf(range(3), EITHER_OR_BOTH_OTHERS.get).values()) == F(5, 4)
    assert is_monotone(EITHER_OR_BOTH_OTHERS)
    assert not is_submodular(EITHER_OR_BOTH_OTHERS)
    assert replication_gain(EITHER_OR_BOTH_OTHERS, 0, 1, "banzhaf") == F(3, 10)
    assert safe_fees(EITHER_OR_BOTH_OTHERS, "banzhaf") == []


def test_no_fee_may_deter_under_collapsed_shares():
    """Two perfect sellers and three buyers: the sellers' class gets 3/4, and a copy takes it from the
    other seller.
    """
    gains = best_of(1, 1, 0, 0, 0)
    assert collapsed(gains)[0] == collapsed(gains)[1] == F(3, 8)
    assert safe_fees(gains, "collapsed", most_copies=1) == []


@pytest.mark.parametrize(
    ("division", "gains", "smallest"),
    [
        ("normalised-shapley", best_of(1, 1, 0), F(1, 5)),
        ("normalised-shapley", best_of(1, F(2, 3)), F(1, 21)),
        ("collapsed", best_of(1, 1, 0), F(1, 2)),
        ("banzhaf", best_of(F(19, 20), 1), F(81, 4180)),
        ("robust-shapley", best_of(F(19, 20), 1), F(3, 76)),
    ],
)
def test_smallest_fee_that_deters_in_small_markets(division, gains, smallest):
    """Where there is a threshold, this is it (k = 1..5)."""
    assert safe_fees(gains, division) == [(smallest, None)]
