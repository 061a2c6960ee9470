"""L and J measured, against the definitions for every pair of amounts."""

from __future__ import annotations

import numpy as np
import pytest

from builders.price_markets import any_shape, diminishing, named, stairs
from fairpool.pricing.curves.valuations import Valuations
from fairpool.pricing.optimal.grids.data_grid import diminishing_returns, smoothness


def least_constants(valuations: Valuations) -> tuple[float, float]:
    """L and J from all pairs of listed amounts, in plain Python."""
    n, v = valuations.amounts.tolist(), (valuations.values / valuations.largest).tolist()
    pairs = [(a, b) for a in range(len(n)) for b in range(a + 1, len(n))]
    smooth = max((row[b] - row[a]) * n[-1] / (n[b] - n[a]) for row in v for a, b in pairs)
    returns = max((row[b] - row[a]) / sum(1 / k for k in range(n[a], n[b])) for row in v for a, b in pairs)
    return smooth, returns


@pytest.mark.parametrize("shape", [diminishing, any_shape, stairs])
def test_constants_are_the_least_that_hold(shape):
    """All amounts listed, and the same in money."""
    valuations = shape(3, 12, np.random.default_rng(2))
    in_money = Valuations(valuations.amounts, 250 * valuations.values, valuations.names)
    expected = pytest.approx(least_constants(valuations))
    assert (smoothness(valuations), diminishing_returns(valuations)) == expected
    assert (smoothness(in_money), diminishing_returns(in_money)) == expected


def test_constants_hold_between_listed_amounts():
    """With gaps: 3, 4, 10, 11, 400 rows."""
    amounts = np.array([3, 4, 10, 11, 400])
    values = np.sort(np.random.default_rng(5).random((2, 5)), axis=1)
    valuations = Valuations(amounts, values, ("a", "b"))
    assert (smoothness(valuations), diminishing_returns(valuations)) == pytest.approx(
        least_constants(valuations)
    )


def test_a_logarithm_has_constant_returns():
    """v(n + 1) - v(n) = log(1 + 1/n) tends to 1/n; listing every 10th of a million amounts changes little."""
    n = np.arange(1, 100_001)
    every = Valuations(n, np.log(n)[None], ("a",))
    tenth = every.only_at(n[9::10])
    assert diminishing_returns(every) * np.log(n[-1]) == pytest.approx(1, abs=1e-5)
    assert diminishing_returns(tenth) * np.log(n[-1]) == pytest.approx(1, abs=0.06)


@pytest.mark.parametrize("values", [np.array([[2.0]]), np.zeros((2, 5)), np.ones((2, 5))])
def test_valuations_that_do_not_rise_are_as_smooth_as_can_be(values):
    assert (smoothness(named(values)), diminishing_returns(named(values))) == (0.0, 0.0)
