"""Semivalues: players paid by their marginal worth, weighted by the size of the coalition they join.

    value_i = sum over S without i of  w_|S| (v(S + i) - v(S))          [DNW81]

w_c      ``weights``    weight of one coalition of size c without the player, c = 0 .. n-1
alpha_c  `size_law`     binom(n-1, c) w_c, the weight of all coalitions of size c; sums to one for a semivalue

A semivalue proper has w_c >= 0 and sum alpha_c = 1.  Neither is demanded here: Robust Shapley
(`fairpool.games.values.robust_shapley`) sums to less than one.  Symmetry, the null player's zero and linearity hold
for any weights; non-negative values of monotone games hold, to the sign bit, for any weights >= 0.

[DNW81] Dubey, Neyman, Weber: Value theory without efficiency, Mathematics of Operations Research 6(1), 1981.
"""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
from numpy.typing import ArrayLike

from fairpool.games.game import Game
from fairpool.games.values.sums_by_size import MOST_PLAYERS_EXACT, size_sums
from fairpool.ground.arrays import Float, Floats
from fairpool.ground.errors import InputError


def semivalue(
    game: Game, weights: ArrayLike, *, most_players: int = MOST_PLAYERS_EXACT
) -> Float[Floats, " players"]:
    """The exact semivalue with these weights, sum_c w_c * (sum of v(S + i) - v(S) over the S of size c without i).

    Parameters
    ----------
    game : Game
        n players.
    weights : float64 (n,)
        w_c for c = 0 .. n-1, the weight of one coalition of size c without the player.
    most_players : int
        More players than this are refused, unless the game is a `TableGame`.

    Returns
    -------
    float64 (n,)
        In the units of the game.

    Raises
    ------
    InputError
        For weights of another shape or not finite, and beyond ``most_players`` players.

    Notes
    -----
    2**n evaluations unless ``game`` is a `TableGame`, then O(2**n) additions.

    References
    ----------
    [DNW81]_

    .. [DNW81] Dubey, Neyman, Weber: Value theory without efficiency, 1981.

    Examples
    --------
    >>> from fairpool.games.game import TableGame
    >>> glove = TableGame([0, 0, 0, 1, 0, 1, 0, 1])
    >>> semivalue(glove, [0.25, 0.25, 0.25]).tolist()
    [0.75, 0.25, 0.25]
    """
    w = np.asarray(weights, dtype=np.float64)
    if w.shape != (game.players,):
        raise InputError(
            f"weights: got shape {w.shape}, expected ({game.players},), one weight per coalition size"
        )
    if not np.isfinite(w).all():
        raise InputError(f"weights: got {w[~np.isfinite(w)][0]}, expected finite numbers")
    return size_sums(game, most_players=most_players).marginals @ w


def size_law(weights: ArrayLike) -> Float[Floats, " players"]:
    """alpha_c = binom(n-1, c) w_c: float64 (n,) -> float64 (n,).

    The products are formed exactly and rounded once, so nothing overflows.  Cost O(n) products of n-bit
    integers.
    """
    w = np.asarray(weights, dtype=np.float64)
    return joined_size_law(w, len(w))


def joined_size_law(weights: Floats, players: int) -> Float[Floats, " players"]:
    """binom(players - 1, c) w_c for c < players, from weights that may belong to a larger game."""
    products = (math.comb(players - 1, c) * Fraction(float(weights[c])) for c in range(players))
    return np.array([float(product) for product in products], dtype=np.float64)
