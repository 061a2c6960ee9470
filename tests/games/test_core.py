"""The least core, and the report on who would rather leave."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from scipy.optimize import linprog

from fairpool.games.game import TableGame
from fairpool.games.stability.accounts import stability_of
from fairpool.games.stability.core import least_core
from fairpool.games.textbook.classical import BankruptcyGame, GloveGame
from fairpool.games.values.shapley import shapley_value
from fairpool.ground.errors import InputError
from strategies import all_coalitions, any_games, coverage_games, few, supermodular_games

MAJORITY = TableGame([0, 0, 0, 1, 0, 1, 1, 1])  # any two of three


def _least_excess_written_out(game):
    """The program with all 2**n - 2 coalitions."""
    n = game.players
    coalitions = all_coalitions(n)[1:-1].astype(float)
    worth = game.values - game.values[0]
    return linprog(
        c=[0.0] * n + [1.0],
        A_ub=-np.column_stack([coalitions, np.ones(len(coalitions))]),
        b_ub=-worth[1:-1],
        A_eq=[[1.0] * n + [0.0]],
        b_eq=worth[-1:],
        bounds=(None, None),
    ).fun


@few
@given(any_games(parties=(2, 6)))
def test_epsilon_agrees_with_the_program_written_out(game):
    """Leaving coalitions out and adding the worst treated changes nothing."""
    assert least_core(game).epsilon == pytest.approx(_least_excess_written_out(game), abs=1e-8)


@few
@given(any_games(parties=(2, 6)))
def test_the_allocation_has_the_largest_excess_it_claims(game):
    """All is handed out, and no coalition's excess is above epsilon."""
    result = least_core(game)
    worth = game.values - game.values[0]
    excess = worth - all_coalitions(game.players) @ result.allocation
    assert excess[-1] == pytest.approx(0, abs=1e-9)
    assert excess[1:-1].max() == pytest.approx(result.epsilon, abs=1e-9)


@few
@given(any_games(parties=(2, 5)))
def test_tightest_coalitions_are_those_at_epsilon(game):
    """With room for all of them, none is missing."""
    result = least_core(game, most_accounts=100)
    excess = (game.values - game.values[0] - all_coalitions(game.players) @ result.allocation)[1:-1]
    assert len(result.tightest) == (excess >= result.epsilon - 1e-9 * np.abs(game.values).max()).sum()
    np.testing.assert_allclose(
        game.worth(result.tightest) - game.values[0] - result.tightest @ result.allocation,
        result.epsilon,
        atol=1e-8,
    )


@few
@given(supermodular_games())
def test_convex_games_have_a_core(game):
    """Shapley 1971."""
    assert least_core(game).in_core


def test_any_two_of_three_cannot_be_held_together():
    """By hand: equal thirds leave every pair 1/3 short of the 1 it could get alone."""
    result = least_core(MAJORITY)
    assert result.epsilon == pytest.approx(1 / 3)
    assert not result.in_core
    assert result.allocation == pytest.approx([1 / 3] * 3)
    assert {account.members for account in result.stability.would_leave} == {(0, 1), (0, 2), (1, 2)}


def test_the_scarce_glove_takes_all_in_the_core():
    """One left glove and two right ones: (1, 0, 0) is the only allocation nobody would leave."""
    result = least_core(GloveGame(1, 2))
    assert result.in_core
    assert result.allocation == pytest.approx([1, 0, 0])
    assert result.stability.would_leave == ()


def test_shapley_may_lie_outside_a_core_that_is_not_empty():
    """The same gloves: a pair gets 5/6 by Shapley and could get 1 alone."""
    report = stability_of(GloveGame(1, 2), shapley_value(GloveGame(1, 2)))
    assert not report.in_core
    assert report.largest_excess == pytest.approx(1 / 6)
    assert [account.members for account in report.would_leave] == [(0, 1), (0, 2)]
    assert str(report.would_leave[0]) == "{0, 1} receives 0.833333, alone 1, excess +0.166667"


def test_an_allocation_that_keeps_something_back_is_not_in_the_core():
    """Nobody would leave, but 1 of 4 is not handed out."""
    report = stability_of(TableGame([0, 1, 1, 4]), [1.5, 1.5])
    assert report.largest_excess == pytest.approx(-0.5)
    assert report.undistributed == pytest.approx(1)
    assert not report.in_core


def test_a_single_player_has_nobody_to_leave_with():
    """No proper coalition, so no excess."""
    result = least_core(TableGame([2.0, 5.0]))
    assert result.allocation.tolist() == [3.0]
    assert result.epsilon == -np.inf
    assert result.in_core
    assert result.tightest.shape == (0, 1)


def test_what_nobody_is_worth_is_left_out_of_account():
    """A constant in every worth, the empty coalition's too, moves nothing."""
    raised = least_core(TableGame(MAJORITY.values + 7))
    assert raised.epsilon == pytest.approx(1 / 3)
    assert raised.allocation == pytest.approx([1 / 3] * 3)


@pytest.mark.parametrize("unit", [1e-6, 1.0, 1e9])
def test_the_unit_of_account_does_not_matter(unit):
    """Cents or millions: the solver sees worths of size one."""
    result = least_core(TableGame(MAJORITY.values * unit))
    assert result.epsilon / unit == pytest.approx(1 / 3, rel=1e-8)
    assert not result.in_core


def test_twelve_creditors_and_four_thousand_coalitions():
    """Only a few of them are ever written down; the core of a bankruptcy game is never empty."""
    claims = np.random.default_rng(5).integers(1, 50, 12)
    result = least_core(BankruptcyGame(claims.sum() * 0.4, claims))
    assert result.in_core
    assert len(result.stability.accounts) == 10


@few
@given(coverage_games(parties=(2, 5)))
def test_accounts_are_sorted_and_add_up(game):
    """Largest excess first; excess is what is got alone less what is received."""
    report = stability_of(game, shapley_value(game), most_accounts=6)
    excess = [account.excess for account in report.accounts]
    assert excess == sorted(excess, reverse=True)
    assert excess[0] == pytest.approx(report.largest_excess, abs=1e-15)
    for account in report.accounts:
        members = np.isin(np.arange(game.players), account.members)
        assert account.alone == game.worth(members[None])[0]


@pytest.mark.parametrize("allocation", [[1.0, 2.0], [1.0, np.nan, 0.0]])
def test_an_allocation_must_name_an_amount_for_every_player(allocation):
    """Another length, or a hole, is refused."""
    with pytest.raises(InputError, match="allocation: got"):
        stability_of(MAJORITY, allocation)


def test_too_many_players_are_refused():
    """As for the exact values."""
    with pytest.raises(InputError, match="25 players"):
        least_core(GloveGame(12, 13))
