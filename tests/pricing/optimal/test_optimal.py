"""The best curve for known types, against enumeration, a MILP-free bound, and what buyers really pay."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings

from builders.price_markets import (
    any_shape,
    best_by_enumeration,
    diminishing,
    named,
    small_markets,
    stairs,
    with_nothing,
)
from fairpool.ground.errors import InputError
from fairpool.pricing.curves.curve import PriceCurve
from fairpool.pricing.curves.purchase import expected_revenue, purchases
from fairpool.pricing.optimal.branch_and_bound import best_assignment
from fairpool.pricing.optimal.cell_grid import cells
from fairpool.pricing.optimal.lottery import best_lottery, everything
from fairpool.pricing.optimal.optimal import DYNAMIC_PROGRAM, optimal_curve
from fairpool.pricing.optimal.single_crossing import best_ordered_places, crossing_order
from fairpool.pricing.optimal.tight_menu import tight_prices
from fairpool.pricing.oracles.menu_search import MenuSearch

SHAPES = [diminishing, any_shape, stairs]


def test_one_type_pays_all_that_the_data_are_worth():
    found = optimal_curve(named(np.array([[1.0, 3.0, 4.0]])), [1.0])
    assert found.curve.pairs() == [[3, 4.0]]
    assert found.revenue == found.upper_bound == 4.0


def test_two_types_by_hand():
    """Small data at 2 to the one, all of it to the other at 5 and not at 6: it could have had a surplus of 1.

    Selling all to the second alone earns 3, both at 2 earns 2, this earns 3.5.
    """
    found = optimal_curve(named(np.array([[2.0, 2.0], [3.0, 6.0]])), [0.5, 0.5])
    assert found.curve.pairs() == [[1, 2.0], [2, 5.0]]
    assert found.purchases.amounts.tolist() == [1, 2]
    assert found.revenue == pytest.approx(3.5, abs=1e-12)


@settings(max_examples=150, deadline=None)
@given(small_markets())
def test_revenue_is_the_best_of_all_assignments(market):
    """Enumeration in plain Python over (N + 1)^m assignments; whole numbers, so ties abound."""
    valuations, q = market
    found = optimal_curve(valuations, q)
    assert found.revenue == pytest.approx(best_by_enumeration(valuations, q), abs=1e-7)
    assert found.revenue <= found.upper_bound <= found.revenue * (1 + 1e-6) + 1e-9


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("seed", range(6))
def test_real_valued_markets_against_enumeration(shape, seed):
    rng = np.random.default_rng(seed)
    valuations, q = shape(3, 9, rng), rng.dirichlet(np.ones(3))
    found = optimal_curve(valuations, q)
    assert found.revenue == pytest.approx(best_by_enumeration(valuations, q), rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("shape", SHAPES)
def test_what_is_told_is_what_buyers_pay(shape):
    """The revenue and the purchases are those of the curve, a type taking its largest favourite amount."""
    rng = np.random.default_rng(11)
    valuations, q = shape(6, 60, rng), rng.dirichlet(np.ones(6))
    found = optimal_curve(valuations, q)
    assert found.curve.is_monotone
    assert found.curve.most == valuations.most
    assert found.revenue == pytest.approx(
        expected_revenue(found.curve, valuations, q), rel=1e-14
    )  # q is made to sum to 1
    utilities = with_nothing(valuations) - np.append(0.0, found.curve.price(valuations.amounts))
    taken = utilities[np.arange(6), found.purchases.amounts]
    np.testing.assert_allclose(taken, utilities.max(axis=1), atol=1e-9)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("seed", range(5))
def test_no_curve_at_random_beats_the_upper_bound(shape, seed):
    """Ten thousand curves, stopped after one box: the bound holds however early the search ends."""
    rng = np.random.default_rng(seed)
    valuations, q = shape(5, 12, rng), rng.dirichlet(np.ones(5))
    found = optimal_curve(valuations, q, most_boxes=1)
    for _ in range(2000):
        prices = np.sort(rng.random(12)) * valuations.largest
        assert (
            expected_revenue(PriceCurve(valuations.amounts, prices), valuations, q)
            <= found.upper_bound + 1e-9
        )


@pytest.mark.parametrize("seed", range(8))
def test_lotteries_bound_what_sure_bundles_earn(seed):
    rng = np.random.default_rng(seed)
    valuations, q = any_shape(3, 7, rng), rng.dirichlet(np.ones(3))
    grid = cells(valuations)
    assert best_lottery(grid, q, everything(grid)).bound >= best_by_enumeration(valuations, q) - 1e-9


def test_lotteries_can_earn_more_than_any_curve():
    """Why the bound alone is no answer: a market in which drawing lots earns more than any menu of sure bundles."""
    gains = []
    for seed in range(40):
        rng = np.random.default_rng(seed)
        valuations, q = stairs(3, 6, rng), rng.dirichlet(np.ones(3))
        grid = cells(valuations)
        bound = best_lottery(grid, q, everything(grid)).bound
        gains.append(bound - best_by_enumeration(valuations, q))
    assert min(gains) > -1e-9
    assert max(gains) > 0.005


@pytest.mark.parametrize("tolerance", [0.3, 0.05, 0.01])
def test_bounds_of_coarse_cells_hold(tolerance):
    """Cells lump amounts together; the bound counts a type's own bundle high and envied ones low, so it still holds."""
    for seed in range(10):
        rng = np.random.default_rng(seed)
        valuations, q = diminishing(3, 12, rng), rng.dirichlet(np.ones(3))
        grid = cells(valuations, tolerance=tolerance)
        assert best_lottery(grid, q, everything(grid)).bound >= best_by_enumeration(valuations, q) - 1e-9
        assert (grid.high - grid.low).max() <= tolerance


