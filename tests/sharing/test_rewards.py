"""Rewards built on the check: whole money within budget, collection that pays for itself, rows in return for rows."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairpool.comparing.cramer_von_mises import CramerVonMisesCheck, cramer_von_mises_check
from fairpool.ground.errors import InputError
from fairpool.sharing.rewards.budget import Budget
from fairpool.sharing.rewards.collection import CollectionCost
from fairpool.sharing.rewards.data import DataReward, deduction
from fairpool.sharing.rewards.value_curves import Logarithmic, PowerLaw

losses = st.lists(st.floats(0, 1), min_size=3, max_size=8)


def checks_with(*loss, rows=10, others=41, withheld=0):
    """One feature, continuous data."""
    return [CramerVonMisesCheck(rows, others, withheld, np.array([one]), np.array([1 / 6])) for one in loss]


# ---------------------------------------------------------------- a budget


@given(st.integers(0, 10**12), losses)
def test_a_budget_is_split_to_the_last_unit(budget, loss):
    """Payments and the unspent are whole, add up to the budget, and lie within a unit of (B/m) (1 - L_i)."""
    payout = Budget(budget).pay(checks_with(*loss))
    assert payout.total == budget
    assert payout.unspent >= 0
    for payment, one in zip(payout.payments, loss, strict=True):
        assert 0 <= payment <= budget
        assert abs(payment - budget / len(loss) * (1 - one)) < 1.001


def test_what_losses_take_off_stays_with_the_payer():
    """By hand: 900 among three with losses 0, 1/4 and 1."""
    payout = Budget(900).pay(checks_with(0, 0.25, 1))
    assert (payout.payments, payout.unspent) == ((300, 225, 0), 375)


@pytest.mark.parametrize("budget", [-1, 2**53 + 1])
def test_a_budget_out_of_range_is_refused(budget):
    """Negative, or too large for a float to tell units apart."""
    with pytest.raises(InputError, match="budget: got"):
        Budget(budget)


def test_nobody_cannot_be_paid():
    """A budget needs agents."""
    with pytest.raises(InputError, match="checks: got none"):
        Budget(10).pay([])


# ---------------------------------------------------------------- collecting at a cost

COLLECTIONS = [
    CollectionCost(PowerLaw(1e8, 5e7, 2.0), cost=1, agents=5),
    CollectionCost(PowerLaw(1e8, 5e7), cost=50, agents=5),
    CollectionCost(PowerLaw(1e6, 5e6, 1.0), cost=0.5, agents=3),
    CollectionCost(Logarithmic(1e6, 10), cost=500, agents=8, spread=0.1),
]


@pytest.mark.parametrize("collection", COLLECTIONS)
def test_plans_are_the_best_of_all_numbers_of_rows(collection):
    """Tried one by one: the optimum of v(mn) - cmn, and the best with alpha <= 1 where the optimum has more."""
    plan = collection.plan()
    tried = range(2, max(3000, 2 * plan.optimal_rows_each))
    assert plan.optimal_rows_each == max(tried, key=collection.surplus)
    assert plan.rows_each == max((n for n in tried if collection.alpha(n) <= 1), key=collection.surplus)
    assert plan.status == ("optimal" if plan.rows_each == plan.optimal_rows_each else "limited")
    assert 0 < plan.alpha <= 1


def test_both_kinds_of_plan_are_tried():
    """Data worth far more than they cost are rare."""
    assert {collection.plan().status for collection in COLLECTIONS} == {"optimal", "limited"}


@pytest.mark.parametrize("collection", COLLECTIONS)
def test_an_agent_earns_most_by_collecting_what_is_asked(collection):
    """Expected profit of collecting other numbers honestly, the others as planned; and collecting nothing earns 0."""
    plan = collection.plan()
    z = (plan.agents - 1) * plan.rows_each - 1

    def profit(n):
        loss = plan.spread * (1 / n + 1 / z)
        return plan.value / plan.agents * (1 - plan.alpha * loss) - plan.cost * n

    best = max(range(1, 10 * plan.rows_each), key=profit)
    assert best == plan.rows_each
    assert profit(plan.rows_each) == pytest.approx(plan.expected_profit, rel=1e-12)
    assert plan.expected_profit > 0


@given(
    st.builds(PowerLaw, st.floats(10, 1e9), st.floats(1, 1e9), st.floats(0.1, 3)),
    st.floats(0.01, 1e4),
    st.integers(3, 20),
    st.floats(0.01, 5 / 24),
)
def test_every_plan_leaves_agents_and_buyer_better_off(value, cost, agents, spread):
    """alpha in (0, 1], positive profit in expectation, and the buyer pays no more than the value."""
    plan = CollectionCost(value, cost, agents, spread, most_rows=10**15).plan()
    if plan.status == "not worth it":
        assert (plan.rows_each, plan.alpha, plan.expected_payment, plan.expected_surplus) == (0, 0, 0, 0)
        return
    assert 0 < plan.alpha <= 1
    assert plan.expected_profit > 0
    assert 0 <= plan.expected_surplus <= plan.value
    assert plan.rows_each <= plan.optimal_rows_each


def test_simulated_agents_gain_nothing_by_collecting_half_or_twice_as_much():
    """Continuous data with common random numbers: profits against those of the plan, four standard errors."""
    plan = CollectionCost(PowerLaw(1e6, 5e6, 1.0), cost=200, agents=3).plan()
    n, rng, rounds = plan.rows_each, np.random.default_rng(19), 20_000
    own, first, second = (rng.exponential(size=(k * n, rounds)) for k in (2, 1, 1))

    def profits(rows):
        loss = cramer_von_mises_check([own[:rows], first, second])[0].losses
        return plan.value / 3 * (1 - plan.alpha * loss) - plan.cost * rows

    asked = profits(n)
    assert abs(asked.mean() - plan.expected_profit) < 4 * asked.std() / np.sqrt(rounds)
    for rows in (n // 2, 2 * n):
        saved = asked - profits(rows)
        assert saved.mean() > 4 * saved.std() / np.sqrt(rounds)


def test_an_agent_that_knows_the_distribution_needs_to_collect_nothing():
    """A limit of every such reward: it saves the cost c n and as much again in losses."""
    plan = CollectionCost(PowerLaw(1e6, 5e6, 1.0), cost=200, agents=3).plan()
    n, rng, rounds = plan.rows_each, np.random.default_rng(23), 4000
    invented = np.repeat((np.arange(500)[:, None] + 0.5) / 500, rounds, axis=1)
    others = [rng.random((n, rounds)) for _ in range(2)]
    payments = plan.value / 3 * (1 - plan.alpha * cramer_von_mises_check([invented, *others])[0].losses)
    gain = payments - plan.expected_profit
    assert abs(gain.mean() - 2 * plan.cost * n) < 4 * gain.std() / np.sqrt(rounds)


def test_collection_is_paid_in_whole_units_and_by_the_plan_only():
    """The formula to within a unit, the rest of the value with the buyer, and copies change no payment."""
    plan = COLLECTIONS[1].plan()
    rng = np.random.default_rng(29)
    agents = [rng.normal(size=(plan.rows_each, 2)) for _ in range(5)]
    payout = plan.pay(cramer_von_mises_check(agents))
    assert payout.total == int(plan.value)
    for payment, found in zip(payout.payments, cramer_von_mises_check(agents), strict=True):
        assert abs(payment - plan.value / 5 * (1 - plan.alpha * found.loss)) < 2
    padded = plan.pay(cramer_von_mises_check([np.tile(agents[0], (3, 1)), *agents[1:]]))
    assert padded.payments[0] == payout.payments[0]


def test_a_plan_that_asks_for_nothing_pays_nothing():
    """Rows that cost more than they are worth are a finding, not an error; paying for them is one."""
    plan = CollectionCost(Logarithmic(10, 10), cost=50, agents=5).plan()
    assert (plan.status, plan.optimal_rows_each) == ("not worth it", 0)
    with pytest.raises(InputError, match="nothing to pay for"):
        plan.pay(checks_with(*[0.1] * 5))


def test_data_worth_collecting_may_be_worth_too_little_for_any_alpha():
    """Value must be n/C times the cost: here 2 rows each are worth their cost, but not 12 times as much."""
    plan = CollectionCost(PowerLaw(100, 100), cost=1, agents=3).plan()
    assert (plan.status, plan.rows_each) == ("not worth it", 0)
    assert plan.optimal_rows_each > 0


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"agents": 2}, "agents: got 2, expected at least 3"),
        ({"cost": 0}, "cost: got 0"),
        ({"cost": float("nan")}, "cost: got nan"),
        ({"spread": 0.25}, "spread: got 0.25"),
        ({"most_rows": 1}, "most_rows: got 1, expected at least 2"),
    ],
)
def test_impossible_collections_are_refused(wrong, said):
    """Each parameter is named."""
    with pytest.raises(InputError, match=said):
        CollectionCost(**({"value": PowerLaw(10, 1), "cost": 1, "agents": 3} | wrong))


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (lambda n: 100 * n, "still worth their cost at 1,000 an agent"),
        (lambda n: -n, "value: got -"),
        (lambda _: float("nan"), "value: got nan"),
        (lambda _: 1e17, "value: got 1e"),
    ],
)
def test_values_without_an_optimum_are_refused(value, said):
    """A value that never levels off, and values that are no amounts of money."""
    with pytest.raises(InputError, match=said):
        CollectionCost(value, cost=1, agents=3, most_rows=1000).plan()


def test_checks_that_do_not_fit_the_plan_are_refused():
    """Another number of agents; alpha was made for a check with nothing withheld."""
    plan = COLLECTIONS[1].plan()
    with pytest.raises(InputError, match="checks: got 3, expected 5"):
        plan.pay(checks_with(0, 0, 0))
    with pytest.raises(InputError, match="got 4 rows withheld for agent 0, expected none"):
        plan.pay(checks_with(*[0.1] * 5, withheld=4))


# ---------------------------------------------------------------- rows for rows

FLAT = PowerLaw(1, 0.2, 1.0)  # v(10) = 0.98, v(41) = 0.995: alpha < 1 for 10 rows against 41


def test_an_honest_agent_is_given_rows_worth_its_own():
    """alpha < 1: v(z_i) is v(|X_i|) on average, by simulation of continuous data; four standard errors."""
    rng, rounds = np.random.default_rng(31), 3000
    found = cramer_von_mises_check([rng.normal(size=(n, rounds)) for n in (10, 20, 21)])
    own = [CramerVonMisesCheck(10, 41, 0, found[0].losses[[k]], found[0].spreads[[k]]) for k in range(rounds)]
    rest = [CramerVonMisesCheck(n, 51 - n, 0, np.zeros(1), np.ones(1) / 6) for n in (20, 21)]
    grants = [DataReward(FLAT).grant([one, *rest], [10, 20, 21], rng=rng)[0] for one in own]
    assert all(0 < grant.alpha < 1 for grant in grants)
    worths = np.array([FLAT(len(grant.rows)) for grant in grants])
    assert abs(worths.mean() - FLAT(10)) < 4 * worths.std() / np.sqrt(rounds)


def test_the_number_of_rows_is_right_on_average():
    """v of the drawn number averages to (1 - alpha L) T, for losses from 0 to 1; only two neighbours are drawn."""
    rng, value = np.random.default_rng(37), Logarithmic(5, 3)
    for loss in (0, 0.01, 0.5, 0.97, 1):
        checks = checks_with(loss, 0.1, 0.1)
        drawn = [DataReward(value).grant(checks, [10] * 3, rng=rng)[0] for _ in range(2000)]
        worths = np.array([value(len(grant.rows)) for grant in drawn])
        assert drawn[0].alpha == 1
        assert abs(worths.mean() - (1 - loss) * value(41)) <= 4 * worths.std() / np.sqrt(2000) + 1e-12
        assert len({len(grant.rows) for grant in drawn}) <= 2


def test_rows_are_the_others_and_each_at_most_once():
    """Positions in the stacked rows, ascending, never the agent's own; every other row is drawn equally often."""
    rng = np.random.default_rng(41)
    agents = [rng.normal(size=(n, 2)) for n in (4, 6, 5)]
    reward, drawn = DataReward(Logarithmic(5, 3)), np.zeros((3, 15))
    own = [range(4), range(4, 10), range(10, 15)]
    for _ in range(1000):
        grants = reward.grant(cramer_von_mises_check(agents), [4, 6, 5], rng=rng)
        for i, grant in enumerate(grants):
            assert np.all(np.diff(grant.rows) > 0)
            assert not set(grant.rows.tolist()) & set(own[i])
            drawn[i, grant.rows] += 1
    for i in range(3):
        others = np.delete(drawn[i], own[i])
        share = others.mean() / 1000
        assert 0 < share < 1
        assert np.abs(others / 1000 - share).max() < 4.5 * np.sqrt(share * (1 - share) / 1000)


