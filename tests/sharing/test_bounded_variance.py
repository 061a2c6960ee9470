"""Any data with variance at most sigma^2: the bound holds by simulation, and is reached where the variance is."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.optimize import minimize_scalar

from fairpool.sharing.mechanisms.bounded_variance import BoundedVariance
from fairpool.sharing.terms import SharingTerms
from oracles.sharing_quadrature import within

SIGMA = 2.0


def two_points(rng, size, rare):
    """Mean 0, standard deviation 1: far out with probability ``rare``, else a little to the other side."""
    return (np.where(rng.random(size) < rare, 1.0, 0.0) - rare) / math.sqrt(rare * (1 - rare))


STANDARD = {  # mean 0, standard deviation 1
    "normal": lambda rng, size: rng.standard_normal(size),
    "exponential": lambda rng, size: rng.exponential(size=size) - 1,
    "fair coin": lambda rng, size: two_points(rng, size, 0.5),
    "Bernoulli": lambda rng, size: two_points(rng, size, 0.1),
    "rare": lambda rng, size: two_points(rng, size, 0.01),
    "t with 5 degrees": lambda rng, size: rng.standard_t(5, size) / math.sqrt(5 / 3),
}


def mechanism_of(agents=6, *, samples=4, coordinates=1):
    """The mechanism for whole n* = samples."""
    cost = coordinates * SIGMA**2 / (agents * samples**2)
    return BoundedVariance(SharingTerms(agents, SIGMA, cost, coordinates), float(samples))


def rounds(mechanism, draw, *, own, spread=SIGMA, times=20, seed=0):
    """Squared errors and squared standard errors of agent 1; the coordinates are independent runs."""
    rng, d = np.random.default_rng(seed), mechanism.terms.coordinates
    squares, variances = [], []
    for _ in range(times):
        sizes = [own] + [int(mechanism.samples)] * (mechanism.terms.agents - 1)
        rows = [7 + spread * draw(rng, (size, d)) for size in sizes]
        estimate = mechanism.estimate(rows[0], mechanism.release(rows, rng=rng)[0])
        squares.append((estimate.mean - 7) ** 2)
        variances.append(estimate.standard_error**2)
    return np.concatenate(squares), np.concatenate(variances)


def bound_on_error(mechanism, own):
    d = mechanism.terms.coordinates
    return float(mechanism.penalty_bound(own) - mechanism.terms.cost * own) / d


@pytest.mark.parametrize("name", STANDARD)
@pytest.mark.parametrize("own", [1, 4, 9])
def test_the_bound_is_reached_where_the_variance_is(name, own):
    """Standard deviation sigma: error and squared standard error are the bound, whatever the distribution."""
    mechanism = mechanism_of(coordinates=2000)
    squares, variances = rounds(mechanism, STANDARD[name], own=own)
    assert within(squares, bound_on_error(mechanism, own))
    assert within(variances, bound_on_error(mechanism, own))


@pytest.mark.parametrize("name", STANDARD)
def test_the_bound_holds_for_smaller_variances(name):
    """Half the standard deviation: a quarter of the error, as noise shrinks along; the standard error is too large."""
    mechanism = mechanism_of(coordinates=2000)
    squares, variances = rounds(mechanism, STANDARD[name], own=4, spread=SIGMA / 2)
    assert within(squares, bound_on_error(mechanism, 4) / 4)
    assert squares.mean() < variances.mean() < bound_on_error(mechanism, 4)


def test_estimates_are_unbiased_for_skewed_data():
    mechanism = mechanism_of(coordinates=4000)
    rng = np.random.default_rng(4)
    rows = [rng.exponential(SIGMA, size=(4, 4000)) for _ in range(6)]
    for own, release in zip(rows, mechanism.release(rows, rng=rng), strict=True):
        assert within(mechanism.estimate(own, release).mean, SIGMA)


@pytest.mark.parametrize("m", [5, 10, 20, 100])
def test_bound_by_hand(m):
    """3 sigma^2/((m + 4) n) at n; weights 1, 1, 1/3 and variances sigma^2, sigma^2, sigma^2 + eta^2 elsewhere."""
    mechanism = mechanism_of(m, samples=10, coordinates=3)
    assert bound_on_error(mechanism, 10) == pytest.approx(3 * SIGMA**2 / ((m + 4) * 10))
    for t in (0.5, 3.0, 40.0):
        noisy = SIGMA**2 + 10 * SIGMA**2 * (1 / t + 1 / 10)
        weights = np.array([t, 10, (m - 2) * 10 / 3])
        variances = np.array([SIGMA**2 / t, SIGMA**2 / 10, noisy / ((m - 2) * 10)])
        weights /= weights.sum()
        assert bound_on_error(mechanism, t) == pytest.approx(float(weights**2 @ variances))
    assert mechanism.penalty_bound(0.0) == np.inf


@pytest.mark.parametrize("m", [5, 10, 100])
def test_the_best_estimator_for_normal_data_is_better(m):
    """Jensen: the adaptive weight's error is at most that of the fixed weight, at every amount collected."""
    mechanism = BoundedVariance.of(SharingTerms(m, SIGMA, 0.01))
    t = mechanism.samples * np.geomspace(0.01, 100, 200)
    assert np.all(mechanism.expected_penalty(t) <= mechanism.penalty_bound(t))
    assert mechanism.expected_penalty(0.0) == pytest.approx(SIGMA**2 / mechanism.samples)


