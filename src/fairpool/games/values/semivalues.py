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
from collections.abc import Callable
from fractions import Fraction

import numpy as np
from numpy.typing import ArrayLike

from fairpool.games.game import Game, numbers, player_count
from fairpool.games.values.sums_by_size import MOST_PLAYERS_EXACT, size_sums
from fairpool.ground.arrays import Float, Floats
from fairpool.ground.errors import InputError

WeightsOf = Callable[[int], Floats]
"""A value's weights for n players, e.g. `shapley_weights`."""
Weights = WeightsOf | ArrayLike
"""How a semivalue is said: by its function of n, or by its n weights themselves."""

COARSE = 1e-314  # a weight below is no longer a number of ten digits
VANISHING = 1e-290  # a weight of 0 beside one below this has underflown, and is none

_LAWS: dict[object, WeightsOf] = {}


def semivalue(
    game: Game, weights: Weights, *, most_players: int = MOST_PLAYERS_EXACT
) -> Float[Floats, " players"]:
    """The exact semivalue with these weights, sum_c w_c * (sum of v(S + i) - v(S) over the S of size c without i).

    Parameters
    ----------
    game : Game
        n players.
    weights : function or float64 (n,)
        w_c for c = 0 .. n-1, the weight of one coalition of size c without the player; or the function of n that gives
        them, such as `shapley_weights`.
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
    w = weights_at(weights, player_count(game))
    return size_sums(game, most_players=most_players).marginals @ w


def weights_at(weights: Weights, players: int) -> Float[Floats, " players"]:
    """w_c for n = ``players``, checked.  Raises InputError for another shape or a number that is not finite."""
    w = numbers(weights(players) if callable(weights) else weights, "weights")
    if w.shape != (players,):
        raise InputError(
            f"weights: got shape {w.shape}, expected ({players},), one weight per coalition size"
        )
    if not np.isfinite(w).all():
        raise InputError(f"weights: got {w[~np.isfinite(w)][0]}, expected finite numbers")
    return w


def law_at(weights: Weights, players: int) -> Float[Floats, " players"]:
    """alpha_c for n = ``players``: of a value of this room right for any n, else from its weights by `size_law`."""
    if callable(weights) and weights in _LAWS:
        return _LAWS[weights](players)
    return size_law(weights_at(weights, players))


def with_size_law(law: WeightsOf) -> Callable[[WeightsOf], WeightsOf]:
    """Say beside a function of weights what all coalitions of a size weigh: single weights underflow, these do not."""

    def known(weights_of: WeightsOf) -> WeightsOf:
        _LAWS[weights_of] = law
        return weights_of

    return known


def size_law(weights: ArrayLike) -> Float[Floats, " players"]:
    """alpha_c = binom(n-1, c) w_c: float64 (n,) -> float64 (n,).

    The products are formed exactly and rounded once, so nothing overflows.  Cost O(n) products of n-bit
    integers.  Raises InputError for weights that have underflown, as they do beyond 1,000 players or so.
    """
    w = np.asarray(weights, dtype=np.float64)
    return joined_size_law(w, len(w))


def joined_size_law(weights: Floats, players: int) -> Float[Floats, " players"]:
    """binom(players - 1, c) w_c for c < players, from weights that may belong to a larger game."""
    _refuse_underflow(weights)
    products = (math.comb(players - 1, c) * Fraction(float(weights[c])) for c in range(players))
    return np.array([float(product) for product in products], dtype=np.float64)


def _refuse_underflow(weights: Floats) -> None:
    """Raise InputError where weights are too small for float64: what they should be cannot be told from them."""
    size = np.abs(weights)
    zero, tiny = size == 0, (size > 0) & (size < VANISHING)
    beside = np.append(tiny[1:], False) | np.append(False, tiny[:-1])
    coarse = (size > 0) & (size < COARSE) & (size != size.max(initial=0.0))
    all_gone = len(weights) > 1 - math.log2(5e-324) and bool(zero.all())
    if (zero & beside).any() or coarse.any() or all_gone:
        raise InputError(
            f"weights: those of {len(weights)} players are too small for float64; hand in a function whose size law "
            "is known, such as shapley_weights or banzhaf_weights, instead of its numbers"
        )
