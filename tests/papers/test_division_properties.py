"""Which division keeps which promise: proven identities, searches, and the smallest counterexamples known.

The prose is in docs/theory/divisions.md; every number there is asserted here or in test_floor_in_pot.py.
Small tables are listed in the order of a binary counter: {0}, {1}, {0,1}, {2}, {0,2}, {1,2}, {0,1,2}.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from oracles.common_market import (
    DIVISIONS,
    collapsed,
    copies_of,
    parties_of,
    replica_classes,
    replication_gain,
    settle,
    table_of,
    with_copies,
)
from oracles.gains import any_gains, best_of, monotone_closure, monotone_gains, table
from oracles.own_market import settle_own
from oracles.values import banzhaf, is_monotone, is_submodular, robust_shapley

F = Fraction
QUICK = settings(max_examples=25, deadline=None)
EVERY_DIVISION = pytest.mark.parametrize("division", DIVISIONS)
EITHER_OR_BOTH_OTHERS = table(
    3, [1, 0, 1, 0, 1, 1, 1]
)  # party 0 alone is perfect; so are parties 1 and 2 together


# ------------------------------------------------ replication pays: the smallest examples known

MONOTONE_COUNTEREXAMPLES = {
    "normalised-shapley": (best_of(1, F(2, 3)), 0, 1, F(1, 72)),
    "gain-only": (best_of(1, 1, 1, 0), 0, 1, F(1, 60)),
    "collapsed": (best_of(1, 1, 0), 0, 1, F(1, 8)),
    "banzhaf": (best_of(F(19, 20), 1), 0, 2, F(3, 3200)),
    "robust-shapley": (best_of(F(5, 6), 1), 0, 1, F(1, 216)),
}
NON_MONOTONE_COUNTEREXAMPLES = {
    "normalised-shapley": (table(2, [1, F(1, 4), F(3, 4)]), 0, 1, F(1, 16)),
    "gain-only": (table(3, [F(1, 2), 0, F(1, 2), 1, 1, 1, F(1, 2)]), 0, 1, F(1, 3)),
    "collapsed": (table(3, [1, 1, 1, 0, F(1, 2), F(1, 2), F(1, 2)]), 0, 1, F(1, 12)),
    "banzhaf": (table(2, [F(6, 13), 1, F(7, 13)]), 0, 4, F(1, 728)),
    "robust-shapley": (table(2, [F(1, 2), 1, F(2, 3)]), 0, 1, F(1, 144)),
}


@EVERY_DIVISION
def test_copies_can_pay_with_monotone_submodular_gains(division):
    """No division is robust without conditions, not even for the friendliest gains."""
    gains, party, k, earned = MONOTONE_COUNTEREXAMPLES[division]
    assert is_monotone(gains)
    assert is_submodular(gains)
    assert replication_gain(gains, party, k, division) == earned


@EVERY_DIVISION
def test_copies_can_pay_with_gains_that_are_not_monotone(division):
    """Learners that are spoilt by more data: the same, in small tables."""
    gains, party, k, earned = NON_MONOTONE_COUNTEREXAMPLES[division]
    assert not is_monotone(gains)
    assert replication_gain(gains, party, k, division) == earned


def monotone_tables(n, parts):
    """All monotone tables of n parties with gains in multiples of 1/parts."""
    for values in product(range(parts + 1), repeat=2**n - 1):
        gains = table(n, [F(v, parts) for v in values])
        if is_monotone(gains):
            yield gains


@pytest.mark.long
def test_no_smaller_market_has_a_gain_only_counterexample():
    """Two parties in sixths, three in halves: every monotone table, one or two copies, nobody gains."""
    markets = [*monotone_tables(2, 6), *monotone_tables(3, 2)]
    assert len(markets) > 200
    for gains in markets:
        for i in parties_of(gains):
            assert all(replication_gain(gains, i, k, "gain-only") <= 0 for k in (1, 2))


def test_no_smaller_market_has_a_collapsed_counterexample():
    """Among two parties a class of two is everybody: copying moves nothing."""
    for gains in monotone_tables(2, 6):
        assert all(replication_gain(gains, i, k, "collapsed") <= 0 for i in (0, 1) for k in (1, 2))


def test_coarser_two_party_markets_have_no_normalised_counterexample():
    """Halves are too coarse: the second party must score above 1/2 of the first."""
    for gains in monotone_tables(2, 2):
        assert all(
            replication_gain(gains, i, k, "normalised-shapley") <= 0 for i in (0, 1) for k in (1, 2, 3)
        )


# ------------------------------------------------ what the plain Banzhaf value does and does not do


@QUICK
@given(any_gains(), st.integers(1, 3))
def test_copies_divide_the_banzhaf_value_for_any_gains(gains, k):
    """All k + 1 identities together get (k+1) / 2^k of the original's value: no submodularity needed."""
    before, larger = banzhaf(parties_of(gains), gains.get), with_copies(gains, 0, k)
    after = banzhaf(parties_of(larger), larger.get)
    assert sum(after[i] for i in [0, *copies_of(0, k)]) == F(k + 1, 2**k) * before[0]


