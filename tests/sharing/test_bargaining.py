"""Individually rational plans: against cvxpy and Clarabel, by certificates, and by what bargaining promises."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from fairpool.ground.errors import FairpoolError, InputError
from fairpool.sharing.bargaining.baseline import (
    Objective,
    bargain,
    disagreement,
    fallback_samples,
    penalties,
    penalties_alone,
)
from fairpool.sharing.bargaining.newton_step import Aim, Point, Programs, linearise
from fairpool.sharing.bargaining.newton_step import Products as Targets
from fairpool.sharing.bargaining.scaling import gains, penalties_of, scaled, weighted_gap
from oracles import bargaining_programs as oracle

SIGMA = 1.3
PROGRAMS = {
    Objective.SOCIAL: oracle.social,
    Objective.NASH: oracle.nash,
    Objective.EGALITARIAN: oracle.egalitarian,
    Objective.KALAI_SMORODINSKY: oracle.kalai_smorodinsky,
}
objectives = pytest.mark.parametrize("objective", list(Objective))
few = settings(deadline=None, max_examples=25)


def random_costs(rng, m, d, unable=0.0, decades=4.0):
    """Log-uniform over ``decades``, a share ``unable`` infinite, at least two agents who can sample something."""
    while True:
        costs = 10.0 ** rng.uniform(-decades, 0.0, (m, d))
        costs[rng.random((m, d)) < unable] = np.inf
        able = np.isfinite(costs)
        if able.any(axis=0).all() and able.any(axis=1).sum() > 1:
            return costs


@st.composite
def instances(draw):
    """Up to four agents and three distributions, costs over three orders of magnitude, some infinite."""
    shape = draw(st.tuples(st.integers(2, 4), st.integers(1, 3)))
    costs = 10.0 ** draw(arrays(np.float64, shape, elements=st.floats(-3.0, 0.0)))
    costs[draw(arrays(np.bool_, shape, elements=st.sampled_from([False, False, False, True])))] = np.inf
    able = np.isfinite(costs)
    assume(able.any(axis=0).all() and able.any(axis=1).sum() > 1)
    return costs


def value(plan):
    """What the plan's objective makes large or small."""
    gain = plan.disagreement - plan.penalties
    match plan.objective:
        case Objective.SOCIAL:
            return plan.social_penalty
        case Objective.NASH:
            return np.log(gain).sum()
        case Objective.EGALITARIAN:
            return gain.min()
        case Objective.KALAI_SMORODINSKY:
            return (gain / (plan.disagreement - plan.ideal)).min()


def bounds(plan, costs, sigma):
    """What nobody may pay more than: SOCIAL asks only the agents who can work alone."""
    return penalties_alone(costs, sigma) if plan.objective is Objective.SOCIAL else plan.disagreement


def assert_same_optimum(costs, objective):
    """Values to 1e-6; penalties to 1e-5, which is what Clarabel's own 1e-10 in a flat optimum amounts to."""
    plan, best = bargain(costs, SIGMA, objective), PROGRAMS[objective](costs, SIGMA)
    scale = 1.0 if objective is Objective.NASH else abs(best.value)
    assert abs(value(plan) - best.value) <= 1e-6 * scale
    np.testing.assert_allclose(plan.penalties, best.penalties, rtol=1e-5)
    assert plan.gap < 1e-9


@pytest.mark.parametrize("unable", [0.0, 0.2, 0.5])
@pytest.mark.parametrize(("m", "d"), [(2, 1), (2, 4), (5, 3), (13, 2), (20, 10)])
@pytest.mark.parametrize("objective", [Objective.SOCIAL, Objective.NASH, Objective.EGALITARIAN])
def test_agrees_with_clarabel(objective, m, d, unable):
    """Costs over four orders of magnitude, from none to half of them infinite."""
    assert_same_optimum(random_costs(np.random.default_rng([m, d]), m, d, unable), objective)


