"""Adding a game up by coalition size."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given

from fairpool.games.game import TableGame
from fairpool.games.textbook.classical import GloveGame
from fairpool.games.values.sums_by_size import size_sums
from fairpool.ground.errors import InputError
from oracles.values import mean_marginals
from strategies import all_coalitions, any_games, monotone_games, some, worth_of


@some
@given(any_games(parties=(1, 6)))
def test_totals_and_parts_agree_with_a_loop_over_all_coalitions(game):
    """T(c) and A_i(c) are plain sums of worths."""
    coalitions, size = all_coalitions(game.players), all_coalitions(game.players).sum(axis=1)
    sums = size_sums(game)
    for c in range(game.players + 1):
        assert sums.totals[c] == game.values[size == c].sum()
        for i in range(game.players):
            assert sums.containing[i, c] == game.values[(size == c) & coalitions[:, i]].sum()


@some
@given(any_games(parties=(1, 5)))
def test_mean_marginals_agree_with_the_definition(game):
    """z_i(c) is the mean of v(S + i) - v(S) over the coalitions of size c without i."""
    expected = [mean_marginals(range(game.players), worth_of(game), i) for i in range(game.players)]
    np.testing.assert_allclose(size_sums(game).mean_marginals, np.array(expected, dtype=float), atol=1e-15)


@some
@given(any_games(parties=(1, 6)))
def test_marginals_are_differences_of_the_other_sums(game):
    """D_i(c) = A_i(c+1) - (T(c) - A_i(c))."""
    sums = size_sums(game)
    lacking = sums.totals - sums.containing
    np.testing.assert_allclose(sums.marginals, sums.containing[:, 1:] - lacking[:, :-1], atol=1e-13)


def test_signs_are_exact_for_games_that_are_not_exact_in_binary():
    """A player who never harms has no negative marginal sum, and a null player's are zero, to the last bit."""
    rng = np.random.default_rng(20)
    n, null = 9, 6
    values = rng.random(2**n) * 10.0 ** rng.integers(-8, 8, 2**n)
    for i in range(n):
        halves = values.reshape(-1, 2, 2**i)
        halves[:, 1] = halves[:, 0] if i == null else np.maximum(halves[:, 0], halves[:, 1])
    halves = values.reshape(-1, 2, 2**null)
    halves[:, 1] = halves[:, 0]
    marginals = size_sums(TableGame(values)).marginals
    assert (marginals >= 0).all()
    assert (marginals[null] == 0).all()


@some
@given(monotone_games(parties=(1, 6)))
def test_monotone_games_have_no_negative_marginal_sum(game):
    """Whatever the table, the upper and the lower half of the players alike."""
    assert (size_sums(game).marginals >= 0).all()


def test_twenty_one_players_are_refused_with_a_way_out():
    """The message names the estimator and the switch."""
    with pytest.raises(
        InputError, match=r"21 players: .*2\*\*21.*fairpool\.games\.estimation\.estimate.*most_players=21"
    ):
        size_sums(GloveGame(10, 11))


def test_a_limit_can_be_raised_or_lowered():
    """most_players is the caller's to choose."""
    with pytest.raises(InputError, match="limit is 3"):
        size_sums(GloveGame(2, 2), most_players=3)
    assert size_sums(GloveGame(2, 2), most_players=4).totals.tolist() == [0.0, 0.0, 4.0, 4.0, 2.0]


def test_a_ready_table_is_never_refused():
    """Its evaluations are already paid for."""
    assert size_sums(TableGame(np.zeros(2**4)), most_players=3).players == 4
