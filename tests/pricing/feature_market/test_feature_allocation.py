"""Degraded features: the paper's formulas, coupled over bids, and the least bids that invert them."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairpool.ground.errors import InputError
from fairpool.pricing.published.feature_market.allocation import MaskAllocation, NoiseAllocation

NOISE, MASK = NoiseAllocation(sigma=0.5, largest_price=10.0, steps=20), MaskAllocation(steps=20)
X = np.arange(1.0, 13.0).reshape(4, 3)


def test_formulas_of_the_paper():
    """AF1 adds noise of scale max(0, p - b), AF2 keeps cells with probability min(b/p, 1)."""
    np.testing.assert_array_equal(NOISE.level(4.0, [0.0, 1.0, 4.0, 9.0]), [4.0, 3.0, 0.0, 0.0])
    np.testing.assert_array_equal(MASK.level(4.0, [0.0, 1.0, 4.0, 9.0]), [0.0, 0.25, 1.0, 1.0])
    np.testing.assert_array_equal(MASK.level(0.0, [0.0, 3.0]), [1.0, 1.0])


@pytest.mark.parametrize("allocation", [NOISE, MASK])
def test_bids_from_the_price_up_get_features_as_they_are(allocation):
    """The last level costs the price, and leaves every cell alone."""
    draw = allocation.draw(X.shape, rng=np.random.default_rng(0))
    np.testing.assert_array_equal(allocation.degraded(X, float(allocation.levels[-1]), draw), X)
    np.testing.assert_allclose(allocation.least_bids(7.0)[-1], 7.0)


@pytest.mark.parametrize("allocation", [NOISE, MASK])
@given(price=st.floats(0.01, 10.0), share=st.floats(0.0, 1.5))
def test_a_bid_gets_the_best_level_that_the_formula_grants(allocation, price, share):
    """Its level is no better than the formula says, and the next one is better than that."""
    bid = share * price
    bids = allocation.least_bids(price)
    place = int(np.searchsorted(bids, bid, side="right")) - 1
    sign = -1.0 if allocation is NOISE else 1.0
    granted = sign * float(allocation.level(price, bid))
    assert bids[0] == 0
    assert (np.diff(bids) >= 0).all()
    assert sign * allocation.levels[place] <= granted + 1e-9
    if place < 20:
        assert sign * allocation.levels[place + 1] >= granted - 1e-9


def test_a_higher_bid_has_the_same_noise_and_less_of_it():
    """Common random numbers: the difference of two levels is a multiple of one draw."""
    draw = NOISE.draw((1000, 5), rng=np.random.default_rng(0))
    far, near = NOISE.degraded(np.zeros((1000, 5)), 6.0, draw), NOISE.degraded(np.zeros((1000, 5)), 2.0, draw)
    np.testing.assert_allclose(far, 3 * near)
    assert abs(near.std() - 2.0 * 0.5) < 4 * 1.0 / np.sqrt(2 * near.size)


def test_a_cell_that_a_bid_keeps_every_higher_bid_keeps():
    """Masks are nested, and a level keeps its share of cells."""
    draw = MASK.draw((1000, 5), rng=np.random.default_rng(0))
    ones = np.ones((1000, 5))
    kept = [MASK.degraded(ones, level, draw) for level in (0.0, 0.3, 0.7, 1.0)]
    assert all((less <= more).all() for less, more in pairwise(kept))
    assert abs(kept[1].mean() - 0.3) < 4 * np.sqrt(0.3 * 0.7 / 5000)
    assert kept[0].sum() == 0


def test_allocations_that_cannot_be_are_refused():
    """Messages say what was got."""
    with pytest.raises(InputError, match="sigma: got 0"):
        NoiseAllocation(sigma=0, largest_price=1.0)
    with pytest.raises(InputError, match="steps: got 0"):
        MaskAllocation(steps=0)
    with pytest.raises(InputError, match="price: got 11, expected at most 10"):
        NOISE.least_bids(11.0)
