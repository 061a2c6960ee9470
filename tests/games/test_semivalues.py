"""Exact values against brute force, and the exactness of their weights."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import roots_jacobi

from fairpool.games.game import TableGame
from fairpool.games.textbook.classical import AirportGame, GloveGame
from fairpool.games.values.banzhaf import banzhaf_value, banzhaf_weights
from fairpool.games.values.beta_shapley import beta_shapley_value, beta_shapley_weights
from fairpool.games.values.leave_one_out import leave_one_out_value, leave_one_out_weights
from fairpool.games.values.robust_shapley import robust_shapley_value, robust_shapley_weights
from fairpool.games.values.semivalues import semivalue, size_law
from fairpool.games.values.shapley import shapley_value, shapley_weights
from fairpool.ground.errors import InputError
from oracles import values as oracle
from strategies import any_games, few, some, worth_of

SIZES = [1, 2, 3, 4, 17, 100, 1000]


def _beta_weight(alpha, beta):
    """B(c + beta, n - 1 - c + alpha) / B(alpha, beta) for whole alpha and beta, exactly."""

    def beta_function(a, b):
        return Fraction(math.factorial(a - 1) * math.factorial(b - 1), math.factorial(a + b - 1))

    return lambda c, n: beta_function(c + beta, n - 1 - c + alpha) / beta_function(alpha, beta)


def _as_floats(by_player):
    return np.array([float(by_player[i]) for i in sorted(by_player)])


@few
@given(any_games(parties=(1, 5)))
def test_shapley_is_the_mean_marginal_over_all_orders_of_arrival(game):
    """n! orders, exact fractions."""
    expected = oracle.shapley_by_orders(range(game.players), worth_of(game))
    np.testing.assert_allclose(shapley_value(game), _as_floats(expected), atol=1e-15)


@some
@given(any_games(parties=(1, 6)))
def test_banzhaf_agrees_with_its_definition(game):
    """The mean over all coalitions of the others."""
    expected = oracle.banzhaf(range(game.players), worth_of(game))
    np.testing.assert_allclose(banzhaf_value(game), _as_floats(expected), atol=1e-15)


@some
@given(any_games(parties=(1, 6)))
def test_robust_shapley_agrees_with_its_definition(game):
    """The Shapley weight times gamma_c, exact fractions."""
    expected = oracle.robust_shapley(range(game.players), worth_of(game))
    np.testing.assert_allclose(robust_shapley_value(game), _as_floats(expected), atol=1e-15)


@some
@given(any_games(parties=(1, 5)), st.integers(1, 6), st.integers(1, 6))
def test_beta_shapley_agrees_with_its_definition(game, alpha, beta):
    """Weights as quotients of beta functions, exact fractions."""
    expected = oracle.semivalue(range(game.players), worth_of(game), _beta_weight(alpha, beta))
    np.testing.assert_allclose(
        beta_shapley_value(game, alpha=alpha, beta=beta), _as_floats(expected), atol=1e-13
    )


@some
@given(any_games(parties=(1, 6)))
def test_leave_one_out_is_what_the_others_miss(game):
    """v(N) - v(N - i), and the semivalue with all weight on the largest coalitions."""
    n = game.players
    expected = [game.values[-1] - game.values[2**n - 1 - 2**i] for i in range(n)]
    assert leave_one_out_value(game).tolist() == expected
    np.testing.assert_allclose(semivalue(game, leave_one_out_weights(n)), expected, atol=1e-15)


def test_leave_one_out_needs_no_table():
    """A thousand players are a thousand and one evaluations."""
    assert leave_one_out_value(GloveGame(499, 501)).tolist() == [1.0] * 499 + [0.0] * 501


@pytest.mark.parametrize("n", SIZES)
def test_shapley_weights_are_the_nearest_floats(n):
    """Against exact fractions, up to a thousand players."""
    assert shapley_weights(n).tolist() == [float(oracle.shapley_weight(c, n)) for c in range(n)]


@pytest.mark.parametrize("n", SIZES)
def test_robust_shapley_weights_are_the_nearest_floats(n):
    """The factorials of gamma cancel: below the middle every weight is the middle's."""
    assert robust_shapley_weights(n).tolist() == [float(oracle.robust_shapley_weight(c, n)) for c in range(n)]


