"""Ohrimenko, Tople, Tschiatschek 2019, "Collaborative Machine Learning Markets": what a machine can check.

The claims are checked on the oracle in ``tests/oracles``, so these tests validate the definitions themselves.
Where the paper leaves room (psi is not normalised as printed; "robust to replication" has conditions), the
refutation is kept as a test too.
"""

from __future__ import annotations

import random
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oracles.common_market import (
    DIVISIONS,
    collapsed,
    copies_of,
    normalised_shapley,
    parties_of,
    replica_classes,
    replication_gain,
    settle,
    with_copies,
)
from oracles.gains import RANDOM, any_gains, best_of, monotone_gains, random_table, table
from oracles.nearest import accuracy_gains
from oracles.values import shapley, shapley_by_orders

F = Fraction
QUICK = settings(max_examples=25, deadline=None)
EVERY_DIVISION = pytest.mark.parametrize("division", DIVISIONS)
TOY = table(2, [1, 0, 1])  # G(1) = 1, G(2) = 0, G(12) = 1
TWO_PERFECT_ONE_BUYER = best_of(1, 1, 0)


def raw_shapley(gains):
    """psi of section 4 as printed: not normalised."""
    return shapley(parties_of(gains), lambda S: gains[S] + sum(gains[S] - gains[frozenset({j})] for j in S))


def mean_improvement(gains):
    """The mean over parties of a_i."""
    n = len(parties_of(gains))
    return sum(settle(gains, "normalised-shapley").payment.values()) / n


# ---------------------------------------------------------------- equation 1


@QUICK
@given(any_gains())
def test_equation_1_is_the_mean_marginal_over_all_orders(gains):
    """The sum over subsets and the mean over orders of arrival are the same value."""
    assert shapley(parties_of(gains), gains.get) == shapley_by_orders(parties_of(gains), gains.get)


@QUICK
@given(any_gains())
def test_shapley_values_add_up_to_the_worth_of_all(gains):
    """Efficiency: they sum to v(N) - v(empty), which is not one."""
    assert sum(shapley(parties_of(gains), gains.get).values()) == gains[frozenset(parties_of(gains))]


# ---------------------------------------------------------------- section 4: the numbers of a toy market


def test_toy_market_of_a_seller_and_a_buyer():
    """psi = (3/2, 1/2), shares (3/4, 1/4): the seller earns 3/4, the buyer pays 3/4."""
    done = settle(TOY, "normalised-shapley")
    assert raw_shapley(TOY) == {0: F(3, 2), 1: F(1, 2)}
    assert done.share == {0: F(3, 4), 1: F(1, 4)}
    assert done.fee == {0: 0, 1: 1}
    assert done.payment == {0: 0, 1: 1}
    assert done.net == {0: F(3, 4), 1: F(-3, 4)}


def test_toy_seller_loses_by_a_copy():
    """With one copy everybody's share is 1/3: the seller's two identities get 2/3 instead of 3/4."""
    share = normalised_shapley(with_copies(TOY, 0, 1))
    assert share == {0: F(1, 3), "0'1": F(1, 3), 1: F(1, 3)}
    assert replication_gain(TOY, 0, 1, "normalised-shapley") == F(2, 3) - F(3, 4)


# ---------------------------------------------------------------- section 3.1: the desired properties


@EVERY_DIVISION
@QUICK
@given(gains=any_gains(), price=st.integers(1, 9), floor=st.integers(0, 3))
def test_nets_sum_to_zero(division, gains, price, floor):
    """Balance, for monotone gains or not, with and without a minimum fee."""
    assert sum(settle(gains, division, price, F(floor, 2)).net.values()) == 0


@EVERY_DIVISION
@QUICK
@given(gains=monotone_gains())
def test_rewards_equal_improvements_where_shares_sum_to_one(division, gains):
    """The paper's balance, sum b = sum a, holds whenever the shares sum to one; otherwise the rest is
    returned.
    """
    done = settle(gains, division)
    if sum(done.share.values()) == 1:
        assert sum(done.reward.values()) == sum(done.payment.values())
    else:
        assert sum(done.reward.values()) + sum(done.returned.values()) == sum(done.payment.values())
    if division in ("normalised-shapley", "gain-only", "collapsed"):
        assert sum(done.reward.values()) == sum(done.payment.values())


@EVERY_DIVISION
@QUICK
@given(gains=any_gains(least=2, most=3))
def test_equal_parties_get_the_same(division, gains):
    """Symmetry: give party 0's data to a further party; the two settle alike."""
    done = settle(with_copies(gains, 0, 1), division)
    assert done.net[0] == done.net["0'1"]
    assert done.reward[0] == done.reward["0'1"]


