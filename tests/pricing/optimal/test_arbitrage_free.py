"""Curves that nobody can buy cheaper in parts."""

from __future__ import annotations

import numpy as np
import pytest

from builders.price_markets import any_shape, diminishing, named, stairs
from fairpool.pricing.curves.arbitrage import find_arbitrage
from fairpool.pricing.curves.curve import PriceCurve
from fairpool.pricing.curves.nearest_curve import cheapest_cover
from fairpool.pricing.curves.purchase import expected_revenue
from fairpool.pricing.optimal.arbitrage_free import arbitrage_free_curve
from fairpool.pricing.optimal.optimal import optimal_curve


def test_a_curve_that_would_be_bought_in_parts():
    """By hand: 1 row is worth 1 to the first type; both together are worth 5 to the second, half of it nothing.

    The best curve asks 1 and 5 and earns 3, but two single rows cost 2 only.  Without arbitrage p(2) <= 2 p(1): serving
    both earns (1 + 2)/2; giving the first type up, at a price of 2.5 a row, earns 2.5.
    """
    valuations = named(np.array([[1.0, 1.0], [0.0, 5.0]]))
    best = optimal_curve(valuations, [0.5, 0.5])
    assert best.revenue == pytest.approx(3.0)
    found = arbitrage_free_curve(valuations, [0.5, 0.5], best)
    assert found.revenue == pytest.approx(2.5)
    assert find_arbitrage(found.curve) is None
    assert found.upper_bound == best.upper_bound


@pytest.mark.parametrize("shape", [diminishing, any_shape, stairs])
@pytest.mark.parametrize("seed", range(4))
def test_never_worse_than_what_the_best_curve_earns_from_buyers_in_parts(shape, seed):
    rng = np.random.default_rng(seed)
    valuations, q = shape(4, 15, rng), rng.dirichlet(np.ones(4))
    best = optimal_curve(valuations, q)
    found = arbitrage_free_curve(valuations, q, best)
    assert find_arbitrage(found.curve) is None
    assert found.curve.is_monotone
    cover = cheapest_cover(PriceCurve(valuations.amounts, best.curve.price(valuations.amounts)))
    assert expected_revenue(cover, valuations, q) - 1e-9 <= found.revenue <= best.upper_bound + 1e-9
    assert found.revenue == pytest.approx(expected_revenue(found.curve, valuations, q), rel=1e-12)


def test_no_better_one_on_a_grid_of_prices():
    """Every arbitrage-free curve of three amounts with prices 0, 1/2, .. 5: none earns more than what was found."""
    for seed in range(5):
        rng = np.random.default_rng(seed)
        valuations = named(np.cumsum(rng.integers(0, 4, (2, 3)), axis=1).astype(float))
        q = rng.dirichlet(np.ones(2))
        found = arbitrage_free_curve(valuations, q, optimal_curve(valuations, q))
        steps = np.arange(0.0, valuations.largest + 0.5, 0.5)
        listed = [
            PriceCurve(np.array([1, 2, 3]), np.array([a, b, c]))
            for a in steps
            for b in steps[(steps >= a) & (steps <= 2 * a)]
            for c in steps[(steps >= b) & (steps <= a + b)]
        ]
        assert max(expected_revenue(one, valuations, q) for one in listed) <= found.revenue + 1e-9


def test_a_curve_without_arbitrage_is_left_as_it_is():
    rng = np.random.default_rng(0)
    valuations = diminishing(5, 100, rng)
    best = optimal_curve(valuations, np.ones(5) / 5)
    assert find_arbitrage(best.curve) is None
    assert arbitrage_free_curve(valuations, np.ones(5) / 5, best) is best
