"""The perturbed leader with an honest estimate of who came."""

from __future__ import annotations

import numpy as np
import pytest
from test_perturbed_leader import refutation

from builders.learning_market import LAW, all_curves, small_market
from fairpool.ground.errors import InputError
from fairpool.pricing.policies.curve_pool import joined, pool_of
from fairpool.pricing.policies.policy import Purchase, posted, welcoming_curve
from fairpool.pricing.policies.resampled_leader import DRAWS, Questions, ResampledLeader, regret_bound
from fairpool.pricing.simulator.arrivals import Independent, Switching, periodic
from fairpool.pricing.simulator.simulation import TradingGround, simulate

MARKET = small_market()
CURVES = all_curves(MARKET)


def final_regret(ground, rounds, replications=6):
    found = simulate(
        lambda oracle: ResampledLeader(ground.valuations, oracle),
        ground,
        rounds=rounds,
        replications=replications,
        rng=np.random.default_rng(5),
        records=5,
    )
    return found.in_hindsight[:, -1]


@pytest.mark.parametrize(
    "arrivals",
    [Independent(LAW), periodic([0, 0, 2, 1, 2], 3), Switching(LAW, LAW[::-1], 50)],
    ids=["independent", "periodic", "switching"],
)
def test_regret_stays_below_the_derived_bound(arrivals):
    """In any order of buyers: the mean and four standard errors."""
    found = final_regret(TradingGround(MARKET, arrivals, CURVES), 1000)
    assert found.mean() + 4 * found.std(ddof=1) / np.sqrt(len(found)) <= regret_bound(MARKET, 1000)


@pytest.mark.long
def test_it_learns_where_the_surrogate_does_not():
    """On the market that costs Algorithm 4 a twentieth of every round, it loses less than two fifths of that."""
    _, _, ground = refutation()
    assert (final_regret(ground, 30_000, replications=2) < 0.02 * 30_000).all()


def test_the_estimate_is_right_on_average():
    """Draws until a type would have bought are 1 / P on average: P(sale) E[draws] = 1 - (1 - P)^B (4 errors)."""
    learner = ResampledLeader(MARKET, CURVES)
    state = learner.start(rng=np.random.default_rng(1))
    coming, rng = state.round + 200, np.random.default_rng(2)
    rate = learner.rate(coming)
    places = learner._drawn(40_000, state.credit, state.pool, rate, coming, rng)
    likely = state.pool.buys[places, 0].mean()
    later = type(state)(coming - 1, state.key, state.credit, state.pool, state.choice, state.questions)
    draws = np.array([learner._draws_until(later, 0, rng) for _ in range(4000)])
    expected = (1 - (1 - likely) ** int(1 / rate)) / likely
    assert 0 < likely < 1
    assert abs(draws.mean() - expected) <= 4 * draws.std() / np.sqrt(4000) + 4 * expected / np.sqrt(
        40_000 * likely
    )


def test_draws_stop_at_the_inverse_of_the_rate():
    """A type that hardly any curve sells to counts B at most."""
    learner = ResampledLeader(MARKET, CURVES)
    state = learner.start(rng=np.random.default_rng(1))
    most = int(1 / learner.rate(state.round + 1))
    draws = [learner._draws_until(state, i, np.random.default_rng(s)) for i in range(3) for s in range(50)]
    assert max(draws) <= most
    assert min(draws) >= 1


def test_the_pool_keeps_no_curve_twice_and_starts_with_curves_for_everyone():
    """Curves with the same payments are one; exploring takes the best of those that sell to all."""
    welcome = posted(welcoming_curve(MARKET), MARKET)
    pool = joined(pool_of([welcome]), welcome)
    assert len(pool) == 1
    state = ResampledLeader(MARKET, CURVES).start(rng=np.random.default_rng(3))
    everyone = state.pool.buys.all(axis=1)
    earned = state.pool.payments @ LAW
    assert np.flatnonzero(everyone).tolist() == state.pool.for_all.tolist()
    assert earned[state.pool.leader_for_all(LAW)] == earned[everyone].max()
    assert len(np.unique(state.pool.payments, axis=0)) == len(state.pool)


def test_the_pool_answers_like_a_list():
    """Leaders for a batch of weights are those of one question each."""
    pool = pool_of([posted(one.curve, MARKET) for one in CURVES.offers[::40]])
    weights = np.random.default_rng(4).random((DRAWS, 3))
    best = [float((pool.payments @ w).max()) for w in weights]
    assert [
        float(pool.payments[k] @ w) for k, w in zip(pool.leaders(weights), weights, strict=True)
    ] == pytest.approx(best)
    assert [pool.most(w) for w in weights] == best


@pytest.mark.parametrize("boldness", [0.0, -1.0, float("inf"), float("nan")])
def test_boldness_is_positive(boldness):
    """Anything else is refused."""
    with pytest.raises(InputError, match="boldness"):
        ResampledLeader(MARKET, CURVES, boldness)


def test_the_pool_falls_short_by_little():
    """After 1500 rounds the best of the pool earns nearly what the oracle's curve does, at W plus fresh draws."""
    learner = ResampledLeader(MARKET, CURVES)
    state = learner.start(rng=np.random.default_rng(9))
    for buyer in np.random.default_rng(10).choice(3, 1500, p=LAW).tolist():
        sells = state.pool.buys[state.choice, buyer]
        state = learner.observe(state, Purchase(buyer, 1, 0.1) if sells else None)
    scale = 1 / learner.rate(1500)
    draws = state.credit + scale * np.random.default_rng(11).standard_exponential((100, 3))
    short = np.array([(CURVES.payments @ w).max() - state.pool.most(w) for w in draws])
    assert short.mean() <= learner.tolerance * scale * MARKET.values[:, -1].sum()
    assert len(state.pool) <= 200


def test_questions_keep_their_distance():
    """A gain halves the pause and none doubles it, between a 400th and a 20th of the rounds."""
    asked = Questions(1000, 8, 0.0)
    assert asked.after(2.0, much=True, done=1000) == Questions(1004, 4, 2.0)
    assert asked.after(0.0, much=False, done=1000) == Questions(1016, 16, 0.0)
    assert asked.after(0.0, much=False, done=200).pause == 10
    assert asked.after(9.0, much=True, done=4000).pause == 10
    assert asked.after(9.0, much=False, done=3).pause == 1