def test_an_agent_with_more_than_all_the_others_gets_everything():
    """No deduction would leave it rows worth its own: alpha is 0, and the check does not bind it."""
    grant = DataReward(FLAT).grant(checks_with(0.9, 0.1, 0.1), [50, 10, 10], rng=np.random.default_rng(0))[0]
    assert (grant.alpha, len(grant.rows)) == (0, 41)


def test_with_submitted_sizes_copies_would_pay():
    """Why sizes are agreed beforehand: ten rows submitted twice have the same loss and a lower alpha."""
    rng = np.random.default_rng(43)
    agents = [rng.normal(size=(n, 1)) for n in (10, 20, 21)]
    padded = [np.tile(agents[0], (2, 1)), *agents[1:]]
    honest, twice = cramer_von_mises_check(agents)[0], cramer_von_mises_check(padded)[0]
    assert twice.loss == honest.loss
    assert deduction(twice, FLAT, twice.rows) < deduction(honest, FLAT, honest.rows)
    assert deduction(twice, FLAT, 10) == deduction(honest, FLAT, 10)


def test_agents_may_value_rows_differently():
    """A curve for each; rows that are worth nothing alone are taken off in full."""
    curves = [FLAT, Logarithmic(5, 3), PowerLaw(1, 5, 0.5)]
    grants = DataReward(curves).grant(checks_with(0.02, 0.02, 0.02), [10] * 3, rng=np.random.default_rng(1))
    assert [grant.alpha < 1 for grant in grants] == [True, False, False]
    assert [grant.worth for grant in grants] == pytest.approx(
        [(1 - grant.alpha * 0.02) * v(41) for grant, v in zip(grants, curves, strict=True)]
    )