def share_with_and_without(gains, party):
    """The others' Banzhaf shares in coalitions without and with ``party`` (each summed over the others)."""
    others = [j for j in parties_of(gains) if j != party]
    top = gains[frozenset(parties_of(gains))]
    without = banzhaf(others, lambda S: gains[S])
    present = banzhaf(others, lambda S: gains[S | {party}])
    return sum(without.values()) / top, sum(present.values()) / top


def handed_out(gains):
    """The sum of Banzhaf shares before any scaling."""
    return (
        sum(max(b, F(0)) for b in banzhaf(parties_of(gains), gains.get).values()) / gains[max(gains, key=len)]
    )


@QUICK
@given(monotone_gains(most=3), st.integers(1, 3), st.fractions(0, 1))
def test_what_copies_earn_under_unscaled_banzhaf_shares(gains, k, floor):
    """kappa [p_i W/2 - s_i (P - p_i)] - p_i w [(k+1)(1 - 2^-(k+1)) - 1/2], kappa = 1 - (k+1)/2^k.

    W and w: what the others' shares come to in coalitions without and with the replicator.  The only
    positive term, p_i W/2, is its own payment coming back to it because its copies cut the others' shares.
    """
    assume(gains[max(gains, key=len)] > 0)
    assume(handed_out(gains) <= 1)
    assume(handed_out(with_copies(gains, 0, k)) <= 1)
    done = settle(gains, "banzhaf", 1, floor)
    p, P, s = done.payment[0], sum(done.payment.values()), done.share[0]
    W, w = share_with_and_without(gains, 0)
    kappa = 1 - F(k + 1, 2**k)
    earned = kappa * (p * W / 2 - s * (P - p)) - p * w * ((k + 1) * (1 - F(1, 2 ** (k + 1))) - F(1, 2))
    assert replication_gain(gains, 0, k, "banzhaf", 1, floor) == earned


@QUICK
@given(monotone_gains(most=3), st.fractions(0, 1))
def test_one_copy_never_pays_under_unscaled_banzhaf_shares(gains, floor):
    """k = 1: kappa = 0, so the gain is -p_i w <= 0 for monotone gains, whatever the minimum fee."""
    assume(gains[max(gains, key=len)] > 0)
    assume(handed_out(gains) <= 1)
    assume(handed_out(with_copies(gains, 0, 1)) <= 1)
    assert replication_gain(gains, 0, 1, "banzhaf", 1, floor) <= 0


def test_scaling_down_breaks_banzhaf_for_submodular_gains_too():
    """One large data set and two small ones that complete it: shares of more than 1 before, one copy pays
    1/70.
    """
    gains = table(3, [F(4, 5), F(1, 5), 1, F(1, 5), 1, F(2, 5), 1])
    assert is_monotone(gains)
    assert is_submodular(gains)
    assert handed_out(gains) == F(21, 20)
    assert replication_gain(gains, 0, 1, "banzhaf") == F(1, 70)


