"""The Shapley value [Sha53]: a player's mean marginal worth over all orders of arrival.

    phi_i = sum over S without i of  |S|! (n - |S| - 1)! / n!  (v(S + i) - v(S))

The one value with efficiency (it hands out v(N) - v(empty)), symmetry, the null player's zero and linearity.

[Sha53] L. S. Shapley: A value for n-person games, Contributions to the Theory of Games II, 1953.
"""

from __future__ import annotations

import math

import numpy as np

from fairpool.games.game import Game, whole_players
from fairpool.games.values.semivalues import semivalue, with_size_law
from fairpool.games.values.sums_by_size import MOST_PLAYERS_EXACT
from fairpool.ground.arrays import Float, Floats


def shapley_value(game: Game, *, most_players: int = MOST_PLAYERS_EXACT) -> Float[Floats, " players"]:
    """The exact Shapley value.

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
    [Sha53]_

    .. [Sha53] L. S. Shapley: A value for n-person games, 1953.

    Examples
    --------
    >>> from fairpool.games.game import TableGame
    >>> glove = TableGame([0, 0, 0, 1, 0, 1, 0, 1])
    >>> shapley_value(glove).round(4).tolist()
    [0.6667, 0.1667, 0.1667]
    """
    return semivalue(game, shapley_weights, most_players=most_players)


def shapley_size_law(players: int) -> Float[Floats, " players"]:
    """alpha_c = 1/n for every c: float64 (n,), for any number of players."""
    return np.full(players, 1.0 / max(players, 1))


@with_size_law(shapley_size_law)
def shapley_weights(players: int) -> Float[Floats, " players"]:
    """What one coalition of each size weighs in the Shapley value, w_c = c! (n-c-1)! / n! = 1 / (n binom(n-1, c)).

    Parameters
    ----------
    players : int
        n.

    Returns
    -------
    float64 (n,)
        w_c for c = 0 .. n-1, without unit; each rounded once from the exact fraction.

    Notes
    -----
    O(n) whole numbers of up to n bits.  Beyond 1,000 players or so the middle weights fall below the smallest float64
    and become 0.

    References
    ----------
    [Sha53]_

    .. [Sha53] L. S. Shapley: A value for n-person games, 1953.

    Examples
    --------
    >>> shapley_weights(3).round(4).tolist()
    [0.3333, 0.1667, 0.3333]
    """
    n = whole_players(players)
    return np.array([1 / (n * math.comb(n - 1, c)) for c in range(n)], dtype=np.float64)
