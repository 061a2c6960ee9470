"""The Banzhaf value [Ban65]: a player's mean marginal worth over all coalitions of the others.

    beta_i = 2**-(n-1) * sum over S without i of  v(S + i) - v(S)

Symmetric, linear, zero for null players, but not efficient: it may hand out more or less than v(N).  Two
players who act as one get together what they got apart (2-efficiency [Leh88]), which is why one replica earns
nothing (`fairpool.games.replication.robustness`).

[Ban65] J. F. Banzhaf: Weighted voting doesn't work, Rutgers Law Review 19, 1965.
[Leh88] E. Lehrer: An axiomatization of the Banzhaf value, International Journal of Game Theory 17, 1988.
"""

from __future__ import annotations

import numpy as np
from scipy.stats import binom

from fairpool.games.game import Game, whole_players
from fairpool.games.values.semivalues import semivalue, with_size_law
from fairpool.games.values.sums_by_size import MOST_PLAYERS_EXACT
from fairpool.ground.arrays import Float, Floats


def banzhaf_value(game: Game, *, most_players: int = MOST_PLAYERS_EXACT) -> Float[Floats, " players"]:
    """The exact Banzhaf value.

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
    [Ban65]_

    .. [Ban65] J. F. Banzhaf: Weighted voting doesn't work, 1965.

    Examples
    --------
    >>> from fairpool.games.game import TableGame
    >>> glove = TableGame([0, 0, 0, 1, 0, 1, 0, 1])
    >>> banzhaf_value(glove).tolist()
    [0.75, 0.25, 0.25]
    """
    return semivalue(game, banzhaf_weights, most_players=most_players)


def banzhaf_size_law(players: int) -> Float[Floats, " players"]:
    """alpha_c = binom(n-1, c) / 2**(n-1): float64 (n,), for any number of players."""
    return np.asarray(binom.pmf(np.arange(players), max(players - 1, 0), 0.5), dtype=np.float64)


@with_size_law(banzhaf_size_law)
def banzhaf_weights(players: int) -> Float[Floats, " players"]:
    """w_c = 2**-(n-1) for every c: float64 (n,), exact up to 1,075 players."""
    n = whole_players(players)
    return np.full(n, 2.0 ** (1 - n))
