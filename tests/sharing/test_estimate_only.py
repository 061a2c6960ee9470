"""One deployed estimate: real releases cost what the formula says, and no deviation pays."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar

from fairpool.ground.errors import InputError
from fairpool.sharing.mechanisms.estimate_only import EstimateOnly
from fairpool.sharing.terms import SharingTerms
from oracles.sharing_quadrature import normal_integral, within


def terms_of(agents, alone, *, sigma=1.0, coordinates=1):
    return SharingTerms(agents, sigma, coordinates * sigma**2 / alone**2, coordinates)


def slow_penalty(mechanism, t, *, shift=0.0, jitter=0.0):
    """The penalty from the definition: an integral over mean(Y_i) - mean(Y_-i), with B from the printed condition."""
    m, n, k = mechanism.terms.agents, mechanism.samples, mechanism.power
    sigma, c, d = mechanism.terms.sigma, mechanism.terms.cost_per_coordinate, mechanism.terms.coordinates
    tau_squared = sigma**2 / n * m / (m - 1)
    double_factorial = math.prod(range(2 * k - 1, 0, -2))
    slope = double_factorial * k * tau_squared ** (k - 1) * sigma**2 / n**2
    strength = (c - (sigma / (m * n)) ** 2) / slope
    spread = sigma * math.sqrt(1 / t + 1 / ((m - 1) * n) + jitter / sigma**2)
    noise = strength * normal_integral(lambda x: (shift + spread * x) ** (2 * k))
    mean = (sigma**2 / t + jitter + shift**2 + (m - 1) * sigma**2 / n) / m**2
    return d * (mean + noise + c * t)


mechanisms = st.builds(
    lambda m, alone, sigma, k, d: EstimateOnly.of(terms_of(m, alone, sigma=sigma, coordinates=d), power=k),
    st.integers(2, 50),
    st.floats(1, 100),
    st.floats(0.1, 10),
    st.integers(1, 6),
    st.integers(1, 9),
)


@given(mechanisms, st.floats(0.1, 10), st.floats(0, 3), st.floats(0, 3))
def test_penalty_equals_the_integral(mechanism, part, shift, jitter):
    """Honest, with less or more samples, shifted (in standard deviations), jittered."""
    sigma = mechanism.terms.sigma
    options = {"shift": shift * sigma, "jitter": jitter * sigma**2}
    found = mechanism.expected_penalty(part * mechanism.samples, **options)
    assert found == pytest.approx(slow_penalty(mechanism, part * mechanism.samples, **options), rel=1e-8)


@given(mechanisms, st.floats(0.1, 10), st.floats(-3, 3), st.floats(0, 3))
def test_no_deviation_pays(mechanism, part, shift, jitter):
    """Less, more, shifted, noisier, in any mixture."""
    sigma, n = mechanism.terms.sigma, mechanism.samples
    found = mechanism.expected_penalty(part * n, shift=shift * sigma, jitter=jitter * sigma**2)
    assert found >= mechanism.plan().penalty * (1 - 1e-12)
    assert mechanism.plan().truthful


@pytest.mark.parametrize("k", [1, 2, 3, 10])
def test_collecting_nothing_costs_everything(k):
    """An agent that submits nothing gets nothing: an infinite penalty, alone and in an array."""
    mechanism = EstimateOnly.of(terms_of(10, 20.0), power=k)
    assert mechanism.expected_penalty(0.0) == np.inf
    assert mechanism.expected_penalty([0.0, mechanism.samples]).tolist() == [np.inf, mechanism.plan().penalty]


@pytest.mark.parametrize("sigma", [1e-4, 0.01, 1.0, 100.0, 1e4])
@pytest.mark.parametrize("k", [1, 10, 50, 100])
def test_units_do_not_matter(k, sigma):
    """Ratio 1 + 1/(2k) whatever the unit of the data, for every power allowed; releases are finite."""
    mechanism = EstimateOnly.of(terms_of(10, 20.0, sigma=sigma), power=k)
    assert mechanism.plan().ratio == pytest.approx(1 + 1 / (2 * k), rel=1e-9)
    rows = np.random.default_rng(0).normal(0, sigma, size=(10, 6))
    for release in mechanism.release(list(rows), rng=np.random.default_rng(1)):
        assert np.isfinite([*release.mean, *release.standard_error]).all()


@pytest.mark.parametrize("alone", [0.3, 1.0, 2.5, 7.0, 33.3])
@pytest.mark.parametrize("m", [2, 3, 10, 100])
def test_whole(m, alone):
    """A whole number beside n* which the noise makes a best response, the one with the lower penalty."""
    exact = EstimateOnly.of(terms_of(m, alone), power=2)
    whole = exact.whole()
    n = whole.samples
    assert n in {max(1, math.floor(exact.samples)), math.ceil(exact.samples)}
    assert whole.strength >= 0
    best = minimize_scalar(
        lambda t: float(whole.expected_penalty(t * n)), bounds=(0.05, 20), method="bounded"
    )
    assert best.x == pytest.approx(1, abs=1e-3)
    other = [max(1, math.floor(exact.samples)), math.ceil(exact.samples)]
    possible = [EstimateOnly(exact.terms, float(k), 2).plan().penalty for k in other if k >= alone / m]
    assert whole.plan().penalty == min(possible)


def test_moments_with_a_shift_by_hand():
    """k = 1, n = n*, m = 2, sigma = c = 1: B = 1/4, and a shift of 1 costs 1/4 in the mean and 1/4 in noise."""
    mechanism = EstimateOnly.of(SharingTerms(2, 1.0, 1.0))
    n = mechanism.samples
    assert mechanism.strength == pytest.approx(1 / 4)
    assert mechanism.expected_penalty(n, shift=1.0) == pytest.approx(mechanism.plan().penalty + 1 / 2)


@pytest.mark.parametrize("power", [0, -1, 101])
def test_powers_out_of_range(power):
    with pytest.raises(InputError, match=f"power: got {power}, expected a whole number from 1 to 100"):
        EstimateOnly.of(terms_of(5, 3.0), power=power)


@pytest.mark.parametrize(("k", "own", "shift", "jitter"), [
    (1, 4, 0.0, 0.0), (2, 4, 0.0, 0.0), (3, 4, 0.0, 0.0), (1, 1, 0.0, 0.0), (2, 9, 0.0, 0.0),
    (1, 4, 1.0, 0.0), (2, 4, 0.0, 2.0), (2, 3, -0.5, 0.3),
])  # fmt: skip
def test_rounds_cost_what_the_formula_says(k, own, shift, jitter):
    """5 agents asked for n = 4; agent 1 does as it likes: squared error and standard error (4 standard errors)."""
    mechanism = EstimateOnly(terms_of(5, 4 * math.sqrt(5), sigma=2.0, coordinates=4000), 4.0, k)
    rng = np.random.default_rng(100 * k + own)
    squares, variances = [], []
    for _ in range(20):
        rows = [rng.normal(5.0, 2.0, (own if i == 0 else 4, 4000)) for i in range(5)]
        rows[0] += rng.normal(shift, math.sqrt(jitter), 4000)
        release = mechanism.release(rows, rng=rng)[0]
        estimate = mechanism.estimate([], release)
        squares.append((estimate.mean - 5.0) ** 2)
        variances.append(estimate.standard_error**2)
    exact = (mechanism.expected_penalty(own, shift=shift, jitter=jitter) - mechanism.terms.cost * own) / 4000
    assert within(np.concatenate(squares), exact)
    if shift == jitter == 0:
        assert within(np.concatenate(variances), exact)
        assert within(np.concatenate(squares) - np.concatenate(variances), 0.0)


def test_release_by_hand():
    """Means of 1 and 3, weighed alike whatever the sizes; a third agent that brought nothing gets nothing."""
    mechanism = EstimateOnly(terms_of(3, 6.0), 3.0)
    releases = mechanism.release([[0.0, 2.0], [3.0] * 7, []], rng=np.random.default_rng(0))
    for release in releases[:2]:
        assert release.noise_variance == pytest.approx(mechanism.strength * 2.0**2)
        assert release.weight == pytest.approx(1 / 2)
        expected = math.sqrt((1 / 2 + 1 / 7) / 4 + release.noise_variance[0])
        assert release.standard_error == pytest.approx(expected)
    assert np.isnan([*releases[2].mean, *releases[2].standard_error]).all()
    assert mechanism.strength == pytest.approx((1 / 36 - 1 / 81) * 9)
    assert releases[0].mean != releases[1].mean
    alone = mechanism.release([[1.0], [], []], rng=np.random.default_rng(0))
    assert np.isnan([one.mean[0] for one in alone]).all()


def test_noise_is_of_its_own_for_every_agent_and_comes_back_from_the_seed():
    mechanism = EstimateOnly(terms_of(4, 6.0, coordinates=3000), 2.0)
    rows = list(np.random.default_rng(3).normal(size=(4, 2, 3000)))
    pooled = np.mean(rows, axis=(0, 1))
    first, again = (mechanism.release(rows, rng=np.random.default_rng(5)) for _ in range(2))
    noise = np.array([(one.mean - pooled) / np.sqrt(one.noise_variance) for one in first])
    assert np.abs(np.corrcoef(noise) - np.eye(4)).max() < 4 / math.sqrt(3000)
    assert within(noise.mean(axis=0), 0.0)
    assert within((noise**2).mean(axis=0), 1.0)
    for one, other in zip(first, again, strict=True):
        np.testing.assert_array_equal(one.mean, other.mean)
