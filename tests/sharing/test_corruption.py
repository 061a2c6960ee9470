"""Exact errors under corruption against integrals and simulation; alpha against its first-order condition."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq

from fairpool.sharing.enforcement.corruption import corruption_level, expected_error, marginal_error
from oracles.sharing_quadrature import adaptive_error, error, marginal, within

many = settings(max_examples=200)
few = settings(max_examples=40)


def powers_of_ten(low, high):
    return st.floats(low, high).map(lambda x: 10.0**x)


amounts = powers_of_ten(-2, 4)
levels = powers_of_ten(-8, 8)


@st.composite
def plans(draw, most_clean=30.0):
    """(t, z, w, c) with t + z < sigma/sqrt(c) < t + z + w and sigma = 1: corruption can enforce t."""
    t = draw(powers_of_ten(-1, 3))
    z = t * draw(st.floats(0.05, most_clean))
    w = (t + z) * draw(powers_of_ten(-2, 3))
    alone = (t + z) * ((t + z + w) / (t + z)) ** draw(st.floats(0.02, 0.98))
    return t, z, w, 1 / alone**2


def slope(alpha, t, z, w, c):
    """The slope of the penalty at t in units of the cost, by the integral."""
    return 1 + marginal(t, z, w, alpha) / c


@many
@given(amounts, amounts, amounts, levels, powers_of_ten(-3, 3), st.floats(-30, 30), st.floats(0, 100))
def test_error_equals_the_integral(t, z, w, alpha, sigma, shift, jitter):
    """Shift in units of sigma, jitter in units of sigma^2; amounts over six decades, alpha over sixteen."""
    shift, jitter = shift * sigma, jitter * sigma**2
    found = expected_error(t, z, w, alpha, sigma=sigma, shift=shift, jitter=jitter)
    assert found == pytest.approx(
        error(t, z, w, alpha, sigma=sigma, shift=shift, jitter=jitter), rel=1e-9, abs=0
    )


@given(amounts, amounts, amounts, powers_of_ten(-2, 3))
def test_error_equals_another_integral(t, z, w, alpha):
    """scipy's adaptive integrator, which is our oracle's oracle."""
    slow = adaptive_error(t, z, w, alpha)
    assert error(t, z, w, alpha) == pytest.approx(slow, rel=1e-9, abs=0)
    assert expected_error(t, z, w, alpha, sigma=1.0) == pytest.approx(slow, rel=1e-9, abs=0)


@given(amounts, amounts, amounts, powers_of_ten(-3, 3))
def test_limits_of_the_error(t, z, w, sigma):
    """No corruption: everything counts.  Total corruption: own and clean.  No corrupted rows: alpha is nothing."""
    for alpha in (0.0, 1e-12):
        free = expected_error(t, z, w, alpha, sigma=sigma)
        assert free == pytest.approx(sigma**2 / (t + z + w), rel=1e-9)
    ruined = expected_error(t, z, w, 1e15, sigma=sigma)
    assert ruined == pytest.approx(sigma**2 / (t + z), rel=1e-6)
    assert expected_error(t, z, 0.0, 3.0, sigma=sigma) == pytest.approx(sigma**2 / (t + z))


@given(amounts, amounts, levels)
def test_without_a_sample_only_clean_rows_count(z, w, alpha):
    """Whatever is submitted: the true mean may be anywhere."""
    assert expected_error(0.0, z, w, alpha, sigma=2.0) == pytest.approx(4 / z)
    assert expected_error(0.0, z, 0.0, alpha, sigma=2.0) == pytest.approx(4 / z)


@many
@given(amounts, amounts, amounts, levels, st.floats(0, 20), st.floats(0, 20), st.floats(1, 3))
def test_a_worse_submission_never_helps(t, z, w, alpha, shift, jitter, more):
    """Honesty is least; the error rises with the shift, and with the jitter of an unshifted submission; samples help.

    (Jitter can help one that shifts: sometimes it hides the shift.)
    """

    def at(own=t, shift=shift, jitter=jitter):
        return expected_error(own, z, w, alpha, sigma=1.0, shift=shift, jitter=jitter)

    slack = 1 + 1e-9
    assert at(shift=0.0, jitter=0.0) <= slack * at()
    assert at() <= slack * at(shift=more * shift)
    assert at(shift=0.0) <= slack * at(shift=0.0, jitter=more * jitter)
    assert at(own=more * t, shift=0.0) <= slack * at(shift=0.0)


def test_error_equals_a_simulation():
    """Means of rows drawn, and the paper's estimator: 4 standard errors; shift and jitter too."""
    rng = np.random.default_rng(3)
    sigma, t, z, w, alpha = 2.0, 6, 9, 40, 2.5
    for shift, jitter in [(0.0, 0.0), (0.7, 0.0), (0.0, 1.5), (-0.5, 0.4)]:
        X, Z, W = (rng.normal(7, sigma / np.sqrt(n), 200_000) for n in (t, z, w))
        eta = alpha * np.abs(X + rng.normal(shift, np.sqrt(jitter), X.size) - Z)
        W += eta * rng.standard_normal(X.size) / np.sqrt(w)
        weight = w / (1 + eta**2 / sigma**2)
        squares = ((t * X + z * Z + weight * W) / (t + z + weight) - 7) ** 2
        assert within(squares, expected_error(t, z, w, alpha, sigma=sigma, shift=shift, jitter=jitter))


