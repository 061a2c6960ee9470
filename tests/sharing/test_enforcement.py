"""Enforceable plans: the four cases, the edges between them, and alpha from G."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from fairpool.sharing.bargaining.baseline import Objective
from fairpool.sharing.certificate import certify
from fairpool.sharing.enforcement.corruption import corruption_level, expected_error
from fairpool.sharing.enforcement.enforcement import Role, enforceable, enforceable_in_whole, whole_alone
from fairpool.sharing.mechanisms.heterogeneous import Heterogeneous
from oracles import heterogeneous as oracle

many = settings(max_examples=100)


def names(plan, k=0):
    """The names of the roles for distribution k."""
    return [Role(one).name for one in plan.roles[:, k]]


@st.composite
def any_plans(draw, least=2, most=8):
    """(samples (m, 1), costs, sigma): any amounts, not only those somebody would bargain for; some zero, some inf."""
    m = draw(st.integers(least, most))
    sigma = 10.0 ** draw(st.floats(-6, 6))
    alone = np.array(draw(st.lists(st.floats(5, 50), min_size=m, max_size=m)))
    shares = np.array(draw(st.lists(st.one_of(st.just(0.0), st.floats(0.02, 1.05)), min_size=m, max_size=m)))
    costs = (sigma / alone) ** 2
    unable = np.array(draw(st.lists(st.integers(0, 9), min_size=m, max_size=m))) == 0
    unable[0] = False
    samples = np.where(unable, 0.0, shares * alone)
    return samples[:, None], np.where(unable, np.inf, costs)[:, None], sigma


def on_an_edge(samples, costs, sigma):
    """Whether rounding could turn (8) or membership of V_k either way."""
    alone = sigma / np.sqrt(costs)
    at_half = np.isclose(samples, alone / 2, rtol=1e-6, atol=0.0) & (samples > 0)
    return oracle.favourable(samples[:, 0], costs[:, 0], sigma) is None or at_half.any()


@many
@given(any_plans())
def test_any_plan_becomes_enforceable(instance):
    """Whatever was planned: amounts and roles of the four cases, alpha a zero of G, a best response, rational."""
    samples, costs, sigma = instance
    assume(samples.any() and not on_an_edge(*instance))
    plan = enforceable(samples, costs, sigma)
    holds = oracle.favourable(samples[:, 0], costs[:, 0], sigma)
    amounts, expected = oracle.roles(samples[:, 0], costs[:, 0], sigma, holds=holds)
    assert (plan.favourable[0], names(plan)) == (holds, expected)
    np.testing.assert_allclose(plan.samples[:, 0], amounts, rtol=1e-12)
    found = plan.penalties_by_distribution()[:, 0]
    for i, role in enumerate(expected):
        n, total, cost = plan.samples[i, 0], plan.totals[0], costs[i, 0]
        alpha = plan.alpha[i, 0]
        assert math.isnan(alpha) == (role != oracle.CHECKED)
        if role == oracle.CHECKED:
            assert alpha == pytest.approx(oracle.root_of_g(n, total, cost, sigma), rel=1e-6)
        assert found[i] == pytest.approx(
            float(oracle.penalty(role, n, n, total, alpha, cost, sigma)), rel=1e-10
        )
        assert oracle.best_response(role, n, total, alpha, cost, sigma)[1] >= found[i] * (1 - 1e-8)
        assert found[i] <= oracle.alone(cost, sigma) * (1 + 1e-9)


@many
@given(any_plans())
def test_bounds_hold_for_any_plan(instance):
    """Per agent at most 4 times the plan's penalty where (8) holds; else (m + 1)/(2 sqrt m) times the least sum."""
    samples, costs, sigma = instance
    plan = enforceable(samples, costs, sigma)
    after = plan.penalties()
    if plan.favourable[0]:
        assert (after <= 4 * oracle.penalties(samples, costs, sigma) * (1 + 1e-9)).all()
    else:
        m = len(costs)
        least = oracle.unconstrained_optimum(costs, sigma)[0]
        assert after.sum() == pytest.approx((m + 1) / (2 * math.sqrt(m)) * least, rel=1e-12)


