"""Groups of players as players."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairpool.games.game import tabulate
from fairpool.games.groups import GroupGame
from fairpool.games.textbook.classical import AirportGame, GloveGame
from fairpool.games.values.banzhaf import banzhaf_value
from fairpool.games.values.leave_one_out import leave_one_out_value
from fairpool.games.values.shapley import shapley_value
from fairpool.ground.errors import InputError
from strategies import any_games, few


@few
@given(any_games())
def test_groups_of_one_are_the_game_itself(game):
    """Every player a group of its own."""
    singles = GroupGame(game, [[i] for i in range(game.players)])
    assert np.array_equal(tabulate(singles).values, game.values)


@few
@given(any_games(parties=5), st.lists(st.sets(st.integers(0, 4), min_size=1), min_size=1, max_size=4))
def test_a_coalition_of_groups_is_worth_what_its_union_is_worth(game, groups):
    """Overlapping groups and players left out included."""
    group_game = GroupGame(game, groups)
    for position, worth in enumerate(tabulate(group_game).values):
        union = set().union(*(group for g, group in enumerate(groups) if position >> g & 1))
        assert worth == game.values[sum(1 << i for i in union)]


def test_two_parties_with_gloves():
    """By hand: one brings two left gloves and a right one, the other two right ones; alone 1 and 0, together 2."""
    parties = GroupGame(GloveGame(2, 3), [[0, 1, 2], [3, 4]])
    assert shapley_value(parties) == pytest.approx([1.5, 0.5])


def test_a_thousand_rows_in_two_parties():
    """Only 2**2 coalitions of a game of a thousand players are asked for."""
    costs = np.arange(1000) / 1000
    parties = GroupGame(AirportGame(costs), [range(500), range(500, 1000)])
    assert shapley_value(parties) == pytest.approx([0.499 / 2, 0.999 - 0.499 / 2])


def test_any_value_applies():
    """A shared row makes the parties replaceable."""
    parties = GroupGame(AirportGame([1.0, 2.0, 5.0]), [[0, 2], [1, 2]])
    assert leave_one_out_value(parties).tolist() == [0.0, 0.0]
    assert banzhaf_value(parties).tolist() == [2.5, 2.5]


@pytest.mark.parametrize(
    ("groups", "message"),
    [
        ([[0], []], "group 1: got no members"),
        ([[0, 0]], "group 0: a player is named twice"),
        ([[0], [3]], "group 1: got player 3, expected 0 to 2"),
        ([[-1]], "group 0: got player -1"),
    ],
)
def test_groups_that_are_no_sets_of_players_are_refused(groups, message):
    """The message says which group and why."""
    with pytest.raises(InputError, match=message):
        GroupGame(AirportGame([1.0, 2.0, 3.0]), groups)
