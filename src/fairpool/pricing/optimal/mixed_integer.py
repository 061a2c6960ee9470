"""The revenue-optimal price curve as a mixed-integer program: exact, but slow beyond some hundred amounts.

    v_ik   what the k-th amount is worth to type i; q_i how often that type comes; V_k = max over i of v_ik
    x_ik   1 if type i buys the k-th amount
    p_k    its price, at most V_k
    y_ik   what type i pays for it: p_k x_ik
    u_i    what type i gains

    maximise   sum of q_i y_ik
    subject to sum over k of x_ik <= 1
               u_i = sum over k of (v_ik x_ik - y_ik)
               u_i >= v_il - p_l                         for all i, l: nobody would rather have l
               y_ik <= v_ik x_ik,                        nor nothing
               y_ik <= p_k,   y_ik >= p_k - V_k (1 - x_ik)

Prices of what is bought never fall: nobody takes a bundle that costs more than a larger one.  So indifferent buyers may
be sent where the seller likes: for the largest maximiser, which is what they take, they pay at least as much.  Amounts
that no type values more than the listed amount before are merged with it.  A solver's prices are only as good as its
tolerances, so the assignment alone is taken from it and priced by `tight_prices`.  The revenue told is that of what
buyers then really take.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import Bounds, LinearConstraint, OptimizeResult, milp
from scipy.sparse import block_array, diags_array, eye_array, kron

from fairpool.ground.arrays import Floats, Positions
from fairpool.pricing.curves.curve import PriceCurve
from fairpool.pricing.curves.purchase import expected_revenue
from fairpool.pricing.curves.valuations import Valuations, checked_probabilities
from fairpool.pricing.optimal.tight_menu import tight_prices

SHARPENED = 1e4
"""The objective is scaled by this: HiGHS calls a solution optimal at an absolute gap of 1e-6."""

STATUS = {0: "optimal", 1: "stopped by the time limit"}


@dataclass(frozen=True, slots=True, eq=False)
class MixedIntegerSolution:
    """A curve, what it really earns, and what no curve earns more than, up to the solver's tolerance of 1e-6 of the
    largest value.  status: "optimal", or why the solver stopped earlier.
    """

    curve: PriceCurve
    revenue: float
    upper_bound: float
    status: str

    @property
    def is_optimal(self) -> bool:
        return self.status == STATUS[0]


def solve_exactly(
    valuations: Valuations, probabilities: ArrayLike, *, time_limit: float | None = None
) -> MixedIntegerSolution:
    """The curve of most revenue.  probabilities: float64 (types,); time_limit in seconds.

    Cost: binaries types x amounts; seconds for 3 types and 100 amounts, exponential at worst.  With a time limit the
    best curve found so far, at least the best single bundle.
    """
    q = checked_probabilities(probabilities, valuations.types)
    told_apart = without_idle_amounts(valuations)
    if told_apart.largest == 0:
        return MixedIntegerSolution(_single_bundle(told_apart, q), 0.0, 0.0, STATUS[0])
    found = _Program(told_apart.values / told_apart.largest, q).solved(time_limit)
    curves = [
        selling_all(curve, valuations)
        for curve in (_single_bundle(told_apart, q), *_curves_of(found, told_apart))
    ]
    revenues = [expected_revenue(curve, valuations, q) for curve in curves]
    best = int(np.argmax(revenues))
    status = STATUS.get(found.status, f"stopped: {found.message}")
    bound = max(_upper_bound(found, told_apart, q), revenues[best])
    return MixedIntegerSolution(curves[best], revenues[best], bound, status)


def selling_all(curve: PriceCurve, valuations: Valuations) -> PriceCurve:
    """The curve with all N rows on offer for the largest value of all; nobody who bought less pays less for it."""
    if curve.most == valuations.most:
        return curve
    price = max(valuations.largest, float(curve.prices[-1]))
    return PriceCurve(np.append(curve.amounts, valuations.most), np.append(curve.prices, price))


def without_idle_amounts(valuations: Valuations) -> Valuations:
    """The last of each run of amounts that nobody tells apart.  Lossless: at one price everybody takes the largest."""
    rises = (np.diff(valuations.values, axis=1) > 0).any(axis=0)
    return valuations.only_at(valuations.amounts[np.append(rises, True)])


def _single_bundle(valuations: Valuations, q: Floats) -> PriceCurve:
    """Everything, or nothing: at the best of the types' values."""
    values = valuations.values[:, -1]
    earned = [price * q[values >= price].sum() for price in values]
    return PriceCurve(valuations.amounts[-1:], values[[int(np.argmax(earned))]])


