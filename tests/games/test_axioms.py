"""Which value has which property: shown where it holds, refuted by a small game where it does not."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairpool.games.game import TableGame, coalitions_at, positions_of
from fairpool.games.stability.accounts import stability_of
from fairpool.games.values.banzhaf import banzhaf_value
from fairpool.games.values.beta_shapley import beta_shapley_value
from fairpool.games.values.leave_one_out import leave_one_out_value
from fairpool.games.values.robust_shapley import robust_shapley_value
from fairpool.games.values.shapley import shapley_value
from strategies import additive_games, all_coalitions, any_games, monotone_games, some, supermodular_games


def _beta(game):
    return beta_shapley_value(game, alpha=4, beta=1.5)


SEMIVALUES = [shapley_value, banzhaf_value, _beta, leave_one_out_value]
VALUES = [*SEMIVALUES, robust_shapley_value]

for_every_value = pytest.mark.parametrize("value", VALUES)
for_every_semivalue = pytest.mark.parametrize("value", SEMIVALUES)

ALL_OR_NOTHING = TableGame([0.0] * 7 + [1.0])  # three players, worth something only together
ANYBODY = TableGame([0.0] + [1.0] * 7)  # three players, any one of them is enough


def _renamed(game, order):
    """The game in which player i is called order[i]."""
    coalitions = all_coalitions(game.players)
    values = np.empty_like(game.values)
    values[positions_of(coalitions[:, np.argsort(order)])] = game.values
    return TableGame(values)


def _with_null_player(game, place):
    coalitions = all_coalitions(game.players + 1)
    return TableGame(game.worth(np.delete(coalitions, place, axis=1)))


@some
@given(any_games())
def test_shapley_hands_out_exactly_what_there_is(game):
    """Efficiency: the values sum to v(N) - v(empty)."""
    assert shapley_value(game).sum() == pytest.approx(game.values[-1] - game.values[0], abs=1e-14)


@pytest.mark.parametrize(
    ("value", "all_or_nothing", "anybody"),
    [
        (shapley_value, 1, 1),
        (banzhaf_value, 3 / 4, 3 / 4),
        (robust_shapley_value, 1, 1 / 2),
        (leave_one_out_value, 3, 0),
        (lambda game: beta_shapley_value(game, alpha=2, beta=1), 1 / 2, 3 / 2),
    ],
)
def test_only_shapley_is_efficient(value, all_or_nothing, anybody):
    """What each value hands out of 1 when all three are needed, and when any one is enough."""
    assert value(ALL_OR_NOTHING).sum() == pytest.approx(all_or_nothing)
    assert value(ANYBODY).sum() == pytest.approx(anybody)


@for_every_value
@some
@given(any_games(), st.randoms(use_true_random=False))
def test_names_do_not_matter(value, game, random):
    """Anonymity: renaming the players renames the values."""
    order = list(range(game.players))
    random.shuffle(order)
    np.testing.assert_allclose(value(_renamed(game, order))[order], value(game), atol=1e-14)


@for_every_value
@some
@given(any_games(parties=(2, 5)))
def test_equals_are_paid_equally(value, game):
    """Symmetry: players 0 and 1 made interchangeable get the same."""
    coalitions = all_coalitions(game.players)
    swapped = coalitions.copy()
    swapped[:, [0, 1]] = coalitions[:, [1, 0]]
    values = value(TableGame(game.values + game.worth(swapped)))
    assert values[0] == pytest.approx(values[1], abs=1e-14)


@for_every_value
@some
@given(any_games(), st.data())
def test_null_players_get_nothing(value, game, data):
    """To the last bit, at whatever place the player sits."""
    place = data.draw(st.integers(0, game.players))
    assert value(_with_null_player(game, place))[place] == 0.0


@for_every_semivalue
@some
@given(any_games(), st.data())
def test_semivalues_pay_the_others_as_if_a_null_player_were_not_there(value, game, data):
    """Semivalues of one family agree across numbers of players."""
    place = data.draw(st.integers(0, game.players))
    others = np.delete(value(_with_null_player(game, place)), place)
    np.testing.assert_allclose(others, value(game), atol=1e-13)


def test_robust_shapley_is_diluted_by_null_players():
    """A single player worth 1: beside two players worth nothing only 5/6 of it are left."""
    assert robust_shapley_value(TableGame([0.0, 1.0])) == pytest.approx([1])
    alone_beside_nulls = TableGame(coalitions_at(np.arange(8), 3)[:, 0].astype(float))
    assert robust_shapley_value(alone_beside_nulls) == pytest.approx([5 / 6, 0, 0])


@for_every_value
@some
@given(any_games(parties=4), any_games(parties=4), st.integers(-8, 8))
def test_values_are_linear(value, game, other, factor):
    """value(u + c v) = value(u) + c value(v)."""
    combined = value(TableGame(game.values + factor * other.values))
    np.testing.assert_allclose(combined, value(game) + factor * value(other), atol=1e-13)


@for_every_semivalue
@some
@given(additive_games())
def test_semivalues_pay_a_player_who_adds_the_same_everywhere_just_that(value, game):
    """The dummy player's axiom, which needs size weights that sum to one."""
    own = game.values[2 ** np.arange(game.players)]
    np.testing.assert_allclose(value(game), own, atol=1e-14)


