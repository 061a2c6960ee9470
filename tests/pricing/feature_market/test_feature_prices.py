"""The price learner: the update by hand, its state on paper, and its regret against every sequence."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from fairpool.ground.errors import InputError
from fairpool.pricing.published.feature_market.price_update import (
    equal_weights,
    net_regret_bound,
    price_net,
    price_weights_from,
    published_weights,
    regret_bound,
)
from fairpool.pricing.published.feature_market.simulation import learn_prices


def test_one_update_by_hand():
    """w <- w (1 + delta RF/Bmax): with N = 4, delta = sqrt(log 2 / 4)."""
    before = equal_weights([1.0, 3.0], largest_bid=4.0, horizon=4)
    delta = np.sqrt(np.log(2) / 4)
    w = np.array([1 + delta * 0.25, 1 + delta * 0.75])
    after = before.updated([1.0, 3.0])
    np.testing.assert_allclose(after.probabilities, w / w.sum())
    np.testing.assert_allclose(after.updated([0.0, 0.0]).probabilities, w / w.sum())
    assert (before.rounds, after.rounds) == (0, 1)
    np.testing.assert_array_equal(before.probabilities, [0.5, 0.5])


def test_prices_are_drawn_by_their_weights():
    """Within four standard errors of the probabilities, reproducibly."""
    weights = equal_weights([1.0, 3.0], largest_bid=4.0, horizon=4).updated([0.0, 4.0])
    rng = np.random.default_rng(0)
    drawn = np.array([weights.draw(rng=rng) for _ in range(2000)])
    p = weights.probabilities[1]
    assert abs((drawn == 3.0).mean() - p) < 4 * np.sqrt(p * (1 - p) / 2000)


def test_a_state_survives_json():
    """To the last bit, and with it every later decision."""
    weights = published_weights(largest_bid=1.0, lipschitz=0.5, horizon=100)
    for seed in range(3):
        weights = weights.updated(np.random.default_rng(seed).random(len(weights.prices)))
    read = price_weights_from(json.loads(json.dumps(weights.to_dict())))
    np.testing.assert_array_equal(read.log_weights, weights.log_weights)
    np.testing.assert_array_equal(read.probabilities, weights.probabilities)
    assert read.to_dict() == weights.to_dict()


@given(st.floats(0.1, 1e4), st.floats(0.01, 2.0))
def test_a_net_has_a_price_near_every_bid(largest, ratio):
    """None farther than eps, with no more than the paper's 3 Bmax / eps prices (for eps <= Bmax)."""
    eps = ratio * largest
    net = price_net(largest, eps)
    bids = np.linspace(0, largest, 501)
    assert np.abs(bids[:, None] - net).min(axis=1).max() <= eps * (1 + 1e-9)
    assert len(net) <= max(1, 3 / ratio)
    assert net.min() >= 0
    assert net.max() <= largest


def test_the_published_net():
    """eps = 1 / (L sqrt N): N = 100, L = 1/2, eps = 1/5, so 3 prices cover bids up to 1; in cents eps is 20."""
    assert len(published_weights(largest_bid=1.0, lipschitz=0.5, horizon=100).prices) == 3
    in_cents = published_weights(largest_bid=100.0, lipschitz=0.5, horizon=100, unit=100.0)
    np.testing.assert_allclose(in_cents.prices, [100 / 6, 50, 500 / 6])


@given(arrays(np.float64, (40, 5), elements=st.floats(0, 1)), st.floats(1.0, 50.0))
def test_regret_is_bounded_for_every_sequence_of_buyers(gains, largest):
    """Theorem 5.2's first term, and the same with 3/2 for 2, without any assumption on the buyers."""
    weights = equal_weights(np.linspace(0, largest, 5), largest_bid=largest, horizon=40)
    found = learn_prices(weights, largest * gains).average_regret
    sharp = net_regret_bound(largest_bid=largest, experts=5, horizon=40)
    assert found <= sharp
    assert sharp < regret_bound(largest_bid=largest, experts=5, horizon=40, lipschitz=1.0, eps=0.1)


def test_regret_comes_within_a_factor_of_six_of_its_bound():
    """Coins: two prices earn 1 or 0, one of them each time. The bound is not loose by orders of magnitude."""
    N, heads = 200, np.random.default_rng(1).random((60, 200)) < 0.5
    weights = equal_weights([0.2, 0.8], largest_bid=1.0, horizon=N)
    regrets = [learn_prices(weights, np.stack([h, ~h], axis=1).astype(float)).average_regret for h in heads]
    assert max(regrets) > net_regret_bound(largest_bid=1.0, experts=2, horizon=N) / 6


def test_many_rounds_do_not_overflow():
    """A million doublings are a number as logarithms."""
    weights = equal_weights([0.0, 1.0], largest_bid=1.0, horizon=1)
    for _ in range(3000):
        weights = weights.updated([0.0, 1.0])
    np.testing.assert_array_equal(weights.probabilities, [0.0, 1.0])


def test_states_that_cannot_be_are_refused():
    """Messages say what was got or expected."""
    weights = equal_weights([1.0, 3.0], largest_bid=4.0, horizon=4)
    with pytest.raises(InputError, match=r"revenues: got shape \(1,\), expected one for each of 2 prices"):
        weights.updated([1.0])
    with pytest.raises(InputError, match="expected numbers from 0 to 4"):
        weights.updated([1.0, 5.0])
    with pytest.raises(InputError, match="expected numbers from 0 to 4"):
        weights.updated([np.nan, 1.0])
    with pytest.raises(InputError, match="horizon: got 0"):
        equal_weights([1.0], largest_bid=4.0, horizon=0)
    with pytest.raises(InputError, match="different prices from 0 to 4"):
        equal_weights([1.0, 5.0], largest_bid=4.0, horizon=1)
    with pytest.raises(InputError, match="at most 1,000,000"):
        price_net(1.0, 1e-9)
    state = weights.to_dict()
    del state["rate"]
    with pytest.raises(InputError, match="got no rate"):
        price_weights_from(state)