@pytest.mark.parametrize(("m", "factor"), [(5, 1.128), (10, 1.123), (20, 1.097), (100, 1.033)])
def test_gain_of_one_that_weighs_better_than_the_others(m, factor):
    """Normal data: the fixed weight and n, against the best weight and any amount."""
    mechanism = BoundedVariance.of(SharingTerms(m, 1.0, 0.01))
    n = mechanism.samples
    best = minimize_scalar(
        lambda t: float(mechanism.expected_penalty(t * n)), bounds=(0.05, 5), method="bounded"
    )
    assert mechanism.plan().penalty / best.fun == pytest.approx(factor, abs=6e-4)


@pytest.mark.parametrize("m", [2, 3, 4])
def test_few_agents_work_alone(m):
    mechanism = BoundedVariance.of(SharingTerms(m, SIGMA, 0.04))
    plan = mechanism.plan()
    assert plan.samples == pytest.approx(10)
    assert plan.penalty == pytest.approx(2 * SIGMA * 0.2)
    assert plan.truthful
    assert mechanism.corrupted == 0
    assert mechanism.expected_penalty(5.0) == mechanism.penalty_bound(5.0) == pytest.approx(4 / 5 + 0.2)
    releases = mechanism.release([[1.0]] * m, rng=np.random.default_rng(0))
    assert all(len(one.clean) + len(one.corrupted) == 0 for one in releases)


@pytest.mark.parametrize("m", [3, 5, 10, 100])
@pytest.mark.parametrize("alone", [0.3, 7.0, 25.5])
def test_whole_rounds_up(m, alone):
    """alpha^2 = n still, for the whole n."""
    mechanism = BoundedVariance.of(SharingTerms(m, 1.0, alone**-2))
    whole = mechanism.whole()
    assert whole.samples == math.ceil(mechanism.samples)
    assert whole.alpha is None if m <= 4 else whole.alpha == math.sqrt(whole.samples)


def test_a_whole_number_stays_as_it_is():
    """n* = sigma/sqrt(c m) that is whole but for the last bit is not rounded up to the next."""
    for m in (5, 6, 7, 10, 11, 13):
        for n in range(1, 60):
            assert BoundedVariance.of(SharingTerms(m, 1.0, 1 / (m * n**2))).whole().samples == n, (m, n)