@many
@given(powers_of_ten(-1, 3), powers_of_ten(-1, 3), powers_of_ten(-1, 3), powers_of_ten(-8, 8))
def test_marginal_error_equals_the_integral(t, z, w, level):
    alpha = level * np.sqrt(t)
    found = marginal_error(*(np.float64(x) for x in (t, z, w, alpha)), sigma=3.0)
    assert found == pytest.approx(marginal(t, z, w, alpha, sigma=3.0), rel=1e-7, abs=0)


@given(powers_of_ten(-1, 3), st.floats(0.1, 10), st.floats(0.1, 100), powers_of_ten(-2, 2))
def test_marginal_error_is_the_slope_of_the_error(t, z, w, level):
    """A central difference of the fourth order of the integral."""
    z, w, alpha, h = z * t, w * t, level * np.sqrt(t), 1e-3 * t
    at = [error(t + k * h, z, w, alpha) for k in (-2, -1, 1, 2)]
    difference = (at[0] - 8 * at[1] + 8 * at[2] - at[3]) / (12 * h)
    found = marginal_error(*(np.float64(x) for x in (t, z, w, alpha)), sigma=1.0)
    assert found == pytest.approx(difference, rel=1e-6)


@few
@given(plans())
def test_alpha_solves_the_first_order_condition(plan):
    """By the formula and by the integral, in units of the cost."""
    t, z, w, c = plan
    alpha = float(corruption_level(t, z, w, c, sigma=1.0))
    assert abs(1 + marginal_error(*(np.float64(x) for x in (t, z, w, alpha)), sigma=1.0) / c) < 1e-9
    assert abs(slope(alpha, t, z, w, c)) < 1e-8


@few
@given(plans(most_clean=1.0))
def test_alpha_is_the_least_root(plan):
    """No change of sign below it on a fine grid, and a root-finder on the integral finds it again."""
    t, z, w, c = plan
    alpha = float(corruption_level(t, z, w, c, sigma=1.0))
    grid = alpha * np.geomspace(1e-6, 1 - 1e-5, 4000)
    assert np.all(marginal_error(*(np.float64(x) for x in (t, z, w)), grid, sigma=1.0) / c > -1)
    log_root = brentq(lambda x: slope(np.exp(x), *plan), np.log(alpha) - 0.1, np.log(alpha) + 0.1)
    assert np.exp(log_root) == pytest.approx(alpha, rel=1e-6)


@few
@given(plans(), powers_of_ten(-2, 2))
def test_asking_for_more_than_alone_or_less_than_everything_has_no_alpha(plan, factor):
    """With clean <= own: there is an alpha iff t + z < sigma/sqrt(c) < T."""
    t, z, w, _ = plan
    z = min(z, t)
    alone = np.sqrt((t + z) * (t + z + w)) * factor
    alpha = corruption_level(t, z, w, 1 / alone**2, sigma=1.0)
    if not 0.999 < alone / (t + z) < 1.001 and not 0.999 < alone / (t + z + w) < 1.001:
        assert np.isfinite(alpha) == (t + z < alone < t + z + w)


PAIRS_OF_ROOTS = [  # t, z, w, sigma/sqrt(c), near the two roots: z is far above t, and sigma/sqrt(c) below t + z
    (0.1714390558148301, 46.828108200321395, 6.316529275912093, 19.25875215747612, 0.470, 0.709),
    (547.4743499161352, 462643.09163453046, 10332.706152765904, 234589.48447446537, 26.60, 35.20),
    (0.10028889877273564, 12.4719157471172, 441.22779246153533, 2.8512487085501395, 2.158, 2.863),
]


