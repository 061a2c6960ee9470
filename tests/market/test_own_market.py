"""The market of own tasks against the definitions in fractions (`oracles.own_market`)."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builders.market_tables import array_of, tables
from fairpool.market.copies.functional_replicas import replica_classes
from fairpool.market.copies.replication import Replications
from fairpool.market.own_tasks.collapsed import CollapsedMarkets
from fairpool.market.own_tasks.exact import OwnTasks
from fairpool.market.own_tasks.selection import select
from fairpool.market.payments import PriceTerms
from fairpool.market.reward_rules.catalogue import division_named
from oracles import own_market as oracle
from oracles.gains import table

F = Fraction
PAPER = division_named("normalised-shapley")
some = settings(deadline=None, max_examples=25)
few = settings(deadline=None, max_examples=20)


@st.composite
def task_gains(draw, least=1, most=4, kinds=("any", "monotone", "coverage", "best-of")):
    """A table of gains for every party's task."""
    n = draw(st.integers(least, most))
    return {task: draw(tables(n, n, kinds)) for task in range(n)}


def arrays_of(gains_by_task):
    return np.stack([array_of(gains_by_task[task]) for task in sorted(gains_by_task)], axis=1)


def market_of(gains_by_task, division=PAPER, *, free_task=False):
    gains = arrays_of(gains_by_task)
    selections = tuple(select(gains[:, task], task) for task in range(gains.shape[1]))
    return OwnTasks(gains, selections, division, free_task=free_task)


def with_copies(gains_by_task, party, copies, *, free_task):
    """The oracle's market in which copies enter, one by one, after the parties, and their names.

    A free task: whoever has the party's data, or data that does the same for every task, scores 1.
    """
    names = list(gains_by_task)
    classes = replica_classes(arrays_of(gains_by_task), len(names))
    solvers = {i for i in names if classes[i] == classes[party]}
    for copy in range(copies):
        task = gains_by_task[party]
        if free_task:
            task = {S: F(not solvers.isdisjoint(S)) for S in task}
            solvers.add(100 + copy)
        gains_by_task = oracle.with_identity(gains_by_task, party, 100 + copy, task)
        names.append(100 + copy)
    return gains_by_task, names


@given(gains=task_gains(), minimum_fee=st.integers(0, 900))
@some
def test_a_market_of_own_tasks_is_settled_by_its_definitions(gains, minimum_fee):
    """Selections, delivered gains and shares."""
    expected = oracle.settle_own(gains, list(gains), 1000, minimum_fee=minimum_fee)
    market, terms = market_of(gains), PriceTerms(1000, minimum_fee)
    for found in market.selections:
        assert set(found.members) == expected.selected[found.task]
    valuation = market.valuation
    assert valuation.shares == pytest.approx([float(expected.statement.share[i]) for i in gains], abs=1e-9)
    paid = terms.improvements(valuation.alone, valuation.gains)
    assert paid == pytest.approx([float(expected.statement.payment[i]) for i in gains], abs=1e-9)


@pytest.mark.parametrize("division", ["gain-only", "banzhaf", "robust-shapley"])
@given(gains=task_gains(most=3))
@few
def test_gain_only_is_the_same_division_and_others_hand_out_at_most_everything(division, gains):
    """The joint game is the gain-only game of own tasks; Banzhaf and Robust Shapley divide by v(all)."""
    market = market_of(gains, division_named(division))
    if division == "gain-only":
        assert market.valuation.shares == pytest.approx(market_of(gains).valuation.shares)
    assert market.valuation.shares.min() >= 0
    assert market.valuation.shares.sum() <= 1 + 1e-12


@given(gains=task_gains(least=2), data=st.data(), free_task=st.booleans())
@some
def test_what_copies_earn_is_what_the_larger_market_pays(gains, data, free_task):
    """The oracle really settles the market of n + k identities, and selects all data anew."""
    party = data.draw(st.sampled_from(list(gains)))
    copies = data.draw(st.integers(1, 3 if len(gains) < 3 else 1))
    terms = PriceTerms(1000, data.draw(st.sampled_from([0, 55])))
    larger, names = with_copies(gains, party, copies, free_task=free_task)
    honest = oracle.settle_own(gains, list(gains), 1000, minimum_fee=terms.minimum_fee).statement
    after = oracle.settle_own(larger, names, 1000, minimum_fee=terms.minimum_fee)
    statement = after.statement
    mine = [party, *names[len(gains) :]]
    expected = sum(statement.net[i] - statement.retained[i] for i in mine) - honest.net[party]
    expected += honest.retained[party]
    market = market_of(gains, free_task=free_task)
    valuation = market.with_copies(party)[copies - 1]
    assert valuation.shares == pytest.approx([float(statement.share[i]) for i in names], abs=1e-9)
    reached = [float(larger[i][after.selected[i]]) for i in gains]
    assert valuation.gains[: len(gains)] == pytest.approx(reached)
    (gain,) = [g.gain for g in Replications.of(market).gains(terms) if (g.party, g.copies) == (party, copies)]
    assert gain == pytest.approx(float(expected), abs=1e-8)


