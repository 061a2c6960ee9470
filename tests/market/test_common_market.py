"""The market of one common task against the definitions in fractions (`oracles.common_market`)."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builders.market_tables import NAMES, array_of, market_of, numbers, tables
from fairpool.market.common_task.collapsed import CollapsedTask, copies_join
from fairpool.market.common_task.exact import CommonTask, copies_change_nothing
from fairpool.market.copies.functional_replicas import replica_classes
from fairpool.market.copies.replication import Replications
from fairpool.market.payments import PriceTerms, utilities
from fairpool.market.reward_rules.catalogue import division_named
from oracles import common_market as oracle
from oracles.gains import best_of, table

F = Fraction
EVERY_DIVISION = pytest.mark.parametrize("division", NAMES)
some = settings(deadline=None, max_examples=40)
few = settings(deadline=None, max_examples=15)


def in_order(by_name):
    return np.array([float(by_name[i]) for i in sorted(by_name)])


def nets(terms, valuation):
    return utilities(terms, valuation) - terms.unit_price * valuation.gains


@EVERY_DIVISION
@given(gains=tables(empty=True), minimum_fee=st.integers(0, 900))
@some
def test_a_market_is_settled_by_its_definitions(division, gains, minimum_fee):
    """Shares, fees, payments and nets before rounding, whatever the gains."""
    expected = oracle.settle(gains, division, 1000, minimum_fee=minimum_fee)
    valuation, terms = market_of(gains, division).valuation, PriceTerms(1000, minimum_fee)
    assert valuation.shares == pytest.approx(in_order(expected.share), abs=1e-9)
    assert terms.fees(valuation.alone) == pytest.approx(in_order(expected.fee), abs=1e-9)
    paid = terms.improvements(valuation.alone, valuation.gains)
    assert paid == pytest.approx(in_order(expected.payment), abs=1e-9)
    assert nets(terms, valuation) == pytest.approx(in_order(expected.net), abs=1e-9)


@EVERY_DIVISION
@given(gains=tables(most=4, empty=True), minimum_fee=st.sampled_from([0, 40, 700]), data=st.data())
@few
def test_what_copies_earn_is_what_the_larger_market_pays(division, gains, minimum_fee, data):
    """gain(i, k) for k = 1 .. 5: the oracle really settles the market of n + k identities."""
    party = data.draw(st.sampled_from(oracle.parties_of(gains)))
    found = Replications.of(market_of(gains, division)).gains(PriceTerms(1000, minimum_fee))
    for copies in (1, 2, 5) if len(oracle.parties_of(gains)) < 4 else (1, 3):
        expected = oracle.replication_gain(gains, party, copies, division, 1000, minimum_fee=minimum_fee)
        (gain,) = [g.gain for g in found if (g.party, g.copies) == (party, copies)]
        assert gain == pytest.approx(float(expected), abs=1e-8)


@EVERY_DIVISION
@given(gains=tables(most=4), data=st.data())
@few
def test_every_share_in_a_market_with_copies(division, gains, data):
    """Not only the replicator's: the shares of all identities, copies last."""
    party = data.draw(st.sampled_from(oracle.parties_of(gains)))
    larger = oracle.with_copies(gains, party, 2)
    expected = oracle.DIVISIONS[division](larger)
    names = [*oracle.parties_of(gains), *oracle.copies_of(party, 2)]
    found = market_of(gains, division).with_copies(party)[1]
    assert found.shares == pytest.approx([float(expected[name]) for name in names], abs=1e-9)
    assert len(found.alone) == len(found.gains) == len(names)


@EVERY_DIVISION
@given(gains=tables(most=3), price=st.sampled_from([1, 7, 60]))
@few
def test_the_smallest_minimum_fee_is_the_first_that_deters(division, gains, price):
    """Fees 0, 1, 2 .. are tried one by one, with the gains that the oracle finds for them."""
    found = Replications.of(market_of(gains, division)).paying_fees(PriceTerms(price)).smallest_deterring
    assert not _somebody_gains(gains, division, price, found)
    assert found == 0 or _somebody_gains(gains, division, price, found - 1)


def _somebody_gains(gains, division, price, fee):
    return any(
        oracle.replication_gain(gains, party, copies, division, price, minimum_fee=fee) > 0
        for party in oracle.parties_of(gains)
        for copies in range(1, 6)
    )


@pytest.mark.long
@given(gains=tables(most=4), division=st.sampled_from(NAMES), price=st.sampled_from([10, 150]))
@some
def test_from_the_smallest_minimum_fee_on_every_fee_deters(gains, division, price):
    """A scan of all whole fees up to well beyond the unit price."""
    market = Replications.of(market_of(gains, division))
    smallest = market.paying_fees(PriceTerms(price)).deterring_from
    deterring = [
        max(g.gain for g in market.gains(PriceTerms(price, fee))) <= 1e-6 for fee in range(2 * price)
    ]
    assert deterring.index(True) == smallest
    assert all(deterring[smallest:])


@pytest.mark.parametrize(
    ("gains", "division", "price", "fee"),
    [
        (
            best_of(1, 1, 0),
            "normalised-shapley",
            1200,
            100,
        ),  # earns 1/12 by one copy, which pays nothing else
        (best_of(1, 1, 0), "collapsed", 800, 100),
        (best_of(1, 1, 1, 0), "gain-only", 6000, 100),
        (best_of(F(1, 2), F(1, 2)), "normalised-shapley", 1000, 0),
    ],
)
def test_smallest_minimum_fees_by_hand(gains, division, price, fee):
    """docs/theory/divisions.md: perfect sellers, so the gain is what k copies must leave with the operator."""
    assert (
        Replications.of(market_of(gains, division)).paying_fees(PriceTerms(price)).smallest_deterring == fee
    )


