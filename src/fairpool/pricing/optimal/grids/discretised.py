"""The best curve by the discretisation of [CHK24], and what that can cost.

[CHK24]: Chen, Huh, Kandasamy, "Learning to Price Homogeneous Data", NeurIPS 2024.

    P_bar     never falling curves of at most m steps, amounts from a data grid, prices from the price grid W
    m-step    ``m_step``: any curve loses nothing by dropping the amounts that nobody buys
    V         the largest value
    delta     `largest_step`: what an amount gains by rounding up to the data grid, at most
    tau       `rounding_loss`: what prices lose by coming down to W, in units of V

    OPT - (best of P_bar)  <=  V tau + (m - 1) delta              (proof: docs/theory/price-curves.md)

delta is measured, not assumed, so this holds whatever the valuations are; for valuations as assumed it is at most
eps^2/(2m) V.  P_bar is enumerated where it is small.  Elsewhere the best curve with real prices on the data grid is
brought down to W by the construction of the proof and then improved one price at a time, so the same bound holds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fairpool.ground.arrays import Floats, Integers
from fairpool.ground.tabular import Tabular
from fairpool.pricing.curves.curve import PriceCurve
from fairpool.pricing.curves.purchase import TIE, Purchases, expected_revenue, purchases
from fairpool.pricing.curves.valuations import Valuations, checked_probabilities
from fairpool.pricing.optimal.grids.data_grid import Assumption, amounts_offered, largest_step
from fairpool.pricing.optimal.grids.enumeration import count_curves, every_curve, paid_for
from fairpool.pricing.optimal.grids.price_levels import lowered, price_grid, rounding_loss
from fairpool.pricing.optimal.mixed_integer import selling_all
from fairpool.pricing.optimal.optimal import OptimalCurve, optimal_curve

FEW_CURVES = 200_000
ENUMERATED = "enumerated"
ROUNDED = "best real prices on the data grid, brought down to the price grid"

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class DiscretisedSolution(Tabular):
    """A curve of P_bar (with all N rows on offer at the highest price), and how good it is.

    revenue: what a buyer pays on average; purchases: what each type takes.
    amounts: the data grid, int64; prices: the price grid W in money, float64.
    largest_step: delta, in money.
    promised: V tau + (m - 1) delta, what the discretisation costs at most, known before solving.
    upper_bound: no curve whatsoever earns more, up to the tolerance of the linear programs (about 1e-7 of it).
    """

    curve: PriceCurve
    revenue: float
    purchases: Purchases
    amounts: Integers
    prices: Floats
    largest_step: float
    promised: float
    upper_bound: float
    method: str

    @property
    def bound(self) -> float:
        """How much more any curve could earn at most: at most ``promised``, usually much less."""
        return self.upper_bound - self.revenue

    def to_frame(self) -> pd.DataFrame:
        """Of the curve: one row per bundle."""
        return self.curve.to_frame()

    def headline(self) -> str:
        """What a buyer pays on average, the bound, and the curve."""
        return f"revenue {self.revenue:.6g} a buyer, at most {self.bound:.3g} below the best; {self.curve.headline()}"


def solve_discretised(
    valuations: Valuations,
    probabilities: ArrayLike,
    *,
    epsilon: float,
    assumption: Assumption | str = Assumption.MONOTONE,
) -> DiscretisedSolution:
    """A curve with amounts and prices on the paper's grids that earns nearly as much as any.

    probabilities: float64 (types,).  Cost O(types amounts) for the grid, then that of `optimal_curve` on it.
    Raises InputError for probabilities that are no distribution, epsilon outside (0, 1), an unknown assumption.
    """
    q = checked_probabilities(probabilities, valuations.types)
    amounts = amounts_offered(valuations, assumption, epsilon)
    levels = price_grid(valuations.types, epsilon) * valuations.largest
    step = largest_step(valuations, amounts)
    real = optimal_curve(valuations.only_at(amounts), q)
    menu, method = _menu_on_grids(valuations, q, amounts, levels, real)
    curve = selling_all(menu, valuations)
    lost_prices = float(rounding_loss(valuations.types, epsilon) * valuations.largest)
    lost_amounts = (valuations.types - 1) * step
    return DiscretisedSolution(
        curve=curve,
        revenue=expected_revenue(curve, valuations, q),
        purchases=purchases(curve, valuations),
        amounts=amounts,
        prices=levels,
        largest_step=step,
        promised=lost_prices + lost_amounts,
        upper_bound=real.upper_bound + lost_amounts,
        method=method,
    )


def m_step(curve: PriceCurve, valuations: Valuations) -> PriceCurve:
    """The bundles of a never falling curve that somebody buys: at most m, and every type pays what it paid.

    A curve of which nobody buys keeps its largest bundle.
    """
    bought = np.isin(curve.amounts, purchases(curve, valuations).amounts)
    bought[-1] |= not bought.any()
    return PriceCurve(curve.amounts[bought], curve.prices[bought])


def _menu_on_grids(
    valuations: Valuations, q: Floats, amounts: Integers, levels: Floats, real: OptimalCurve
) -> tuple[PriceCurve, str]:
    """The best of P_bar if that is small; else a good one, at least as good as the proof says."""
    if count_curves(len(amounts), len(levels), min(valuations.types, len(amounts))) <= FEW_CURVES:
        return every_curve(valuations, amounts, levels).best(q).curve, ENUMERATED
    rounded = lowered(m_step(real.curve, valuations), levels)
    return with_better_prices(rounded, valuations, q, levels), ROUNDED


def with_better_prices(curve: PriceCurve, valuations: Valuations, q: Floats, levels: Floats) -> PriceCurve:
    """The same bundles, prices moved to other ``levels`` one at a time while that earns more.

    curve: never falling, its prices among levels.  A sweep costs O(bundles^2 types levels).
    """
    worth = valuations.at(curve.amounts)[:, None, :]
    asked = np.searchsorted(levels, curve.prices)
    tie = TIE * valuations.values[:, -1:]
    earned, before = expected_revenue(curve, valuations, q), -np.inf
    while earned > before:
        before = earned
        for j in range(len(asked)):
            tried = _other_levels(asked, j, len(levels))
            revenues = paid_for(worth, levels[tried], tie=tie) @ q
            best = int(np.argmax(revenues))
            if revenues[best] > earned:
                asked, earned = tried[best], float(revenues[best])
    return PriceCurve(curve.amounts, levels[asked]).without_idle_bundles()


def _other_levels(asked: NDArray[np.intp], j: int, levels: int) -> NDArray[np.intp]:
    """(choices, bundles): the j-th level moved anywhere between its neighbours."""
    lowest = asked[j - 1] if j else 0
    highest = asked[j + 1] if j + 1 < len(asked) else levels - 1
    choices = np.repeat(asked[None], highest - lowest + 1, axis=0)
    choices[:, j] = np.arange(lowest, highest + 1)
    return choices
