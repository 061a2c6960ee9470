"""The Shapley value [Sha53]: a player's mean marginal worth over all orders of arrival.

    phi_i = sum over S without i of  |S|! (n - |S| - 1)! / n!  (v(S + i) - v(S))

The one value with efficiency (it hands out v(N) - v(empty)), symmetry, the null player's zero and linearity.

[Sha53] L. S. Shapley: A value for n-person games, Contributions to the Theory of Games II, 1953.
"""

from __future__ import annotations

import math

import numpy as np

from fairpool.games.game import Game
from fairpool.games.values.semivalues import semivalue
from fairpool.games.values.sums_by_size import MOST_PLAYERS_EXACT
from fairpool.ground.arrays import Floats


def shapley_value(game: Game, *, most_players: int = MOST_PLAYERS_EXACT) -> Floats:
    """Exact Shapley value: float64 (n,).  Cost and errors as `semivalue`."""
    return semivalue(game, shapley_weights(game.players), most_players=most_players)


def shapley_weights(players: int) -> Floats:
    """w_c = c! (n-c-1)! / n! = 1 / (n binom(n-1, c)): float64 (n,), each rounded once from the exact
    fraction.

    Beyond 1,000 players or so the middle weights fall below the smallest float64 and become 0.
    """
    n = players
    return np.array([1 / (n * math.comb(n - 1, c)) for c in range(n)], dtype=np.float64)
