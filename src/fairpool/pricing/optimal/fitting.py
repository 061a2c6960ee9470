"""From known types of buyers to the curve that earns most: searched exactly, or discretised as published."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from fairpool.ground.errors import InputError
from fairpool.ground.progress import unwatched
from fairpool.pricing.curves.valuations import Valuations
from fairpool.pricing.optimal.arbitrage_free import arbitrage_free_curve
from fairpool.pricing.optimal.branch_and_bound import GapWatch
from fairpool.pricing.optimal.grids.data_grid import Assumption
from fairpool.pricing.optimal.grids.discretised import DiscretisedSolution, solve_discretised
from fairpool.pricing.optimal.optimal import GAP, OptimalCurve, optimal_curve

METHODS = ("exact", "discretised")


def fit(
    valuations: Valuations,
    probabilities: ArrayLike,
    *,
    method: str = "exact",
    gap: float = GAP,
    arbitrage_free: bool = False,
    epsilon: float = 0.1,
    assumption: Assumption = Assumption.MONOTONE,
    progress: GapWatch = unwatched,
) -> OptimalCurve | DiscretisedSolution:
    """The price curve that earns most from types that come with ``probabilities``.

    Parameters
    ----------
    valuations : Valuations
        What amounts are worth to each type, in money.
    probabilities : array of shape (types,)
        How often each type comes; they sum to one.
    method : {"exact", "discretised"}
        "exact" is `optimal_curve`, up to ``gap``; "discretised" is `solve_discretised`, on the grids of the paper.
    gap : float
        How much more, relative to its revenue, a better curve may earn; 0 asks for the best.  Of "exact".
    arbitrage_free : bool
        Whether the curve found is made free of arbitrage (`arbitrage_free_curve`).  Of "exact".
    epsilon : float
        Fineness of the grids, between 0 and 1.  Of "discretised".
    assumption : Assumption
        What is assumed of the valuations; it decides the grid of amounts.  Of "discretised".
    progress : callable
        Told the boxes looked at and the relative gap left.  Of "exact".

    Returns
    -------
    OptimalCurve or DiscretisedSolution
        Both have ``curve``, ``revenue`` (from a buyer, on average), ``purchases`` and ``bound``: how much more any
        curve could earn at most.

    Raises
    ------
    InputError
        For another method, probabilities that are no distribution, a negative gap, an epsilon outside (0, 1), and a
        discretised curve that is asked to be free of arbitrage.

    Notes
    -----
    Cost: O(types amounts) where types are ordered by single crossing; else branch and bound, O(types^2 amounts) and two
    small linear programs for each box, often one box, at worst exponentially many in the number of types.

    References
    ----------
    [CHK24] Chen, Huh, Kandasamy, "Learning to Price Homogeneous Data", NeurIPS 2024, section 3.

    Examples
    --------
    >>> import numpy as np
    >>> worths = Valuations(np.array([1, 10]), np.array([[2.0, 5.0], [0.0, 30.0]]), ("small", "large"))
    >>> best = fit(worths, [0.5, 0.5])
    >>> best.curve.pairs(), best.revenue
    ([[1, 2.0], [10, 30.0]], 16.0)
    """
    if method not in METHODS:
        raise InputError(f"method: got {method!r}, expected {' or '.join(METHODS)}")
    if method == "exact":
        best = optimal_curve(valuations, probabilities, gap=gap, progress=progress)
        return arbitrage_free_curve(valuations, probabilities, best) if arbitrage_free else best
    if arbitrage_free:
        raise InputError("arbitrage_free: the discretised method looks at all curves; use method='exact'")
    q = np.asarray(probabilities, dtype=np.float64)
    return solve_discretised(valuations, q, epsilon=epsilon, assumption=assumption)
