"""Which amounts are offered, and what others gain by rounding up to them."""

from __future__ import annotations

import numpy as np
import pytest

from builders.price_markets import any_shape, diminishing, named, stairs
from fairpool.ground.errors import InputError
from fairpool.pricing.curves.valuations import Valuations
from fairpool.pricing.optimal.grids.data_grid import (
    Assumption,
    adapted_grid,
    amounts_offered,
    diminishing_returns,
    diminishing_returns_grid,
    largest_step,
    smooth_grid,
)

SHAPES = [diminishing, any_shape, stairs]


def gains_by_rounding_up(valuations: Valuations, offered: np.ndarray) -> float:
    """The definition of delta, amount by amount."""
    gains = [
        float(valuations.at(min(g for g in offered if g >= n))[i] - valuations.at(n)[i])
        for n in valuations.amounts
        for i in range(valuations.types)
    ]
    return max(gains)


@pytest.mark.parametrize("shape", SHAPES)
def test_the_largest_step_is_what_an_amount_gains_by_rounding_up(shape):
    rng = np.random.default_rng(1)
    valuations = shape(2, 20, rng)
    offered = np.append(np.sort(rng.choice(np.arange(1, 20), 4, replace=False)), 20)
    assert largest_step(valuations, offered) == pytest.approx(gains_by_rounding_up(valuations, offered))
    assert largest_step(valuations, valuations.amounts) == 0


@pytest.mark.parametrize("assumption", list(Assumption))
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("gaps", [False, True])
def test_rounding_up_gains_half_a_price_step_at_most(assumption, shape, gaps):
    """delta <= eps^2/(2m) of the largest value, for every grid, dense or listed with gaps, whatever the shape."""
    rng = np.random.default_rng(4)
    for epsilon in (0.2, 0.5, 0.8):
        valuations = shape(3, 400, rng)
        if gaps:
            valuations = valuations.only_at(np.append(np.sort(rng.choice(399, 150, replace=False)) + 1, 400))
        offered = amounts_offered(valuations, assumption, epsilon)
        assert np.isin(offered, valuations.amounts).all()
        assert offered[-1] == valuations.most
        assert largest_step(valuations, offered) <= epsilon**2 / 6 * valuations.largest * (1 + 1e-9)


def test_a_j_that_does_not_fit_the_blocks_is_taken_a_little_larger():
    """J = 1.1655 and 2Jm = 6.993: N_D for that J would leave a step 1.7 times too long, from 817 to 820."""
    n = np.arange(1, 4591)
    rises = np.where(n > 700, 1.1655314135377979 / np.maximum(n - 1, 1), 0.0)
    climbing = np.minimum(np.cumsum(rises), 1.0)
    valuations = named(np.vstack([climbing, climbing, climbing]))
    assert diminishing_returns(valuations) == pytest.approx(1.1655314135377979)
    plain = diminishing_returns_grid(4590, 3, 0.1, diminishing_returns(valuations))
    offered = amounts_offered(valuations, Assumption.DIMINISHING_RETURNS, 0.1)
    assert largest_step(valuations, plain) > 1.7 * 0.01 / 6
    assert largest_step(valuations, offered) <= 0.01 / 6 * (1 + 1e-9)


@pytest.mark.parametrize("shape", SHAPES)
def test_the_adapted_grid_is_small_for_any_number_of_amounts(shape):
    """1 + 2 m^2/eps^2 amounts at most: 201 of 20,000."""
    valuations = shape(2, 20_000, np.random.default_rng(8))
    assert len(adapted_grid(valuations, 0.2)) <= 201


def test_the_adapted_grid_takes_no_amount_without_need():
    """Each gap made one amount longer would be too long for some type."""
    valuations = any_shape(2, 300, np.random.default_rng(9))
    places = adapted_grid(valuations, 0.5) - 1
    rise = 0.25 / 4 * valuations.largest
    for before, place in zip(np.append(-1, places), places[:-1], strict=False):
        assert (valuations.values[:, place + 1] - valuations.values[:, before + 1] > rise).any()


def test_the_smooth_grid_does_not_grow_with_the_number_of_amounts():
    """2 L m/eps^2 amounts: L = 2, m = 3, eps = 0.2 gives 300."""
    assert [len(smooth_grid(n, 3, 0.2, 2.0)) for n in (10**4, 10**6, 10**8)] == [300, 300, 300]


def test_few_amounts_are_all_offered():
    assert smooth_grid(50, 2, 0.1, 1.0).tolist() == list(range(1, 51))
    assert diminishing_returns_grid(50, 2, 0.1, 1.0).tolist() == list(range(1, 51))


def test_valuations_that_hardly_rise_need_few_amounts():
    """No returns at all: only factors of 1 + eps^2 are left of N_D, and N of the smooth grid."""
    assert smooth_grid(1000, 2, 0.5, 0.0).tolist() == [1000]
    assert len(diminishing_returns_grid(10**6, 2, 0.5, 0.0)) < 1 + np.log(10**6) / np.log(1.25) + 2
    flat = named(np.ones((2, 100)))
    assert adapted_grid(flat, 0.5).tolist() == [100]


def test_amounts_below_the_first_listed_one_are_not_offered():
    valuations = Valuations(np.array([40, 41, 90]), np.array([[1.0, 2.0, 3.0]]), ("a",))
    for assumption in Assumption:
        assert set(amounts_offered(valuations, assumption, 0.3)) <= {40, 41, 90}


def test_an_unknown_assumption_is_refused_with_those_there_are():
    with pytest.raises(InputError, match="got 'convex', expected one of monotone, smooth, diminishing"):
        amounts_offered(named(np.ones((1, 3))), "convex", 0.1)