@pytest.mark.parametrize("unable", [0.0, 0.3])
@pytest.mark.parametrize(("m", "d"), [(2, 2), (4, 1), (6, 4)])
def test_kalai_smorodinsky_agrees_with_clarabel(m, d, unable):
    """The ideal point, too."""
    costs = random_costs(np.random.default_rng([m, d, 7]), m, d, unable)
    assert_same_optimum(costs, Objective.KALAI_SMORODINSKY)
    ideal = bargain(costs, SIGMA, Objective.KALAI_SMORODINSKY).ideal
    np.testing.assert_allclose(ideal, oracle.ideal(costs, SIGMA), rtol=1e-7)


@few
@given(instances(), st.sampled_from(list(Objective)))
def test_no_plan_of_clarabel_is_better(costs, objective):
    """By more than 1e-6, that is; Clarabel's may be worse where gains are too small for it."""
    plan, best = bargain(costs, SIGMA, objective), PROGRAMS[objective](costs, SIGMA)
    better = best.value - value(plan)
    better = -better if objective is Objective.SOCIAL else better
    assert better <= 1e-6 * max(1.0 if objective is Objective.NASH else abs(best.value), 1e-9)


@few
@given(instances(), st.sampled_from(list(Objective)))
def test_every_plan_is_individually_rational(costs, objective):
    """Nobody pays more than without an agreement, nobody is asked for what it cannot sample."""
    plan = bargain(costs, SIGMA, objective)
    assert (plan.penalties <= bounds(plan, costs, SIGMA) * (1 + 1e-9)).all()
    assert (plan.samples >= 0.0).all()
    assert (plan.samples[np.isinf(costs)] == 0.0).all()
    np.testing.assert_array_equal(plan.penalties, penalties(plan.samples, costs, SIGMA))


@few
@given(instances(), st.sampled_from([Objective.EGALITARIAN, Objective.KALAI_SMORODINSKY]))
def test_agents_who_can_sample_anything_gain_the_same(costs, objective):
    """So penalties are unique, and there are no ties to break; agents who can sample nothing gain no less."""
    plan = bargain(costs, SIGMA, objective)
    stakes = 1.0 if plan.ideal is None else plan.disagreement - plan.ideal
    fractions = (plan.disagreement - plan.penalties) / stakes
    able = np.isfinite(costs).any(axis=1)
    np.testing.assert_allclose(fractions[able], fractions.min(), rtol=1e-4, atol=1e-8)


@few
@given(
    instances(),
    st.sampled_from(list(Objective)),
    st.floats(1e-3, 1e3),
    st.floats(1e-6, 1e6),
)
def test_units_do_not_matter(costs, objective, sigma_factor, cost_factor):
    """sigma times a and costs times b: samples times a / sqrt(b), penalties times a sqrt(b); SOCIAL may tie."""
    plan = bargain(costs, SIGMA, objective)
    rescaled = bargain(costs * cost_factor, SIGMA * sigma_factor, objective)
    factor = sigma_factor * np.sqrt(cost_factor)
    assert rescaled.social_penalty == pytest.approx(factor * plan.social_penalty, rel=1e-6)
    if objective is not Objective.SOCIAL:
        assert rescaled.samples.sum(axis=0) == pytest.approx(
            plan.samples.sum(axis=0) * sigma_factor / np.sqrt(cost_factor), rel=1e-5
        )
        np.testing.assert_allclose(rescaled.penalties, factor * plan.penalties, rtol=1e-6)


@few
@given(instances(), st.sampled_from([o for o in Objective if o is not Objective.SOCIAL]), st.data())
def test_names_of_agents_do_not_matter(costs, objective, data):
    """Agents in another order get the same penalties in that order, if no two tie for the fallback."""
    assume(all(len(np.unique(column)) == len(column) for column in np.where(np.isinf(costs), 2.0, costs).T))
    order = data.draw(st.permutations(range(len(costs))))
    plan, other = bargain(costs, SIGMA, objective), bargain(costs[order], SIGMA, objective)
    np.testing.assert_allclose(other.penalties, plan.penalties[order], rtol=1e-6)


