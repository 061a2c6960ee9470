"""What every learner of prices promises: decisions from the seed and the log, states that can be put away."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builders.learning_market import all_curves, every_learner, small_market
from builders.price_markets import named
from fairpool.ground.errors import InputError
from fairpool.pricing.curves.purchase import purchases
from fairpool.pricing.policies.policy import Purchase, chance_of, free_curve, posted, welcoming_curve

ROUNDS = 300
MARKET = small_market()
LEARNERS = every_learner(MARKET, all_curves(MARKET), ROUNDS)
each_learner = pytest.mark.parametrize("name", LEARNERS)


def sale_to(curve, buyer, market):
    taken = purchases(curve, market)
    return (
        Purchase(buyer, int(taken.amounts[buyer]), float(taken.payments[buyer]))
        if taken.amounts[buyer]
        else None
    )


def traded(learner, state, buyers, market=MARKET):
    """The state after these buyers, and the log: curves as documents show them, and sales."""
    log = []
    for buyer in buyers:
        curve = learner.curve(state)
        sale = sale_to(curve, buyer, market)
        log.append((curve.pairs(), sale))
        state = learner.observe(state, sale)
    return state, log


def buyers(seed=3):
    return np.random.default_rng(seed).integers(0, 3, ROUNDS).tolist()


@each_learner
def test_the_log_replays_to_the_same_curves(name):
    """From the seed and the sales alone, every posted curve comes out again."""
    learner, _ = LEARNERS[name]
    _, log = traded(learner, learner.start(rng=np.random.default_rng(5)), buyers())
    state = learner.start(rng=np.random.default_rng(5))
    for curve, sale in log:
        assert learner.curve(state).pairs() == curve
        state = learner.observe(state, sale)


@each_learner
def test_a_stopped_service_goes_on_as_if_never_stopped(name):
    """A state put away as JSON in the middle continues exactly like the one kept in memory."""
    learner, kind = LEARNERS[name]
    state, _ = traded(learner, learner.start(rng=np.random.default_rng(6)), buyers()[:150])
    again = kind.from_document(json.loads(json.dumps(state.document())))
    assert again.document() == state.document()
    assert traded(learner, again, buyers()[150:])[1] == traded(learner, state, buyers()[150:])[1]


@pytest.mark.parametrize("name", ["upper confidence", "lazy leader", "resampled leader", "exp3"])
def test_nobody_learns_the_type_of_who_left(name):
    """Another type that would have left, too, in place of each buyer who left changes no curve and no state."""
    market = named(np.array([[1.0], [0.4], [0.4]]))
    learner, _ = every_learner(market, all_curves(market, 10), ROUNDS)[name]
    state = learner.start(rng=np.random.default_rng(7))
    end, log = traded(learner, state, buyers(), market)
    swap = [0, 2, 1]
    others = [buyer if sale else swap[buyer] for buyer, (_, sale) in zip(buyers(), log, strict=True)]
    assert others != buyers()
    assert traded(learner, state, others, market)[0].document() == end.document()


@each_learner
def test_observing_changes_nothing_in_the_old_state(name):
    """States are values: what was put away stays as it was."""
    learner, _ = LEARNERS[name]
    state, _ = traded(learner, learner.start(rng=np.random.default_rng(9)), buyers()[:40])
    before = json.dumps(state.document())
    traded(learner, state, buyers()[40:80])
    assert json.dumps(state.document()) == before


def test_everyone_takes_what_is_free_and_what_is_cheap_enough_for_all():
    """Both curves that explore sell to every type; the second one is as dear as that allows."""
    for curve in (free_curve(MARKET), welcoming_curve(MARKET)):
        assert posted(curve, MARKET).buys.all()
    assert welcoming_curve(MARKET).prices[0] == MARKET.values[:, -1].min()


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 2**63 - 1), st.integers(0, 10**9))
def test_the_chance_of_a_round_is_its_own(key, round_number):
    """The same key and round draw the same; another round draws something else."""
    one, same, other = (
        chance_of(key, r).random(2).tolist() for r in (round_number, round_number, round_number + 1)
    )
    assert one == same
    assert one != other


@pytest.mark.parametrize("rounds", [0, -3])
def test_a_horizon_is_at_least_one_round(rounds):
    """No learner is made for no rounds."""
    with pytest.raises(InputError, match="rounds"):
        every_learner(MARKET, all_curves(MARKET, 1), rounds)
