"""Myerson payments: closed forms against quadrature, and what holds where the gain falls."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.integrate import quad

from fairpool.audits.feature_market.bids import lies_about_value
from fairpool.ground.errors import InputError
from fairpool.pricing.published.feature_market.payment import (
    GainCurve,
    linear_payment,
    myerson_payment,
    payments_over_prices,
)
from fairpool.pricing.published.feature_market.simulation import mean_curve

GRAIN = 64


def numbers(size, most):
    return arrays(np.int64, size, elements=st.integers(0, most)).map(lambda a: a / GRAIN)


@st.composite
def curves(draw, rising=False):
    """Step curves with up to eight levels; bids may repeat."""
    levels = draw(st.integers(1, 8))
    bids = np.sort(draw(numbers(levels, 4 * GRAIN)))
    gains = draw(numbers(levels, GRAIN))
    return GainCurve(np.append(0.0, bids[1:]), np.sort(gains) if rising else gains)


def payment_by_definition(curve, bid):
    """b G(b) minus the area under the steps, one rectangle after the other."""
    ends = [*curve.bids[1:].tolist(), float("inf")]
    area = sum(g * max(0.0, min(e, bid) - s) for s, e, g in zip(curve.bids, ends, curve.gains, strict=True))
    here = max(k for k, z in enumerate(curve.bids) if z <= bid)
    return bid * curve.gains[here] - area


@given(curves(), st.integers(0, 5 * GRAIN).map(lambda b: b / GRAIN))
def test_steps_are_paid_where_they_rise(curve, bid):
    """The sum over steps is b G(b) - integral of G."""
    assert float(curve.payment(bid)) == pytest.approx(payment_by_definition(curve, bid), abs=1e-12)


@given(curves(rising=True), st.integers(0, 5 * GRAIN).map(lambda b: b / GRAIN))
def test_the_truth_is_best_if_the_gain_never_falls(curve, value):
    """Nothing is gained by any lie, and payments lie between 0 and b G(b)."""
    found = lies_about_value(curve, value=value, largest_bid=5.0)
    bids = np.array([trial.action for trial in found.trials])
    assert found.gain <= 1e-12
    assert float(curve.utility(value, value)) >= -1e-12
    paid = curve.payment(bids)
    assert (paid >= 0).all()
    assert (paid <= bids * curve.gain(bids) + 1e-12).all()


@given(curves(), st.integers(0, 4 * GRAIN).map(lambda b: b / GRAIN))
def test_where_the_gain_falls_lies_gain_no_more_than_the_fall_times_the_lie(curve, value):
    """U(b) - U(mu) <= d |mu - b|, U(mu) >= 0 and RF >= -b d hold for every G."""
    found, d = lies_about_value(curve, value=value, largest_bid=5.0), curve.largest_fall
    bids, utilities = np.array([(trial.action, trial.deviating) for trial in found.trials]).T
    truth, bound = curve.utility(value, value), d * np.abs(bids - value).max()
    assert (utilities - truth <= d * np.abs(bids - value) + 1e-12).all()
    assert found.gain <= bound + 1e-12
    assert truth >= -1e-12
    assert (curve.payment(bids) >= -d * bids - 1e-12).all()


def test_a_gain_that_falls_makes_a_lie_pay():
    """Assumption 1 is needed: with gains 0.8 then 0.5, bidding just below the fall brings 0.3 (mu - 1) more."""
    curve = GainCurve(np.array([0.0, 1.0]), np.array([0.8, 0.5]))
    found = lies_about_value(curve, value=2.0, largest_bid=3.0)
    assert found.gain == pytest.approx(0.3)
    assert found.best.action < 1.0
    assert float(curve.payment(2.0)) == pytest.approx(-0.3)
    assert lies_about_value(curve.best_so_far(), value=2.0, largest_bid=3.0).gain == 0


@given(curves(), st.integers(0, GRAIN).map(lambda c: c / GRAIN))
def test_a_constant_gain_is_free(curve, constant):
    """What a constant prediction scores is never charged for."""
    lifted = GainCurve(curve.bids, curve.gains + constant)
    np.testing.assert_allclose(lifted.payment(curve.bids), curve.payment(curve.bids), atol=1e-12)


def test_payments_are_linear_in_the_gain():
    """The payment of the mean curve is the mean of the payments, so expectations may be taken before or after."""
    rng = np.random.default_rng(0)
    bids = np.linspace(0, 2, 9)
    draws = [GainCurve(bids, rng.random(9)) for _ in range(5)]
    paid = np.mean([curve.payment(1.3) for curve in draws])
    assert float(mean_curve(draws).payment(1.3)) == pytest.approx(paid)


@given(curves(), st.integers(0, 5 * GRAIN).map(lambda b: b / GRAIN))
def test_all_prices_at_once(curve, bid):
    """Vectorised over prices as one by one."""
    least_bids = np.array([curve.bids, 2 * curve.bids])
    expected = [float(GainCurve(z, curve.gains).payment(bid)) for z in least_bids]
    np.testing.assert_allclose(payments_over_prices(least_bids, curve.gains, bid), expected, atol=1e-12)


@given(numbers(6, GRAIN), st.floats(0, 4))
def test_piecewise_linear_gains_are_exact(gains, bid):
    """Against adaptive quadrature between the grid's points."""
    grid = np.array([0.0, 0.2, 1.0, 1.5, 1.75, 3.0])

    def gain(z):
        return np.interp(z, grid, gains)

    area = quad(gain, 0, bid, points=grid[(grid > 0) & (grid < bid)], limit=200)[0] if bid else 0.0
    assert float(linear_payment(grid, gains, bid)) == pytest.approx(bid * gain(bid) - area, abs=1e-9)