@few
@given(instances(), st.sampled_from([o for o in Objective if o is not Objective.SOCIAL]))
def test_twins_get_equal_penalties(costs, objective):
    """Two agents who can work alone at the same costs pay the same."""
    twin = np.where(np.isinf(costs[0]), 0.5, costs[0])
    plan = bargain(np.vstack([twin, twin, costs[1:]]), SIGMA, objective)
    assert plan.penalties[0] == pytest.approx(plan.penalties[1], rel=1e-6)


@few
@given(instances())
def test_fallback_leaves_nobody_worse_off(costs):
    """The disagreement of an agent who cannot work alone is its penalty there; the others can only gain."""
    p, bound = penalties(fallback_samples(costs, SIGMA), costs, SIGMA), disagreement(costs, SIGMA)
    alone = np.isfinite(costs).all(axis=1)
    np.testing.assert_array_equal(p[~alone], bound[~alone])
    assert (p[alone] <= bound[alone] * (1 + 1e-12)).all()
    np.testing.assert_allclose(bound, oracle.disagreement(costs, SIGMA), rtol=1e-12)


@pytest.mark.parametrize("unable", [0.0, 0.3, 0.6, 0.8])
def test_there_is_an_interior(unable):
    """Whenever two agents can sample anything some plan makes everybody better off."""
    rng = np.random.default_rng(int(10 * unable))
    for _ in range(25):
        costs = random_costs(rng, int(rng.integers(2, 9)), int(rng.integers(1, 5)), unable)
        plan = bargain(costs, SIGMA, Objective.EGALITARIAN)
        assert plan.gap < 1e-9
        assert (plan.penalties < plan.disagreement).all()


@objectives
def test_more_agents_than_one_would_ever_meet(objective):
    """300 agents, 5 distributions, costs over six orders of magnitude, a third infinite: still certified."""
    size = 60 if objective is Objective.KALAI_SMORODINSKY else 300
    costs = random_costs(np.random.default_rng(1), size, 5, 0.3, decades=6.0)
    plan = bargain(costs, SIGMA, objective)
    assert plan.gap < 1e-8
    assert (plan.penalties <= bounds(plan, costs, SIGMA) * (1 + 1e-9)).all()


def test_amounts_of_nothing_are_nothing():
    """A social plan has no more entries than constraints (a vertex): m + d at most, all others exactly zero."""
    costs = random_costs(np.random.default_rng(3), 20, 10)
    assert np.count_nonzero(bargain(costs, SIGMA, Objective.SOCIAL).samples) <= 30


@objectives
def test_one_agent_who_can_sample_works_alone(objective):
    """Nobody else can contribute, so all it would accept is what it does anyway."""
    costs = np.array([[np.inf, np.inf], [0.01, 0.04], [np.inf, np.inf]])
    plan = bargain(costs, 1.0, objective)
    np.testing.assert_allclose(plan.samples, [[0.0, 0.0], [10.0, 5.0], [0.0, 0.0]])
    np.testing.assert_allclose(plan.penalties, [0.3, 0.6, 0.3])
    np.testing.assert_allclose(plan.disagreement, plan.penalties)
    assert plan.gap == 0.0


def test_agents_who_cannot_sample_put_up_with_anything_in_the_social_plan():
    """By hand: three agents, only two can sample; unconstrained N = sqrt(3 / c), and each collects half or it gains."""
    costs = np.array([[0.01], [0.01], [np.inf]])
    plan = bargain(costs, 1.0, Objective.SOCIAL)
    assert plan.samples.sum() == pytest.approx(np.sqrt(3 / 0.01), rel=1e-6)
    assert plan.social_penalty == pytest.approx(2 * np.sqrt(3 * 0.01), rel=1e-10)


