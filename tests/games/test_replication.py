"""Copies of a player: the game with them, their total in closed form, and the test of weights."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairpool.games.game import TableGame
from fairpool.games.replication.robustness import (
    ReplicatedGame,
    is_replication_robust,
    replicated_size_law,
    totals_after_replication,
)
from fairpool.games.values.banzhaf import banzhaf_weights
from fairpool.games.values.beta_shapley import beta_shapley_weights
from fairpool.games.values.leave_one_out import leave_one_out_weights
from fairpool.games.values.robust_shapley import robust_shapley_weights
from fairpool.games.values.semivalues import semivalue
from fairpool.games.values.shapley import shapley_value, shapley_weights
from fairpool.games.values.sums_by_size import size_sums
from fairpool.ground.errors import InputError
from strategies import all_coalitions, any_games, few, monotone_games


def _small_coalitions(players):
    return beta_shapley_weights(players, alpha=3, beta=1)


WEIGHTS = [
    shapley_weights,
    banzhaf_weights,
    leave_one_out_weights,
    robust_shapley_weights,
    _small_coalitions,
]


@few
@given(any_games(parties=3), st.integers(0, 2), st.integers(0, 3))
def test_a_copy_adds_nothing_to_a_coalition_that_holds_one(game, player, copies):
    """Replication redundancy, and any identity stands for the player."""
    replicated = ReplicatedGame(game, player, copies)
    coalitions = all_coalitions(3 + copies)
    worth = replicated.worth(coalitions)
    for identity in replicated.identities:
        alone = coalitions.copy()
        alone[:, replicated.identities] = False
        alone[:, identity] = coalitions[:, replicated.identities].any(axis=1)
        assert np.array_equal(replicated.worth(alone), worth)
    assert np.array_equal(worth[:8], game.values)


@pytest.mark.parametrize("weights_of", WEIGHTS)
@few
@given(any_games(parties=(1, 5)), st.data())
def test_total_of_the_copies_agrees_with_the_larger_game(weights_of, game, data):
    """The closed form needs no value of the larger game, and holds for games of any kind."""
    player = data.draw(st.integers(0, game.players - 1))
    totals = totals_after_replication(size_sums(game).mean_marginals[player], weights_of, 3)
    for k in range(4):
        replicated = ReplicatedGame(game, player, k)
        values = semivalue(replicated, weights_of(replicated.players))
        assert totals[k] == pytest.approx(values[replicated.identities].sum(), abs=1e-13)


@few
@given(monotone_games(parties=(1, 5)))
def test_without_copies_the_total_is_the_value(game):
    """For all players in one call."""
    totals = totals_after_replication(size_sums(game).mean_marginals, shapley_weights, 2)
    assert totals.shape == (game.players, 3)
    np.testing.assert_allclose(totals[:, 0], shapley_value(game), atol=1e-14)


def test_a_robust_value_can_still_lose_to_copies_where_players_complement_each_other():
    """Refuted outside submodular games: all or nothing between two, Banzhaf 1/2; with two copies 3/4."""
    game = TableGame([0.0, 0.0, 0.0, 1.0])
    z = size_sums(game).mean_marginals[0]
    assert totals_after_replication(z, banzhaf_weights, 2).tolist() == [0.5, 0.5, 0.375]
    assert totals_after_replication(z, shapley_weights, 2).tolist() == pytest.approx([1 / 2, 1 / 3, 1 / 4])


def test_the_verdict_says_where_weights_first_fail():
    """Shapley with one copy at p = 0: by hand 2 / 4 against 1 / 3 for n = 3."""
    verdict = is_replication_robust(shapley_weights, 3, 5)
    assert not verdict
    assert verdict.violation == (1, 0)
    assert verdict.excess == pytest.approx(2 / 4 - 1 / 3)


def test_the_verdict_of_robust_weights_names_what_was_tried():
    """True in a condition, and no violation."""
    verdict = is_replication_robust(banzhaf_weights, 6, 4)
    assert verdict
    assert verdict.robust
    assert verdict.copies == 4
    assert verdict.violation is None


def test_robust_for_few_copies_is_not_robust_for_many():
    """Weights that turn bad at six players: three of them with three copies are the first violation."""

    def late(players):
        return banzhaf_weights(players) if players < 6 else np.ones(players)

    assert is_replication_robust(late, 3, 2)
    assert is_replication_robust(late, 3, 5).violation == (3, 0)


@pytest.mark.parametrize("beta", [2, 4, 8, 16])
@pytest.mark.parametrize("alpha", [1, 2])
def test_beta_shapley_is_robust_among_few_players_only(alpha, beta):
    """The first copy pays at p = 0 exactly if (alpha + n - 1) / (alpha + beta + n - 1) > 1/2: more than
    beta - alpha + 1 players. No Beta Shapley value is robust for every number of players."""
    for n in range(1, 20):
        verdict = is_replication_robust(lambda m: beta_shapley_weights(m, alpha=alpha, beta=beta), n, 6)
        assert verdict.violation == (None if n <= beta - alpha + 1 else (1, 0))


def test_a_thousand_players():
    """Neither binomials nor weights overflow."""
    law = replicated_size_law(shapley_weights, 1000, 5)
    assert np.isfinite(law).all()
    assert law[0] == pytest.approx(6 / 1005)
    assert is_replication_robust(banzhaf_weights, 1000, 3)


@pytest.mark.parametrize(
    ("player", "copies", "message"), [(3, 1, "player: got 3"), (0, -1, "copies: got -1")]
)
def test_copies_of_nobody_are_refused(player, copies, message):
    """The message says what was got."""
    with pytest.raises(InputError, match=message):
        ReplicatedGame(TableGame(np.zeros(8)), player, copies)


def test_weights_for_another_number_of_players_are_refused():
    """weights_of has to answer for n + k players."""
    with pytest.raises(InputError, match=r"weights_of\(4\): got shape \(3,\), expected \(4,\)"):
        is_replication_robust(lambda n: np.ones(min(n, 3)), 3, 1)
