"""The learners that others are compared with."""

from __future__ import annotations

import numpy as np
import pytest

from builders.learning_market import LAW, all_curves, small_market
from fairpool.ground.errors import InputError
from fairpool.pricing.curves.purchase import expected_revenue, purchases
from fairpool.pricing.curves.valuations import Valuations
from fairpool.pricing.policies.exp3 import Exp3
from fairpool.pricing.policies.explore_then_commit import ExploreThenCommit
from fairpool.pricing.policies.fixed_curve import (
    best_linear_curve,
    dearest_row,
    linear_curve,
    linear_curves,
    single_bundles,
)
from fairpool.pricing.policies.policy import Purchase
from fairpool.pricing.policies.ucb1 import Ucb1
from fairpool.pricing.policies.unknown_shapes import UnknownShapes
from fairpool.pricing.simulator.arrivals import Independent
from fairpool.pricing.simulator.simulation import CountedOracle, TradingGround, simulate

MARKET = small_market()
CURVES = all_curves(MARKET)
SOME = [one.curve for one in CURVES.offers[::90]]
GROUND = TradingGround(MARKET, Independent(LAW), CURVES, LAW)


def earned(learner, rounds, replications=4):
    found = simulate(
        learner, GROUND, rounds=rounds, replications=replications, rng=np.random.default_rng(6), records=5
    )
    return found.revenue


def best_of(curves):
    return max(expected_revenue(curve, MARKET, LAW) for curve in curves)


def test_exploring_is_free_and_then_the_best_curve_for_what_was_seen_stays():
    """T^(2/3) rounds at nothing, one question, one curve."""
    counted = CountedOracle(CURVES)
    learner = ExploreThenCommit(MARKET, counted, 1000)
    assert learner.free_rounds == 100
    state = learner.start(rng=np.random.default_rng(0))
    for t in range(300):
        price = learner.curve(state).prices.max()
        assert (price == 0) == (t < 100)
        state = learner.observe(state, Purchase(t % 3, 6, 0.0))
    assert state.seen.tolist() == [34, 33, 33]
    assert state.curve is CURVES.best(state.seen.astype(float)).curve
    assert counted.questions == 1


def test_exp3_stays_within_its_bound():
    """2.63 sqrt(T K log K) largest prices below the best listed curve, by the mean and four standard errors."""
    rounds, learner = 1500, Exp3(SOME, 1500)
    lost = rounds * best_of(SOME) - earned(lambda _: learner, rounds)
    bound = 2.63 * np.sqrt(rounds * len(SOME) * np.log(len(SOME))) * learner.largest
    assert lost.mean() + 4 * lost.std(ddof=1) / 2 <= bound


def test_exp3_estimates_revenue_right_on_average():
    """Over the draws of a round, the estimate of each curve's revenue averages to it (4 standard errors)."""
    learner = Exp3(SOME, 100)
    totals = []
    for seed in range(2000):
        state = learner.start(rng=np.random.default_rng(seed))
        after = learner.observe(state, Purchase(1, 6, float(learner.curve(state).prices[-1])))
        totals.append(after.estimates * learner.largest)
    totals = np.array(totals)
    truth = np.array([curve.prices[-1] for curve in SOME])
    assert (abs(totals.mean(axis=0) - truth) <= 4 * totals.std(axis=0) / np.sqrt(2000) + 1e-12).all()


def test_ucb1_tries_everything_once_and_then_mostly_the_best():
    """The best linear price is tried more often than any other."""
    curves = linear_curves(MARKET, 6)
    learner = Ucb1(curves)
    state, rng = learner.start(rng=np.random.default_rng(1)), np.random.default_rng(2)
    pays = [purchases(curve, MARKET) for curve in curves]
    for t, buyer in enumerate(rng.choice(3, 6000, p=LAW).tolist()):
        assert t >= 6 or state.choice == t
        taken = pays[state.choice]
        price = float(taken.payments[buyer])
        state = learner.observe(
            state, Purchase(buyer, int(taken.amounts[buyer]), price) if taken.amounts[buyer] else None
        )
    assert state.tried.sum() == 6000
    assert state.tried.argmax() == np.argmax([expected_revenue(curve, MARKET, LAW) for curve in curves])


