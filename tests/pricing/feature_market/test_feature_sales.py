"""The market end to end, on patients' data: what a buyer gets and pays, who is paid, what the market learns."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders.feature_buyers import R2, held_out, in_sample, patients
from fairpool.audits.feature_market.bids import lies_about_value
from fairpool.ground.errors import InputError
from fairpool.learning.catalogue import score_named
from fairpool.pricing.published.feature_market.allocation import MaskAllocation, NoiseAllocation
from fairpool.pricing.published.feature_market.buyer_task import task_with_holdout
from fairpool.pricing.published.feature_market.division import (
    Division,
    ExactShapley,
    ShapleyApprox,
    ShapleyRobust,
    SharedPermutations,
)
from fairpool.pricing.published.feature_market.feature_game import Judge, curve_at, gains_at_levels
from fairpool.pricing.published.feature_market.feature_model import LinearModel
from fairpool.pricing.published.feature_market.market import Falls, FeatureMarket, Features, booked, parts_of
from fairpool.pricing.published.feature_market.payment import myerson_payment
from fairpool.pricing.published.feature_market.prediction_gain import AboveGuessing
from fairpool.pricing.published.feature_market.price_update import (
    equal_weights,
    net_regret_bound,
    price_net,
    price_weights_from,
)
from fairpool.pricing.published.feature_market.similarity import absolute_correlation
from fairpool.pricing.published.feature_market.simulation import (
    gains_over_draws,
    learn_prices,
    mean_curve,
)

LARGEST = 10_000.0  # cents per unit of gain
X, Y = patients([2, 3, 8, 4])
NOISE, MASK = NoiseAllocation(sigma=4e-4, largest_price=LARGEST, steps=40), MaskAllocation(steps=40)
WEIGHTS = equal_weights(price_net(LARGEST, 200.0), largest_bid=LARGEST, horizon=50)
ROBUST = ShapleyRobust(ShapleyApprox(30), absolute_correlation)


def market(*, division=ROBUST, allocation=NOISE, falls=Falls.SKIP):
    return FeatureMarket(X, allocation, division, WEIGHTS, falls)


@pytest.mark.parametrize("allocation", [NOISE, MASK])
@pytest.mark.parametrize("division", [ExactShapley(), ShapleyApprox(30), SharedPermutations(30), ROBUST])
def test_books_add_up_to_the_cent(division, allocation):
    """Buyer, sellers and market sum to zero; only robust division leaves a surplus beyond the payment's parts."""
    sale = market(division=division, allocation=allocation).serve(
        held_out(Y), bid=6_000.0, rng=np.random.default_rng(3)
    )
    entries = sale.entries("buyer", ["bmi", "pressure", "s5", "s1"])
    assert sum(amount for _, amount in entries) == 0
    assert entries[0] == ("buyer", -sale.payment)
    assert sale.payment == int(sale.exact_payment) > 0
    assert sale.paid.dtype == np.int64
    assert (sale.paid >= 0).all()
    assert (sale.surplus > 0) == (division is ROBUST)


def test_a_buyer_gets_what_its_bid_buys():
    """From the price up, predictions from undegraded features; below, worse ones at less than the bid."""
    judge = in_sample(Y)
    clean = judge.predictions(X)
    full = market().sell(judge, bid=5_000.0, price=5_000.0, rng=np.random.default_rng(0))
    less = market().sell(judge, bid=2_000.0, price=5_000.0, rng=np.random.default_rng(0))
    np.testing.assert_allclose(full.predictions, clean)
    assert full.gain == pytest.approx(judge.gain(X))
    assert full.level == 0.0
    assert less.level >= 3_000.0
    assert less.gain < full.gain
    assert less.exact_payment <= 2_000.0 * less.gain
    assert np.abs(less.predictions - clean).max() > 1


def test_sales_are_reproducible_and_the_state_is_a_value():
    """The same chance gives the same sale; a market is resumed from its state on paper and decides the same."""
    first = market().serve(held_out(Y), bid=6_000.0, rng=np.random.default_rng(3))
    again = market().serve(held_out(Y), bid=6_000.0, rng=np.random.default_rng(3))
    assert (first.price, first.payment, first.paid.tolist()) == (
        again.price,
        again.payment,
        again.paid.tolist(),
    )
    before = market()
    after = before.after(first)
    assert (before.prices.rounds, after.prices.rounds) == (0, 1)
    resumed = replace(after, prices=price_weights_from(json.loads(json.dumps(after.prices.to_dict()))))
    one, two = (m.serve(held_out(Y), bid=5_000.0, rng=np.random.default_rng(4)) for m in (after, resumed))
    assert (one.price, one.payment) == (two.price, two.payment)


def test_what_other_prices_would_have_earned():
    """The learner is told exactly what a sale at each price books, on the same draw."""
    sale = market().sell(held_out(Y), bid=6_000.0, price=4_000.0, rng=np.random.default_rng(0))
    for place in (0, 7, 24):
        price = float(WEIGHTS.prices[place])
        other = market().sell(held_out(Y), bid=6_000.0, price=price, rng=np.random.default_rng(0))
        assert sale.revenues[place] == pytest.approx(other.exact_payment)


