"""Games of costs: less is better, and nobody leaves who pays less than alone."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fairpool.games.costs import CostGame
from fairpool.games.game import TableGame
from fairpool.games.groups import GroupGame
from fairpool.games.stability.accounts import stability_of
from fairpool.games.stability.core import least_core
from fairpool.games.stability.nucleoli import nucleolus, prenucleolus
from fairpool.games.textbook.classical import AirportGame
from fairpool.ground.errors import InputError
from strategies import any_games, few


@few
@given(st.lists(st.integers(0, 50), min_size=1, max_size=6))
def test_the_shapley_value_of_a_runway_lies_in_the_core(costs):
    """Games of airports are concave: nobody pays more than alone [LO73]."""
    runway = AirportGame(costs)
    assert stability_of(runway, runway.shapley_value()).in_core


def test_the_nucleolus_of_a_runway():
    """Littlechild 1974, costs 1, 2, 3: the least advantage over paying alone is 1/2, then 3/4 ... by hand."""
    np.testing.assert_allclose(nucleolus(AirportGame([1, 2, 3])), [0.5, 0.75, 1.75], atol=1e-8)


def test_paying_one_s_own_is_left_by_whoever_pays_more_than_alone():
    """All for the third: 6, 12 and 42 alone; the last pays 60 and would rather pay 42."""
    told = stability_of(AirportGame([6, 12, 42]), [0, 0, 60])
    assert not told.in_core
    assert str(told.would_leave[0]) == "{2} pays 60, alone 42, excess +18"
    assert told.undistributed == -18


@settings(max_examples=8, deadline=None)
@given(any_games(parties=3))
def test_costs_are_gains_with_the_other_sign(game):
    """Whatever asks who would rather leave gives, of costs, what it gives of gains with both signs turned."""
    costs, gains = CostGame(game), TableGame(-game.values)
    np.testing.assert_allclose(prenucleolus(costs), -prenucleolus(gains), atol=1e-7)
    assert least_core(costs).epsilon == pytest.approx(least_core(gains).epsilon, abs=1e-7)
    np.testing.assert_allclose(least_core(costs).allocation, -least_core(gains).allocation, atol=1e-7)


def test_groups_of_those_who_pay_are_a_game_of_costs():
    """Two airlines: the first has the small planes."""
    airlines = GroupGame(AirportGame([1, 2, 3]), [[0, 1], [2]])
    np.testing.assert_allclose(nucleolus(airlines), [1, 2], atol=1e-8)


def test_costs_taken_for_gains_are_met_with_the_way_out():
    with pytest.raises(InputError, match=r"alone the players are worth 6, together 3.*CostGame"):
        nucleolus(TableGame(CostGame(AirportGame([1, 2, 3])).worth(_all_of(3))))


def _all_of(players: int) -> np.ndarray:
    return (np.arange(2**players)[:, None] >> np.arange(players) & 1).astype(bool)
