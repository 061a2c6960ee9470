"""Optimism on types, Algorithm 3 of [CHK24]."""

from __future__ import annotations

import numpy as np
import pytest

from builders.learning_market import LAW, all_curves, small_market
from fairpool.ground.errors import InputError
from fairpool.pricing.policies.policy import Purchase
from fairpool.pricing.policies.upper_confidence import UpperConfidence, bernstein, published_radius
from fairpool.pricing.simulator.arrivals import Independent
from fairpool.pricing.simulator.regret import fitted_slope
from fairpool.pricing.simulator.simulation import CountedOracle, TradingGround, simulate

MARKET = small_market()
CURVES = all_curves(MARKET)


def straight(rounds, order):
    """Algorithm 3 as the paper writes it, in plain Python: the place in the list of each round's curve."""
    payments, sells = CURVES.payments, np.array([one.purchases.buys for one in CURVES.offers])
    shown, seen, places = np.zeros(3), np.zeros(3), []
    for t, buyer in enumerate(order):
        if t == 0:
            sold = np.ones(3, dtype=bool)
        else:
            qhat = [seen[i] / shown[i] + np.sqrt(np.log(rounds) / shown[i]) for i in range(3)]
            places.append(int(np.argmax(payments @ qhat)))
            sold = sells[places[-1]]
        shown += sold
        seen[buyer] += sold[buyer]
    return places


def test_it_posts_what_the_paper_writes():
    """Round by round, the curves are those of a literal transcription."""
    rounds = 400
    order = np.random.default_rng(2).choice(3, rounds, p=LAW).tolist()
    learner = UpperConfidence(MARKET, CURVES, rounds)
    state, shown = learner.start(rng=np.random.default_rng(0)), []
    for buyer in order:
        shown.append(learner.curve(state).pairs())
        sold = state.posted.buys[buyer]
        state = learner.observe(state, Purchase(buyer, 1, 0.0) if sold else None)
    assert shown[0] == [[6, 0.0]]
    assert shown[1:] == [CURVES.offers[k].curve.pairs() for k in straight(rounds, order)]


def test_rare_switching_keeps_the_radius_within_its_factor():
    """With growth g no type's T_i is ever more than 1 + g times what it was when the curve was chosen."""
    learner = UpperConfidence(MARKET, CURVES, 2000, growth=0.1)
    state = learner.start(rng=np.random.default_rng(0))
    for buyer in np.random.default_rng(3).choice(3, 2000, p=LAW).tolist():
        sold = state.posted.buys[buyer]
        state = learner.observe(state, Purchase(buyer, 1, 0.0) if sold else None)
        assert (state.shown <= 1.1 * state.chosen_at).all()


def test_rare_switching_asks_logarithmically_often():
    """At most m (1 / g + log(T) / log(1 + g)) questions and some."""
    counted = CountedOracle(CURVES)
    learner = UpperConfidence(MARKET, counted, 5000, growth=0.1)
    state = learner.start(rng=np.random.default_rng(0))
    for buyer in np.random.default_rng(4).choice(3, 5000, p=LAW).tolist():
        state = learner.observe(state, Purchase(buyer, 1, 0.0) if state.posted.buys[buyer] else None)
    assert counted.questions <= 3 * (1 / 0.1 + np.log(5000) / np.log(1.1) + 1)


@pytest.mark.parametrize("radius", [published_radius, bernstein])
def test_the_true_law_lies_below_the_optimistic_one(radius):
    """N_i / T_i plus the radius covers q_i in all but about one of T cases."""
    rng = np.random.default_rng(5)
    shown = np.array([50, 400, 3000])
    misses = 0
    for _ in range(2000):
        seen = rng.binomial(shown, LAW)
        optimistic = UpperConfidence(MARKET, CURVES, 100_000, radius=radius).optimistic(shown, seen)
        misses += int((optimistic < LAW).sum())
    assert misses == 0


@pytest.mark.parametrize("growth", [-0.1, float("inf"), float("nan")])
def test_growth_is_a_number_from_nought_up(growth):
    """Anything else is refused with what was got."""
    with pytest.raises(InputError, match="growth"):
        UpperConfidence(MARKET, CURVES, 10, growth=growth)


def regret(rounds, replications, **options):
    ground = TradingGround(MARKET, Independent(LAW), CURVES, LAW)
    return simulate(
        lambda oracle: UpperConfidence(MARKET, oracle, rounds, **options),
        ground,
        rounds=rounds,
        replications=replications,
        rng=np.random.default_rng(11),
        records=60,
    )


def test_regret_stays_below_the_published_bound():
    """4 m sqrt(T log T), the mean of replications and four standard errors."""
    final = regret(2000, 5).pseudo[:, -1]
    assert final.mean() + 4 * final.std(ddof=1) / np.sqrt(5) <= 4 * 3 * np.sqrt(2000 * np.log(2000))


@pytest.mark.long
def test_regret_grows_like_the_square_root_of_the_rounds():
    """The fitted slope over the last decade of 10^5 rounds is at most 0.55, with exact curves by enumeration."""
    found = regret(100_000, 6, growth=0.02)
    slope = fitted_slope(found.rounds, found.pseudo)
    assert slope.value + 2 * slope.error <= 0.55
