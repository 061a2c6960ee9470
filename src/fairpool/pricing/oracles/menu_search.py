"""The optimisation oracle of the policies, by branch and bound.

Only the weights and the valuations decide the answer: nothing is remembered between questions, so that decisions can
be repeated from a log.  Whoever asks nearly the same again and again keeps a pool of answers (`curve_pool`).
"""

from __future__ import annotations

import numpy as np

from fairpool.ground.arrays import Floats
from fairpool.ground.errors import InputError
from fairpool.pricing.curves.valuations import Valuations
from fairpool.pricing.optimal.branch_and_bound import best_assignment
from fairpool.pricing.optimal.cell_grid import Cells, cells
from fairpool.pricing.optimal.optimal import assigned_curve
from fairpool.pricing.oracles.oracle import Offer, offer


class MenuSearch:
    """Finds the best curve for any weights of the types; implements `oracle.CurveOracle`.

    The answer depends on the weights alone, so whoever repeats a question gets the same curve.

    Parameters
    ----------
    valuations : Valuations
        Of (types, amounts), in money.
    gap : float
        How much more, relative to what the answer earns, another curve may earn.
    most_boxes : int
        Where a search stops at the latest, even if the gap is not reached.

    Notes
    -----
    Cost of a question: O(types^2 amounts) and two small linear programs for each box, often one box.

    Examples
    --------
    >>> worths = Valuations(np.array([1, 10]), np.array([[2.0, 5.0], [0.0, 30.0]]), ("small", "large"))
    >>> MenuSearch(worths).best(np.array([1.0, 3.0])).payments.tolist()
    [2.0, 30.0]
    """

    def __init__(self, valuations: Valuations, *, gap: float = 1e-6, most_boxes: int = 200) -> None:
        self._valuations = valuations
        self._grid = cells(valuations)
        self._gap, self._most_boxes = gap, most_boxes

    def best(self, weights: Floats) -> Offer:
        """The best curve for float64 (types,) weights, not negative; the curve for equal weights if all are zero."""
        asked = np.asarray(weights, dtype=np.float64)
        if asked.shape != (self._valuations.types,) or not (np.isfinite(asked).all() and (asked >= 0).all()):
            raise InputError(
                f"weights: got {asked.tolist()}, expected {self._valuations.types} finite numbers from 0 up"
            )
        if not asked.any():
            asked = np.ones(len(asked))
        some = asked > 0
        grid = Cells(self._grid.amounts, self._grid.low[some], self._grid.high[some])
        found = best_assignment(grid, asked[some] / asked.sum(), gap=self._gap, most_boxes=self._most_boxes)
        return offer(assigned_curve(grid, found.places, self._valuations), self._valuations)
