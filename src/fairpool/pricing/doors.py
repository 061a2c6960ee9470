"""The doors of the command line, for Python: `fit`, `check`, `simulate`; `sell` is the package `marketplace`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from fairpool.ground.errors import InputError
from fairpool.ground.progress import unwatched
from fairpool.pricing.curves.arbitrage import Arbitrage, find_arbitrage
from fairpool.pricing.curves.curve import PriceCurve
from fairpool.pricing.curves.valuations import Valuations
from fairpool.pricing.optimal.arbitrage_free import arbitrage_free_curve
from fairpool.pricing.optimal.branch_and_bound import GapWatch
from fairpool.pricing.optimal.grids.data_grid import Assumption
from fairpool.pricing.optimal.grids.discretised import DiscretisedSolution, solve_discretised
from fairpool.pricing.optimal.optimal import GAP, OptimalCurve, optimal_curve
from fairpool.pricing.simulator.simulation import simulate

__all__ = ["Verdict", "check", "fit", "simulate"]

METHODS = ("exact", "discretised")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found about a curve; ``arbitrage`` is the pair with the largest saving, or None."""

    monotone: bool
    arbitrage: Arbitrage | None

    @property
    def holds(self) -> bool:
        return self.monotone and self.arbitrage is None


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


def check(curve: PriceCurve) -> Verdict:
    """Whether prices never fall with the amount, and no amount is cheaper in two parts."""
    return Verdict(curve.is_monotone, find_arbitrage(curve))
