"""Robust Shapley [HWROT22]: the Shapley value with its weight on small coalitions cut down to the middle's.

    w_c = gamma_c c! (n-c-1)! / n!
    gamma_c = ceil((n-1)/2)! floor((n-1)/2)! / (c! (n-c-1)!)   for c < floor((n-1)/2), else 1

For c below m = floor((n-1)/2) the factorials cancel and w_c = w_m: every smaller coalition weighs what a
middle one does.

A player gains nothing from entering copies of itself in a submodular game where a copy adds nothing to a
coalition that already holds one (`fairpool.games.replication.robustness`).  Symmetric, linear, zero for null players.
The price is efficiency: in a monotone game it hands out at most v(N) - v(empty), and a player who adds the
same everywhere gets less than that.

[HWROT22] Han, Wooldridge, Rogers, Ohrimenko, Tschiatschek: Replication-robust payoff allocation in submodular
          cooperative games, arXiv:2006.14583.
"""

from __future__ import annotations

import numpy as np

from fairpool.games.game import Game
from fairpool.games.values.semivalues import semivalue
from fairpool.games.values.shapley import shapley_weights
from fairpool.games.values.sums_by_size import MOST_PLAYERS_EXACT
from fairpool.ground.arrays import Floats


def robust_shapley_value(game: Game, *, most_players: int = MOST_PLAYERS_EXACT) -> Floats:
    """Exact Robust Shapley value: float64 (n,).  Cost and errors as `semivalue`."""
    return semivalue(game, robust_shapley_weights(game.players), most_players=most_players)


def robust_shapley_weights(players: int) -> Floats:
    """w_c = 1 / (n binom(n-1, max(c, floor((n-1)/2)))): float64 (n,), each rounded once."""
    middle = max(players - 1, 0) // 2
    return shapley_weights(players)[np.maximum(np.arange(players), middle)]
