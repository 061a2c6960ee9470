"""The highest prices at which every type takes the bundle meant for it.

Let type i be meant to take n_i.  It does if, for all types i, j,

    P_i <= v_i(n_i)                       it is worth the price
    P_i <= P_j + v_i(n_i) - v_i(n_j)      it does not rather take what j takes

These are difference constraints: the largest P_i are lengths of shortest paths from "nothing" (Bellman, Ford), and they
earn most whatever the probabilities are.  A cycle of negative length, or a price below zero, says that no prices make
the types take these bundles; such an assignment is given prices of minus infinity.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fairpool.ground.arrays import Floats, Positions

SLACK = 1e-12  # of a type's largest value: sums along paths are exact up to rounding


def tight_prices(values: Floats, places: Positions) -> Floats:
    """P_i for many assignments at once.

    values: float64 (types, amounts), v_i at each amount, the first amount being 0 rows at value 0.
    places: intp (batch, types), the place in ``values`` of the amount n_i.
    Returns float64 (batch, types); rows of -inf where there are no such prices.
    Cost O(batch types^2 longest path), at most types^3 each.
    """
    types = np.arange(len(values))
    worth = values[types[None, :, None], places[:, None, :]]  # [b, i, j] = v_i(n_j)
    own = worth[:, types, types]
    lengths = own[:, :, None] - worth
    slack = SLACK * np.maximum(values[:, -1], np.finfo(np.float64).tiny)
    prices, settled = _shortest(own, lengths, slack)
    impossible = ~settled | (prices < -slack).any(axis=1)
    prices = np.maximum(prices, 0.0)
    prices[impossible] = -np.inf
    return prices


def _shortest(prices: Floats, lengths: Floats, slack: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    """Bellman-Ford for a batch: the distances, and whether they came to rest; slack: float64 (types,)."""
    for _ in range(prices.shape[1]):
        shorter = np.minimum(prices, (prices[:, None, :] + lengths).min(axis=2))
        if (prices - shorter <= slack).all():
            return shorter, np.ones(len(prices), dtype=np.bool_)
        prices = shorter
    shorter = (prices[:, None, :] + lengths).min(axis=2)
    return prices, (prices - shorter <= slack).all(axis=1)
