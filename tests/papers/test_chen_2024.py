"""Chen, Huh and Kandasamy, Learning to Price Homogeneous Data, NeurIPS 2024 (arXiv:2407.05484): the discretisation.

m-step curves, the price grid W (Algorithm 1), the data grid N_D (Algorithm 2), what each costs.  Grid sizes were worked
out from the definitions; the constants of the bounds are this project's own, proved in docs/theory/price-curves.md.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import digamma

from fairpool.pricing.curves.curve import PriceCurve
from fairpool.pricing.curves.purchase import expected_revenue, purchases
from fairpool.pricing.curves.valuations import Valuations
from fairpool.pricing.optimal.grids.data_grid import diminishing_returns_grid, largest_step, smooth_grid
from fairpool.pricing.optimal.grids.discretised import m_step
from fairpool.pricing.optimal.grids.enumeration import count_curves, every_curve
from fairpool.pricing.optimal.grids.price_levels import largest_grid, lowered, price_grid, rounding_loss
from fairpool.pricing.optimal.mixed_integer import solve_exactly
from fairpool.pricing.optimal.optimal import optimal_curve


def named(values):
    return Valuations(
        np.arange(1, values.shape[1] + 1), values, tuple(f"type {i}" for i in range(1, len(values) + 1))
    )


def random_market(rng, types, amounts):
    """Valuations that never fall, up to 1, and probabilities."""
    rises = rng.exponential(size=(types, amounts)) ** rng.choice([0.5, 1, 3])
    values = np.cumsum(rises, axis=1)
    return named(values / values.max()), rng.dirichlet(np.ones(types))


# ------------------------------------------------------------------------- buyers, and m-step curves


def test_a_buyer_takes_the_largest_of_the_best_amounts():
    """n_{i,p} by hand: worth 2, 4, 5 at prices 1, 3, 5: 1 and 2 rows leave one, 3 rows nothing; 2 it is."""
    taken = purchases(
        PriceCurve(np.arange(1, 4), np.array([1.0, 3.0, 5.0])), named(np.array([[2.0, 4, 5], [1, 2, 5]]))
    )
    assert taken.amounts.tolist() == [2, 3]
    assert taken.payments.tolist() == [3.0, 5.0]


@st.composite
def markets_and_curves(draw):
    """Whole numbers, so that ties are frequent and sums exact."""
    types, amounts = draw(st.integers(1, 4)), draw(st.integers(1, 9))
    row = st.lists(st.integers(0, 3), min_size=amounts, max_size=amounts)
    rises = np.array([draw(row) for _ in range(types + 1)], dtype=float)
    ascending = np.cumsum(rises, axis=1)
    return named(ascending[1:]), PriceCurve(np.arange(1, amounts + 1), ascending[0])


@settings(max_examples=300)
@given(markets_and_curves())
def test_any_curve_is_as_good_as_one_of_m_steps(market):
    """p(n_j) on (n_{j-1}, n_j]: every type buys what it bought, at what it paid, from at most m bundles."""
    valuations, curve = market
    few = m_step(curve, valuations)
    before, after = purchases(curve, valuations), purchases(few, valuations)
    assert len(few.amounts) <= valuations.types
    assert (after.payments == before.payments).all()
    assert (after.amounts == before.amounts).all()


# ------------------------------------------------------------------------- Algorithm 1: the price grid


@pytest.mark.parametrize(
    ("types", "epsilon", "size"),
    [(2, 0.1, 118), (3, 0.1, 165), (5, 0.1, 260), (10, 0.1, 474), (3, 0.05, 427)],
)
def test_size_of_the_price_grid(types, epsilon, size):
    """|W| <= 1 + ceil(log_{1+eps}(1/eps)) ceil((2+eps) m)."""
    bound = 1 + math.ceil(math.log(1 / epsilon, 1 + epsilon)) * math.ceil((2 + epsilon) * types)
    assert len(price_grid(types, epsilon)) == size
    assert largest_grid(types, epsilon) == bound >= size


def test_the_bound_on_the_size_of_the_price_grid_by_hand():
    """25 blocks of 5 levels, and 0: 126."""
    assert largest_grid(2, 0.1) == 126


@pytest.mark.parametrize(("types", "epsilon"), [(2, 0.1), (5, 0.1), (3, 0.3)])
def test_the_grid_covers_each_block_with_the_step_of_its_foot(types, epsilon):
    """W_i covers [Z_{i-1}, Z_{i+1}) with step Z_{i-1} eps/m."""
    levels = price_grid(types, epsilon)
    foot = epsilon * (1 + epsilon) ** np.arange(math.ceil(math.log(1 / epsilon, 1 + epsilon)))
    for z in foot:
        for k in range(1, math.ceil(types * ((1 + epsilon) ** 2 - 1) / epsilon)):
            level = min(z + z * epsilon * k / types, 1)
            assert np.abs(levels - level).min() < 1e-12


@pytest.mark.parametrize("markets", [60, pytest.param(600, marks=pytest.mark.long)])
def test_bringing_prices_down_to_the_grid_costs_less_than_three_epsilon(markets):
    """The best curves of random markets, eps = 0.1: below tau, which is 0.11 to 0.111, and so below 3 eps = 0.3."""
    rng, epsilon, losses = np.random.default_rng(600), 0.1, []
    for _ in range(markets):
        types = int(rng.integers(1, 6))
        valuations, q = random_market(rng, types, int(rng.integers(2, 13)))
        best = optimal_curve(valuations, q)
        down = lowered(m_step(best.curve, valuations), price_grid(types, epsilon))
        losses.append(best.revenue - expected_revenue(down, valuations, q))
        assert losses[-1] <= rounding_loss(types, epsilon) + 1e-9
    assert 0.01 < max(losses) < 3 * epsilon


def test_what_rounding_costs_for_some_numbers_of_types():
    """tau = eps (1 + eps/m)/(1 - eps/m)^(m-1) at eps = 0.1; it is at most 3 eps for all m and eps < 1."""
    assert [round(rounding_loss(m, 0.1), 4) for m in (1, 2, 5, 100)] == [0.11, 0.1105, 0.1106, 0.1105]
    assert max(rounding_loss(m, 0.999999) for m in range(1, 200)) <= 3


def test_rounding_to_the_nearest_level_would_lose_a_sale():
    """Why prices come down together: 2 rows at 0.9 leave the second type as well off as 1 row at 0.5.

    With the discount of the large bundle below that of the small one it takes the small one.
    """
    valuations, q = named(np.array([[0.5, 0.5], [0.6, 1.0]])), np.array([0.5, 0.5])
    assert optimal_curve(valuations, q).curve.pairs() == [[1, 0.5], [2, 0.9]]
    careless = PriceCurve(np.array([1, 2]), np.array([0.45, 0.89]))
    assert expected_revenue(careless, valuations, q) == pytest.approx(0.45)
    levels = np.array([0.0, 0.45, 0.8, 0.89, 1.0])
    assert lowered(PriceCurve(np.array([1, 2]), np.array([0.5, 0.9])), levels).prices.tolist() == [0.45, 0.8]


# ------------------------------------------------------------------------- Algorithm 2: the data grid


@pytest.mark.parametrize(
    ("most", "types", "returns", "epsilon", "size"),
    [(10**5, 3, 1, 0.2, 1231), (10**6, 3, 1, 0.2, 1611), (10**7, 2, 1, 0.1, 4986)],
)
def test_size_of_the_data_grid(most, types, returns, epsilon, size):
    """Logarithmic in N: Jm/eps^2 (1 + log(N eps^2/(Jm))), up to a factor 2 or so."""
    grid = diminishing_returns_grid(most, types, epsilon, returns)
    order = returns * types / epsilon**2
    assert len(grid) == size
    assert grid[-1] == most
    assert size <= 4 * order * (1 + math.log(most / order))


def most_gained(returns, lower, upper):
    """The most that v(upper) - v(lower) can be if v(n + 1) - v(n) <= J/n."""
    return returns * (digamma(upper) - digamma(lower))


@pytest.mark.parametrize(
    ("most", "types", "returns", "epsilon"),
    [(10**5, 3, 1, 0.2), (10**6, 3, 1, 0.2), (10**7, 2, 1, 0.1), (10**6, 5, 0.5, 0.3), (10**5, 2, 0.25, 0.1)],
)
def test_an_amount_rounded_up_gains_at_most_half_a_price_step(most, types, returns, epsilon):
    """v(b) - v(a+1) <= eps^2/(2m) for neighbours a < b of N_D, if 2Jm is whole; half of the step eps x eps/m."""
    grid = diminishing_returns_grid(most, types, epsilon, returns)
    assert most_gained(returns, grid[:-1] + 1, grid[1:]).max() <= epsilon**2 / (2 * types) * (1 + 1e-9)


def test_from_one_amount_of_the_grid_to_the_next_it_can_be_more():
    """A refutation: v(b) - v(a) <= eps^2/(2m) fails because of the floors, by a factor 1.66.

    N = 10^5, m = 3, J = 1, eps = 0.2: Y_0 = 150 and steps of one; soon steps of 1.2 leave 180 and then 182, and a
    valuation may rise by 1/180 + 1/181 there: more than 1/150.
    """
    grid = diminishing_returns_grid(10**5, 3, 0.2, 1)
    place = grid.tolist().index(180)
    assert grid[place + 1] == 182
    assert 1 / 180 + 1 / 181 > 1.65 * 0.2**2 / 6
    beyond = grid[:-1] >= 150
    worst = (most_gained(1, grid[:-1], grid[1:])[beyond]).max() / (0.2**2 / 6)
    assert worst == pytest.approx(1.662, abs=1e-3)


def test_a_block_whose_steps_do_not_fit_ends_with_a_longer_one():
    """A refutation: 2Jm = 6.993 is not whole, and a block ends with a step of nearly two: 1.7 times eps^2/(2m)."""
    types, returns, epsilon = 3, 1.1655314135377979, 0.1
    grid = diminishing_returns_grid(4590, types, epsilon, returns)
    rises = most_gained(returns, grid[:-1] + 1, grid[1:])
    assert rises.max() / (epsilon**2 / (2 * types)) == pytest.approx(1.709, abs=1e-3)


@pytest.mark.parametrize(("smoothness", "most"), [(1.0, 10**5), (3.0, 10**4), (2.5, 777)])
def test_the_smooth_grid(smoothness, most):
    """Steps of eps^2 N/(2Lm), 2Lm/eps^2 amounts; v(b) - v(a+1) <= L (b - a - 1)/N <= eps^2/(2m)."""
    types, epsilon = 2, 0.2
    grid = smooth_grid(most, types, epsilon, smoothness)
    assert len(grid) <= 2 * smoothness * types / epsilon**2 + 1
    assert smoothness * (np.diff(grid) - 1).max() / most <= epsilon**2 / (2 * types)


@pytest.mark.long
def test_amounts_on_a_grid_cost_at_most_a_step_for_each_bundle_but_one():
    """OPT - OPT on the grid <= (m - 1) delta, with real prices: 30 random markets on random grids."""
    rng = np.random.default_rng(30)
    for _ in range(30):
        types, amounts = int(rng.integers(1, 4)), int(rng.integers(3, 11))
        valuations, q = random_market(rng, types, amounts)
        some = np.append(np.flatnonzero(rng.random(amounts - 1) < 0.4) + 1, amounts)
        lost = solve_exactly(valuations, q).revenue - solve_exactly(valuations.only_at(some), q).revenue
        assert -1e-9 <= lost <= (types - 1) * largest_step(valuations, some) + 1e-9


# ------------------------------------------------------------------------- the set of candidate curves


def test_size_of_the_set_of_candidates():
    """binom(grid, m) binom(|W|, m) curves of exactly m steps, and those of fewer; exponential in m only."""
    fewer = count_curves(12, 118, 1)
    assert fewer == 12 * 118
    assert count_curves(12, 118, 2) - fewer == math.comb(12, 2) * math.comb(118, 2)


def test_the_best_candidate_is_within_the_bound_of_the_best_curve():
    """P_bar written out, m = 2, N = 6, eps = 0.1: OPT - best <= tau, 10 markets."""
    rng = np.random.default_rng(20)
    for _ in range(10):
        valuations, q = random_market(rng, 2, 6)
        candidates = every_curve(valuations, valuations.amounts, price_grid(2, 0.1))
        lost = solve_exactly(valuations, q).revenue - q @ candidates.best(q).payments
        assert -1e-9 <= lost <= rounding_loss(2, 0.1) + 1e-9
