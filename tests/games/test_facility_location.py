"""Facility location: the closed forms against all coalitions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from fairpool.games.game import tabulate
from fairpool.games.textbook.facility_location import FacilityLocationGame
from fairpool.games.values.banzhaf import banzhaf_value, banzhaf_weights
from fairpool.games.values.beta_shapley import beta_shapley_weights
from fairpool.games.values.robust_shapley import robust_shapley_value, robust_shapley_weights
from fairpool.games.values.semivalues import semivalue
from fairpool.games.values.shapley import shapley_value, shapley_weights
from fairpool.ground.errors import InputError
from strategies import few

utilities = arrays(
    np.float64,
    st.tuples(st.integers(1, 6), st.integers(0, 4)),
    elements=st.integers(0, 5).map(float),  # few values, so that ties are common
)


def test_worth_is_the_best_member_for_every_customer():
    """By hand: three players, two customers."""
    game = FacilityLocationGame([[1, 4], [3, 2], [0, 0]])
    assert tabulate(game).values.tolist() == [0, 5, 5, 7, 0, 5, 5, 7]


@few
@given(utilities)
def test_closed_forms_agree_with_enumeration(u):
    """Shapley, Banzhaf, and by weights Robust Shapley and Beta Shapley, ties included."""
    game = FacilityLocationGame(u)
    n = game.players
    np.testing.assert_allclose(game.shapley_value(), shapley_value(game), atol=1e-13)
    np.testing.assert_allclose(game.banzhaf_value(), banzhaf_value(game), atol=1e-13)
    np.testing.assert_allclose(
        game.semivalue(robust_shapley_weights(n)), robust_shapley_value(game), atol=1e-13
    )
    beta = beta_shapley_weights(n, alpha=4, beta=0.5)
    np.testing.assert_allclose(game.semivalue(beta), semivalue(game, beta), atol=1e-12)


def test_a_thousand_players():
    """The closed form by weights agrees with the two special ones where nothing can be enumerated."""
    game = FacilityLocationGame(np.random.default_rng(1).integers(0, 21, (1000, 20)))
    np.testing.assert_allclose(game.semivalue(shapley_weights(1000)), game.shapley_value(), rtol=1e-11)
    np.testing.assert_allclose(game.semivalue(banzhaf_weights(1000)), game.banzhaf_value(), rtol=1e-11)
    assert game.shapley_value().sum() == pytest.approx(game.worth(np.ones((1, 1000), dtype=bool))[0])


@pytest.mark.parametrize("bad", [[1.0, 2.0], [[1.0, -1.0]], [[np.inf]]])
def test_utilities_must_be_a_table_of_amounts(bad):
    """Another shape, a negative or an infinite utility is refused."""
    with pytest.raises(InputError, match="utilities"):
        FacilityLocationGame(bad)


def test_weights_must_fit_the_players():
    """One weight per coalition size."""
    with pytest.raises(InputError, match=r"got shape \(2,\), expected \(1,\)"):
        FacilityLocationGame([[1.0]]).semivalue([1.0, 2.0])
