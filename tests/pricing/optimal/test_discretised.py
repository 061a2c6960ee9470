"""The discretised optimum against the exact one: never better, and never worse than its bound allows."""

from __future__ import annotations

import numpy as np
import pytest

from builders.price_markets import any_shape, diminishing, named, stairs
from fairpool.ground.errors import InputError
from fairpool.pricing.curves.curve import PriceCurve
from fairpool.pricing.curves.purchase import expected_revenue, purchases
from fairpool.pricing.curves.valuations import Valuations
from fairpool.pricing.optimal.grids.data_grid import Assumption
from fairpool.pricing.optimal.grids.discretised import (
    ENUMERATED,
    ROUNDED,
    m_step,
    solve_discretised,
    with_better_prices,
)
from fairpool.pricing.optimal.grids.enumeration import every_curve
from fairpool.pricing.optimal.grids.price_levels import lowered, price_grid
from fairpool.pricing.optimal.mixed_integer import solve_exactly
from fairpool.pricing.optimal.optimal import optimal_curve

SHAPES = [diminishing, any_shape, stairs]


def random_market(rng):
    """m in 1..3, N in 2..12, values in any unit, probabilities anywhere in the simplex."""
    types, amounts = int(rng.integers(1, 4)), int(rng.integers(2, 13))
    shape = SHAPES[rng.integers(3)](types, amounts, rng)
    if shape.largest == 0:
        return random_market(rng)
    in_money = Valuations(shape.amounts, 10 ** rng.uniform(-2, 4) * shape.values, shape.names)
    return in_money, rng.dirichlet(np.ones(types))


def within_the_bound(valuations, q, epsilon, assumption):
    """Solves both ways, checks all that is promised, and returns the method and the loss in units of epsilon."""
    exact = solve_exactly(valuations, q)
    found = solve_discretised(valuations, q, epsilon=epsilon, assumption=assumption)
    unit = valuations.largest
    assert -1e-9 * unit <= exact.revenue - found.revenue
    assert exact.revenue - found.revenue <= found.bound + 1e-7 * unit
    assert found.bound <= found.promised + 1e-7 * unit
    assert found.revenue == pytest.approx(q @ purchases(found.curve, valuations).payments, rel=1e-12)
    assert np.isin(found.curve.prices, found.prices).all()
    assert found.curve.is_monotone
    return found.method, (exact.revenue - found.revenue) / unit / epsilon


@pytest.mark.parametrize("assumption", list(Assumption))
def test_exact_and_discretised_agree_within_the_bound(assumption):
    """24 markets for each assumption; the long test does 500."""
    rng = np.random.default_rng(24)
    for _ in range(24):
        within_the_bound(*random_market(rng), rng.choice([0.05, 0.1, 0.3, 0.6]), assumption)


@pytest.mark.long
def test_exact_and_discretised_agree_within_the_bound_on_500_instances():
    """Both ways of finding the discretised curve occur often, and losses are far from the bound of about epsilon."""
    rng = np.random.default_rng(500)
    assumptions = list(Assumption)
    methods, losses = zip(
        *(
            within_the_bound(*random_market(rng), rng.choice([0.05, 0.1, 0.2, 0.4]), assumptions[k % 4])
            for k in range(500)
        ),
        strict=True,
    )
    assert min(methods.count(ENUMERATED), methods.count(ROUNDED)) > 100
    assert max(losses) < 0.8
    assert np.mean(losses) < 0.06


def test_small_sets_of_curves_are_searched_exhaustively():
    valuations, q = diminishing(2, 6, np.random.default_rng(1)), np.array([0.4, 0.6])
    found = solve_discretised(valuations, q, epsilon=0.2)
    best = every_curve(valuations, found.amounts, found.prices).best(q)
    assert found.method == ENUMERATED
    assert found.revenue == pytest.approx(q @ best.payments, abs=1e-12)


def test_a_loss_of_the_whole_bound_can_nearly_be_had():
    """Most buyers value the data just below the least price there is; who values it at 1 hardly ever comes."""
    epsilon = 0.1
    least = epsilon * (1 + epsilon / 2)
    found = solve_discretised(named(np.array([[least - 1e-6], [1.0]])), [0.999, 0.001], epsilon=epsilon)
    lost = 0.999 * (least - 1e-6) - found.revenue
    assert 0.93 * found.promised < lost <= found.bound <= found.promised


