"""Textbook games with their published values."""

from __future__ import annotations

from fractions import Fraction
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairpool.games.game import coalitions_at
from fairpool.games.textbook.classical import (
    AirportGame,
    BankruptcyGame,
    GloveGame,
    WeightedVotingGame,
    un_security_council,
)
from fairpool.games.values.banzhaf import banzhaf_value
from fairpool.games.values.shapley import shapley_value
from fairpool.ground.errors import InputError
from strategies import few

amounts = st.lists(st.integers(0, 50).map(float), min_size=1, max_size=6)


def test_glove_game_of_one_left_and_two_right():
    """The left glove is scarce: 4/6 to its owner, 1/6 to each of the others."""
    assert shapley_value(GloveGame(1, 2)) == pytest.approx([4 / 6, 1 / 6, 1 / 6])


def test_as_many_left_gloves_as_right_ones():
    """Nobody is scarce: half a pair each."""
    assert shapley_value(GloveGame(3, 3)) == pytest.approx([0.5] * 6)


@few
@given(amounts)
def test_airport_runway_is_paid_by_those_who_need_it(costs):
    """Littlechild and Owen's closed form against all coalitions."""
    game = AirportGame(costs)
    np.testing.assert_allclose(game.shapley_value(), shapley_value(game), atol=1e-12)


def test_airport_of_three():
    """By hand, costs 1, 2, 3: 1/3, 1/3 + 1/2, 1/3 + 1/2 + 1."""
    assert AirportGame([1, 2, 3]).shapley_value() == pytest.approx([1 / 3, 5 / 6, 11 / 6])


def test_un_security_council():
    """421/2145 for each of the five permanent members, 4/2145 for each of the ten others."""
    expected = [float(Fraction(421, 2145))] * 5 + [float(Fraction(4, 2145))] * 10
    np.testing.assert_allclose(shapley_value(un_security_council()), expected, atol=1e-16)


def test_un_security_council_by_banzhaf():
    """Counted: a permanent member is decisive in 848 of 2**14 coalitions of the others, another in 84."""
    decisive = banzhaf_value(un_security_council()) * 2**14
    assert decisive.tolist() == [848.0] * 5 + [84.0] * 10


def test_a_motion_needs_every_permanent_member_and_nine_votes():
    """The votes say what the charter says."""
    coalitions = coalitions_at(np.arange(2**15), 15)
    charter = coalitions[:, :5].all(axis=1) & (coalitions.sum(axis=1) >= 9)
    assert np.array_equal(un_security_council().worth(coalitions), charter)


def test_votes_are_not_power():
    """Votes 50, 49, 1 with a majority of 51: the smallest has as much say as the second, 1/6."""
    assert shapley_value(WeightedVotingGame([50, 49, 1], quota=51)) == pytest.approx([4 / 6, 1 / 6, 1 / 6])


def test_bankruptcy_worths_by_hand():
    """Estate 200, claims 100, 200, 300: short of all together, only {1, 2} can secure something."""
    worth = BankruptcyGame(200, [100, 200, 300]).worth(coalitions_at(np.arange(8), 3))
    assert worth.tolist() == [0, 0, 0, 0, 0, 0, 100, 200]


def test_contested_garment():
    """One claims all of it, the other half: 3/4 and 1/4 (Mishnah Baba Metzia 2a), by every one of the rules."""
    game = BankruptcyGame(1, [1, 0.5])
    assert game.talmud_rule() == pytest.approx([3 / 4, 1 / 4])
    assert shapley_value(game) == pytest.approx([3 / 4, 1 / 4])


@few
@given(amounts, st.floats(0, 1))
def test_shapley_of_a_bankruptcy_game_is_first_come_first_served_on_average(claims, part):
    """O'Neill's recursive completion: creditors arrive in random order and are paid while there is money."""
    game = BankruptcyGame(part * sum(claims), claims)
    paid = []
    for order in permutations(range(len(claims))):
        left, payment = game.estate, np.zeros(len(claims))
        for i in order:
            payment[i] = min(left, claims[i])
            left -= payment[i]
        paid.append(payment)
    np.testing.assert_allclose(shapley_value(game), np.mean(paid, axis=0), atol=1e-10)


@few
@given(amounts, st.floats(0, 1))
def test_talmud_rule_shares_the_estate_within_the_claims(claims, part):
    """Sums to the estate, between nothing and the claim, and the same side of half for everybody."""
    game = BankruptcyGame(part * sum(claims), claims)
    shares, half = game.talmud_rule(), np.array(claims) / 2
    assert shares.sum() == pytest.approx(game.estate, abs=1e-9)
    assert ((shares >= -1e-12) & (shares <= 2 * half + 1e-12)).all()
    assert (shares <= half + 1e-9).all() or (shares >= half - 1e-9).all()


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: GloveGame(-1, 2), "got -1 left"),
        (lambda: AirportGame([1.0, -2.0]), "costs: expected finite numbers, none of them negative"),
        (lambda: AirportGame([[1.0]]), r"costs: got shape \(1, 1\)"),
        (lambda: WeightedVotingGame([1, 2], quota=0), "quota: got 0"),
        (lambda: BankruptcyGame(100, [20, 30]), "estate: got 100, expected 0 to 50"),
    ],
)
def test_games_that_make_no_sense_are_refused(build, message):
    """The message says what was got and what was expected."""
    with pytest.raises(InputError, match=message):
        build()
