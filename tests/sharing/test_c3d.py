"""C3D in its three forms: plans are best responses, whole plans serve best, and rounds of real rows cost what they say.

A round with d coordinates of normal data is d independent rounds of one coordinate, which is how errors are simulated.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar

from fairpool.sharing.enforcement.corruption import corruption_level, expected_error
from fairpool.sharing.mechanisms.c3d import C3D
from fairpool.sharing.terms import SharingTerms
from oracles.sharing_quadrature import algorithm_1, error, marginal, recommended, within


def terms_of(agents, alone, *, sigma=1.0, coordinates=1):
    """Terms under which an agent that works alone collects ``alone`` samples."""
    return SharingTerms(agents, sigma, coordinates * sigma**2 / alone**2, coordinates)


def best_alone(terms):
    """The penalty of the best whole number of samples when nothing is shared."""
    d, variance = terms.coordinates, terms.sigma**2
    return min(d * variance / n + terms.cost * n for n in range(1, math.ceil(terms.samples_alone) + 2))


plans = st.builds(
    lambda m, alone, tuned: (C3D.tuned if tuned else C3D.published)(terms_of(m, alone)),
    st.sampled_from([2, 3, 4, 5, 6, 10, 30, 300]),
    st.floats(0.2, 400),
    st.booleans(),
)


@pytest.mark.parametrize("m", [2, 3, 4, 5, 7, 10, 35, 100, 1000])
def test_the_tuned_plan_is_the_best_response(m):
    """No amount collected serves better, by the integral; no agent would rather work alone; below 1.51 optima."""
    c3d = C3D.tuned(terms_of(m, 100.0))
    n, c = c3d.samples, c3d.terms.cost
    best = minimize_scalar(
        lambda t: error(t * n, c3d.clean, c3d.corrupted, c3d.alpha) + c * t * n,
        bounds=(0.01, 20),
        method="bounded",
    )
    assert best.x == pytest.approx(1, abs=1e-4)
    assert c3d.plan().penalty == pytest.approx(best.fun, rel=1e-9)
    assert c3d.plan().penalty < c3d.terms.penalty_alone
    assert c3d.expected_penalty(0.0) > c3d.plan().penalty
    assert c3d.plan().ratio < 1.51


@settings(max_examples=30)
@given(st.integers(4, 100_000))
def test_fewer_samples_reach_the_square_root_of_three(m):
    """n = z = n*/sqrt(3): at most sqrt(3) times the optimum, proved; n = z = n*: at most 2."""
    for n, bound in [(1 / np.sqrt(3 * m), np.sqrt(3)), (1 / np.sqrt(m), 2)]:
        alpha = corruption_level(n, n, (m - 2) * n, 1.0, sigma=1.0)
        if m > 4 or bound < 2:
            assert 0 < alpha < np.inf
            found = expected_error(n, n, (m - 2) * n, alpha, sigma=1.0)
            assert (found + n) / (2 / np.sqrt(m)) <= bound * (1 + 1e-9)


@settings(max_examples=30)
@given(st.integers(5, 200), st.floats(1, 50), st.integers(2, 500))
def test_coordinates_are_as_many_means(m, alone, d):
    """d means at cost c are one mean at cost c/d, d times over."""
    one, many = C3D.published(terms_of(m, alone)), C3D.published(terms_of(m, alone, coordinates=d))
    assert many.samples == pytest.approx(one.samples)
    assert many.alpha == pytest.approx(one.alpha, rel=1e-6)
    assert many.plan().penalty == pytest.approx(d * one.plan().penalty)
    assert many.plan().ratio == pytest.approx(one.plan().ratio)
    at = np.array([[0.0, 1.0], [3.0, 7.0]])
    np.testing.assert_allclose(
        many.expected_penalty(at, shift=0.3, jitter=0.2), d * one.expected_penalty(at, shift=0.3, jitter=0.2)
    )


@settings(max_examples=30)
@given(plans)
def test_whole_plans(plan):
    """Whole numbers; alpha solves the condition for them; nobody is worse off than alone; alone where nothing works."""
    whole = plan.whole()
    n, z, w, c = whole.samples, whole.clean, whole.corrupted, whole.terms.cost
    assert n == int(n) >= 1
    assert z == int(z)
    assert w >= 0
    assert whole.plan().penalty <= best_alone(whole.terms) * (1 + 1e-12)
    if whole.alpha is None:
        assert whole.plan().penalty == pytest.approx(best_alone(whole.terms))
    elif whole.alpha == 0:
        assert 1 / (n + z + w) ** 2 == pytest.approx(c)
    else:
        assert z >= 1
        assert abs(1 + marginal(n, z, w, whole.alpha) / c) < 1e-8
        assert whole.plan().penalty == pytest.approx(error(n, z, w, whole.alpha) + c * n, rel=1e-9)


@settings(max_examples=20)
@given(plans)
def test_no_whole_neighbour_serves_better(plan):
    """n beside n*, z beside the same part of n; those that some alpha enforces."""
    if plan.alpha is None:
        return
    whole, m, c = plan.whole(), plan.terms.agents, plan.terms.cost
    for n in {math.floor(plan.samples), math.ceil(plan.samples)}:
        aim = n * (plan.clean / plan.samples)
        for z in {math.floor(aim), math.ceil(aim)}:
            if n >= 1 and 1 <= z <= (m - 1) * n:
                alpha = float(corruption_level(n, z, (m - 1) * n - z, c, sigma=1.0))
                if np.isfinite(alpha):
                    penalty = error(n, z, (m - 1) * n - z, alpha) + c * n
                    assert whole.plan().penalty <= penalty * (1 + 1e-9)


@pytest.mark.parametrize("alone", [3, 4, 7, 10, 30])
@pytest.mark.parametrize("m", [5, 10, 100, 300])
def test_tuning_never_costs_anything_in_whole_samples(m, alone):
    """Rounding must not turn the better plan into the worse one."""
    terms = terms_of(m, alone)
    assert C3D.tuned(terms).whole().plan().penalty <= C3D.published(terms).whole().plan().penalty * (1 + 1e-9)


@pytest.mark.parametrize("alone", [5, 9, 20, 50])
@pytest.mark.parametrize("m", [2, 3, 4])
def test_few_agents_share_in_whole_samples(m, alone):
    """Ten per cent above the best whole plan at most (found by trying all of them)."""
    terms = terms_of(m, float(alone))
    n, z = (one.ravel().astype(float) for one in np.mgrid[1 : alone + 1, 1 : alone + 1])
    n, z = n[n + z < alone], z[n + z < alone]
    n, z = n[z <= (m - 1) * n], z[z <= (m - 1) * n]
    alpha = corruption_level(n, z, (m - 1) * n - z, terms.cost, sigma=1.0)
    penalties = expected_error(n, z, (m - 1) * n - z, alpha, sigma=1.0) + terms.cost * n
    assert C3D.tuned(terms).whole().plan().penalty <= 1.1 * np.nanmin(penalties)


@pytest.mark.parametrize("alone", [0.05, 0.3, 0.9, 1.0, 1.5, 2.0, 3.0])
@pytest.mark.parametrize("m", [2, 4, 5, 10, 1000])
@pytest.mark.parametrize("form", [C3D.published, C3D.tuned])
def test_hardly_any_samples(m, alone, form):
    """Samples that cost almost as much as they tell: a plan all the same, and everybody collects one at least."""
    whole = form(terms_of(m, alone, sigma=3.0)).whole()
    assert whole.samples >= 1
    assert math.isfinite(whole.plan().penalty)
    assert whole.plan().penalty <= best_alone(whole.terms) * (1 + 1e-12)
    if alone <= 2.0 and m > 2:  # even one own and one clean row are as much as an agent wants
        assert whole.alpha is None
        assert whole.plan().penalty == pytest.approx(best_alone(whole.terms))
    assert whole.whole() == whole


def rounds(c3d, *, rng, times, own=None, change=lambda rows, _: rows):
    """Squared errors and squared standard errors of agent 1, float64 (times * d,) each; the others are honest."""
    m, n, d = c3d.terms.agents, int(c3d.samples), c3d.terms.coordinates
    squares, variances = [], []
    for _ in range(times):
        rows = [rng.normal(5.0, c3d.terms.sigma, (own if i == 0 and own else n, d)) for i in range(m)]
        releases = c3d.release([change(rows[0], rng), *rows[1:]], rng=rng)
        estimate = c3d.estimate(rows[0], releases[0])
        squares.append((estimate.mean - 5.0) ** 2)
        variances.append(estimate.standard_error**2)
    return np.concatenate(squares), np.concatenate(variances)


def small_mechanism(d, agents=6):
    return C3D.published(terms_of(agents, 4 * math.sqrt(agents), sigma=2.0, coordinates=d)).whole()


@pytest.mark.parametrize("own", [1, 2, 4, 9])
def test_rounds_cost_what_the_formula_says(own):
    """Collecting less or more than n = 4: error as expected; its standard error is honest (4 standard errors)."""
    c3d = small_mechanism(1000)
    assert (c3d.samples, c3d.clean) == (4, 4)
    squares, variances = rounds(c3d, rng=np.random.default_rng(own), times=40, own=own)
    exact = (c3d.expected_penalty(own) - c3d.terms.cost * own) / 1000
    assert within(squares, exact)
    assert within(variances, exact)
    assert within(squares - variances, 0.0)


@pytest.mark.parametrize(("shift", "jitter"), [(1.5, 0.0), (0.0, 2.0), (-1.0, 3.0)])
def test_rounds_after_a_false_submission(shift, jitter):
    """All rows moved by the same N(shift, jitter); the agent estimates from its true rows."""
    c3d = small_mechanism(1000)

    def change(rows, rng):
        return rows + rng.normal(shift, math.sqrt(jitter), rows.shape[1])

    squares, variances = rounds(c3d, rng=np.random.default_rng(1), times=40, change=change)
    exact = (c3d.expected_penalty(4, shift=shift, jitter=jitter) - c3d.terms.cost * 4) / 1000
    assert within(squares, exact)
    assert within(squares - variances, 0.0)
    assert exact > (c3d.plan().penalty - c3d.terms.cost * 4) / 1000


def test_estimates_are_unbiased():
    c3d = small_mechanism(1000)
    rng = np.random.default_rng(8)
    rows = [rng.normal(-3.0, 2.0, (4, 1000)) for _ in range(6)]
    for own, release in zip(rows, c3d.release(rows, rng=rng), strict=True):
        assert within(c3d.estimate(own, release).mean, -3.0)


def test_rounds_agree_with_the_algorithm_row_by_row():
    """Algorithm 1 as a loop, and the recommended estimator: the same errors and noise as ours and as the formulas."""
    c3d, rng = small_mechanism(1), np.random.default_rng(2)
    ours, slow, noise = [], [], []
    for _ in range(1500):
        rows = rng.normal(5.0, 2.0, (6, 4))
        parts = algorithm_1([list(one) for one in rows], clean=4, alpha=c3d.alpha, rng=rng)
        slow.append(np.mean([(recommended(rows[i], *parts[i], sigma=2.0) - 5.0) ** 2 for i in range(6)]))
        noise.append(np.mean([eta_squared for _, _, eta_squared in parts]))
        releases = c3d.release(list(rows), rng=rng)
        means = [c3d.estimate(rows[i], releases[i]).mean[0] for i in range(6)]
        ours.append(np.mean((np.array(means) - 5.0) ** 2))
    exact = c3d.plan().penalty - c3d.terms.cost * 4
    assert within(slow, exact)
    assert within(ours, exact)
    assert within(noise, c3d.alpha**2 * 2.0**2 * (1 / 4 + 1 / 4))


def test_without_corruption_nothing_is_released():
    """alpha None: whatever is submitted, and the penalty is that of working alone."""
    alone = C3D.published(terms_of(3, 7.3)).whole()
    assert alone.alpha is None
    assert alone == replace(alone, samples=7.0, clean=0.0)
    releases = alone.release([[1.0, 2.0], [3.0], []], rng=np.random.default_rng(0))
    assert [len(one.clean) + len(one.corrupted) for one in releases] == [0, 0, 0]
    estimate = alone.estimate([1.0, 2.0], releases[0])
    assert estimate.mean == pytest.approx(1.5)
    assert estimate.standard_error == pytest.approx(1 / np.sqrt(2))
    assert alone.expected_penalty([0.0, 7.0]).tolist() == [np.inf, alone.plan().penalty]