@pytest.mark.parametrize("case", PAIRS_OF_ROOTS)
def test_two_roots_close_together(case):
    """Outside own + clean < sigma/sqrt(cost) there may be a pair of roots; no plan goes there, and none is returned."""
    *plan, alone, first, second = case
    middle = np.sqrt(first * second)
    least = brentq(lambda alpha: slope(alpha, *plan, 1 / alone**2), 0.9 * first, middle)
    assert least == pytest.approx(first, rel=0.01)
    assert slope(0.3 * least, *plan, 1 / alone**2) > 0 > slope(middle, *plan, 1 / alone**2)
    assert slope(1.1 * second, *plan, 1 / alone**2) > 0
    assert np.isnan(corruption_level(*plan, 1 / alone**2, sigma=1.0))


def test_alpha_is_zero_where_free_sharing_is_an_equilibrium():
    """sigma/sqrt(c) = T, for amounts of every size; a little beyond there is no alpha, a little before a small one."""
    T = 10.0 ** np.arange(-3, 9)
    assert np.all(corruption_level(T / 5, T / 5, 3 * T / 5, 1 / T**2, sigma=1.0) == 0)
    assert np.all(np.isnan(corruption_level(T / 5, T / 5, 3 * T / 5, 0.99 / T**2, sigma=1.0)))
    assert np.all(corruption_level(T / 5, T / 5, 3 * T / 5, 1.01 / T**2, sigma=1.0) > 0)


@few
@given(plans(), powers_of_ten(-4, 4), powers_of_ten(-4, 6))
def test_units_do_not_matter(plan, unit, scale):
    """Data in another unit: the same alpha.  All amounts times s: alpha times sqrt(s)."""
    t, z, w, c = plan
    alpha = float(corruption_level(t, z, w, c, sigma=1.0))
    other = corruption_level(t, z, w, c * unit**2, sigma=unit)
    assert other == pytest.approx(alpha, rel=1e-6)
    larger = corruption_level(scale * t, scale * z, scale * w, c / scale**2, sigma=1.0)
    assert larger == pytest.approx(alpha * np.sqrt(scale), rel=1e-6)


@given(amounts, amounts, amounts, powers_of_ten(-4, 4))
def test_penalty_is_convex_in_the_samples(t, z, w, alpha):
    """Second differences of the error over a wide range of t; so a root of the slope is the best response."""
    own = t * np.linspace(0.05, 3, 60)
    found = expected_error(own, z, w, alpha, sigma=1.0)
    assert np.all(np.diff(found, 2) >= -1e-12 * found[1:-1])


@few
@given(powers_of_ten(-1, 3), powers_of_ten(0, 4), st.floats(0, 1), st.floats(0.02, 0.98))
def test_bound_on_the_error_at_the_plan(n, more, share, place):
    """error <= c n/rho + sigma^2/T with rho = z/(n + z) <= 1/2; for z = n that is 2 c n + sigma^2/T."""
    z = n * (1 if share > 0.9 else 0.02 + share)
    T = (n + z) * (1.001 + more)
    alone = (n + z) * (T / (n + z)) ** place
    c, w = 1 / alone**2, T - n - z
    alpha = corruption_level(n, z, w, c, sigma=1.0)
    found = expected_error(n, z, w, alpha, sigma=1.0)
    assert found <= (c * (n + z) * n / z + 1 / T) * (1 + 1e-9)


def test_arrays_broadcast():
    """Shapes (3, 1) and (4,) make (3, 4), as from one call each; an empty array stays empty; numbers stay numbers."""
    own, cost = np.array([[1.0], [2.0], [50.0]]), np.array([0.3, 0.05, 0.01, 0.002])
    alpha = corruption_level(own, 2.0, 30.0, cost, sigma=1.5)
    one_by_one = [[float(corruption_level(t, 2.0, 30.0, c, sigma=1.5)) for c in cost] for t in own[:, 0]]
    np.testing.assert_allclose(alpha, one_by_one, rtol=1e-12)
    assert np.isnan(alpha[2]).any()
    assert np.isfinite(alpha[0]).any()
    assert expected_error(own, 2.0, 30.0, cost, sigma=1.0, shift=np.zeros((2, 1, 1))).shape == (2, 3, 4)
    assert corruption_level([], [], [], 1.0, sigma=1.0).shape == (0,)
    assert corruption_level(1.0, 1.0, 8.0, 0.1, sigma=1.0).shape == ()


@pytest.mark.long
def test_a_million_plans_at_once():
    """alpha/sqrt(n*) of ten agents is the same number a million times."""
    n = np.geomspace(1e-3, 1e3, 1_000_000)
    alpha = corruption_level(n, n, 8 * n, 1 / (10 * n**2), sigma=1.0)
    assert alpha / np.sqrt(n) == pytest.approx(1.60491, abs=6e-6)
    assert expected_error(n, n, 8 * n, alpha, sigma=1.0) * 10 * n == pytest.approx(2.39590, abs=6e-6)
