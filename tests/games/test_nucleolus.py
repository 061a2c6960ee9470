"""The nucleolus, checked by Kohlberg's criterion, by its definition, and by the Talmud."""

from __future__ import annotations

import contextlib

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.optimize import linprog

from fairpool.games.game import TableGame
from fairpool.games.stability.core import least_core
from fairpool.games.stability.nucleoli import nucleolus, prenucleolus
from fairpool.games.textbook.classical import BankruptcyGame, GloveGame, WeightedVotingGame
from fairpool.ground.errors import InputError
from strategies import additive_games, all_coalitions, any_games, coverage_games, few, supermodular_games

SLACK = 1e-7


def _excesses(game, allocation):
    """e(S, x) of the proper coalitions."""
    return (game.values - game.values[0] - all_coalitions(game.players) @ allocation)[1:-1]


def _is_balanced(coalitions):
    """Whether positive weights exist under which every player is covered exactly once: the largest least weight."""
    m, n = coalitions.shape
    result = linprog(
        c=[0.0] * m + [-1.0],
        A_eq=np.column_stack([coalitions.T.astype(float), np.zeros(n)]),
        b_eq=np.ones(n),
        A_ub=np.column_stack([-np.eye(m), np.ones(m)]),
        b_ub=np.zeros(m),
        bounds=[(0, None)] * m + [(0, 1)],
    )
    return result.status == 0 and -result.fun > 1e-9


def _meets_kohlbergs_criterion(game, allocation):
    """Every set of coalitions {S: e(S, x) >= level} is balanced (Kohlberg 1971, for the prenucleolus)."""
    excess, coalitions = _excesses(game, allocation), all_coalitions(game.players)[1:-1]
    return all(_is_balanced(coalitions[excess >= level - SLACK]) for level in excess)


def _comes_before(excesses, others):
    """Lexicographic order of the excesses sorted from the largest down, up to rounding."""
    difference = np.sort(excesses)[::-1] - np.sort(others)[::-1]
    first = np.flatnonzero(np.abs(difference) > SLACK)
    return len(first) == 0 or difference[first[0]] < 0


@few
@given(any_games(parties=(2, 4)))
def test_prenucleolus_meets_kohlbergs_criterion(game):
    """A proof of optimality that knows nothing of how it was found."""
    allocation = prenucleolus(game)
    assert allocation.sum() == pytest.approx(game.values[-1] - game.values[0], abs=1e-9)
    assert _meets_kohlbergs_criterion(game, allocation)


def test_kohlbergs_criterion_tells_other_points_apart():
    """The oracle itself can fail: equal shares are not the prenucleolus of a glove game."""
    game = TableGame(GloveGame(1, 2).worth(all_coalitions(3)))
    assert _meets_kohlbergs_criterion(game, np.array([1.0, 0.0, 0.0]))
    assert not _meets_kohlbergs_criterion(game, np.full(3, 1 / 3))


@few
@given(any_games(parties=(2, 5)), st.integers(0, 2**32 - 1))
def test_no_imputation_has_smaller_sorted_excesses(game, seed):
    """The definition, against random imputations."""
    worth = game.values - game.values[0]
    alone = worth[2 ** np.arange(game.players)]
    assume(alone.sum() <= worth[-1])
    allocation = nucleolus(game)
    assert (allocation >= alone - 1e-9).all()
    shares = np.random.default_rng(seed).dirichlet(np.full(game.players, 0.7), size=50)
    for share in shares:
        other = alone + share * (worth[-1] - alone.sum())
        assert _comes_before(_excesses(game, allocation), _excesses(game, other))


@few
@given(any_games(parties=(2, 6)))
def test_prenucleolus_lies_in_the_least_core(game):
    """Its largest excess is the least possible one."""
    assert _excesses(game, prenucleolus(game)).max() == pytest.approx(least_core(game).epsilon, abs=1e-8)


@few
@given(supermodular_games(parties=(1, 5)))
def test_both_are_one_where_leaving_alone_never_pays(game):
    """In convex games the prenucleolus is an imputation, hence the nucleolus."""
    np.testing.assert_allclose(nucleolus(game), prenucleolus(game), atol=1e-8)


@few
@given(additive_games())
def test_additive_games_have_one_imputation(game):
    """Everybody gets what they are worth."""
    np.testing.assert_allclose(nucleolus(game), game.values[2 ** np.arange(game.players)], atol=1e-9)


@few
@given(coverage_games(parties=(2, 5)), st.integers(1, 2**10))
def test_unit_and_offset_do_not_matter(game, unit):
    """Covariance: x of (unit v + additive) is unit x + additive."""
    added = np.arange(game.players, dtype=float)
    moved = TableGame(unit * game.values + all_coalitions(game.players) @ added)
    np.testing.assert_allclose(prenucleolus(moved), unit * prenucleolus(game) + added, atol=1e-7 * unit)