def test_four_is_nearly_reached():
    """400 agents, each asked for half of what it would collect alone: the factor of the bound cannot be lowered."""
    a, m = 100.0, 400
    samples = np.full((m, 1), a / 2)
    plan = enforceable(samples, np.full((m, 1), 1 / a**2), 1.0)
    factor = plan.penalties() / oracle.penalties(samples, np.full((m, 1), 1 / a**2), 1.0)
    assert names(plan) == ["ALONE"] * m
    assert 3.95 < factor.max() < 4


@pytest.mark.parametrize("scale", [1e-6, 1e-3, 1e3, 1e6])
@pytest.mark.parametrize("whole", [False, True])
def test_units_do_not_matter(scale, whole):
    """sigma times s and costs times s^2 is the same plan, with penalties times s^2."""
    make = enforceable_in_whole if whole else enforceable
    samples = np.array([[16.0, 3.0], [4.0, 4.0], [5.0, 4.0], [9.0, 5.0], [0.0, 6.0]])
    costs = np.full((5, 2), 1 / 30.0**2) * np.array([1.0, 2.5])
    one, other = make(samples, costs, 1.0), make(samples, costs * scale**2, scale)
    np.testing.assert_array_equal(one.roles, other.roles)
    np.testing.assert_allclose(other.samples, one.samples, rtol=1e-12)
    np.testing.assert_allclose(other.alpha, one.alpha, rtol=1e-9)
    np.testing.assert_allclose(other.penalties(), one.penalties() * scale**2, rtol=1e-9)
    assert {Role.ALONE, Role.CHECKED, Role.GETS_MEAN} <= set(one.roles.ravel().tolist())


def test_agents_may_come_in_any_order():
    """Apart from ties for the cheapest, which the first one wins."""
    costs, sigma = oracle.instance(7)
    samples = Heterogeneous.of(costs, sigma, objective=Objective.NASH).baseline.samples
    order = np.random.default_rng(0).permutation(len(costs))
    straight, mixed = enforceable(samples, costs, sigma), enforceable(samples[order], costs[order], sigma)
    np.testing.assert_allclose(mixed.samples, straight.samples[order], rtol=1e-12)
    np.testing.assert_allclose(mixed.alpha, straight.alpha[order], rtol=1e-9)
    tied = enforceable(np.zeros((4, 1)), np.array([[4.0], [1.0], [1.0], [np.inf]]) * 1e-2, 1.0)
    assert names(tied) == ["GETS_MEAN", "COLLECTS_FOR_ALL", "GETS_MEAN", "GETS_MEAN"]


@given(st.floats(0.001, 0.49), st.floats(-4, 3), st.floats(0, 3), st.floats(-6, 6))
def test_g_has_a_root_iff_n_is_below_half_and_the_total_above_one_amount_alone(share, excess, extra, power):
    """n < sigma/(2 sqrt c) and c > sigma^2/T^2, both strictly; elsewhere corruption_level is nan."""
    sigma = 10.0**power
    n = 100.0
    total = 2 * n * (1 + 10.0 ** (extra - 1.5))
    for alone, exists in [
        (2 * n + (total - 2 * n) * share, True),
        (2 * n * (1 - 10.0 ** (excess - 4)), False),
        (total * (1 + 10.0**excess), False),
    ]:
        cost = (sigma / alone) ** 2
        found = float(corruption_level(n, n, total - 2 * n, cost, sigma=sigma))
        root = oracle.root_of_g(n, total, cost, sigma)
        assert (root is not None) == exists
        assert math.isfinite(found) == exists
        if exists:
            assert found == pytest.approx(root, rel=1e-6)


def test_the_least_root_is_taken_and_there_is_one():
    """G changes sign once: there is nothing to choose among (500 random n, T, c)."""
    r = np.random.default_rng(1)
    for _ in range(500):
        n = 10.0 ** r.uniform(0, 3)
        alone = n * (2 + 10.0 ** r.uniform(-2, 3))
        total = alone * (1 + 10.0 ** r.uniform(-2, 3))
        levels = np.sqrt(n) * np.logspace(-2.5, 7, 1500)
        value, size = oracle.printed_g(levels, n, total, 1 / alone**2, 1.0)
        sign = np.sign(value)[np.abs(value) > 1e-11 * size]
        assert np.count_nonzero(np.diff(sign)) <= 1


