"""Orders of buyers."""

from __future__ import annotations

import numpy as np
import pytest

from fairpool.ground.errors import InputError
from fairpool.pricing.simulator.arrivals import Drifting, Independent, Switching, independent, periodic

FIRST, SECOND = np.array([0.7, 0.2, 0.1]), np.array([0.0, 0.1, 0.9])


def near(order, law):
    """Whether frequencies are within four standard errors of a law."""
    error = np.sqrt(law * (1 - law) / len(order))
    return bool((abs(np.bincount(order, minlength=3) / len(order) - law) <= 4 * error + 1e-12).all())


def test_independent_buyers_follow_their_law():
    """Frequencies within four standard errors; a type of probability 0 never comes."""
    assert near(Independent(FIRST).types(20_000, rng=np.random.default_rng(1)), FIRST)
    assert near(Independent(SECOND).types(20_000, rng=np.random.default_rng(2)), SECOND)


def test_a_pattern_is_repeated_and_cut_off():
    """Nothing random about it."""
    assert periodic([0, 2, 1], 3).types(7, rng=np.random.default_rng(3)).tolist() == [0, 2, 1, 0, 2, 1, 0]


def test_a_drift_starts_at_one_law_and_ends_at_the_other():
    """The first and last hundredth of the rounds look like the first and the last law."""
    order = Drifting(FIRST, SECOND).types(100_000, rng=np.random.default_rng(4))
    assert near(order[:1000], 0.995 * FIRST + 0.005 * SECOND)
    assert near(order[-1000:], 0.005 * FIRST + 0.995 * SECOND)
    assert near(order, (FIRST + SECOND) / 2)


def test_switching_gives_each_law_its_turn():
    """Blocks of the given length, one law after the other."""
    order = Switching(FIRST, SECOND, 3000).types(9000, rng=np.random.default_rng(5))
    assert near(order[:3000], FIRST)
    assert near(order[3000:6000], SECOND)
    assert near(order[6000:], FIRST)


@pytest.mark.parametrize("pattern", [[], [3], [-1, 0], [[0, 1]]])
def test_a_pattern_names_types_that_exist(pattern):
    """An empty pattern or an unknown type is refused."""
    with pytest.raises(InputError, match="pattern"):
        periodic(pattern, 3)


def test_probabilities_sum_to_one():
    """As everywhere else."""
    with pytest.raises(InputError, match=r"sum to 0\.9"):
        independent([0.5, 0.4], 2)


def test_a_switch_takes_at_least_a_round():
    """A length of nought is refused."""
    with pytest.raises(InputError, match="length"):
        Switching(FIRST, SECOND, 0).types(10, rng=np.random.default_rng(6))
