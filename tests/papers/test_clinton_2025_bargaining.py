"""Clinton, Chen, Zhu and Kandasamy, Data Sharing for Mean Estimation Among Heterogeneous Strategic Agents, ICML 2025.

The plans of eq. 7 and of the bargaining solutions; numbers to three or four digits are those of the worked examples.
"""

from __future__ import annotations

import numpy as np
import pytest

from fairpool.sharing.bargaining.baseline import Objective, bargain, penalties, penalties_alone

THREE = np.array([[0.001], [0.004], [0.009]])


def test_working_alone():
    """p^IND = 2 sigma sqrt(c), attained by sigma / sqrt(c) samples."""
    np.testing.assert_allclose(penalties_alone(THREE, 1.0), [0.0632, 0.1265, 0.1897], atol=5e-5)
    for cost, alone in zip(THREE[:, 0], penalties_alone(THREE, 1.0), strict=True):
        n = 1.0 / np.sqrt(cost)
        assert 1.0 / n + cost * n == pytest.approx(alone, rel=1e-14)


def test_social_plan_of_three_agents():
    """The cheapest agent may not be worse off than alone, so the next one helps out; the third only profits."""
    plan = bargain(THREE, 1.0, Objective.SOCIAL)
    np.testing.assert_allclose(plan.samples[:, 0], [37.43, 1.30, 0.0], atol=5e-3)
    np.testing.assert_allclose(plan.penalties, [0.0632, 0.0310, 0.0258], atol=5e-5)
    assert plan.penalties[0] == pytest.approx(2 * np.sqrt(0.001), rel=1e-9)
    assert plan.samples[2, 0] == 0.0
    assert plan.social_penalty == pytest.approx(0.1201, abs=5e-5)


def test_unconstrained_optimum_is_out_of_reach():
    """2 sigma sqrt(m) sqrt(min c) = 0.10954 would leave the one agent who collects worse off than alone."""
    least = 2 * np.sqrt(3 * 0.001)
    assert least == pytest.approx(0.10954, abs=5e-6)
    n = np.array([[np.sqrt(3 / 0.001)], [0.0], [0.0]])
    p = penalties(n, THREE, 1.0)
    assert p.sum() == pytest.approx(least, rel=1e-14)
    assert p[0] > penalties_alone(THREE, 1.0)[0]
    assert bargain(THREE, 1.0, Objective.SOCIAL).social_penalty > least


def test_nash_plan_of_three_agents():
    """Everybody collects, the cheapest most; the sum of penalties is half as large again as the social plan's."""
    plan = bargain(THREE, 1.0, Objective.NASH)
    np.testing.assert_allclose(plan.samples[:, 0], [22.09, 10.79, 4.02], atol=5e-3)
    np.testing.assert_allclose(plan.penalties, [0.0492, 0.0703, 0.0632], atol=5e-5)
    assert plan.social_penalty == pytest.approx(0.1827, abs=5e-5)


def test_egalitarian_plan_is_limited_by_the_cheapest_agent():
    """Agent 1 has least to gain; all gain what it gains, and less than half of what agent 3 gains by Nash."""
    plan = bargain(THREE, 1.0, Objective.EGALITARIAN)
    gains = plan.disagreement - plan.penalties
    np.testing.assert_allclose(gains, gains[0], rtol=1e-9)
    assert gains[0] < penalties_alone(THREE, 1.0)[0]
    nash = bargain(THREE, 1.0, Objective.NASH)
    assert gains[2] < 0.5 * (nash.disagreement - nash.penalties)[2]


def test_kalai_smorodinsky_equalises_fractions_of_the_largest_gains():
    """(p^IND - p_i) / (p^IND - p_i^best) is the same for all; the mean of the ideal plans gives 1/3 or more."""
    plan = bargain(THREE, 1.0, Objective.KALAI_SMORODINSKY)
    fractions = (plan.disagreement - plan.penalties) / (plan.disagreement - plan.ideal)
    np.testing.assert_allclose(fractions, fractions[0], rtol=1e-9)
    assert 1 / 3 <= fractions[0] < 1.0


@pytest.mark.parametrize("objective", [Objective.NASH, Objective.EGALITARIAN, Objective.KALAI_SMORODINSKY])
def test_five_equal_agents_share_the_work(objective):
    """n = sigma / sqrt(c m) = 14.14 each, and the sum of penalties is the least there is, 2 sqrt(m c)."""
    plan = bargain(np.full((5, 1), 0.001), 1.0, objective)
    np.testing.assert_allclose(plan.samples, 1 / np.sqrt(0.005), rtol=1e-6)
    assert plan.social_penalty == pytest.approx(2 * np.sqrt(0.005), rel=1e-9)


def test_five_equal_agents_at_least_social_penalty():
    """2 sqrt(m c) = 0.141421, however the work is divided."""
    plan = bargain(np.full((5, 1), 0.001), 1.0, Objective.SOCIAL)
    assert plan.social_penalty == pytest.approx(0.141421, abs=5e-7)
    assert plan.samples.sum() == pytest.approx(np.sqrt(5 / 0.001), rel=1e-6)


def test_social_plan_without_binding_constraints():
    """Each cheap where the other is dear: N_k = sigma sqrt(m / min c), P = 2 sigma sqrt(m) sum sqrt(min c)."""
    costs = np.array([[0.001, 0.1], [0.1, 0.001]])
    plan = bargain(costs, 2.0, Objective.SOCIAL)
    np.testing.assert_allclose(plan.samples, 2 * np.sqrt(2 / 0.001) * np.eye(2), rtol=1e-6)
    assert plan.social_penalty == pytest.approx(2 * 2 * np.sqrt(2) * 2 * np.sqrt(0.001), rel=1e-10)
