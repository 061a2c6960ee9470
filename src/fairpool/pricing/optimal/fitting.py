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

    method: "exact" (`optimal_curve`, up to ``gap``; then, if asked, `arbitrage_free_curve`) or "discretised"
    (`solve_discretised`, with ``epsilon`` and ``assumption``).  Both tell ``curve``, ``revenue``, ``purchases`` and
    ``bound``: how much more any curve could earn at most.  Raises InputError for another method, for probabilities that
    are no distribution, and for a discretised curve asked to be free of arbitrage.

    Parameters
    ----------
    valuations : Valuations
        What amounts are worth to each type, in money.
    probabilities : array of shape (types,)
        How often each type comes; they sum to one.

    Returns
    -------
    OptimalCurve or DiscretisedSolution

    Raises
    ------
    InputError

    Notes
    -----
    Cost: O(types amounts) where types are ordered by single crossing; else branch and bound.

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