def test_exactly_half_of_what_it_would_collect_alone_is_alone():
    """n = a/2 is the smallest amount no corruption enforces; n just below it takes nearly total corruption."""
    a, others = 100.0, [[30.0]] * 5
    costs = np.full((6, 1), 1 / a**2)
    assert names(enforceable(np.array([[50.0], *others]), costs, 1.0))[0] == "ALONE"
    for gap in [1e-2, 1e-4, 1e-6, 1e-8]:
        plan = enforceable(np.array([[50.0 * (1 - gap)], *others]), costs, 1.0)
        assert names(plan)[0] == "CHECKED"
        drowned = 1 / (2 * 50.0) + 50.0 / a**2
        assert plan.penalties()[0] == pytest.approx(drowned, rel=3 * gap)


@pytest.mark.parametrize("gap", [1e-16, 1e-15, 1e-14, 1e-13, 1e-12, 1e-11, 1e-10])
def test_whoever_is_checked_has_a_corruption_level(gap):
    """However near n is to a/2: no alpha, no release, so the agent must then be one of V_k."""
    plan = enforceable(
        np.array([[np.nextafter(50.0 * (1 - gap), 0)], *[[30.0]] * 5]), np.full((6, 1), 1e-4), 1.0
    )
    np.testing.assert_array_equal(np.isfinite(plan.alpha), plan.roles == Role.CHECKED)


@pytest.mark.parametrize(
    ("sigma", "cost", "half"), [(0.9, 0.0009, 15), (0.9, 0.000225, 30), (1.1, 0.000484, 25)]
)
def test_four_equal_agents_in_whole_samples(sigma, cost, half):
    """Nash asks each for exactly a/2, which no corruption enforces; rounding of sigma/sqrt(c) must not hide that."""
    mechanism = Heterogeneous.of(np.full((4, 1), cost), sigma, objective=Objective.NASH).whole()
    assert mechanism.baseline.samples[:, 0] == pytest.approx([half] * 4, rel=1e-6)
    np.testing.assert_array_equal(
        np.isfinite(mechanism.enforced.alpha), mechanism.enforced.roles == Role.CHECKED
    )
    assert certify(mechanism).holds
    rows = [[np.arange(n)] for n in mechanism.enforced.samples[:, 0].astype(int)]
    for one in mechanism.release(rows, rng=np.random.default_rng(0)):
        assert np.isfinite(one.mean).all()


@pytest.mark.parametrize("gap", [0.0, 1e-15, 1e-12, 1e-9, 1e-6, 1e-3])
def test_a_total_of_just_one_amount_alone_needs_next_to_no_corruption(gap):
    """T = a: the last sample is worth its cost, so an honest agent is content; alpha grows from 0 like sqrt(T - a)."""
    plan = enforceable(np.array([[20.0 * (1 + gap)]] * 5 + [[0.0]]), np.full((6, 1), 1e-4), 1.0)
    assert names(plan) == ["CHECKED"] * 5 + ["GETS_MEAN"]
    assert 0 <= plan.alpha[0, 0] <= 10 * math.sqrt(gap)
    assert (plan.alpha[0, 0] == 0) == (gap < 1e-13)
    assert plan.penalties()[0] == pytest.approx(1 / 100 + 20 / 1e4, rel=2 * gap + 1e-12)


@pytest.mark.parametrize("cost", [1e-12, 1e-9, 1e-6, 1e-3])
def test_alpha_is_found_however_small_the_cost(cost):
    """alpha/sqrt(n) depends on shares alone: 10 equal agents have the same however many samples they collect."""
    n = 1 / math.sqrt(10 * cost)
    alpha = float(corruption_level(n, n, 8 * n, cost, sigma=1.0))
    assert alpha / math.sqrt(n) == pytest.approx(1.6049101658912936, rel=1e-9)
    assert alpha == pytest.approx(oracle.root_of_g(n, 10 * n, cost, 1.0), rel=1e-9)


def test_the_quickest_integral_and_the_adaptive_one_agree():
    """The oracle's two, and the closed form under test, over many orders of magnitude."""
    r = np.random.default_rng(3)
    for _ in range(60):
        t, n, w = np.exp(r.uniform(-3, 8, 3))
        alpha = math.exp(r.uniform(-10, 12))
        quick = float(oracle.errors(t, n, w, alpha))
        assert quick == pytest.approx(oracle.adaptive_error(t, n, w, alpha), rel=1e-7)
        assert float(expected_error(t, n, w, alpha, sigma=1.0)) == pytest.approx(quick, rel=1e-12)