def test_robust_shapley_pays_less_than_that():
    """Refuted: three players worth 1 each, alone and together, get 5/6 each."""
    game = TableGame(all_coalitions(3).sum(axis=1))
    assert robust_shapley_value(game) == pytest.approx([5 / 6] * 3)


@for_every_value
@some
@given(monotone_games())
def test_nobody_is_charged_where_nobody_harms(value, game):
    """Monotone games have values >= 0, to the sign bit."""
    assert (value(game) >= 0).all()


@some
@given(monotone_games())
def test_robust_shapley_never_hands_out_more_than_there_is(game):
    """In monotone games the sum is at most v(N), since no weight exceeds Shapley's."""
    assert robust_shapley_value(game).sum() <= game.values[-1] + 1e-14


@some
@given(any_games(parties=(2, 5)))
def test_two_players_who_merge_get_their_banzhaf_values_together(game):
    """2-efficiency: players 0 and 1 acting as one get the sum of what they got."""
    coalitions = all_coalitions(game.players - 1)
    merged = TableGame(game.worth(np.column_stack([coalitions[:, :1], coalitions])))
    assert banzhaf_value(merged)[0] == pytest.approx(banzhaf_value(game)[:2].sum(), abs=1e-14)


@pytest.mark.parametrize(
    ("value", "apart", "as_one"),
    [
        (shapley_value, 2 / 3, 1 / 2),
        (robust_shapley_value, 2 / 3, 1 / 2),
        (leave_one_out_value, 2, 1),
        (lambda game: beta_shapley_value(game, alpha=1, beta=2), 1, 2 / 3),
    ],
)
def test_merging_changes_what_two_players_get_by_other_values(value, apart, as_one):
    """Refuted by all or nothing among three; the last value is Beta(1, 2)."""
    merged = TableGame([0.0, 0.0, 0.0, 1.0])
    assert value(ALL_OR_NOTHING)[:2].sum() == pytest.approx(apart)
    assert value(merged)[0] == pytest.approx(as_one)


@some
@given(supermodular_games())
def test_shapley_lies_in_the_core_of_convex_games(game):
    """Shapley 1971: no coalition would rather leave."""
    assert stability_of(game, shapley_value(game)).in_core


@pytest.mark.parametrize("value", [banzhaf_value, _beta, leave_one_out_value, robust_shapley_value])
def test_other_values_lie_outside_it(value):
    """Refuted by two convex games, of which each of these values misses at least one."""
    additive = TableGame(all_coalitions(3).sum(axis=1))
    assert not all(stability_of(game, value(game)).in_core for game in (ALL_OR_NOTHING, additive))


@some
@given(any_games(), st.integers(-64, 64))
def test_values_do_not_depend_on_what_nobody_is_worth(game, shift):
    """Only differences of worths matter: a constant added to all changes nothing."""
    np.testing.assert_allclose(shapley_value(TableGame(game.values + shift)), shapley_value(game), atol=1e-12)