def test_progress_counts_programs():
    """One for most objectives, one per agent and one more for Kalai-Smorodinsky."""
    costs, told = random_costs(np.random.default_rng(0), 4, 2), []
    bargain(costs, SIGMA, Objective.KALAI_SMORODINSKY, progress=lambda *done: told.append(done))
    assert told == [(4, 5), (5, 5)]
    told.clear()
    bargain(costs, SIGMA, Objective.NASH, progress=lambda *done: told.append(done))
    assert told == [(1, 1)]


def test_ideal_points_in_several_batches(monkeypatch):
    """However many programs are solved at once, the ideal point is the same."""
    costs = random_costs(np.random.default_rng(5), 7, 3, 0.2)
    whole = bargain(costs, SIGMA, Objective.KALAI_SMORODINSKY)
    monkeypatch.setattr("fairpool.sharing.bargaining.baseline.ENTRIES_AT_ONCE", 2 * costs.size)
    pieces = bargain(costs, SIGMA, Objective.KALAI_SMORODINSKY)
    np.testing.assert_allclose(pieces.ideal, whole.ideal, rtol=1e-9)


# What the method rests on


def test_newton_step_solves_the_linearised_equations():
    """Against a dense Jacobian by central differences, for every aim, with entries that are not allowed."""
    rng = np.random.default_rng(0)
    costs = random_costs(rng, 4, 3, 0.2, decades=2.0)
    program = scaled(costs, 1.0)
    on = program.allowed
    for aim in Aim:
        weights = np.zeros((1, 4)) if aim is Aim.PRODUCT else rng.uniform(0.5, 2.0, (1, 4))
        programs = Programs(program, program.headroom, aim, weights)
        m, entries, has_level = 4, int(on.sum()), aim is Aim.LEVEL
        start = rng.uniform(0.2, 1.0, 2 * entries + 2 * m + has_level)

        def unpacked(v, entries=entries, has_level=has_level):
            x, z = np.zeros((1, 4, 3)), np.ones((1, 4, 3))
            x[0, on], z[0, on] = v[:entries], v[entries : 2 * entries]
            rows = v[2 * entries : 2 * entries + 8]
            level = v[-1:] if has_level else np.zeros(1)
            return Point(x, level, rows[None, :4], rows[None, 4:], z)

        def residuals(v, programs=programs, has_level=has_level, unpacked=unpacked):
            p = unpacked(v)
            mu = (programs.costs_of_penalty + p.multipliers)[0]
            dual = mu[:, None] * program.prices - mu.sum() * program.error / p.samples[0].sum(axis=0) ** 2
            missed = p.slack - gains(program, program.headroom, p.samples) + programs.stakes * p.level
            parts = [(dual - p.reduced[0])[on], missed[0]]
            parts += [(p.samples * p.reduced)[0, on] - 0.1, (p.slack * p.multipliers)[0] - 0.2]
            parts += [(programs.stakes * p.multipliers).sum(axis=1) - 1.0] if has_level else []
            return np.concatenate(parts)

        h = 1e-6 * np.eye(len(start))
        jacobian = np.column_stack([(residuals(start + e) - residuals(start - e)) / 2e-6 for e in h])
        expected = unpacked(start + np.linalg.solve(jacobian, -residuals(start)))
        point = unpacked(start)
        missed = point.slack - gains(program, program.headroom, point.samples) + programs.stakes * point.level
        targets = Targets(np.full((1, 4, 3), 0.1), np.full((1, 4), 0.2))
        moved = point.moved(linearise(programs, point, missed).step(targets), np.ones(1))
        for name in ("samples", "level", "slack", "multipliers", "reduced"):
            np.testing.assert_allclose(getattr(moved, name), getattr(expected, name), atol=1e-6, err_msg=name)