def test_linear_prices_reach_from_cheap_to_unsellable():
    """At the dearest price a row nobody takes two; just above it nobody takes any."""
    curves = linear_curves(MARKET, 20)
    dearest = dearest_row(MARKET)
    assert curves[-1].prices[0] == pytest.approx(dearest)
    assert not purchases(linear_curve(MARKET, 1.001 * dearest), MARKET).buys.any()
    assert purchases(linear_curve(MARKET, 0.999 * dearest), MARKET).buys.any()


def test_the_best_linear_price_is_the_best_of_a_finer_grid():
    """And never better than the best curve."""
    best = expected_revenue(best_linear_curve(MARKET, LAW), MARKET, LAW)
    assert best >= best_of(linear_curves(MARKET, 50)) - 0.01
    fine = [linear_curve(MARKET, a) for a in np.linspace(0.001, 1, 3000)]
    assert best == pytest.approx(best_of(fine), rel=0.02)


def test_unknown_shapes_refines_its_grid_and_forgets_nothing():
    """Prices double in number as rounds grow eightfold or so; what was counted stays with its price."""
    learner = UnknownShapes((3, 6), 1.0)
    state = learner.start(rng=np.random.default_rng(1))
    assert [learner.levels(t) for t in (1, 1000, 100_000)] == [2, 8, 32]
    for t in range(1, 500):
        before = state
        state = learner.observe(state, Purchase(0, 3, 0.1) if t % 3 else None)
        assert (state.tried.sum(), state.sold.sum()) == (t, t - t // 3)
        step = state.tried.shape[1] // before.tried.shape[1]
        assert (state.tried[:, step - 1 :: step] >= before.tried).all()


def test_bounds_on_demand_hold_and_never_rise_with_the_price():
    """In all of 2000 draws, and along every row."""
    learner, rng = UnknownShapes((1, 2, 6), 1.0), np.random.default_rng(8)
    demand = np.array([[0.9, 0.5, 0.3], [1.0, 0.6, 0.1], [0.7, 0.7, 0.0]])
    prices = np.array([1.0, 2.0, 3.0]) / 3
    for _ in range(2000):
        tried = rng.integers(1, 500, (3, 3))
        bound = learner.promise(tried, rng.binomial(tried, demand), 2000) / prices
        assert (bound >= demand - 1e-12).all()
        assert (np.diff(bound, axis=1) <= 1e-12).all()


def test_unknown_shapes_comes_near_the_best_single_bundle():
    """Without any valuation, it earns more in later rounds than in early ones, and four fifths of the best bundle."""
    best = best_of(single_bundles((1, 2, 6), 1.0, levels=200))
    learner = UnknownShapes((1, 2, 6), 1.0)
    found = simulate(
        lambda _: learner, GROUND, rounds=16_000, replications=2, rng=np.random.default_rng(7), records=30
    )
    for path in found.paths:
        early = path.revenue[path.rounds <= 1000][-1] / path.rounds[path.rounds <= 1000][-1]
        late = (path.revenue[-1] - path.revenue[-8]) / (path.rounds[-1] - path.rounds[-8])
        assert late > early
        assert late > 0.8 * best


def test_lowering_a_single_bundle_to_the_grid_loses_no_sale():
    """What the proof for unknown shapes needs: whoever buys at a price buys at the next lower one."""
    fine, coarse = np.linspace(0.05, 1, 96), np.arange(1, 11) / 10
    for price in fine[fine >= 0.1]:
        lower = coarse[coarse <= price + 1e-12][-1]
        for amount in (1, 3, 6):
            high, low = (
                purchases(single_bundles((amount,), p, levels=1)[0], MARKET).buys for p in (price, lower)
            )
            assert (low >= high).all()


@pytest.mark.parametrize(
    "made",
    [
        lambda: Exp3([], 10),
        lambda: Ucb1([]),
        lambda: linear_curves(MARKET, 1),
        lambda: linear_curves(Valuations(np.array([1]), np.array([[0.0]]), ("a",)), 3),
        lambda: single_bundles((), 1.0, levels=3),
        lambda: UnknownShapes((3,), 0.0),
        lambda: ExploreThenCommit(MARKET, CURVES, 10, 0),
    ],
)
def test_what_cannot_be_learned_from_is_refused(made):
    """With a message that says what was expected."""
    with pytest.raises(InputError):
        made()