@pytest.mark.parametrize("allocation", [NOISE, MASK])
def test_steps_converge_to_the_papers_continuous_rule(allocation):
    """RF* of the formula itself, by quadrature on the same draw, within b times the largest rise of a level."""
    judge, price, bid = in_sample(Y), 6_000.0, 4_500.0
    fine = replace(allocation, steps=400)
    draw = fine.draw(X.shape, rng=np.random.default_rng(0))
    gains = gains_at_levels(judge, X, fine, draw)

    def gain(bids):
        return np.array([judge.gain(fine.degraded(X, float(fine.level(price, b)), draw)) for b in bids])

    exact = myerson_payment(gain, bid, tolerance=30.0)
    of_steps = float(curve_at(price, fine, gains).payment(bid))
    assert exact.amount > 100
    assert abs(of_steps - exact.amount) < exact.error + bid * np.abs(np.diff(gains)).max()


# ---------------------------------------------------------------- truthfulness on measured gains


@pytest.mark.parametrize("allocation", [NOISE, MASK])
@pytest.mark.parametrize("value", [800.0, 3_000.0, 9_000.0])
def test_no_lie_pays_when_falls_are_skipped(allocation, value):
    """On every single draw, held-out rows and all, the truth is best to the last bit of rounding."""
    gains = gains_over_draws(held_out(Y), X, allocation, draws=10, rng=np.random.default_rng(0))
    for measured in gains:
        for price in (500.0, 4_000.0, 9_900.0):
            curve = curve_at(price, allocation, market().sold(measured))
            assert lies_about_value(curve, value=value, largest_bid=LARGEST).gain < 1e-9


def test_lies_pay_a_little_where_falls_are_kept():
    """The paper's rule on measured gains: some draw rewards a lie by more than a cent, none by more than the bound."""
    features, labels = patients()
    gains = gains_over_draws(held_out(labels), features, MASK, draws=20, rng=np.random.default_rng(0))
    found = [lies_about_value(curve_at(6_000.0, MASK, g), value=300.0, largest_bid=LARGEST) for g in gains]
    assert max(f.gain for f in found) > 1
    assert all(f.gain <= f.epsilon + 1e-9 for f in found)


def test_assumption_1_fails_for_masked_features_even_in_expectation():
    """All cells masked: the mean is predicted. One cell in a hundred kept: least squares learns from a handful of
    cells and predicts worse, by more than four standard errors over 200 draws.
    """
    features, labels = patients()
    judge, rng = held_out(labels), np.random.default_rng(0)
    falls = []
    for _ in range(200):
        draw = MASK.draw(features.shape, rng=rng)
        falls.append(judge.gain(MASK.degraded(features, 0.01, draw)) - judge.gain(np.zeros_like(features)))
    assert np.mean(falls) < -4 * np.std(falls, ddof=1) / np.sqrt(200)


@pytest.mark.long
def test_assumption_1_holds_in_expectation_for_noise_in_sample():
    """Single draws fall now and then, their mean over 100 draws does not."""
    gains = gains_over_draws(in_sample(Y), X, NOISE, draws=100, rng=np.random.default_rng(0))
    curves = [curve_at(6_000.0, NOISE, g) for g in gains]
    assert max(curve.largest_fall for curve in curves) > 1e-4
    assert mean_curve(curves).largest_fall < 1e-6


# ---------------------------------------------------------------- prices learned from real buyers


def test_prices_learned_from_measured_gains_keep_the_regret_bound():
    """2,000 buyers, bids between 0 and the largest, 50 draws in turn: below the bound, and better than no learning."""
    rng = np.random.default_rng(0)
    measured = gains_over_draws(in_sample(Y), X, NOISE, draws=50, rng=rng)
    gains = np.array([market().sold(of_draw) for of_draw in measured])
    N = 2_000
    weights = equal_weights(WEIGHTS.prices, largest_bid=LARGEST, horizon=N)
    seller = replace(market(), prices=weights)
    bids = rng.uniform(0, LARGEST, N)
    revenues = np.array([seller.revenues(gains[n % 50], float(bids[n])) for n in range(N)])
    found = learn_prices(weights, revenues)
    assert found.average_regret <= net_regret_bound(
        largest_bid=LARGEST, experts=len(weights.prices), horizon=N
    )
    assert found.earned[-200:].mean() > 1.02 * revenues[-200:].mean()
    assert found.after.rounds == N


# ---------------------------------------------------------------- copies of degraded features


def share_of_first(copies, divided):
    """Mean part of seller 0 and its copies over ten sales at a bid that buys little."""
    own = [0, *range(3, 3 + copies)]
    features = X[:, [0, 2, 1, *[0] * copies]]
    rule = ShapleyRobust(ExactShapley(), absolute_correlation)
    seller = FeatureMarket(features, replace(NOISE, sigma=1e-3), rule, WEIGHTS, divided=divided)
    sales = [
        seller.sell(in_sample(Y), bid=1_000.0, price=5_000.0, rng=np.random.default_rng(seed))
        for seed in range(10)
    ]
    return float(np.mean([sale.division.shares[own].sum() for sale in sales]))