def test_a_million_amounts_with_diminishing_returns():
    """m = 5: one per cent proved, from thousands of amounts instead of a million."""
    rng = np.random.default_rng(6)
    n = np.arange(1, 1_000_001)
    rates, ceilings = 10 ** rng.uniform(-6, -3, 5), rng.uniform(0.4, 1, 5)
    valuations = Valuations(n, ceilings[:, None] * -np.expm1(-rates[:, None] * n), tuple("abcde"))
    found = solve_discretised(
        valuations, np.full(5, 0.2), epsilon=0.05, assumption=Assumption.DIMINISHING_RETURNS
    )
    assert len(found.amounts) < 20_000
    assert found.bound < 0.01 * found.revenue


def test_the_data_grid_is_paid_for_in_the_bound():
    """A larger step, a larger bound: real prices on the grid prove that much less about all amounts."""
    rng = np.random.default_rng(7)
    valuations, q = diminishing(3, 2000, rng), rng.dirichlet(np.ones(3))
    every = solve_discretised(valuations, q, epsilon=0.3)
    few = solve_discretised(valuations, q, epsilon=0.3, assumption="adapted")
    assert every.largest_step == 0
    assert few.promised == pytest.approx(every.promised + 2 * few.largest_step)
    assert every.upper_bound <= few.upper_bound + 1e-7


def test_moving_single_prices_only_ever_earns_more():
    """From the cheapest levels to a curve that no single price improves."""
    rng = np.random.default_rng(8)
    valuations, q = diminishing(3, 30, rng), rng.dirichlet(np.ones(3))
    levels = price_grid(3, 0.1) * valuations.largest
    start = PriceCurve(np.array([5, 10, 30]), levels[[1, 2, 3]])
    better = with_better_prices(start, valuations, q, levels)
    assert better.is_monotone
    assert expected_revenue(better, valuations, q) > expected_revenue(start, valuations, q)
    again = with_better_prices(better, valuations, q, levels)
    assert again.pairs() == better.pairs()


def test_no_single_price_of_the_result_can_be_improved():
    """What comes down to the price grid is moved on from there: 10 markets too large to enumerate."""
    rng = np.random.default_rng(9)
    improved = False
    for _ in range(10):
        valuations, q = diminishing(3, 60, rng), rng.dirichlet(np.ones(3))
        found = solve_discretised(valuations, q, epsilon=0.1)
        bundles = m_step(found.curve, valuations)
        again = with_better_prices(bundles, valuations, q, found.prices)
        assert found.method == ROUNDED
        assert expected_revenue(again, valuations, q) <= found.revenue + 1e-12
        plain = lowered(m_step(optimal_curve(valuations, q).curve, valuations), found.prices)
        improved |= expected_revenue(plain, valuations, q) < found.revenue - 1e-6
    assert improved


def test_a_curve_of_which_nobody_buys_keeps_its_largest_bundle():
    curve = PriceCurve(np.array([1, 2]), np.array([5.0, 6.0]))
    assert m_step(curve, named(np.array([[1.0, 2.0]]))).pairs() == [[2, 6.0]]


@pytest.mark.parametrize("values", [np.zeros((2, 4)), np.ones((1, 1)), np.ones((3, 2))])
def test_markets_hardly_worth_the_name_are_solved(values):
    """Nothing worth anything, one row, types that agree."""
    types = len(values)
    for assumption in Assumption:
        found = solve_discretised(
            named(values), np.full(types, 1 / types), epsilon=0.2, assumption=assumption
        )
        assert found.revenue == pytest.approx(values.max())


def test_types_that_never_come_change_nothing():
    valuations = named(np.array([[1.0, 2.0], [5.0, 6.0]]))
    assert solve_discretised(valuations, [0.0, 1.0], epsilon=0.1).revenue == pytest.approx(6.0)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"epsilon": 0.0}, "epsilon: got 0, expected a number between 0 and 1"),
        ({"assumption": "concave"}, "assumption: got 'concave', expected one of monotone"),
        ({"probabilities": [0.5, 0.6]}, "sum to 1.1, expected 1"),
    ],
)
def test_bad_input_is_refused(changed, message):
    given_ = {"probabilities": [0.5, 0.5], "epsilon": 0.1, "assumption": "monotone"} | changed
    with pytest.raises(InputError, match=message):
        solve_discretised(named(np.ones((2, 3))), **given_)