def gain_if_the_rest_is_kept(gains, value, k):
    """As `replication_gain` with plain shares of G, unscaled, when what is not handed out is not returned."""
    larger = with_copies(gains, 0, k)
    top = gains[max(gains, key=len)]
    paid = settle(gains, "banzhaf").payment
    pot, p = sum(paid.values()), paid[0]
    before = max(value(parties_of(gains), gains.get)[0], F(0)) / top
    psi = value(parties_of(larger), larger.get)
    after = sum(max(psi[i], F(0)) for i in [0, *copies_of(0, k)]) / top
    return after * (pot + k * p) - (k + 1) * p - (before * pot - p)


@QUICK
@given(any_gains(most=3), st.integers(1, 3))
def test_banzhaf_never_pays_copies_if_the_rest_is_kept(gains, k):
    """Unscaled and not returned: s' <= s, so (s' - s) P - k p_i (1 - s') <= 0 for any gains with s' <= 1."""
    assume(gains[max(gains, key=len)] > 0)
    larger = with_copies(gains, 0, k)
    psi = banzhaf(parties_of(larger), larger.get)
    assume(sum(psi[i] for i in [0, *copies_of(0, k)]) <= gains[max(gains, key=len)])
    assert gain_if_the_rest_is_kept(gains, banzhaf, k) <= 0


@QUICK
@given(
    st.lists(st.lists(st.integers(0, 6), min_size=3, max_size=3), min_size=1, max_size=3),
    st.integers(1, 3),
)
def test_robust_shapley_never_pays_copies_of_submodular_gains_if_the_rest_is_kept(utility, k):
    """Facility location (submodular): the theorem of [HAN22] carries over as long as nothing is returned."""
    top = 6 * len(utility)
    gains = table_of([0, 1, 2], lambda S: F(sum(max((u[i] for i in S), default=0) for u in utility), top))
    assume(gains[frozenset({0, 1, 2})] > 0)
    assert is_submodular(gains)
    assert gain_if_the_rest_is_kept(gains, robust_shapley, k) <= 0


@pytest.mark.parametrize("division", ["banzhaf", "robust-shapley"])
def test_what_is_returned_is_what_pays_the_replicator(division):
    """In the smallest examples the replicator's own reward does not rise by more than its payment: its
    refund does.
    """
    gains, party, k, earned = MONOTONE_COUNTEREXAMPLES[division]
    before, after = settle(gains, division), settle(with_copies(gains, party, k), division)
    mine = [party, *copies_of(party, k)]
    more_reward = sum(after.reward[i] for i in mine) - before.reward[party]
    more_paid = k * before.payment[party]
    more_returned = sum(after.returned[i] for i in mine) - before.returned[party]
    assert more_reward - more_paid < 0 < earned == more_reward - more_paid + more_returned


# ---------------------------------------------------------------- other promises that have limits


@pytest.mark.parametrize("division", ["banzhaf", "robust-shapley"])
def test_rewards_of_plain_values_do_not_use_up_the_pot(division):
    """Three equal sellers and a buyer: less than the pot is handed out, the rest goes back to the payers."""
    done = settle(best_of(1, 1, 1, 0), division)
    assert sum(done.reward.values()) < sum(done.payment.values()) == 1
    assert sum(done.reward.values()) + sum(done.returned.values()) == 1


def test_a_seller_may_earn_nothing_where_pooling_spoils_the_model():
    """gain-only, G = 1, 0 and 1/4 together: v(N) < 0, no share is positive, the buyer's payment is
    returned whole.
    """
    done = settle(table(2, [1, 0, F(1, 4)]), "gain-only")
    assert done.payment == {0: 0, 1: F(1, 4)}
    assert done.reward == {0: 0, 1: 0}
    assert done.net == {0: 0, 1: 0}