def test_ordered_types_by_the_dynamic_program():
    """Types that differ by a factor have single crossing; the program and branch and bound agree."""
    for seed in range(12):
        rng = np.random.default_rng(seed)
        base = np.sort(rng.random(25))
        values = rng.uniform(0.2, 1.0, 5)[:, None] * base
        q = rng.dirichlet(np.ones(5))
        found = optimal_curve(named(values), q)
        assert found.method == DYNAMIC_PROGRAM
        grid = cells(named(values))
        other = best_assignment(grid, q, gap=0.0, most_boxes=10_000)
        assert found.revenue == pytest.approx(other.worth, rel=1e-9)
        assert other.upper_bound == pytest.approx(found.upper_bound, rel=1e-6)


def test_the_dynamic_program_against_enumeration():
    for seed in range(12):
        rng = np.random.default_rng(seed)
        values = np.cumsum(
            np.sort(rng.random((3, 6)), axis=0), axis=1
        )  # steps ordered by type at every amount
        order = crossing_order(with_nothing(named(values)))
        assert order is not None
        q = rng.dirichlet(np.ones(3))
        places = best_ordered_places(with_nothing(named(values)), q, order)
        worth = tight_prices(with_nothing(named(values)), places[None])[0] @ q
        assert worth == pytest.approx(best_by_enumeration(named(values), q), abs=1e-9)


def test_types_that_never_come_do_not_count():
    """Their valuations may be anything; the curve is the best for those that come."""
    values = np.array([[1.0, 2.0, 3.0], [5.0, 5.0, 5.0], [2.0, 2.0, 4.0]])
    with_idle = optimal_curve(named(values), [0.5, 0.0, 0.5])
    without = optimal_curve(named(values[[0, 2]]), [0.5, 0.5])
    assert with_idle.revenue == pytest.approx(without.revenue, abs=1e-12)


def test_worthless_data_are_offered_for_nothing():
    found = optimal_curve(named(np.zeros((2, 4))), [0.5, 0.5])
    assert found.revenue == found.upper_bound == 0.0
    assert found.curve.most == 4


def test_assignments_without_prices_are_told():
    """A type that values all data alike cannot be sold the larger bundle at a higher price than the smaller one."""
    values = np.array([[0.0, 2.0, 2.0], [0.0, 0.0, 5.0]])
    prices = tight_prices(values, np.array([[2, 1], [1, 2], [0, 2], [0, 0]]))
    assert prices[0].tolist() == [-np.inf, -np.inf]
    assert prices[1].tolist() == [2.0, 5.0]
    assert prices[2].tolist() == [-np.inf, -np.inf] or prices[2].tolist() == [0.0, 5.0]
    assert prices[3].tolist() == [0.0, 0.0]


@pytest.mark.long
@pytest.mark.parametrize("m", [2, 5, 10])
def test_a_million_amounts_of_diminishing_returns(m):
    """Proved within one part in a thousand of the best curve of all on 10^6 amounts."""
    rng = np.random.default_rng(m)
    valuations, q = diminishing(m, 10**6, rng), rng.dirichlet(np.ones(m))
    found = optimal_curve(valuations, q, gap=1e-3, most_boxes=100)
    assert found.bound <= 1e-3 * found.revenue * (1 + 1e-6)
    assert purchases(found.curve, valuations).payments @ q == pytest.approx(found.revenue)


def test_the_search_oracle_answers_as_the_optimum_does():
    rng = np.random.default_rng(3)
    valuations = diminishing(4, 30, rng)
    oracle = MenuSearch(valuations, gap=1e-9)
    for _ in range(10):
        weights = rng.exponential(size=4) * 100
        answer = oracle.best(weights)
        best = optimal_curve(valuations, weights / weights.sum())
        assert answer.payments @ weights / weights.sum() == pytest.approx(best.revenue, rel=1e-6)
    assert oracle.best(np.array([0.0, 2.0, 0.0, 0.0])).payments[1] == pytest.approx(valuations.values[1, -1])
    assert oracle.best(np.zeros(4)).curve.most == 30


@pytest.mark.parametrize(
    ("probabilities", "told"),
    [
        ([0.5, 0.4], "sum to 0.9"),
        ([0.5], "expected one for each of the 2 types"),
        ([1.5, -0.5], "from 0 to 1"),
        ([float("nan"), 1.0], "from 0 to 1"),
    ],
)
def test_probabilities_that_are_none(probabilities, told):
    with pytest.raises(InputError, match=told):
        optimal_curve(named(np.array([[1.0], [2.0]])), probabilities)