def test_parties_of_equal_worth_enter_together():
    """Two sellers of the same data and a buyer: both are selected, and both earn the same."""
    seller, buyer = table(3, [0] * 7), table(3, [1, 1, 1, 0, 1, 1, 1])
    market = market_of({0: seller, 1: seller, 2: buyer})
    assert market.selections[2].others == (0, 1)
    assert market.valuation.shares[:2] == pytest.approx([market.valuation.shares[0]] * 2)


def test_a_party_alone_keeps_its_model():
    """One party: nothing to select, nothing to pay."""
    market = market_of({0: table(1, [F(3, 4)])})
    assert market.selections[0].others == ()
    assert market.valuation.shares.tolist() == [0.0]
    assert market.valuation.gains.tolist() == [0.75]
    assert {g.gain for g in Replications.of(market).gains(PriceTerms(100))} == {0.0}


def test_useless_data_is_selected_for_nobody():
    """Party 1's data lowers every gain it joins, and party 2's changes none."""
    spoilt = table(3, [F(1, 2), 0, F(1, 4), 0, F(1, 2), 0, F(1, 4)])
    assert select(array_of(spoilt), 0).others == ()


def test_customised_gains_are_what_parties_pay_for():
    """A model that lost a little to customisation is paid for as it is; a party never falls below its own."""
    gains = {i: table(2, [F(1, 4), F(1, 4), F(3, 4)]) for i in range(2)}
    honest = market_of(gains)
    market = OwnTasks(honest.gains, honest.selections, PAPER, reached=np.array([0.7, 0.1]))
    assert market.valuation.gains.tolist() == [0.7, 0.25]
    assert market.with_copies(0)[0].gains.tolist() == [0.7, 0.25, 0.7]


# ------------------------------------------------------------------------------------------ collapsed


@st.composite
def gains_with_doubles(draw):
    """Every party stands for one of a few sorts of data and wants one of a few tasks."""
    sorts = draw(st.integers(2, 3))
    n = draw(st.integers(2, 4))
    data = [draw(st.integers(0, sorts - 1)) for _ in range(n)]
    wanted = [draw(st.integers(0, 1)) for _ in range(n)]
    of_sorts = [draw(tables(sorts, sorts, ("monotone", "any"))) for _ in range(2)]
    honest = [frozenset(i for i in range(n) if p >> i & 1) for p in range(2**n)]
    return {t: {S: of_sorts[wanted[t]][frozenset(data[i] for i in S)] for S in honest} for t in range(n)}


def collapsed_of(gains, *, free_task=False):
    markets = CollapsedMarkets.of(gains)
    selections = markets.select()
    reached = np.array([s.gain for s in selections])
    make = markets.market_with_free_task if free_task else markets.market
    return make(selections, division_named("collapsed"), reached)


@given(gains=gains_with_doubles(), data=st.data(), free_task=st.booleans())
@few
def test_a_collapsed_market_of_own_tasks_with_copies(gains, data, free_task):
    """The certificate of the market is the settlement of the market with the copies entered as parties."""
    party, copies = data.draw(st.sampled_from(list(gains))), data.draw(st.integers(1, 2))
    larger, names = with_copies(gains, party, copies, free_task=free_task)
    number = {name: place for place, name in enumerate(names)}
    renamed = {number[t]: {frozenset(number[i] for i in S): g for S, g in larger[t].items()} for t in names}
    predicted = collapsed_of(arrays_of(gains), free_task=free_task).with_copies(party)[copies - 1]
    settled = collapsed_of(arrays_of(renamed)).valuation
    assert predicted.shares == pytest.approx(settled.shares, abs=1e-9)
    assert predicted.gains[: len(gains)] == pytest.approx(settled.gains[: len(gains)], abs=1e-12)


def test_collapsed_own_tasks_without_doubles_is_the_market_itself():
    """Where no two parties are replicas with one task, nothing is collapsed."""
    gains = {
        0: table(3, [F(1, 4), F(1, 2), F(3, 4), 0, F(1, 2), F(3, 4), 1]),
        1: table(3, [F(1, 2), F(1, 4), F(3, 4), F(1, 4), 1, F(1, 2), 1]),
        2: table(3, [0, F(1, 4), F(1, 4), F(1, 2), F(1, 2), F(3, 4), 1]),
    }
    assert collapsed_of(arrays_of(gains)).valuation.shares == pytest.approx(market_of(gains).valuation.shares)