@pytest.mark.parametrize(
    ("value", "agreed", "said"),
    [
        (FLAT, [10, 10], "agreed: got .* expected 3 numbers"),
        (FLAT, [10, 10, 0], "agreed: got .* each at least 1"),
        ([FLAT, FLAT], [10] * 3, "value: got 2 curves, expected 3"),
    ],
)
def test_rewards_that_do_not_fit_the_agents_are_refused(value, agreed, said):
    """Sizes and curves must match the checks."""
    with pytest.raises(InputError, match=said):
        DataReward(value).grant(checks_with(0, 0, 0), agreed, rng=np.random.default_rng(0))


# ---------------------------------------------------------------- value curves

CURVES = st.one_of(
    st.builds(PowerLaw, st.floats(1, 1e6), st.floats(0.1, 1e6), st.floats(0.2, 2)),
    st.builds(Logarithmic, st.floats(0.1, 1e6), st.floats(0.1, 1e3)),
)


@given(CURVES, st.floats(1, 1e4))
def test_the_inverse_undoes_the_curve(curve, rows):
    """Where rows are worth something."""
    worth = curve(rows)
    if worth > 0:
        assert curve(curve.inverse(worth)) == pytest.approx(worth, rel=1e-6)


@given(CURVES)
def test_curves_start_at_nothing_and_increase_concavely(curve):
    """v(0) = 0, never falling; where positive, every row adds less than the one before."""
    worths = [curve(n) for n in range(200)]
    assert worths[0] == 0
    steps = [b - a for a, b in pairwise(worths)]
    assert all(step >= 0 for step in steps)
    positive = [step for step, worth in zip(steps, worths, strict=False) if worth > 0]
    assert all(b <= a + 1e-9 * worths[-1] for a, b in pairwise(positive))


def test_inverses_at_the_ends():
    """Nothing needs no rows, and what no number of rows is worth needs infinitely many."""
    assert (PowerLaw(5, 1).inverse(0), PowerLaw(5, 1).inverse(5)) == (0, np.inf)
    assert (Logarithmic(5, 1).inverse(-1), Logarithmic(1, 1).inverse(1000)) == (0, np.inf)


@pytest.mark.parametrize(
    ("build", "said"),
    [
        (lambda: PowerLaw(0, 1, 1), "ceiling: got 0"),
        (lambda: PowerLaw(1, 1, float("inf")), "exponent: got inf"),
        (lambda: Logarithmic(1, -1), "unit: got -1"),
    ],
)
def test_curves_need_positive_parameters(build, said):
    """The parameter is named."""
    with pytest.raises(InputError, match=said):
        build()
