"""How much weight a value puts on coalitions of each size: alpha_c = binom(n-1, c) w_c, for any number of players.

w_c falls below the smallest float64 from about 1,030 players on, where alpha_c is far from it.  So nothing here goes
through w_c: each law is a constant, or falls from its largest entry by ratios of neighbours,

    Shapley           alpha_c = 1/n
    Banzhaf           alpha_c = binom(n-1, c) / 2^(n-1),                 alpha_{c+1} / alpha_c = (n-1-c) / (c+1)
    Robust Shapley    alpha_c = 1/n from c = h = floor((n-1)/2) on, below it  binom(n-1, c) / (n binom(n-1, h))

What is 0 here is below 1e-300.  Relative errors are of the order 1e-16 times the distance from the largest entry.
"""

from __future__ import annotations

import numpy as np

from fairpool.ground.arrays import Float, Floats


def shapley_size_law(players: int) -> Float[Floats, " players"]:
    """1/n for every size c = 0 .. n-1: float64 (n,)."""
    return np.full(players, 1 / players)


def banzhaf_size_law(players: int) -> Float[Floats, " players"]:
    """binom(n-1, c) / 2^(n-1): float64 (n,), sums to one."""
    half = (players - 1) // 2
    upper = (players - 1 - np.arange(half, players - 1)) / (np.arange(half, players - 1) + 1)
    grown = np.concatenate([_falling_to(half, players), [1.0], np.cumprod(upper)])
    return np.asarray(grown / grown.sum(), dtype=np.float64)


def robust_shapley_size_law(players: int) -> Float[Floats, " players"]:
    """1/n from the middle size on, falling below it: float64 (n,), sums to less than one."""
    half = max(players - 1, 0) // 2
    law = np.concatenate([_falling_to(half, players), np.ones(players - half)])
    return np.asarray(law / players, dtype=np.float64)


def _falling_to(top: int, players: int) -> Floats:
    """binom(n-1, c) / binom(n-1, top) for c = 0 .. top - 1: float64 (top,)."""
    c = np.arange(top)
    return np.asarray(np.cumprod(((c + 1) / (players - 1 - c))[::-1])[::-1], dtype=np.float64)
