"""The mixed-integer program against all whole-number curves, all assignments, and the other exact solver."""

from __future__ import annotations

from itertools import combinations_with_replacement

import numpy as np
import pytest
from hypothesis import given, settings

from builders.price_markets import any_shape, best_by_enumeration, diminishing, named, small_markets, stairs
from fairpool.ground.errors import InputError
from fairpool.pricing.curves.curve import PriceCurve
from fairpool.pricing.curves.purchase import expected_revenue, purchases
from fairpool.pricing.curves.valuations import Valuations
from fairpool.pricing.optimal.mixed_integer import selling_all, solve_exactly, without_idle_amounts
from fairpool.pricing.optimal.optimal import optimal_curve

SHAPES = [diminishing, any_shape, stairs]


def best_of_whole_prices(valuations: Valuations, q: np.ndarray) -> float:
    """The best never falling curve with whole prices for all amounts; some best curve is one if values are whole."""
    prices = range(int(valuations.largest) + 1)
    return max(
        expected_revenue(PriceCurve(valuations.amounts, np.array(curve, dtype=float)), valuations, q)
        for curve in combinations_with_replacement(prices, len(valuations.amounts))
    )


def test_two_types_by_hand():
    """Small data at 2 to the one, all of it to the other at 5 and not at 6: it could have had a surplus of 1."""
    found = solve_exactly(named(np.array([[2.0, 2.0], [3.0, 6.0]])), [0.5, 0.5])
    assert found.curve.pairs() == [[1, 2.0], [2, 5.0]]
    assert (found.revenue, found.status) == (pytest.approx(3.5, abs=1e-12), "optimal")


@settings(max_examples=40)
@given(small_markets(types=3, amounts=3))
def test_no_curve_of_whole_prices_earns_more(market):
    """Every such curve is tried, on valuations full of ties."""
    valuations, q = market
    found = solve_exactly(valuations, q)
    assert found.revenue == pytest.approx(best_of_whole_prices(valuations, q), abs=1e-9)
    assert found.is_optimal


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("types", [1, 2, 3])
def test_revenue_is_the_best_of_all_assignments(shape, types):
    rng = np.random.default_rng(types)
    for _ in range(6):
        valuations, q = shape(types, 5, rng), rng.dirichlet(np.ones(types))
        found = solve_exactly(valuations, q)
        assert found.revenue == pytest.approx(best_by_enumeration(valuations, q), abs=1e-12)
        assert found.revenue <= found.upper_bound <= found.revenue + 1e-6 * valuations.largest


@pytest.mark.long
@pytest.mark.parametrize("shape", SHAPES)
def test_both_exact_solvers_agree(shape):
    """Another formulation, another algorithm: 4 types, 15 amounts, values in the hundreds."""
    rng = np.random.default_rng(15)
    valuations, q = shape(4, 15, rng), rng.dirichlet(np.ones(4))
    dear = Valuations(valuations.amounts, 300 * valuations.values, valuations.names)
    exact, other = solve_exactly(dear, q), optimal_curve(dear, q)
    assert exact.revenue == pytest.approx(other.revenue, rel=1e-6)
    assert exact.upper_bound >= other.revenue * (1 - 1e-6)


def test_revenue_is_what_buyers_pay_for_the_curve():
    rng = np.random.default_rng(3)
    valuations, q = diminishing(3, 12, rng), rng.dirichlet(np.ones(3))
    found = solve_exactly(valuations, q)
    assert found.curve.is_monotone
    assert found.curve.most == valuations.most
    assert found.revenue == pytest.approx(q @ purchases(found.curve, valuations).payments, rel=1e-12)


def test_amounts_that_nobody_tells_apart_are_merged_into_the_largest():
    valuations = Valuations(np.array([2, 3, 5, 9]), np.array([[1.0, 1, 2, 2], [0, 0, 3, 3]]), ("a", "b"))
    assert without_idle_amounts(valuations).amounts.tolist() == [3, 9]


def test_all_rows_are_on_offer_where_nobody_gains_by_them():
    """A curve that ends early gets a last bundle at the largest value."""
    valuations = named(np.array([[1.0, 2.0, 4.0]]))
    longer = selling_all(PriceCurve(np.array([2]), np.array([2.0])), valuations)
    assert longer.pairs() == [[2, 2.0], [3, 4.0]]


def test_data_of_no_worth_to_anybody_earn_nothing():
    found = solve_exactly(named(np.zeros((2, 3))), [0.5, 0.5])
    assert (found.revenue, found.upper_bound, found.status) == (0.0, 0.0, "optimal")


def test_without_time_there_is_still_the_best_single_bundle():
    """All rows at 0.6 to both earn 0.6; if both paid all that these are worth to them, it would be 0.72."""
    rising = 1 - np.exp(-np.arange(1, 61) / 20)
    shape = rising / rising[-1]
    others = diminishing(4, 60, np.random.default_rng(0)).values
    market = named(np.vstack([shape, 0.6 * shape**1.5, others]))
    found = solve_exactly(market, [0.3, 0.7, 0, 0, 0, 0], time_limit=0.0)
    assert found.status == "stopped by the time limit"
    assert not found.is_optimal
    assert found.revenue >= 0.6 - 1e-12
    assert found.revenue <= found.upper_bound <= 0.72 + 1e-12


def test_a_solver_that_is_stopped_still_bounds_the_optimum():
    """Eight types and 80 amounts are too many for half a second, or nearly."""
    rng = np.random.default_rng(80)
    valuations, q = diminishing(8, 80, rng), rng.dirichlet(np.ones(8))
    best = optimal_curve(valuations, q, gap=1e-4)
    found = solve_exactly(valuations, q, time_limit=0.5)
    assert found.upper_bound >= best.revenue - 1e-7
    assert found.revenue <= best.upper_bound + 1e-7
    assert found.is_optimal == (found.upper_bound < found.revenue + 1e-6)


def test_probabilities_have_to_be_a_distribution():
    with pytest.raises(InputError, match="expected 1"):
        solve_exactly(named(np.ones((2, 2))), [0.5, 0.4])