@EVERY_DIVISION
@QUICK
@given(gains=any_gains())
def test_a_party_that_gains_nothing_gets_its_fee_back(division, gains):
    """Zero-element buyer (no minimum fee): a_i = 0 means t_i = A_i - a_i + b_i >= A_i."""
    done = settle(gains, division)
    for i, paid in done.payment.items():
        if paid == 0:
            assert done.refund[i] + done.reward[i] + done.returned[i] >= done.fee[i]


@EVERY_DIVISION
@QUICK
@given(gains=any_gains(), floor=st.fractions(0, 2))
def test_refunds_are_never_negative(division, gains, floor):
    """A_i - p_i >= 0: nobody gains more than up to a perfect score."""
    assert all(refund >= 0 for refund in settle(gains, division, 1, floor).refund.values())


@EVERY_DIVISION
@QUICK
@given(gains=any_gains(), price=st.integers(1, 1000))
def test_amounts_scale_with_the_unit_price(division, gains, price):
    """A_i = c (1 - G): with c everything is c times what it is with 1; shares stay."""
    one, many = settle(gains, division), settle(gains, division, price)
    assert many.share == one.share
    for column in ("fee", "payment", "refund", "reward", "returned", "net"):
        assert getattr(many, column) == {i: price * x for i, x in getattr(one, column).items()}


@QUICK
@given(monotone_gains())
def test_psi_of_monotone_gains_is_never_negative(gains):
    """Marginals are (|S| + 1) (G(S+i) - G(S)) + [G(S+i) - G(i)] >= 0, so b_i >= 0 as section 4 requires."""
    assert min(raw_shapley(gains).values()) >= 0


@QUICK
@given(monotone_gains())
def test_gain_only_needs_no_normalisation(gains):
    """Its v(N) is the pot itself: raw Shapley values are the rewards."""

    def v(S):
        return sum((gains[S] - gains[frozenset({j})] for j in S), F(0))

    assert settle(gains, "gain-only").reward == shapley(parties_of(gains), v)


# ---------------------------------------------------------------- psi read as printed


def test_psi_as_printed_hands_out_more_than_the_pot():
    """Toy market: the pot is 1, the printed b_i = a psi_i come to 2."""
    assert sum(raw_shapley(TOY).values()) * 1 == 2


def test_psi_as_printed_rewards_copies_most_of_the_time():
    """b_i = a psi_i without normalisation: one copy pays in most random monotone markets."""
    rng = random.Random(20)
    pays = cases = 0
    for _ in range(60):
        gains = RANDOM["monotone"](rng, 3)
        larger = with_copies(gains, 0, 1)
        a, a_copied = (sum(settle(g, "normalised-shapley").payment.values()) for g in (gains, larger))
        a_0 = settle(gains, "normalised-shapley").payment[0]
        honest = a * raw_shapley(gains)[0] - a_0
        psi = raw_shapley(larger)
        cases += 1
        pays += a_copied * (psi[0] + psi["0'1"]) - 2 * a_0 > honest
    assert pays > cases / 2


# ---------------------------------------------------------------- robustness to replication


@QUICK
@given(any_gains(most=3), st.integers(1, 3))
def test_replication_gain_identity(gains, k):
    """gain(k) - gain(0) = (s' - s) a - k a_i (1 - s'), s and s' the replicator's share before and after."""
    before, larger = settle(gains, "normalised-shapley"), with_copies(gains, 0, k)
    after = normalised_shapley(larger)
    s, s_copied = before.share[0], sum(after[i] for i in [0, *copies_of(0, k)])
    a, a_i = sum(before.payment.values()), before.payment[0]
    if sum(before.share.values()) == sum(after.values()) == 1:
        expected = (s_copied - s) * a - k * a_i * (1 - s_copied)
        assert replication_gain(gains, 0, k, "normalised-shapley") == expected


def test_copies_that_owe_no_fee_can_pay():
    """Two perfect sellers, one buyer: honest 1/3 of the pot, with one copy 5/12."""
    before = settle(TWO_PERFECT_ONE_BUYER, "normalised-shapley")
    share = normalised_shapley(with_copies(TWO_PERFECT_ONE_BUYER, 0, 1))
    assert before.share == {0: F(1, 3), 1: F(1, 3), 2: F(1, 3)}
    assert (sum(before.payment.values()), before.payment[0], before.net[0]) == (1, 0, F(1, 3))
    assert share == {0: F(5, 24), "0'1": F(5, 24), 1: F(5, 24), 2: F(9, 24)}
    assert replication_gain(TWO_PERFECT_ONE_BUYER, 0, 1, "normalised-shapley") == F(5, 12) - F(1, 3)


def test_two_parties_are_enough_for_copies_to_pay():
    """A perfect party and one that scores 2/3: the share of 5/8 becomes 2/3 of a pot of 1/3."""
    gains = best_of(1, F(2, 3))
    assert settle(gains, "normalised-shapley").share[0] == F(5, 8)
    assert replication_gain(gains, 0, 1, "normalised-shapley") == (F(2, 3) - F(5, 8)) / 3