@few
@given(instances(), st.data())
def test_certificate_is_the_distance_to_the_closed_form(costs, data):
    """sum mu p(x) - 2 sqrt(M) sum_k e_k sqrt(min_i mu_i r_ik), and no random plan is below that bound."""
    rng = np.random.default_rng(data.draw(st.integers(0, 10**6)))
    program = scaled(costs, SIGMA)
    mu = rng.uniform(0.1, 2.0, (6, len(costs)))
    x = np.where(program.allowed, rng.uniform(0.01, 2.0, (6, *costs.shape)), 0.0)
    least = np.where(program.allowed, mu[:, :, None] * program.ratio, np.inf).min(axis=1)
    bound = 2 * np.sqrt(mu.sum(axis=1)) * (np.sqrt(least) @ program.error)
    weighted = (mu * penalties_of(program, x)).sum(axis=1)
    np.testing.assert_allclose(weighted_gap(program, x, mu), weighted - bound, rtol=1e-9, atol=1e-9)
    assert (weighted >= bound - 1e-9).all()


@few
@given(instances())
def test_gains_in_natural_units(costs):
    """D - p, once by the definitions and once by the form without cancellation."""
    program = scaled(costs, SIGMA)
    n = np.where(program.allowed, 0.7 * program.amounts, 0.0)
    expected = (disagreement(costs, SIGMA) - penalties(n, costs, SIGMA)) / program.unit
    found = gains(program, program.headroom, (n / program.amounts)[None])[0]
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12 * np.abs(expected).max())


# Bad input


@pytest.mark.parametrize("sigma", [0.0, -1.0, np.nan, np.inf])
def test_sigma_must_be_positive_and_finite(sigma):
    """The message says what was got."""
    with pytest.raises(InputError, match=f"sigma: got {sigma}"):
        bargain(np.ones((2, 1)), sigma, Objective.NASH)


@pytest.mark.parametrize(
    ("costs", "message"),
    [
        ([1.0, 2.0], "got an array of 1 dimensions"),
        ([[1.0, 2.0]], "got 1 agents and 2 distributions"),
        (np.ones((3, 0)), "got 3 agents and 0 distributions"),
        ([[1.0, 1.0], [1.0, -2.0]], "agent 2, distribution 2: got -2.0"),
        ([[1.0], [0.0]], "agent 2, distribution 1: got 0.0"),
        ([[np.nan], [1.0]], "agent 1, distribution 1: got nan"),
        ([[1.0, np.inf], [np.inf, np.inf]], "distribution 2: every cost is infinite"),
    ],
)
def test_costs_that_make_no_instance(costs, message):
    """The message names agent and distribution, counted from 1."""
    for call in (penalties_alone, fallback_samples, disagreement):
        with pytest.raises(InputError, match=message):
            call(costs, 1.0)
    with pytest.raises(InputError, match=message):
        bargain(costs, 1.0, Objective.SOCIAL)


def test_samples_of_another_shape_than_the_costs():
    """They are refused rather than broadcast."""
    with pytest.raises(
        InputError, match=r"got an array of shape \(1,\), expected the shape of the costs, \(2, 1\)"
    ):
        penalties([1.0], [[1.0], [1.0]], 1.0)


def test_penalties_at_the_edges():
    """No samples of an infinite cost are free; without any samples of something the error is infinite."""
    costs = np.array([[1.0, np.inf], [np.inf, 4.0]])
    np.testing.assert_allclose(penalties([[1.0, 0.0], [0.0, 0.5]], costs, 1.0), [1 + 2 + 1, 1 + 2 + 2])
    assert np.isinf(penalties([[1.0, 0.0], [0.0, 0.0]], costs, 1.0)).all()
    assert penalties([[1.0, 1.0], [0.0, 0.0]], costs, 1.0)[0] == np.inf
    np.testing.assert_array_equal(penalties_alone(costs, 1.0), [np.inf, np.inf])


def test_a_plan_that_cannot_be_certified_is_an_error(monkeypatch):
    """Never a plan of unknown quality: the message says how close the method came."""
    monkeypatch.setattr("fairpool.sharing.bargaining.interior_point.MOST_STEPS", 3)
    with pytest.raises(FairpoolError, match="came within"):
        bargain(random_costs(np.random.default_rng(0), 5, 2), SIGMA, Objective.NASH)
