"""The price grid W and coming down to it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders.price_markets import any_shape, diminishing, stairs
from fairpool.ground.errors import InputError
from fairpool.pricing.curves.curve import PriceCurve, price_curve
from fairpool.pricing.curves.purchase import purchases
from fairpool.pricing.optimal.grids.discretised import m_step
from fairpool.pricing.optimal.grids.price_levels import largest_grid, lowered, price_grid, rounding_loss
from fairpool.pricing.optimal.optimal import optimal_curve


def test_a_small_grid_by_hand():
    """m = 1, eps = 1/2: blocks from 0.5 and 0.75, three steps of 0.25 and of 0.375 each, capped at 1."""
    assert price_grid(1, 0.5).tolist() == [0.0, 0.75, 1.0]


@given(st.integers(1, 8), st.floats(0.02, 0.9))
def test_neighbours_are_as_close_as_the_price_allows(types, epsilon):
    """From eps (1 + eps/m) up, the level below a price is less than price x eps/m away; levels never repeat."""
    levels = price_grid(types, epsilon)
    positive = levels[1:]
    assert levels[0] == 0
    assert levels[-1] == 1
    assert positive[0] == pytest.approx(min(epsilon * (1 + epsilon / types), 1))
    gaps = np.diff(positive)
    assert (gaps > 1e-12).all()
    assert (gaps <= positive[:-1] * epsilon / types * (1 + 1e-9)).all()
    assert len(levels) <= largest_grid(types, epsilon)


@given(st.integers(1, 60), st.floats(0.001, 0.999))
def test_rounding_never_loses_three_epsilon(types, epsilon):
    """tau is eps (1 + O(eps)), and at most 3 eps for any m and eps below 1."""
    assert epsilon < rounding_loss(types, epsilon) <= 3 * epsilon


@pytest.mark.parametrize("shape", [diminishing, any_shape, stairs])
@pytest.mark.parametrize("epsilon", [0.05, 0.2, 0.5])
def test_no_buyer_pays_much_less_after_coming_down(shape, epsilon):
    """Best curves of 20 markets: each type pays at least what it paid, less tau of the largest value."""
    rng = np.random.default_rng(30)
    for _ in range(20):
        types = int(rng.integers(1, 5))
        valuations = shape(types, 8, rng)
        curve = m_step(optimal_curve(valuations, rng.dirichlet(np.ones(types))).curve, valuations)
        levels = price_grid(types, epsilon) * valuations.largest
        down = lowered(curve, levels)
        before, after = purchases(curve, valuations).payments, purchases(down, valuations).payments
        assert down.is_monotone
        assert np.isin(down.prices, levels).all()
        assert (after >= before - rounding_loss(types, epsilon) * valuations.largest - 1e-12).all()


@given(st.lists(st.floats(0, 1), min_size=1, max_size=6), st.floats(0.02, 0.9))
def test_discounts_never_fall_along_the_levels(prices, epsilon):
    """So whoever preferred a bundle to the smaller ones still does."""
    curve = PriceCurve(np.arange(1, len(prices) + 1), np.sort(prices))
    levels = price_grid(len(prices), epsilon)
    down = lowered(curve, levels)
    discounts = curve.price(down.amounts) - down.prices
    if down.prices[0] < 1 or curve.prices[-1] == 1:
        assert discounts.min() >= -1e-11
        assert (np.diff(discounts) >= -1e-11).all()


def test_a_price_that_is_a_level_stays():
    levels = price_grid(3, 0.1)
    curve = PriceCurve(np.array([1, 2, 3]), levels[[5, 50, 120]])
    assert lowered(curve, levels).pairs() == curve.pairs()


def test_prices_below_the_least_level_leave_the_menu():
    levels = price_grid(2, 0.1)
    assert lowered(price_curve([(1, 0.1), (5, 0.9)]), levels).amounts.tolist() == [5]
    assert lowered(price_curve([(1, 0.05), (5, 0.1)]), levels).pairs() == [[5, 1.0]]


@pytest.mark.parametrize("epsilon", [0.0, 1.0, -0.1, float("nan")])
def test_epsilon_lies_between_zero_and_one(epsilon):
    with pytest.raises(InputError, match="expected a number between 0 and 1"):
        price_grid(2, epsilon)
