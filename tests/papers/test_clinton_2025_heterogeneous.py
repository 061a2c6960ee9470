"""Clinton, Chen, Zhu and Kandasamy, Data Sharing for Mean Estimation Among Heterogeneous Strategic Agents, ICML 2025.

The mechanism: condition (8), the equation G_ik(alpha) = 0, the bounds 8 and 8 sqrt(m).  Worked numbers were derived
from the reading notes of the paper, by hand or by the oracle; how a plan is made enforceable is this project's own.
"""

from __future__ import annotations

import math

import numpy as np
import pytest

from fairpool.sharing.bargaining.baseline import Objective
from fairpool.sharing.certificate import certify
from fairpool.sharing.enforcement.enforcement import Role
from fairpool.sharing.mechanisms.c3d import C3D
from fairpool.sharing.mechanisms.heterogeneous import Heterogeneous
from fairpool.sharing.terms import SharingTerms
from oracles import heterogeneous as oracle

THREE = np.array([[0.001], [0.004], [0.009]])


def names(mechanism, k=0):
    return [Role(one).name for one in mechanism.enforced.roles[:, k]]


def hardness(agents, cheap=1e-3, dear=1e3):
    """Agent 1 samples the first distribution at low cost, agent 2 the second, everybody else at a very high one."""
    costs = np.full((agents, 2), dear)
    costs[0, 0] = costs[1, 1] = cheap
    return costs


@pytest.mark.parametrize("seed", range(8))
def test_g_is_the_first_order_condition(seed):
    """G as printed is zero where the slope of sigma^2 E[...] + c t at t = n is, for T = 2 n + |Z'| (8 instances)."""
    r = np.random.default_rng(seed)
    sigma, n = 10.0 ** r.uniform(-1, 1), 10.0 ** r.uniform(0, 3)
    alone = n * r.uniform(2.2, 6)
    total = alone * r.uniform(1.1, 5)
    cost = (sigma / alone) ** 2
    alpha = oracle.root_of_g(n, total, cost, sigma)
    step = 1e-3 * n
    ahead = np.array([1.0, -8.0, 8.0, -1.0]) / 12  # fourth-order difference quotient
    t = n + step * np.array([-2.0, -1.0, 1.0, 2.0])
    slope = (ahead * oracle.errors(t, n, total - 2 * n, alpha, sigma=sigma)).sum() / step
    assert slope == pytest.approx(-cost, rel=1e-8)


def test_g_has_a_root_only_below_half_of_what_one_would_collect_alone():
    """n < sigma/(2 sqrt c): the analogue of m > 4; and c > sigma^2/T^2."""
    for n, total, exists in [
        (49.9, 150.0, True),
        (50.1, 150.0, False),
        (40.0, 100.1, True),
        (40.0, 99.9, False),
    ]:
        assert (oracle.root_of_g(n, total, 1e-4, 1.0) is not None) == exists


def test_alpha_may_be_below_the_root_of_n():
    """Low total, hardly any reason to over-collect: the paper's range alpha > sqrt(n) does not hold for every plan."""
    assert oracle.root_of_g(40.0, 101.0, 1e-4, 1.0) < math.sqrt(40.0)


def test_the_social_plan_of_three_agents_is_not_favourable():
    """Agent 1's 37.43 exceed the 31.62 it would collect alone, so it collects for all: 0.06325 + 2 x 0.03162."""
    mechanism = Heterogeneous.of(THREE, 1.0)
    assert not mechanism.favourable
    assert mechanism.bound == pytest.approx(8 * math.sqrt(3))
    assert names(mechanism) == ["COLLECTS_FOR_ALL", "GETS_MEAN", "GETS_MEAN"]
    np.testing.assert_allclose(mechanism.enforced.samples[:, 0], [31.6228, 0, 0], atol=5e-5)
    np.testing.assert_allclose(
        mechanism.enforced.penalties(), np.array([2, 1, 1]) * math.sqrt(1e-3), rtol=1e-12
    )
    np.testing.assert_allclose(mechanism.penalties_alone, [0.0632, 0.1265, 0.1897], atol=5e-5)
    assert mechanism.ratio == pytest.approx(0.126491 / 0.1201, rel=5e-4)
    assert mechanism.social_penalty == pytest.approx(4 / (2 * math.sqrt(3)) * 0.10954, rel=1e-4)


def test_the_nash_plan_of_three_agents_is_favourable():
    """n = (22.09, 10.79, 4.02): agents 1 and 2 are above half of 31.62 and 15.81, agent 3 below half of 10.54."""
    mechanism = Heterogeneous.of(THREE, 1.0, objective=Objective.NASH)
    assert mechanism.favourable
    assert mechanism.bound == 8
    assert names(mechanism) == ["ALONE", "ALONE", "CHECKED"]
    np.testing.assert_allclose(mechanism.enforced.samples[:, 0], [31.62, 15.81, 4.02], atol=5e-3)
    n, total = mechanism.enforced.samples[2, 0], mechanism.enforced.totals[0]
    alpha = oracle.root_of_g(n, total, 0.009, 1.0)
    assert mechanism.enforced.alpha[2, 0] == pytest.approx(alpha, rel=1e-9)
    third = float(oracle.penalty(oracle.CHECKED, n, n, total, alpha, 0.009, 1.0))
    penalties = [2 * math.sqrt(0.001), 2 * math.sqrt(0.004), third]
    np.testing.assert_allclose(mechanism.enforced.penalties(), penalties, rtol=1e-9)
    assert mechanism.ratio_to_baseline == pytest.approx(sum(penalties) / 0.1827, rel=1e-3)
    assert certify(mechanism).holds