@pytest.mark.parametrize("n", SIZES)
def test_banzhaf_weights_are_the_nearest_floats(n):
    """A power of two."""
    assert banzhaf_weights(n).tolist() == [float(oracle.banzhaf_weight(c, n)) for c in range(n)]


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize(("alpha", "beta"), [(1, 1), (16, 1), (1, 16), (4, 7)])
def test_beta_weights_are_right_to_a_trillionth(n, alpha, beta):
    """Logarithms cost three digits at a thousand players, not more."""
    exact = [float(_beta_weight(alpha, beta)(c, n)) for c in range(n)]
    np.testing.assert_allclose(beta_shapley_weights(n, alpha=alpha, beta=beta), exact, rtol=1e-12)


@pytest.mark.parametrize("n", SIZES)
def test_size_laws_of_semivalues_sum_to_one(n):
    """Shapley gives every size 1/n, Banzhaf is binomial, leave-one-out sits at the top."""
    np.testing.assert_allclose(size_law(shapley_weights(n)), np.full(n, 1 / n), rtol=1e-14)
    assert size_law(banzhaf_weights(n)).sum() == pytest.approx(1, rel=1e-13)
    assert size_law(beta_shapley_weights(n, alpha=3.5, beta=0.7)).sum() == pytest.approx(1, rel=1e-11)
    assert size_law(leave_one_out_weights(n)).tolist() == [0.0] * (n - 1) + [1.0]


def test_robust_shapley_hands_out_less_than_one_unit_of_weight():
    """What is cut from the small coalitions is not given to the large ones."""
    assert size_law(robust_shapley_weights(3)).tolist() == pytest.approx([1 / 6, 1 / 3, 1 / 3])


def test_larger_alpha_leans_on_small_coalitions_larger_beta_on_large_ones():
    """The convention of Kwon and Zou: their Beta(16, 1) is for small coalitions."""
    shapley = size_law(shapley_weights(30))
    small, large = (size_law(beta_shapley_weights(30, alpha=a, beta=b)) for a, b in [(16, 1), (1, 16)])
    assert small[0] > shapley[0] > large[0]
    assert small[-1] < shapley[-1] < large[-1]
    np.testing.assert_allclose(small, large[::-1], rtol=1e-11)


@few
@given(any_games(parties=(1, 5)), st.floats(0.1, 30), st.floats(0.1, 30))
def test_beta_shapley_joins_others_who_are_there_with_a_beta_distributed_chance(game, alpha, beta):
    """Gauss-Jacobi quadrature of t^c (1-t)^(n-1-c) under the law Beta(beta, alpha) gives the same weights."""
    n = game.players
    x, mass = roots_jacobi(n, alpha - 1, beta - 1)
    t = (1 + x) / 2
    chance = [(mass / mass.sum() * t**c * (1 - t) ** (n - 1 - c)).sum() for c in range(n)]
    by_arrival = semivalue(game, chance)
    np.testing.assert_allclose(beta_shapley_value(game, alpha=alpha, beta=beta), by_arrival, atol=1e-10)


def test_weights_of_the_wrong_length_are_refused():
    """One weight per coalition size without the player."""
    with pytest.raises(InputError, match=r"got shape \(4,\), expected \(3,\)"):
        semivalue(TableGame(np.zeros(8)), np.ones(4))


def test_weights_that_are_not_finite_are_refused():
    """A weight of infinity would hide behind zero marginals."""
    with pytest.raises(InputError, match="got inf"):
        semivalue(TableGame(np.zeros(4)), [1.0, np.inf])


@pytest.mark.parametrize(("alpha", "beta", "name"), [(0, 1, "alpha"), (1, -2, "beta"), (np.nan, 1, "alpha")])
def test_beta_shapley_wants_positive_parameters(alpha, beta, name):
    """The message names the parameter."""
    with pytest.raises(InputError, match=f"{name}: got"):
        beta_shapley_value(TableGame(np.zeros(4)), alpha=alpha, beta=beta)


@pytest.mark.parametrize("value", [shapley_value, banzhaf_value, robust_shapley_value])
def test_thirty_players_asked_to_be_exact_are_refused(value):
    """One clear message instead of a billion evaluations."""
    with pytest.raises(InputError, match="30 players"):
        value(GloveGame(15, 15))


def test_twenty_players_from_a_table():
    """n = 20: against the closed form of the airport game."""
    game = AirportGame(np.random.default_rng(3).random(20))
    np.testing.assert_allclose(shapley_value(game), game.shapley_value(), atol=1e-14)
