"""10^5 rounds with ten types and 100 amounts: slopes of regret, and the baseline below which it has to end."""

from __future__ import annotations

import numpy as np
import pytest

from fairpool.pricing.oracles.menu_search import MenuSearch
from fairpool.pricing.policies.explore_then_commit import ExploreThenCommit
from fairpool.pricing.policies.perturbed_leader import LazyPerturbedLeader
from fairpool.pricing.policies.resampled_leader import ResampledLeader
from fairpool.pricing.policies.upper_confidence import UpperConfidence
from fairpool.pricing.simulator.arrivals import Independent, Periodic
from fairpool.pricing.simulator.regret import fitted_slope
from fairpool.pricing.simulator.saturating_market import saturating_probabilities, saturating_valuations
from fairpool.pricing.simulator.simulation import TradingGround, simulate

pytestmark = pytest.mark.long

ROUNDS = 100_000
MARKET, LAW = saturating_valuations(), saturating_probabilities()
BLOCKS = Periodic(np.repeat(np.arange(10), np.arange(100, 0, -10)))


def learned(learner, arrivals):
    """(regret in hindsight at the end, its slope over the last decade)."""
    found = simulate(
        learner,
        TradingGround(MARKET, arrivals, MenuSearch(MARKET)),
        rounds=ROUNDS,
        replications=1,
        rng=np.random.default_rng(20),
        records=25,
    )
    return found.in_hindsight[0, -1], fitted_slope(found.rounds, found.in_hindsight).value


def committed(arrivals):
    """The regret of the baseline at the end."""
    return learned(lambda oracle: ExploreThenCommit(MARKET, oracle, ROUNDS), arrivals)[0]


@pytest.mark.parametrize(
    ("learner", "arrivals"),
    [
        (lambda oracle: UpperConfidence(MARKET, oracle, ROUNDS, growth=0.05), Independent(LAW)),
        (lambda oracle: LazyPerturbedLeader(MARKET, oracle, ROUNDS), BLOCKS),
        (lambda oracle: ResampledLeader(MARKET, oracle), BLOCKS),
    ],
    ids=["optimism", "perturbed", "resampled"],
)
def test_regret_grows_like_the_square_root_and_ends_below_exploring_first(learner, arrivals):
    """The slope is at most 0.55, and the regret at the end below that of explore-then-commit."""
    end, slope = learned(learner, arrivals)
    assert slope <= 0.55
    assert 0 < end < committed(arrivals)