def test_five_equal_agents():
    """n = 14.14 = sigma/sqrt(c m), sum 0.141421 = 2 sqrt(m c) if all were honest for nothing."""
    mechanism = Heterogeneous.of(np.full((5, 1), 1e-3), 1.0, objective=Objective.NASH)
    np.testing.assert_allclose(mechanism.enforced.samples, 14.1421, atol=5e-5)
    assert mechanism.baseline.social_penalty == pytest.approx(0.141421, abs=5e-7)
    assert names(mechanism) == ["CHECKED"] * 5
    assert 1 < mechanism.ratio < 2


@pytest.mark.parametrize("m", [5, 6, 10, 50])
@pytest.mark.parametrize("objective", [Objective.NASH, Objective.EGALITARIAN, Objective.KALAI_SMORODINSKY])
def test_equal_agents_are_c3d(m, objective):
    """The plan, alpha and penalty of the mechanism for equal agents, coordinate by coordinate."""
    sigma, cost = 1.7, 2e-3
    c3d = C3D.published(SharingTerms(m, sigma, cost))
    mechanism = Heterogeneous.of(np.full((m, 2), cost), sigma, objective=objective)
    np.testing.assert_allclose(mechanism.enforced.samples.sum(axis=0), m * c3d.samples, rtol=1e-6)
    if objective is Objective.NASH:
        np.testing.assert_allclose(mechanism.enforced.samples, c3d.samples, rtol=1e-6)
        np.testing.assert_allclose(mechanism.enforced.alpha, c3d.alpha, rtol=1e-5)
    np.testing.assert_allclose(mechanism.enforced.penalties().mean(), 2 * c3d.plan().penalty, rtol=1e-5)
    assert mechanism.ratio_to_baseline == pytest.approx(c3d.plan().ratio, rel=1e-5)


@pytest.mark.parametrize("m", [2, 3, 4])
def test_four_equal_agents_and_fewer_keep_to_themselves(m):
    """sigma/sqrt(c m) is at least half of sigma/sqrt(c): nobody can be checked (m <= 4 of the symmetric mechanism)."""
    mechanism = Heterogeneous.of(np.full((m, 1), 1e-3), 1.0, objective=Objective.NASH)
    penalty = 2 * math.sqrt(1e-3)
    np.testing.assert_allclose(mechanism.enforced.penalties(), penalty, rtol=1e-5)
    assert certify(mechanism).holds


@pytest.mark.parametrize("m", [4, 16, 64, 100])
def test_candidate_hardness_instance(m):
    """Nobody can check agent 1 on the first distribution: the ratio is (m + 1)/(2 sqrt m), of the bound's order."""
    mechanism = Heterogeneous.of(hardness(m), 1.0)
    assert mechanism.optimum.social_penalty == pytest.approx(4 * math.sqrt(m * 1e-3), rel=1e-3)
    assert math.sqrt(m) / 2 <= mechanism.ratio <= 8 * math.sqrt(m)
    assert mechanism.ratio == pytest.approx((m + 1) / (2 * math.sqrt(m)), rel=1e-3)
    assert certify(mechanism).holds
    assert not mechanism.favourable


@pytest.mark.parametrize("m", [4, 16, 64, 100])
@pytest.mark.parametrize("objective", Objective)
def test_hardness_with_agents_that_cannot_sample_at_all(m, objective):
    """Infinite in place of very high costs; every objective."""
    mechanism = Heterogeneous.of(hardness(m, dear=np.inf), 1.0, objective=objective)
    assert math.sqrt(m) / 2 <= mechanism.ratio <= 8 * math.sqrt(m)
    assert certify(mechanism).holds


@pytest.mark.parametrize("objective", Objective)
@pytest.mark.parametrize("seed", range(5))
def test_fairness(objective, seed):
    """On each bargaining solution the mechanism is NIC, IR and an 8-approximation where (8) holds."""
    r = np.random.default_rng(seed)
    costs = 1e-3 * np.outer(1 + 0.3 * r.random(9), 10.0 ** r.uniform(0, 2, 3))
    mechanism = Heterogeneous.of(costs, 1.0, objective=objective)
    certificate = certify(mechanism)
    assert certificate.nash_incentive_compatible
    assert certificate.individually_rational
    assert mechanism.ratio_to_baseline <= (8 if mechanism.favourable else 8 * 3)
