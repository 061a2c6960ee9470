"""The contract of a game, and what a table refuses."""

from __future__ import annotations

import numpy as np
import pytest

from fairpool.games.game import TableGame, coalitions_at, positions_of, tabulate
from fairpool.games.textbook.classical import GloveGame
from fairpool.ground.errors import InputError
from strategies import all_coalitions


def test_position_in_a_table_is_the_sum_of_powers_of_two_of_the_members():
    """{0, 2} of three players is at 1 + 4."""
    assert positions_of(np.array([[True, False, True]])) == [5]
    assert coalitions_at([5], 3).tolist() == [[True, False, True]]


def test_positions_and_coalitions_are_inverse():
    """Every position of a table comes back."""
    assert positions_of(all_coalitions(6)).tolist() == list(range(64))


def test_tabulating_in_batches_asks_for_every_coalition_once():
    """The table agrees with the game, whatever the size of the batch, and no coalition is asked for twice."""
    asked = []

    class Recorded(GloveGame):
        def worth(self, coalitions):
            asked.extend(positions_of(coalitions).tolist())
            return super().worth(coalitions)

    table = tabulate(Recorded(2, 2), batch=5)
    assert asked == list(range(16))
    assert np.array_equal(table.values, GloveGame(2, 2).worth(all_coalitions(4)))


def test_a_table_game_answers_from_its_table():
    """Worth is looked up, in the order asked."""
    game = TableGame([0.0, 1.0, 2.0, 4.0])
    assert game.worth(np.array([[True, True], [False, True]])).tolist() == [4.0, 2.0]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([0.0, 1.0, 2.0], r"expected \(2\*\*n,\)"),
        ([[0.0, 1.0]], r"got shape \(1, 2\)"),
        ([], "got shape"),
        ([0.0, 1.0, np.nan, 2.0], "got nan at position 2"),
    ],
)
def test_a_table_of_the_wrong_length_or_with_holes_is_refused(values, message):
    """The message says what was got and where."""
    with pytest.raises(InputError, match=message):
        TableGame(values)


def test_thirty_players_are_not_tabulated():
    """Nobody pays for 2**30 evaluations by accident."""
    with pytest.raises(InputError, match="30 players"):
        tabulate(GloveGame(15, 15))