@few
@given(any_games(parties=(2, 4)))
def test_null_and_equal_players(game):
    """Equals are treated equally by the prenucleolus: players 0 and 1 made interchangeable."""
    coalitions = all_coalitions(game.players)
    swapped = coalitions.copy()
    swapped[:, [0, 1]] = coalitions[:, [1, 0]]
    allocation = prenucleolus(TableGame(game.values + game.worth(swapped)))
    assert allocation[0] == pytest.approx(allocation[1], abs=1e-8)


@pytest.mark.parametrize(
    ("estate", "shares"),
    [(100, [100 / 3] * 3), (200, [50, 75, 75]), (300, [50, 100, 150])],
)
def test_three_widows_of_the_talmud(estate, shares):
    """Mishnah Ketubot 93a: claims of 100, 200, 300 (Aumann and Maschler 1985)."""
    assert nucleolus(BankruptcyGame(estate, [100, 200, 300])) == pytest.approx(shares)


@few
@given(st.lists(st.integers(0, 60), min_size=1, max_size=6), st.floats(0, 1))
def test_nucleolus_of_a_bankruptcy_game_is_the_talmuds_rule(claims, part):
    """Aumann and Maschler's theorem."""
    game = BankruptcyGame(part * sum(claims), claims)
    np.testing.assert_allclose(nucleolus(game), game.talmud_rule(), atol=1e-7)


def test_the_scarce_glove():
    """One left and two right gloves: the only core allocation."""
    assert nucleolus(GloveGame(1, 2)) == pytest.approx([1, 0, 0])


def test_a_floor_can_bind():
    """By hand: players 0 and 1 are worth 10 together and 1 with player 2, who would have to pay without a floor.

    Prenucleolus: x_0 = x_1, and the excesses 10 - 2 x_0 of the pair and 2 x_0 - 1 of player 2 meet at x_0 = 11/4.
    """
    game = TableGame([0, 0, 0, 10, 0, 0, 0, 1])
    assert prenucleolus(game) == pytest.approx([11 / 4, 11 / 4, -9 / 2])
    assert nucleolus(game) == pytest.approx([1 / 2, 1 / 2, 0])


def test_apex_game():
    """The apex needs one of four, the four need no apex: the nucleolus is proportional to votes 3, 1, 1, 1, 1."""
    apex = WeightedVotingGame([3, 1, 1, 1, 1], quota=4)
    assert nucleolus(apex) == pytest.approx([3 / 7] + [1 / 7] * 4)


def test_without_imputations_there_is_no_nucleolus():
    """Two players worth more apart: the message gives both sums."""
    with pytest.raises(InputError, match="alone the players are worth 2, together 1"):
        nucleolus(TableGame([0, 1, 1, 1]))
    assert prenucleolus(TableGame([0, 1, 1, 1])) == pytest.approx([1 / 2, 1 / 2])


def test_a_single_player_takes_all():
    """No excess to compare."""
    assert nucleolus(TableGame([1.0, 4.0])).tolist() == [3.0]


def test_nobody_takes_nothing():
    """A game without players is settled before it starts."""
    assert nucleolus(TableGame([1.0])).shape == (0,)


def test_ten_players():
    """A thousand coalitions: a bankruptcy game against its closed form."""
    claims = np.random.default_rng(11).integers(1, 100, 10)
    game = BankruptcyGame(claims.sum() * 0.55, claims)
    np.testing.assert_allclose(nucleolus(game), game.talmud_rule(), atol=1e-6)


@given(
    st.integers(2, 4).flatmap(lambda n: st.lists(st.integers(0, 3), min_size=2**n, max_size=2**n)),
    st.floats(-13, -7),
    st.sampled_from([1e-6, 1.0, 1e6]),
)
@few
def test_players_who_are_hardly_worth_more_apart_are_an_answer_or_a_refusal(table, exponent, unit):
    """By 1e-13 to 1e-7 of it: an allocation that hands out all, or that there is no imputation; no solver's word."""
    n = len(table).bit_length() - 1
    worths = np.array(table, dtype=float)
    worths[0] = 0.0
    alone = worths[1 << np.arange(n)].sum()
    worths[-1] = alone * (1 - 10.0**exponent)
    game = TableGame(unit * worths)
    if alone * (1 - 10.0**exponent) < alone * (1 - 1e-8):
        with pytest.raises(InputError, match="no imputation exists"):
            nucleolus(game)
        return
    with contextlib.suppress(InputError):  # about the accuracy of the solver either is right
        assert nucleolus(game).sum() == pytest.approx(unit * worths[-1], rel=1e-6, abs=1e-9 * unit)


def test_rounding_of_a_billionth_is_no_reason_to_refuse():
    """1 and 5e-10 alone, 1 together: sums of floats; the first takes it all."""
    assert nucleolus(TableGame([0, 1, 5e-10, 1])) == pytest.approx([1, 0], abs=1e-9)
    with pytest.raises(InputError, match=r"alone the players are worth 1, together 1 \(5e-09 less\)"):
        nucleolus(TableGame([0, 1, 5e-9, 1]))