def test_gains_that_are_linear_in_the_price_scale_with_it():
    """A market in billions: rounding errors grow with the price and are still no gain."""
    gains = best_of(F(1, 3), F(2, 7), F(1, 9))
    fees = [
        Replications.of(market_of(gains, "collapsed")).paying_fees(PriceTerms(10**d)).smallest_deterring
        for d in range(15)
    ]
    assert fees == [0] * 15


@EVERY_DIVISION
@pytest.mark.parametrize("parties", [1, 2, 5])
def test_parties_without_any_use_for_each_other_share_nothing(division, parties):
    """Equal parties whose value is zero but for rounding: nobody gets a share, everybody its minimum fee back."""
    gains = table(parties, [F(1, 3)] * (2**parties - 1))
    expected = oracle.settle(gains, division, 1000, minimum_fee=70)
    valuation = market_of(gains, division).valuation
    assert valuation.shares == pytest.approx(in_order(expected.share), abs=1e-9)


# ------------------------------------------------------------------------------------------ collapsed


@given(gains=tables(kinds=("best-of", "coverage", "monotone")))
@some
def test_classes_of_functional_replicas(gains):
    """The classes are the oracle's, each named by its first member."""
    parties = len(oracle.parties_of(gains))
    expected = {i: members[0] for members in oracle.replica_classes(gains) for i in members}
    assert replica_classes(array_of(gains)[:, None], parties).tolist() == [
        expected[i] for i in range(parties)
    ]


@given(gains=tables(most=4), minimum_fee=st.integers(0, 500))
@some
def test_copies_of_a_party_without_double_never_pay(gains, minimum_fee):
    """The theorem: k copies of a party that is alone in its class lose it k p_i (1 - share_i), and the fees."""
    market, terms = market_of(gains, "collapsed"), PriceTerms(1000, minimum_fee)
    valuation = market.valuation
    paid = terms.improvements(valuation.alone, valuation.gains)
    singles = [members[0] for members in oracle.replica_classes(gains) if len(members) == 1]
    for found in Replications.of(market).gains(terms):
        if found.party in singles:
            own = paid[found.party]
            each = own * (valuation.shares.sum() - valuation.shares[found.party]) + max(
                minimum_fee - own, 0.0
            )
            assert found.gain == pytest.approx(-found.copies * each, abs=1e-8)


def test_copies_take_from_an_honest_double():
    """Parties 0 and 1 are perfect, 2 has nothing: one copy of 0 takes 1/8 of the pot from 1 (divisions.md)."""
    gains = best_of(1, 1, 0)
    assert oracle.replica_classes(gains) == [[0, 1], [2]]
    market = market_of(gains, "collapsed")
    assert market.valuation.shares == pytest.approx([3 / 8, 3 / 8, 1 / 4])
    assert market.with_copies(0)[0].shares == pytest.approx([1 / 4, 1 / 4, 1 / 4, 1 / 4])
    (gain,) = [g.gain for g in Replications.of(market).gains(PriceTerms(1)) if (g.party, g.copies) == (0, 1)]
    assert gain == pytest.approx(1 / 8)


@st.composite
def gains_by_counts(draw):
    """G of counts: coalitions in which a party may be any number of times, as with copies that change models."""
    n = draw(st.integers(2, 3))
    values = {}

    def gain(counts):
        if not any(counts):
            return F(0)
        if counts not in values:
            values[counts] = draw(numbers(4))
        return values[counts]

    flat = draw(st.booleans())  # sometimes copies change nothing after all
    return n, (lambda counts: gain(tuple(min(c, 1) for c in counts) if flat else counts))


@EVERY_DIVISION
@given(drawn=gains_by_counts(), data=st.data())
@some
def test_copies_that_change_models(division, drawn, data):
    """Where coalitions with copies are scored as they are, the market with copies is settled from these scores."""
    n, gain = drawn
    party, copies = data.draw(st.integers(0, n - 1)), data.draw(st.integers(1, 2))

    def level(c):
        return [gain(tuple((p >> i & 1) + c * (i == party) for i in range(n))) for p in range(2**n)]

    honest = {frozenset(i for i in range(n) if p >> i & 1): g for p, g in enumerate(level(0))}
    behind = [*range(n), *[party] * copies]
    larger = oracle.table_of(
        list(range(n + copies)), lambda S: gain(tuple(sum(behind[i] == j for i in S) for j in range(n)))
    )
    levels = np.array([level(min(c, copies)) for c in range(6)], dtype=float)
    found = division_named(division)
    kind = CollapsedTask if found.collapse else CommonTask
    market = kind(array_of(honest), found, lambda _party: levels)
    expected = oracle.settle(larger, division, 100, minimum_fee=3)
    valuation = market.with_copies(party)[copies - 1]
    assert valuation.shares == pytest.approx(in_order(expected.share), abs=1e-9)
    assert nets(PriceTerms(100, 3), valuation) == pytest.approx(in_order(expected.net), abs=1e-9)


def test_copies_join_where_no_coalition_tells_them_apart():
    """Level by level: one copy may change nothing and the second may."""
    gains = np.array([0.0, 0.5, 0.25, 0.75])
    levels = copies_change_nothing(gains)(0)
    assert copies_join(levels, 0)
    levels[2] += 0.125
    assert copies_join(levels[:2], 0)
    assert not copies_join(levels, 0)
