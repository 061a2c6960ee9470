"""The minimum fee: what a party leaves with the market at least; the shortfall is retained by the operator.

    gain(i, k) at f  =  gain(i, k) at 0  -  k max(f - p_i, 0)          where copies change no model

So a larger fee never helps a replicator, and the smallest fee that deters everybody exists and is the largest of
p_i + gain(i, k) / k over the parties and copies that gain without it.
"""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oracles.common_market import DIVISIONS, parties_of, replication_gain, settle
from oracles.gains import any_gains, best_of

F = Fraction
QUICK = settings(max_examples=25, deadline=None)
EVERY_DIVISION = pytest.mark.parametrize("division", DIVISIONS)


def smallest_fee(gains, division, most_copies=5):
    """The formula above; 0 where nobody gains."""
    payment = settle(gains, division).payment
    found = {
        (i, k): replication_gain(gains, i, k, division)
        for i in parties_of(gains)
        for k in range(1, most_copies + 1)
    }
    return max([payment[i] + gain / k for (i, k), gain in found.items() if gain > 0], default=F(0))


@EVERY_DIVISION
@QUICK
@given(gains=any_gains(most=3), k=st.integers(1, 3), fee=st.fractions(0, 2))
def test_the_fee_costs_a_replicator_what_each_copy_falls_short(division, gains, k, fee):
    """Exactly k max(f - p_i, 0), in every division and for gains of any kind."""
    payment = settle(gains, division).payment[0]
    free = replication_gain(gains, 0, k, division)
    assert replication_gain(gains, 0, k, division, minimum_fee=fee) == free - k * max(fee - payment, 0)


@pytest.mark.long
@EVERY_DIVISION
@QUICK
@given(gains=any_gains(most=3), more=st.fractions(0, 1))
def test_the_smallest_fee_and_every_larger_one_deter_everybody(division, gains, more):
    """Nobody gains from one to three copies at the smallest fee or above; below it somebody does."""
    fee = smallest_fee(gains, division, most_copies=3)
    earned = [
        [replication_gain(gains, i, k, division, minimum_fee=f) for i in parties_of(gains) for k in (1, 2, 3)]
        for f in (fee + more, fee, fee * F(99, 100))
    ]
    assert max(earned[0]) <= 0
    assert max(earned[1]) <= 0
    assert fee == 0 or max(earned[2]) > 0


def test_smallest_fee_of_the_counterexample():
    """best-of(1, 1, 0): one copy of a perfect party earns 1/12, five earn 5/28; a fee of 1/12 deters both."""
    assert smallest_fee(best_of(1, 1, 0), "normalised-shapley") == F(1, 12)


@EVERY_DIVISION
@QUICK
@given(gains=any_gains(most=3), fee=st.fractions(0, 2))
def test_the_fee_changes_no_net_and_no_refund_is_negative(division, gains, fee):
    """What is retained is outside the pot; a party that gains nothing loses at most the fee."""
    free, charged = settle(gains, division), settle(gains, division, minimum_fee=fee)
    assert charged.net == free.net
    assert min(charged.refund.values()) >= 0
    assert all(charged.payment[i] + charged.retained[i] >= fee for i in charged.fee)
