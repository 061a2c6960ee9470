"""The doors for Python: the same names and answers as the command line."""

from __future__ import annotations

import numpy as np
import pytest

from builders.price_markets import diminishing, named
from fairpool import marketplace, pricing
from fairpool.ground.errors import InputError
from fairpool.pricing import check, fit, price_curve
from fairpool.pricing.curves.arbitrage import Arbitrage


def test_both_methods_answer_alike_within_their_bounds():
    rng = np.random.default_rng(1)
    valuations, q = diminishing(3, 30, rng), np.array([0.5, 0.3, 0.2])
    exact, discretised = fit(valuations, q), fit(valuations, q, method="discretised", epsilon=0.05)
    assert exact.bound <= 1e-6 * exact.revenue
    assert discretised.revenue <= exact.revenue + 1e-9
    assert exact.revenue - discretised.revenue <= discretised.bound + 1e-9


def test_a_fitted_curve_can_be_asked_to_be_free_of_arbitrage():
    """By hand: 1 and 5 are the best prices of 1 and 2 rows, but two single rows cost 2."""
    valuations = named(np.array([[1.0, 1.0], [0.0, 5.0]]))
    assert check(fit(valuations, [0.5, 0.5]).curve).arbitrage == Arbitrage(1, 1, 5.0, 2.0)
    assert check(fit(valuations, [0.5, 0.5], arbitrage_free=True).curve).holds


def test_a_curve_that_falls_is_told():
    verdict = check(price_curve([(1, 2.0), (2, 1.0)]))
    assert not verdict.monotone
    assert not verdict.holds


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"method": "guess"}, "method: got 'guess', expected exact or discretised"),
        ({"method": "discretised", "arbitrage_free": True}, "use method='exact'"),
        ({"gap": -1.0}, "gap: got -1"),
        ({"gap": float("nan")}, "gap: got nan"),
    ],
)
def test_options_that_are_none(options, told):
    with pytest.raises(InputError, match=told):
        fit(named(np.array([[1.0]])), [1.0], **options)


def test_every_name_of_the_room_is_there():
    """What `__all__` lists can be imported."""
    assert all(hasattr(pricing, name) for name in pricing.__all__)
    assert all(hasattr(marketplace, name) for name in marketplace.__all__)