def _upper_bound(found: OptimizeResult, valuations: Valuations, q: Floats) -> float:
    """The solver's, if it came to one; at any rate nobody pays more than all the data are worth to it."""
    all_worth = float(q @ valuations.values[:, -1])
    if found.mip_dual_bound is None:
        return all_worth
    return min(all_worth, -found.mip_dual_bound / SHARPENED * valuations.largest)


@dataclass(frozen=True, slots=True, eq=False)
class _Program:
    """The program for values (types, amounts) with largest 1; variables x, y (type by type), p, u in this order."""

    values: Floats
    q: Floats

    def solved(self, time_limit: float | None) -> OptimizeResult:
        m, G = self.values.shape
        weights = np.repeat(self.q, G) * SHARPENED
        objective = np.concatenate([np.zeros(m * G), -weights, np.zeros(G + m)])
        highest = self.values.max(axis=0)
        upper = np.concatenate([np.ones(m * G), self.values.ravel(), highest, self.values[:, -1]])
        return milp(
            objective,
            integrality=np.arange(len(objective)) < m * G,
            bounds=Bounds(np.zeros_like(upper), upper),
            constraints=self._constraints(highest),
            options={"mip_rel_gap": 0.0, "time_limit": np.inf if time_limit is None else time_limit},
        )

    def _constraints(self, highest: Floats) -> LinearConstraint:
        """Rows in the order of the module's list."""
        m, G = self.values.shape
        v = self.values.ravel()
        every, sums = eye_array(m * G), kron(eye_array(m), np.ones((1, G)))
        price, gain = kron(np.ones((m, 1)), eye_array(G)), kron(eye_array(m), np.ones((G, 1)))
        rows = [
            # x, y, p, u; at most
            (sums, None, None, None, np.ones(m)),
            (sums @ diags_array(v), -sums, None, -eye_array(m), np.zeros(m)),
            (-sums @ diags_array(v), sums, None, eye_array(m), np.zeros(m)),
            (None, None, -price, -gain, -v),
            (-diags_array(v), every, None, None, np.zeros(m * G)),
            (None, every, -price, None, np.zeros(m * G)),
            (diags_array(np.tile(highest, m)), -every, price, None, np.tile(highest, m)),
        ]
        matrix = block_array([row[:4] for row in rows], format="csr")
        return LinearConstraint(matrix, -np.inf, np.concatenate([row[4] for row in rows]))


def _curves_of(found: OptimizeResult, valuations: Valuations) -> list[PriceCurve]:
    """The curve for the assignment found; as the solver prices it where only its tolerances admit that assignment."""
    if found.x is None:
        return []
    m, G = valuations.values.shape
    x, p = found.x[: m * G].reshape(m, G), found.x[2 * m * G : 2 * m * G + G]
    places = np.where(x.max(axis=1) > 0.5, 1 + x.argmax(axis=1), 0)
    prices = tight_prices(np.hstack([np.zeros((m, 1)), valuations.values]), places[None])[0]
    if not np.isfinite(prices).all():
        prices = np.append(0.0, np.maximum(p, 0.0) * valuations.largest)[places]
    curve = _curve_through(valuations, places, prices)
    return [] if curve is None else [curve]


def _curve_through(valuations: Valuations, places: Positions, prices: Floats) -> PriceCurve | None:
    """The bundles that are bought, each at what its buyers pay; None if nobody buys.  Place 0 is nothing."""
    bought, first = np.unique(places, return_index=True)
    if bought[-1] == 0:
        return None
    sold = bought > 0
    rising = np.maximum.accumulate(prices[first[sold]])
    return PriceCurve(valuations.amounts[bought[sold] - 1], rising).without_idle_bundles()
