"""Beta(alpha, beta)-Shapley [KZ22]: a semivalue that leans on small or on large coalitions.

    w_c = B(c + beta, n - 1 - c + alpha) / B(alpha, beta)          B the beta function

The convention is the one of [KZ22], equation 5, with their j = c + 1 and with their leading 1/n multiplied
in: a larger alpha puts more weight on *small* coalitions (their Beta(16, 1)), a larger beta on *large* ones
(Beta(1, 16), towards leave-one-out).  alpha = beta = 1 is the Shapley value.  Equivalently, a player joins a
coalition that holds each other player with probability t, where t has the density of the law Beta(beta,
alpha).

Symmetric, linear, zero for null players; efficient only for alpha = beta = 1.

[KZ22] Y. Kwon, J. Zou: Beta Shapley: a unified and noise-reduced data valuation framework for machine learning,
       AISTATS 2022, arXiv:2110.14049.
"""

from __future__ import annotations

import math

import numpy as np

from fairpool.games.game import Game, player_count, whole_players
from fairpool.games.values.semivalues import semivalue
from fairpool.games.values.sums_by_size import MOST_PLAYERS_EXACT
from fairpool.ground.arrays import Float, Floats
from fairpool.ground.errors import InputError
from fairpool.ground.quantities import real_number


def beta_shapley_value(
    game: Game, *, alpha: float, beta: float, most_players: int = MOST_PLAYERS_EXACT
) -> Float[Floats, " players"]:
    """The exact Beta(alpha, beta)-Shapley value.

    Parameters
    ----------
    game : Game
        n players.
    alpha, beta : float
        Above 0; a larger alpha leans on small coalitions, a larger beta on large ones; both 1 is Shapley.
    most_players : int
        More players than this are refused, unless the game is a `TableGame`.

    Returns
    -------
    float64 (n,)
        In the units of the game.

    Raises
    ------
    InputError
        Beyond ``most_players`` players; for alpha or beta not above 0.

    Notes
    -----
    2**n evaluations unless ``game`` is a `TableGame`, then O(2**n) additions.

    References
    ----------
    [KZ22]_, equation 5.

    .. [KZ22] Y. Kwon, J. Zou: Beta Shapley, AISTATS 2022, arXiv:2110.14049.

    Examples
    --------
    >>> from fairpool.games.game import TableGame
    >>> glove = TableGame([0, 0, 0, 1, 0, 1, 0, 1])
    >>> beta_shapley_value(glove, alpha=1, beta=4).round(4).tolist()
    [0.9333, 0.1333, 0.1333]
    """
    weights = beta_shapley_weights(player_count(game), alpha=alpha, beta=beta)
    return semivalue(game, weights, most_players=most_players)


def beta_shapley_weights(players: int, *, alpha: float, beta: float) -> Float[Floats, " players"]:
    """w_c = B(c + beta, n - 1 - c + alpha) / B(alpha, beta): float64 (n,).

    B cancels to products of quotients,

        w_0 = product over j < n-1 of (alpha + j) / (alpha + beta + j)
        w_{c+1} / w_c = (beta + c) / (alpha + n - 2 - c)

    whose logarithms are added: relative error below 1e-12 up to 1,000 players (differences of log-gamma
    functions: 2e-12).  Raises InputError unless alpha and beta are positive and finite.
    """
    for name, value in (("alpha", alpha), ("beta", beta)):
        expected = "a positive number"
        if not (real_number(value, what=name, expected=expected) > 0 and math.isfinite(value)):
            raise InputError(f"{name}: got {value}, expected {expected}")
    n = whole_players(players)
    j = np.arange(max(n - 1, 0), dtype=np.float64)
    first = math.fsum(np.log((alpha + j) / (alpha + beta + j)))
    steps = np.log((beta + j) / (alpha + j[::-1]))
    logarithms = np.cumsum(np.concatenate([[first], steps]))[:n]
    return np.asarray(np.exp(logarithms), dtype=np.float64)