def test_copies_of_degraded_features_pay():
    """Refutes Theorem 5.4 for a bid below the price: noise is drawn for each column, so each copy brings news."""
    assert share_of_first(3, Features.AS_SOLD) > share_of_first(0, Features.AS_SOLD) + 0.05


def test_copies_do_not_pay_when_divided_by_what_is_held():
    """Undegraded copies are copies, whatever the bid."""
    assert share_of_first(3, Features.AS_HELD) < share_of_first(0, Features.AS_HELD) - 0.05


def test_copies_undo_the_degradation():
    """The buyer gains from copies, too: a mean of noisy copies is less noisy. No division repairs that."""
    judge = in_sample(Y)
    found = []
    for copies in (0, 5):
        features = X[:, [0, 2, 1, *[0] * copies]]
        draws = [NOISE.draw(features.shape, rng=np.random.default_rng(seed)) for seed in range(20)]
        found.append(np.array([judge.gain(NOISE.degraded(features, 1e4, draw)) for draw in draws]))
    error = np.sqrt(sum(gains.var(ddof=1) for gains in found) / 20)
    assert found[1].mean() - found[0].mean() > 4 * error


# ---------------------------------------------------------------- whole money, classes, bad input


@given(st.floats(0, 1e9), st.integers(1, 6), st.integers(0, 1000))
def test_whole_parts_sum_to_the_payment(payment, sellers, seed):
    """Payments are rounded down; parts are whole, and within a cent of their exact amounts."""
    rng = np.random.default_rng(seed)
    shares = rng.dirichlet(np.ones(sellers)) * rng.random()
    division = Division(shares, shares, shares, 1.0, 1.0 - float(shares.sum()))
    due = booked(payment)
    assert payment - 1 < due <= payment + 1e-9
    parts = parts_of(due, division)
    assert (np.abs(parts - due * shares) <= 1 + 1e-6).all()
    assert due - parts.sum() >= 0


def test_what_is_nearly_a_whole_cent_is_one_and_nothing_is_booked_below_zero():
    """Rounding errors cost no cent; the paper's rule can ask for less than nothing, which is booked as nothing."""
    assert [booked(p) for p in (2.9999999999, 2.99, -0.3, 0.0)] == [3, 2, 0, 0]


def test_features_that_help_nobody_leave_the_payment_to_the_market():
    """Where no value is above 0 there is nobody to pay."""
    nobody = Division(np.zeros(2), np.zeros(2), np.zeros(2), 0.0, 1.0)
    assert parts_of(7, nobody).tolist() == [0, 0]


def test_classes_are_sold_like_numbers():
    """Three classes, accuracy above guessing: predictions are class scores, and money adds up."""
    codes = np.digitize(Y, np.quantile(Y, [1 / 3, 2 / 3])).astype(np.int64)
    task = task_with_holdout(codes, share=0.4, rng=np.random.default_rng(0), classes=3)
    judge = Judge(task, LinearModel(1.0), AboveGuessing(score_named("accuracy")))
    sale = market(division=ExactShapley()).sell(
        judge, bid=8_000.0, price=5_000.0, rng=np.random.default_rng(0)
    )
    assert sale.predictions.shape == (442, 3)
    assert sale.payment == sale.paid.sum() > 0


def test_falls_are_kept_only_if_asked_for():
    """The same draw measured twice: skipping sells the best gain so far, keeping sells what was measured."""
    skip, keep = (
        market(falls=falls, allocation=MASK).sell(
            held_out(Y), bid=300.0, price=6_000.0, rng=np.random.default_rng(0)
        )
        for falls in (Falls.SKIP, Falls.KEEP)
    )
    np.testing.assert_array_equal(skip.measured.gains, keep.measured.gains)
    np.testing.assert_array_equal(keep.curve.gains, keep.measured.gains)
    assert skip.gain == keep.measured.gains[: int(keep.curve.place(300.0)) + 1].max()
    assert skip.gain >= keep.gain


def test_input_that_cannot_be_is_refused():
    """Messages say what was got or expected."""
    judge = Judge(held_out(Y).task, LinearModel(), R2)
    with pytest.raises(InputError, match="bid: got 20000, expected at most 10000"):
        market().sell(judge, bid=20_000.0, price=1.0, rng=np.random.default_rng(0))
    with pytest.raises(InputError, match="bid: got -1"):
        market().sell(judge, bid=-1.0, price=1.0, rng=np.random.default_rng(0))
    wrong = X.copy()
    wrong[2, 1] = np.nan
    with pytest.raises(InputError, match="got nan in row 2 of seller 1"):
        FeatureMarket(wrong, NOISE, ROBUST, WEIGHTS)
    with pytest.raises(InputError, match=r"expected \(rows, sellers\)"):
        FeatureMarket(X[:, 0], NOISE, ROBUST, WEIGHTS)