@given(any_plans())
def test_deviations_cost_what_the_integral_says(instance):
    """penalties_if_collected of 0, a little, the plan's amount and a lot, one amount for everybody or each its own."""
    samples, costs, sigma = instance
    plan = enforceable(samples, costs, sigma)
    assume(not on_an_edge(*instance))
    amounts = np.array([0.0, 0.3, 7.0, 200.0])[:, None, None] * np.ones_like(costs)
    amounts = np.where(np.isinf(costs), 0.0, amounts)
    found = plan.penalties_if_collected(amounts)
    for (s, i, k), got in np.ndenumerate(found):
        args = (plan.samples[i, k], plan.totals[k], plan.alpha[i, k], costs[i, k], sigma)
        expected = float(oracle.penalty(Role(plan.roles[i, k]).name, amounts[s, i, k], *args))
        assert got == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(("planned", "whole"), [(2.4, 3.0), (2.6, 3.0), (3.4, 3.0), (4.2, 4.0)])
def test_rounding_leaves_enough(planned, whole):
    """Five agents; alone each would collect 11.5. 2.4 each is rounded up, 5 x 2 were too few; else to the nearest."""
    costs = np.full((5, 1), 1 / 11.5**2)
    plan = enforceable_in_whole(np.full((5, 1), planned), costs, 1.0)
    assert plan.favourable[0]
    assert names(plan) == ["CHECKED"] * 5
    np.testing.assert_array_equal(plan.samples, whole)


@given(st.floats(0.05, 2000), st.floats(-6, 6))
def test_best_whole_number_alone(alone, power):
    """Against trying every whole number."""
    sigma = 10.0**power
    cost = (sigma / alone) ** 2
    amount, least = oracle.alone_in_whole(cost, sigma)
    found = float(whole_alone(np.array([[cost]]), sigma)[0, 0])
    assert sigma**2 / found + cost * found == pytest.approx(least, rel=1e-12)
    assert found >= 1
    assert abs(found - amount) <= 1


@pytest.mark.parametrize(
    "costs",
    [
        10.0 ** np.random.default_rng(1).uniform(-12, 0, (8, 4)),
        10.0 ** np.random.default_rng(2).uniform(-6, 6, (8, 4)),
        np.array([[1e-3], [4.0]]),
        np.full((2, 1), 1e-3),
        np.array([[1e-3], [np.inf], [np.inf]]),
        np.array([[1e-3, np.inf], [np.inf, 1e-2], [np.inf, np.inf]]),
        np.array([[1.0, 1.0, 2.0], [1.0, 2.0, 1.0], [2.0, 1.0, 1.0]]) * 1e-3,
    ],
    ids=["twelve orders", "and above one", "two agents", "two equal", "one able", "one able each", "ties"],
)
@pytest.mark.parametrize("objective", Objective)
def test_extreme_costs(costs, objective):
    """A certified plan that the slow search confirms, in real numbers and in whole ones."""
    mechanism = Heterogeneous.of(costs, 1.0, objective=objective)
    for one, search in [
        (mechanism, oracle.best_response),
        (mechanism.whole(), oracle.best_whole_response),
    ]:
        certificate = certify(one)
        assert certificate.nash_incentive_compatible
        assert certificate.individually_rational
        plan = one.enforced
        found = plan.penalties_by_distribution()
        for (i, k), role in np.ndenumerate(plan.roles):
            args = (plan.samples[i, k], plan.totals[k], plan.alpha[i, k], costs[i, k], 1.0)
            least = search(Role(role).name, *args)[1]
            assert least >= found[i, k] * (1 - 1e-8)


@pytest.mark.long
@pytest.mark.parametrize(("agents", "distributions"), [(1000, 5), (30, 200)])
@pytest.mark.parametrize("similar", [True, False])
def test_large_instances(agents, distributions, similar):
    """Certified; agents with costs within a fifth share, agents with costs over four orders of magnitude do not."""
    r = np.random.default_rng(5)
    costs = 10.0 ** r.uniform(-4, 0, (agents, distributions))
    if similar:
        costs = 1e-3 * np.outer(np.exp(r.uniform(0, 0.2, agents)), np.exp(r.uniform(0, 0.05, distributions)))
    mechanism = Heterogeneous.of(costs, 1.0, objective=Objective.NASH)
    assert mechanism.favourable == similar
    assert certify(mechanism).holds
    assert certify(mechanism.whole()).holds
