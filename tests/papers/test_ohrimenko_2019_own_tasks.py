"""Ohrimenko, Tople, Tschiatschek 2019: a task per party, and the attack of choosing one's own task."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from oracles.common_market import (
    parties_of,
    settle,
    table_of,
)
from oracles.gains import monotone_gains
from oracles.own_market import settle_own, with_identity

F = Fraction
QUICK = settings(max_examples=25, deadline=None)


def own_data_only(parties, party):
    """A task at which the party's own data scores 1 and nobody else's helps."""
    return table_of(parties, lambda S: F(int(party in S)))


def market_of_a_gatekeeper(own_improvement):
    """Four parties: a seller, its rival (same worth), a complement, and the buyer that needs both kinds.

    The buyer scores 1/2 with either seller and 1 with the complement on top; the seller itself gains
    ``own_improvement`` from the buyer's data; the rival and the complement have no use for others' data.
    """
    parties = ["seller", "rival", "complement", "buyer"]

    def buyers(S):
        return F(1, 2) * (1 + ("complement" in S)) if S & {"seller", "rival"} else F(0)

    def sellers(S):
        return ("seller" in S) * (1 - own_improvement + own_improvement * ("buyer" in S))

    tasks = {p: own_data_only(parties, p) for p in parties}
    return parties, tasks | {"buyer": table_of(parties, buyers), "seller": table_of(parties, sellers)}


def gain_from_extra_identity(parties, tasks, party, task, minimum_fee=0):
    """Change of what the party has in the end by a last-come identity that declares ``task``; asserts that its model
    stays as good.
    """
    honest = settle_own(tasks, parties, 1, minimum_fee=minimum_fee)
    larger = with_identity(tasks, party, "extra", task)
    after = settle_own(larger, [*parties, "extra"], 1, minimum_fee=minimum_fee)
    assert tasks[party][honest.selected[party]] == larger[party][after.selected[party]]
    return sum(kept(after.statement, i) for i in (party, "extra")) - kept(honest.statement, party)


def kept(statement, party):
    """Net less what the operator retains."""
    return statement.net[party] - statement.retained[party]


def three_perfect_sellers():
    """Three sellers with the same worth and no use for others' data, and a buyer whom any of them serves."""
    parties = ["seller", "second", "third", "buyer"]
    tasks = {p: own_data_only(parties, p) for p in parties}
    served = table_of(parties, lambda S: F(int(bool(S & {"seller", "second", "third"}))))
    return parties, tasks | {"buyer": served}


def test_a_replica_with_a_task_of_its_own_choice_owes_nothing_and_can_win():
    """Three perfect sellers share half the pot; a fourth identity with a solved task pays nothing and wins 1/60."""
    parties, tasks = three_perfect_sellers()
    assert gain_from_extra_identity(parties, tasks, "seller", own_data_only(parties, "seller")) == F(1, 60)


def test_a_minimum_fee_that_leaves_the_pot_stops_that_replica():
    """Each unit of the fee is lost to the replica: at 1/60 it gains nothing, above it loses."""
    parties, tasks = three_perfect_sellers()
    solved = own_data_only(parties, "seller")
    gains = [
        gain_from_extra_identity(parties, tasks, "seller", solved, f) for f in (F(1, 120), F(1, 60), F(1, 10))
    ]
    assert gains == [F(1, 120), 0, F(1, 60) - F(1, 10)]


def test_equal_data_enter_together_so_a_copy_drives_no_rival_out():
    """Were the earlier of two equal data sets preferred, a copy of the seller would end the prefix before its rival,
    and win 7/24; entering together, both kinds of copy lose.
    """
    parties, tasks = market_of_a_gatekeeper(own_improvement=F(3, 4))
    solved = own_data_only(parties, "seller")
    larger = with_identity(tasks, "seller", "extra", solved)
    after = settle_own(larger, [*parties, "extra"])
    assert after.selected["buyer"] == {"buyer", "seller", "extra", "rival", "complement"}
    assert gain_from_extra_identity(parties, tasks, "seller", solved) == F(-1, 120)
    assert gain_from_extra_identity(parties, tasks, "seller", tasks["seller"]) == F(-23, 60)


@st.composite
def own_tasks(draw):
    """Three parties with a monotone task each."""
    parties = [0, 1, 2]
    return parties, {p: draw(monotone_gains(least=3, most=3, parts=4)) for p in parties}


@QUICK
@given(own_tasks())
def test_own_tasks_balance(market):
    """v(N) is the sum of improvements, so the rewards are the pot and nets sum to zero."""
    parties, tasks = market
    done = settle_own(tasks, parties).statement
    assert sum(done.net.values()) == 0
    assert sum(done.reward.values()) == sum(done.payment.values())
    assert min(done.refund.values()) >= 0


@QUICK
@given(monotone_gains(parts=6))
def test_own_tasks_that_are_all_the_same_are_the_gain_only_market(gains):
    """With one common V, and gains so strictly increasing that everybody's data is selected."""
    strict = {S: (gain + len(S)) / 12 for S, gain in gains.items()}
    parties = parties_of(strict)
    own = settle_own(dict.fromkeys(parties, strict), parties)
    assert all(len(S) == len(parties) for S in own.selected.values())
    assert own.statement == settle(strict, "gain-only")


def test_selection_needs_the_worth_of_data_for_the_task():
    """A data set that spoils the model is left out, and its owner gets nothing for it."""
    parties = ["buyer", "good", "bad"]
    spoilt = {
        frozenset(): 0,
        frozenset({"buyer"}): F(1, 4),
        frozenset({"good"}): F(1, 2),
        frozenset({"bad"}): 0,
    }
    spoilt |= {
        frozenset({"buyer", "good"}): F(3, 4),
        frozenset({"buyer", "bad"}): 0,
        frozenset({"good", "bad"}): 0,
    }
    spoilt |= {frozenset(parties): F(1, 4)}
    tasks = {p: own_data_only(parties, p) for p in parties} | {"buyer": spoilt}
    done = settle_own(tasks, parties)
    assert done.selected["buyer"] == {"buyer", "good"}
    assert done.statement.reward == {"buyer": F(1, 4), "good": F(1, 4), "bad": 0}