@pytest.mark.parametrize("shape", [np.sqrt, np.square, lambda z: np.where(z > 0.37, 1.0, 0.0), np.tanh])
def test_quadrature_keeps_its_word(shape):
    """Rising gains, smooth or not: within the stated error, which is within the tolerance."""
    found = myerson_payment(shape, 1.0, tolerance=1e-3)
    area = quad(shape, 0, 1, points=[0.37])[0]
    assert found.error <= 1e-3
    assert abs(found.amount - (float(shape(np.array(1.0))) - area)) <= found.error + 1e-12
    assert found.largest_fall == 0


def test_quadrature_stops_at_its_budget_and_says_how_far_it_got():
    """A tolerance out of reach costs the budget and no more; a fall is told."""
    found = myerson_payment(np.sqrt, 1.0, tolerance=1e-15, most_evaluations=50)
    assert len(found.bids) == 50
    assert abs(found.amount - 1 / 3) <= found.error
    assert myerson_payment(lambda z: -z, 1.0, tolerance=0.1).largest_fall == pytest.approx(1.0)
    assert myerson_payment(np.sqrt, 0.0, tolerance=0.1).amount == 0


def test_curves_and_bids_that_cannot_be_are_refused():
    """Messages say what was got or expected."""
    curve = GainCurve(np.array([0.0, 1.0]), np.array([0.1, 0.2]))
    with pytest.raises(InputError, match="bid: got -1"):
        curve.payment(-1.0)
    with pytest.raises(InputError, match="bid: got nan"):
        curve.gain(float("nan"))
    with pytest.raises(InputError, match="ascend from 0"):
        GainCurve(np.array([0.5, 1.0]), np.array([0.1, 0.2]))
    with pytest.raises(InputError, match="a gain for each bid"):
        GainCurve(np.array([0.0, 1.0]), np.array([0.1]))
    with pytest.raises(InputError, match="finite gains"):
        GainCurve(np.array([0.0]), np.array([np.nan]))
    with pytest.raises(InputError, match="tolerance: got 0"):
        myerson_payment(np.sqrt, 1.0, tolerance=0)
