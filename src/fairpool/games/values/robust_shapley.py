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

import math

import numpy as np

from fairpool.games.game import Game, whole_players
from fairpool.games.values.semivalues import semivalue, with_size_law
from fairpool.games.values.shapley import shapley_weights
from fairpool.games.values.sums_by_size import MOST_PLAYERS_EXACT
from fairpool.ground.arrays import Float, Floats


def robust_shapley_value(game: Game, *, most_players: int = MOST_PLAYERS_EXACT) -> Float[Floats, " players"]:
    """The exact Robust Shapley value.

    Parameters
    ----------
    game : Game
        n players.
    most_players : int
        More players than this are refused, unless the game is a `TableGame`.

    Returns
    -------
    float64 (n,)
        In the units of the game.

    Raises
    ------
    InputError
        Beyond ``most_players`` players.

    Notes
    -----
    2**n evaluations unless ``game`` is a `TableGame`, then O(2**n) additions.

    References
    ----------
    [HWROT22]_, section 3.3.

    .. [HWROT22] Han, Wooldridge, Rogers, Ohrimenko, Tschiatschek, arXiv:2006.14583.

    Examples
    --------
    >>> from fairpool.games.game import TableGame
    >>> glove = TableGame([0, 0, 0, 1, 0, 1, 0, 1])
    >>> robust_shapley_value(glove).round(4).tolist()
    [0.6667, 0.1667, 0.1667]
    """
    return semivalue(game, robust_shapley_weights, most_players=most_players)


def robust_shapley_size_law(players: int) -> Float[Floats, " players"]:
    """alpha_c = binom(n-1, c) / (n binom(n-1, max(c, floor((n-1)/2)))): float64 (n,), for any number of players."""
    n, middle = players, max(players - 1, 0) // 2
    return np.array([math.comb(n - 1, c) / math.comb(n - 1, max(c, middle)) / n for c in range(n)])


@with_size_law(robust_shapley_size_law)
def robust_shapley_weights(players: int) -> Float[Floats, " players"]:
    """w_c = 1 / (n binom(n-1, max(c, floor((n-1)/2)))): float64 (n,), each rounded once."""
    n = whole_players(players)
    return shapley_weights(n)[np.maximum(np.arange(n), max(n - 1, 0) // 2)]