@pytest.mark.parametrize("division", ["normalised-shapley", "collapsed"])
def test_the_papers_shares_can_all_be_zero_too(division):
    """Three parties whose data spoil each other's models: one improves and pays, no share is positive, all
    is returned.
    """
    done = settle(table(3, [0, F(1, 3), 0, 1, 0, 0, F(1, 3)]), division)
    assert done.payment == {0: F(1, 3), 1: 0, 2: 0}
    assert set(done.reward.values()) == set(done.net.values()) == {0}


@EVERY_DIVISION
@QUICK
@given(gains=any_gains())
def test_nobody_pays_more_than_its_improvement_without_a_floor_in_pot(division, gains):
    """Individual rationality: net_i + c a_i >= 0."""
    done = settle(gains, division)
    assert all(done.net[i] + done.payment[i] >= 0 for i in done.net)


@pytest.mark.parametrize(
    ("division", "gains", "floor"),
    [
        ("normalised-shapley", best_of(F(1, 2), 1, 1, 1), 1),
        ("gain-only", best_of(0, 1, 1), F(1, 2)),
        ("collapsed", best_of(0, 1, 1, 1, 1), 1),
    ],
)
def test_a_minimum_fee_can_cost_a_party_that_gains_nothing(division, gains, floor):
    """Zero-element buyer fails with f > 0: a perfect seller with rivals ends below zero."""
    done = settle(gains, division, 1, floor)
    assert gains[frozenset({1})] == 1
    assert done.net[1] < 0


@pytest.mark.parametrize("division", ["banzhaf", "robust-shapley"])
@QUICK
@given(gains=monotone_gains(), floor=st.fractions(0, 2))
def test_a_minimum_fee_never_costs_the_best_party_under_plain_values(division, gains, floor):
    """Monotone gains: who has nothing to gain adds most to every coalition, and gets at least its fee
    back.
    """
    done = settle(gains, division, 1, floor)
    for i in done.net:
        if gains[frozenset({i})] == gains[max(gains, key=len)]:
            assert done.net[i] >= 0


def test_collapsed_shares_jump_at_the_slightest_noise():
    """Exact doubles share 3/4; let one of them lose a single hundredth and the class, and the rule, are
    gone.
    """
    exact = collapsed(best_of(1, 1, 0))
    nearly = collapsed(best_of(1, F(99, 100), 0))
    assert len(replica_classes(best_of(1, F(99, 100), 0))) == 3
    assert exact[0] + exact[1] - (nearly[0] + nearly[1]) > F(1, 20)
    assert replication_gain(best_of(1, 0), 0, 1, "collapsed") == 0
    noisy = settle(best_of(1, F(99, 100), F(9, 10)), "collapsed")
    honest = settle(best_of(1, F(9, 10)), "collapsed")
    assert noisy.net[0] + noisy.net[1] > honest.net[0]


def test_own_tasks_treat_equal_sellers_equally():
    """Symmetry: two identical data sets enter a task's prefix together, and earn the same."""
    parties = ["first", "second", "buyer"]
    solved = {p: table_of(parties, lambda S: F(int(bool(S & {"first", "second"})))) for p in parties}
    done = settle_own(solved, parties)
    assert done.selected["buyer"] == {"buyer", "first", "second"}
    assert done.statement.reward["first"] == done.statement.reward["second"] > 0


@QUICK
@given(any_gains(most=3))
def test_monotone_closure_is_monotone(gains):
    """The generator of monotone markets does what it says."""
    assert is_monotone(monotone_closure(gains))


def test_the_mean_improvement_protects_only_where_more_data_never_hurts():
    """Not monotone, two parties: party 0 gains 1/8, the other nothing, and still one copy earns party 0
    another 1/8.
    """
    gains = table(2, [0, F(7, 8), F(1, 8)])
    assert settle(gains, "normalised-shapley").payment == {0: F(1, 8), 1: 0}
    assert replication_gain(gains, 0, 1, "normalised-shapley") == F(1, 8)
