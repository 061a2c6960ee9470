"""Estimates of games with many players: what is additive is not sampled, and permutations are not better."""

from __future__ import annotations

import numpy as np
import pytest

from builders.known_games import Known
from fairpool.games.estimation.estimate import estimate_semivalue, estimate_shapley
from fairpool.games.textbook.facility_location import FacilityLocationGame
from fairpool.games.values.banzhaf import banzhaf_weights
from fairpool.ground.errors import InputError


def additive(n: int) -> Known:
    parts = np.random.default_rng(n).normal(size=n)
    return Known(n, lambda c: c @ parts, parts)


def size_only(n: int) -> Known:
    return Known(n, lambda c: c.sum(axis=1) * 1.0, np.ones(n))


def majority(n: int) -> Known:
    return Known(n, lambda c: (2 * c.sum(axis=1) > n) * 1.0, np.full(n, 1 / n))


def couples(n: int) -> Known:
    """Players 2i and 2i + 1 are worth w_i together; half of it each."""
    w = np.random.default_rng(n).random(n // 2)
    return Known(n, lambda c: (c[:, ::2] & c[:, 1::2]) @ w, np.repeat(w / 2, 2))


def facility(n: int) -> Known:
    game = FacilityLocationGame(np.random.default_rng(n).random((n, 10)) ** 3)
    return Known(n, game.worth, game.shapley_value())


def permutations(game: Known, budget: int, seed: int) -> np.ndarray:
    """The plain estimate, as many whole orders as the budget pays for."""
    rng, n = np.random.default_rng(seed), game.players
    told = []
    for _ in range((budget - 2) // (n - 1)):
        order = rng.permutation(n)
        before = np.argsort(order) < np.arange(n + 1)[:, None]
        added = np.empty(n)
        added[order] = np.diff(game.worth(before))
        told.append(added)
    return np.mean(told, axis=0)


@pytest.mark.parametrize(
    ("players", "times"),
    [
        (4, 2.5),
        (6, 2.4),
        (6, 5),
        (8, 2),
        (8, 3),
        (12, 3),
        (20, 4),
        (50, 2),
        (50, 2.5),
        (50, 3),
        (50, 8),
        (200, 2),
        pytest.param(200, 3, marks=pytest.mark.long),
        pytest.param(200, 20, marks=pytest.mark.long),
        pytest.param(1000, 2, marks=pytest.mark.long),
        pytest.param(1000, 5, marks=pytest.mark.long),
    ],
)
@pytest.mark.parametrize("game_of_size", [additive, size_only])
def test_what_is_additive_is_not_sampled(game_of_size, players, times):
    """At every size and every budget: right, with error bars not zero, and small beside what players add."""
    game = game_of_size(players)
    found = estimate_shapley(game, rng=1, evaluations=max(int(times * players), 2 * players + 2))
    np.testing.assert_allclose(found.values, game.value, atol=1e-6)
    assert (found.standard_errors > 0).all()
    typical = np.sqrt(np.mean(game.value**2))
    assert (found.standard_errors < (np.abs(game.value) + typical) / np.sqrt(players)).all()


@pytest.mark.parametrize("players", [51, 120])
def test_a_jump_at_one_size_is_taken_out_from_3n_evaluations_on(players):
    """No smooth curve has it, so the level of every size is its own."""
    game = majority(players)
    found = estimate_shapley(game, rng=2, evaluations=3 * players)
    np.testing.assert_allclose(found.values * players, 1.0, atol=1e-5)


@pytest.mark.parametrize("times", [2, 4])
@pytest.mark.parametrize("game_of_size", [couples, facility])
def test_estimates_are_no_worse_than_permutations(game_of_size, times):
    """At 2n + 2 no worse than chance has it (4 standard errors, by the spread over seeds), above better."""
    game, seeds = game_of_size(40), 6
    budget = max(times * 40, 82)
    ours = [estimate_shapley(game, rng=s, evaluations=budget).values for s in range(seeds)]
    theirs = [permutations(game, budget, s) for s in range(seeds)]
    squares = np.log([[np.mean((v - game.value) ** 2) for v in each] for each in (ours, theirs)])
    advantage = squares[1] - squares[0]
    error = advantage.std(ddof=1) / np.sqrt(seeds)
    assert advantage.mean() > (0 if times > 2 else -4 * error)


@pytest.mark.parametrize(
    ("game_of_size", "times"), [(couples, 2), (facility, 2), (couples, 4), (facility, 6)]
)
def test_error_bars_cover_where_draws_are_few(game_of_size, times):
    """The mean square of z is 1 up to 4 standard errors of it, taken over seeds, and not far below."""
    game, seeds = game_of_size(40), 8
    found = [estimate_shapley(game, rng=s, evaluations=max(times * 40, 82)) for s in range(seeds)]
    squares = np.array([np.mean(((f.values - game.value) / f.standard_errors) ** 2) for f in found])
    assert squares.mean() < 1 + 4 * squares.std(ddof=1) / np.sqrt(seeds)
    assert squares.mean() > 0.4


def six_of_ten() -> Known:
    """Worth 1 where the first six are in: 1/6 each to them."""
    return Known(10, lambda c: c[:, :6].all(axis=1) * 1.0, np.repeat([1 / 6, 0.0], [6, 4]))


@pytest.mark.parametrize("evaluations", [60, 400])
def test_no_error_bar_is_zero_by_accident(evaluations):
    """All draws of the middle sizes are worth nothing, and the jump at the end says that this is not all."""
    game = six_of_ten()
    for seed in range(8):
        found = estimate_shapley(game, rng=seed, evaluations=evaluations)
        assert (found.standard_errors > 1e-4).all()
        assert (np.abs(found.values - game.value) < 6 * found.standard_errors).all()


def test_a_target_is_not_reached_by_seeing_nothing():
    """Where it is said to be reached, the values are that close (4 standard errors)."""
    game = six_of_ten()
    for seed in range(6):
        found = estimate_shapley(game, rng=seed, target_error=0.01)
        assert found.stopped in ("target", "exhausted")
        assert np.abs(found.values - game.value).max() < 4 * 0.01


def test_numbers_that_have_underflown_are_refused():
    """Banzhaf weights of 1,100 players are all 0 as numbers: no game is worth nothing for that."""
    game = size_only(1100)
    with pytest.raises(InputError, match="too small for float64"):
        estimate_semivalue(game, rng=0, weights=banzhaf_weights(1100), evaluations=2202)


@pytest.mark.long
def test_banzhaf_values_of_more_than_a_thousand_players():
    """Handed in as the function they are right: everybody adds 1."""
    found = estimate_semivalue(size_only(1100), rng=0, weights=banzhaf_weights, evaluations=2202)
    np.testing.assert_allclose(found.values, 1.0, atol=1e-6)


def test_an_estimate_goes_on_where_it_stopped():
    """All coalitions are kept, none comes twice, and the same steps give the same numbers; a seed is its generator."""
    game = facility(15)
    first = estimate_shapley(game, rng=3, evaluations=60)
    more, again = first.extend(evaluations=90), first.extend(evaluations=90)
    assert (more.evaluations, first.evaluations) == (150, 60)
    np.testing.assert_array_equal(more.coalitions[:60], first.coalitions)
    assert len(np.unique(more.coalitions, axis=0)) == 150
    np.testing.assert_array_equal(more.values, again.values)
    handed_in = estimate_shapley(game, rng=np.random.default_rng(3), evaluations=60)
    np.testing.assert_array_equal(handed_in.extend(evaluations=90).values, more.values)
    with pytest.raises(InputError, match="evaluations: got 0"):
        first.extend(evaluations=0)


def test_going_on_ends_in_the_exact_value():
    """Once all 2**n coalitions are evaluated there is nothing left, and going on changes nothing."""
    game = facility(10)
    found = estimate_shapley(game, rng=0, evaluations=25).extend(evaluations=40).extend(evaluations=5000)
    assert (found.stopped, found.evaluations) == ("exhausted", 1024)
    np.testing.assert_allclose(found.values, game.value, atol=1e-12)
    assert found.extend(evaluations=10).evaluations == 1024


def test_an_estimate_is_told_in_a_line():
    found = estimate_shapley(facility(12), rng=0, evaluations=100)
    assert len(repr(found)) < 200
    assert "... 12 players; 100 evaluations, budget" in repr(found)
    assert "<table" in found._repr_html_()
    assert found.to_frame().columns.tolist() == ["value", "standard_error"]
