"""Better bundles, one move at a time: a local search over what each type is meant to take.

An assignment of cells to types is worth weights @ tight_prices.  A move gives one type, or all types that share a cell,
another cell; the best move of each is made until none improves.  What is found cannot be improved by any one such move
among the candidates; nothing more is claimed, which is why `lottery` bounds what could be missed.
"""

from __future__ import annotations

import numpy as np

from fairpool.ground.arrays import Floats, Positions
from fairpool.pricing.optimal.tight_menu import tight_prices

ALL_CELLS = 256  # up to this many, every cell is a candidate
STEPS = 2 ** np.arange(20)
BETTER = 1e-12  # relative: smaller improvements are rounding


def improved(
    values: Floats, weights: Floats, places: Positions, columns: tuple[Positions, ...]
) -> tuple[Positions, float]:
    """Climb from ``places`` (types,); returns the places reached and their worth.

    values: float64 (types, cells), the first of 0 rows; columns: for each type cells worth a try.
    Cost: a sweep is O(types^3 candidates) and a few sweeps are the rule.
    """
    worth = float(tight_prices(values, places[None])[0] @ weights)
    found = True
    while found:
        found = False
        for movers in _movers(places):
            tried = np.repeat(
                places[None], len(candidates := _candidates(values, places, movers, columns)), 0
            )
            tried[:, movers] = candidates[:, None]
            worths = tight_prices(values, tried) @ weights
            best = int(np.argmax(worths))
            if worths[best] > worth + BETTER * abs(worth):
                places, worth, found = tried[best], float(worths[best]), True
    return places, worth


def _movers(places: Positions) -> list[Positions]:
    """Each type alone, and each group of two or more that share a cell."""
    groups = [np.flatnonzero(places == cell) for cell in np.unique(places)]
    return [np.array([i]) for i in range(len(places))] + [group for group in groups if len(group) > 1]


def _candidates(
    values: Floats, places: Positions, movers: Positions, columns: tuple[Positions, ...]
) -> Positions:
    count = values.shape[1]
    if count <= ALL_CELLS:
        return np.arange(count)
    here = places[movers[0]]
    near = np.concatenate([here - STEPS, here + STEPS])
    return np.unique(
        np.concatenate([near[(near >= 0) & (near < count)], places, *(columns[i] for i in movers)])
    )