def replication_cases(families, seed, instances):
    """(a_i >= mean, gain of one copy) for every party of random markets of two to four parties."""
    rng = random.Random(seed)
    for _ in range(instances):
        for family in families:
            gains = RANDOM[family](rng, rng.choice((2, 3, 4)))
            payment = settle(gains, "normalised-shapley").payment
            mean = sum(payment.values()) / len(payment)
            for i in payment:
                yield payment[i] >= mean, i, gains


@pytest.mark.parametrize("family", ["monotone", "coverage", "best-of"])
def test_one_copy_never_pays_a_party_with_at_least_the_mean_improvement(family):
    """Random search: none where a_i >= mean(a), some below it."""
    pays = {True: 0, False: 0}
    for at_least_mean, i, gains in replication_cases([family], seed=2019, instances=60):
        pays[at_least_mean] += replication_gain(gains, i, 1, "normalised-shapley") > 0
    assert pays[True] == 0
    assert pays[False] > 0


@pytest.mark.parametrize("family", ["additive", "supermodular"])
def test_one_copy_never_pays_where_data_do_not_overlap(family):
    """Additive and supermodular gains: no violation anywhere."""
    for _, i, gains in replication_cases([family], seed=7, instances=40):
        assert replication_gain(gains, i, 1, "normalised-shapley") <= 0


def test_gain_only_is_gamed_far_less_often():
    """The same markets: one copy pays less often, and pays less, than under the paper's characteristic
    function.
    """
    pays = {"normalised-shapley": [], "gain-only": []}
    for _, i, gains in replication_cases(["monotone", "coverage", "best-of"], seed=11, instances=30):
        for division, amounts in pays.items():
            amounts.append(max(replication_gain(gains, i, 1, division), F(0)))
    often = {division: sum(amount > 0 for amount in amounts) for division, amounts in pays.items()}
    assert often["gain-only"] * 5 < often["normalised-shapley"]
    assert max(pays["gain-only"]) < max(pays["normalised-shapley"])


@pytest.mark.parametrize("rivals", [0, 1, 2, 3])
@pytest.mark.parametrize("k", [0, 1, 2])
def test_gain_only_income_of_a_perfect_seller(rivals, k):
    """L perfect rivals and one buyer: (k+1) / ((k+1+L) (k+2+L)); copies pay from L = 2 on (1/12 -> 1/10)."""
    gains = best_of(1, *[1] * rivals, 0)
    income = settle(gains, "gain-only").net[0] + (replication_gain(gains, 0, k, "gain-only") if k else 0)
    assert income == F(k + 1, (k + 1 + rivals) * (k + 2 + rivals))


@QUICK
@given(any_gains(most=3), st.integers(1, 3), st.fractions(0, 1))
def test_collapsed_shares_never_pay_a_party_without_an_honest_double(gains, k, floor):
    """By -k p_i (1 - psi_i) exactly, if nobody else's data replaces party 0's, whatever the minimum fee."""
    if [0] in replica_classes(gains):
        share, paid = collapsed(gains)[0], settle(gains, "collapsed", 1, floor).payment[0]
        if sum(collapsed(gains).values()) == 1:
            assert replication_gain(gains, 0, k, "collapsed", 1, floor) == -k * paid * (1 - share)
        assert replication_gain(gains, 0, k, "collapsed", 1, floor) <= 0


def test_one_nearest_neighbour_does_not_notice_copies():
    """Assumption (i) is exact for 1-NN: gains with every row of a party doubled are those of the smaller
    table.
    """
    rng = random.Random(5)
    for _ in range(10):
        rows = {
            p: [((rng.randint(0, 4), rng.randint(0, 4)), rng.randint(0, 2)) for _ in range(3)]
            for p in range(3)
        }
        validation = [((rng.randint(0, 4), rng.randint(0, 4)), rng.randint(0, 2)) for _ in range(6)]
        entered_twice = accuracy_gains({**rows, "0'1": rows[0]}, validation)
        assert entered_twice == with_copies(accuracy_gains(rows, validation), 0, 1)


def test_one_nearest_neighbour_is_not_monotone():
    """Assumption (ii) is not: a nearer row with a wrong label takes a hit away."""
    rows = {0: [((1,), 1)], 1: [((0,), 0)]}
    gains = accuracy_gains(rows, [((0,), 1)])
    assert gains[frozenset({0})] == 1
    assert gains[frozenset({0, 1})] == 0


def test_every_random_table_settles():
    """No division by zero in the corners: all-zero gains, one party, gains below the trivial model's."""
    rng = random.Random(1)
    for n in (1, 2, 3):
        for parts in (1, 2, 20):
            gains = random_table(rng, n, parts) | {frozenset(): F(1, 2)}
            for division in DIVISIONS:
                assert sum(settle(gains, division).net.values()) == 0
