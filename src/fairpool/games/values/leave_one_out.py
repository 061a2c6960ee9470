"""Leave-one-out: what everybody together would lose without the player.

    loo_i = v(N) - v(N - i)

The semivalue with all weight on c = n-1.  Symmetric, linear, zero for null players, not efficient; zero for
every player who has a replica.  The only value here that needs n + 1 evaluations, so any number of players is
fine.
"""

from __future__ import annotations

import numpy as np

from fairpool.games.game import Game, player_count, whole_players, worths_of
from fairpool.ground.arrays import Float, Floats


def leave_one_out_value(game: Game) -> Float[Floats, " players"]:
    """What everybody together would lose without each player, v(N) - v(N - i).

    Parameters
    ----------
    game : Game
        n players, as many as one likes.

    Returns
    -------
    float64 (n,)
        In the units of the game.

    Notes
    -----
    One call of ``worth`` with n + 1 coalitions.

    Examples
    --------
    >>> from fairpool.games.game import TableGame
    >>> leave_one_out_value(TableGame([0, 0, 0, 1, 0, 1, 0, 1])).tolist()
    [1.0, 0.0, 0.0]
    """
    n = player_count(game)
    without_one = ~np.eye(n, dtype=bool)
    worth = worths_of(game, np.vstack([np.ones((1, n), dtype=bool), without_one]))
    loss: Floats = worth[0] - worth[1:]
    return loss


def leave_one_out_weights(players: int) -> Float[Floats, " players"]:
    """w_c = 1 for c = n-1, else 0: float64 (n,)."""
    weights = np.zeros(whole_players(players))
    weights[-1:] = 1.0
    return weights
