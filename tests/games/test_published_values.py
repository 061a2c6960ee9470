"""Voting bodies and markets with the values they are published with; each is small enough to be checked by hand.

[SS54]  L. S. Shapley, M. Shubik: A method for evaluating the distribution of power in a committee system, 1954.
[Ban65] J. F. Banzhaf: Weighted voting doesn't work, Rutgers Law Review 19, 1965.
[BA76]  S. J. Brams, P. J. Affuso: Power and size, Theory and Decision 7, 1976.
[Str77] P. D. Straffin: Homogeneity, independence, and power indices, Public Choice 30, 1977.
[SS71]  L. S. Shapley, M. Shubik: The assignment game, International Journal of Game Theory 1, 1971.
"""

from __future__ import annotations

import numpy as np
import pytest

from fairpool.games.functions import game as game_of
from fairpool.games.game import TableGame
from fairpool.games.stability.core import least_core
from fairpool.games.stability.nucleoli import nucleolus
from fairpool.games.textbook.classical import WeightedVotingGame
from fairpool.games.values.banzhaf import banzhaf_value
from fairpool.games.values.shapley import shapley_value


def test_council_of_the_six_of_1958():
    """Luxembourg had a vote and no power [BA76]: Shapley 14/60, 9/60, 0; Banzhaf in the ratio 5 : 3 : 0."""
    council = WeightedVotingGame([4, 4, 4, 2, 2, 1], 12)
    np.testing.assert_allclose(shapley_value(council) * 60, [14, 14, 14, 9, 9, 0], atol=1e-12)
    power = banzhaf_value(council)
    np.testing.assert_allclose(power / power.sum() * 21, [5, 5, 5, 3, 3, 0], atol=1e-12)


def test_council_of_the_nine_of_1973():
    """After the enlargement Luxembourg had some [BA76]: 17.86, 8.10, 5.71 and 0.95 per cent."""
    value = shapley_value(WeightedVotingGame([10] * 4 + [5] * 2 + [3] * 2 + [2], 41))
    assert (value * 100).round(2).tolist() == [17.86] * 4 + [8.1] * 2 + [5.71] * 2 + [0.95]


def test_board_of_supervisors_of_nassau_county():
    """Three of the six had no power at all, whatever their votes [Ban65]."""
    board = WeightedVotingGame([31, 31, 28, 21, 2, 2], 58)
    for value in (shapley_value(board), banzhaf_value(board) / banzhaf_value(board).sum()):
        np.testing.assert_allclose(value * 3, [1, 1, 1, 0, 0, 0], atol=1e-12)


def test_a_strong_man_and_two_others():
    """50, 49 and 1 of 100 votes [SS54]: 2/3, 1/6, 1/6; Banzhaf 3 : 1 : 1."""
    company = WeightedVotingGame([50, 49, 1], 51)
    np.testing.assert_allclose(shapley_value(company) * 6, [4, 1, 1], atol=1e-12)
    np.testing.assert_allclose(banzhaf_value(company) * 4, [3, 1, 1], atol=1e-12)


def test_amending_the_canadian_constitution():
    """Ontario and Quebec 53/168 each, British Columbia 1/8, the prairies 1/24, the Atlantic provinces 5/168 [Str77]."""
    prairies, atlantic = {"Alberta", "Saskatchewan", "Manitoba"}, {"NS", "NB", "PEI", "NL"}

    def passes(provinces: frozenset[str]) -> bool:
        west = prairies <= provinces or ("BC" in provinces and len(prairies & provinces) >= 1)
        return {"Ontario", "Quebec"} <= provinces and west and len(atlantic & provinces) >= 2

    canada = game_of(passes, players=["Ontario", "Quebec", "BC", *sorted(prairies), *sorted(atlantic)])
    np.testing.assert_allclose(shapley_value(canada) * 168, [53, 53, 21, 7, 7, 7, 5, 5, 5, 5], atol=1e-9)


def test_a_horse_and_two_buyers():
    """Worth 10 to its owner, 20 and 30 to two buyers: sold to the second for 20 to 30, 25 by the nucleolus [SS71]."""
    market = TableGame([0, 10, 0, 20, 0, 30, 0, 30])
    np.testing.assert_allclose(shapley_value(market) * 6, [130, 10, 40], atol=1e-9)
    np.testing.assert_allclose(nucleolus(market), [25, 0, 5], atol=1e-7)
    assert least_core(market).in_core


@pytest.mark.parametrize("players", [3, 5, 7])
def test_a_majority_has_an_empty_core(players):
    """By hand: the least core of majority among n = 2m - 1 leaves a bare majority 1 - m/n short; all get 1/n."""
    majority = WeightedVotingGame([1] * players, (players + 1) // 2)
    found = least_core(majority)
    assert not found.in_core
    assert found.epsilon == pytest.approx(1 - (players + 1) // 2 / players, abs=1e-8)
    np.testing.assert_allclose(nucleolus(majority) * players, 1.0, atol=1e-7)
