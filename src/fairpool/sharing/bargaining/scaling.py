"""The plans of heterogeneous agents in units in which every instance looks alike, and how far a plan is from the best.

With c_k = min_i c_ik, a distribution k has a natural amount, a_k = sigma / sqrt(c_k), and a natural error,
sigma sqrt(c_k).  Measured in them,

x_ik  ``samples``   n_ik / a_k;  X_k = sum_i x_ik
e_k   ``error``     sigma sqrt(c_k), divided by their sum ``unit``, so that sum_k e_k = 1
r_ik  ``ratio``     c_ik / c_k >= 1; held as 0 where the cost is infinite, and x_ik = 0 there (``allowed``)
p_i   penalty       sum_k e_k (1 / X_k + r_ik x_ik)
D_i   disagreement  what agent i can have without an agreement; D_i >= 1
g_i   ``gains``     D_i - p_i, concave in x

The error is the same for all agents, so the best plan for weights mu_i >= 0 with sum M has a closed form:

    S(mu) = min over x of sum_i mu_i p_i(x) = 2 sqrt(M) sum_k e_k sqrt(o_k),   o_k = min_i mu_i r_ik.

Any mu therefore bounds what any plan can reach, and the distance of a plan from that bound is a sum of terms
none of which is negative (so it is found without cancellation, however small it is):

    sum_i mu_i p_i(x) - S(mu) = sum_k e_k [ sum_i (mu_i r_ik - o_k) x_ik + (sqrt(M / X_k) - sqrt(o_k X_k))^2 ].
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fairpool.ground.arrays import Floats


@dataclass(frozen=True, slots=True, eq=False)
class ScaledProgram:
    """An instance in natural units.

    error: float64 (d,), sums to 1
    ratio: float64 (m, d), 0 where not allowed
    allowed: bool (m, d), at least one True in every column
    cheapest: int64 (d,), the agent with the least cost, the lowest number on ties
    unit: what one unit of penalty is worth
    amounts: float64 (d,), what one unit of samples is worth
    """

    error: Floats
    ratio: Floats
    allowed: NDArray[np.bool_]
    cheapest: NDArray[np.int64]
    unit: float
    amounts: Floats

    @property
    def prices(self) -> Floats:
        """float64 (m, d): what a unit of samples costs, e_k r_ik."""
        return self.error * self.ratio

    @property
    def is_cheapest(self) -> NDArray[np.bool_]:
        """bool (m, d): one True in every column."""
        return np.arange(len(self.ratio))[:, None] == self.cheapest

    @property
    def headroom(self) -> Floats:
        """float64 (m,): D_i - sum_k e_k - sum_{k: i cheapest} e_k, exactly 0 for an agent that cannot work alone."""
        alone = np.where(self.is_cheapest, 0.0, 2.0 * np.sqrt(self.ratio) - 1.0) @ self.error
        return np.where(self.allowed.all(axis=1), alone, 0.0)

    @property
    def headroom_without_disagreement(self) -> Floats:
        """The same, but an agent that cannot work alone puts up with anything.

        The fallback costs m + 1 in all, so nobody pays more than that in a plan of least social penalty:
        a bound above m + 1 binds nobody, and spares the program a case of its own.
        """
        return np.where(self.allowed.all(axis=1), self.headroom, len(self.ratio) + 1.0)


def scaled(costs: Floats, sigma: float) -> ScaledProgram:
    """``costs``: float64 (m, d) in (0, inf], at least one finite in every column."""
    cheapest = np.argmin(costs, axis=0)
    least = costs[cheapest, np.arange(costs.shape[1])]
    error = sigma * np.sqrt(least)
    allowed = np.isfinite(costs)
    return ScaledProgram(
        error=error / error.sum(),
        ratio=np.where(allowed, costs, 0.0) / least,
        allowed=allowed,
        cheapest=cheapest,
        unit=float(error.sum()),
        amounts=sigma / np.sqrt(least),
    )


def gains(program: ScaledProgram, headroom: Floats, x: Floats) -> Floats:
    """g of every plan: float64 (b, m, d) -> (b, m), to full relative precision even where it nearly vanishes.

    The cheapest agent of k gains, with o the others' samples and X = 1 + y,
    2 - 1/X - (X - o) = o - y^2 / X there, and another agent (X - 1) / X - r x on top of its headroom.
    """
    k = np.arange(len(program.error))
    own = x[:, program.cheapest, k]
    others = np.where(program.is_cheapest, 0.0, x).sum(axis=1)
    totals, above = own + others, (own - 1.0) + others
    parts = program.error * ((above / totals)[:, None, :] - program.ratio * x)
    parts[:, program.cheapest, k] = program.error * (others - above**2 / totals)
    return headroom + parts.sum(axis=2)


def penalties_of(program: ScaledProgram, x: Floats) -> Floats:
    """p of every plan: float64 (b, m, d) -> (b, m)."""
    return (program.error / x.sum(axis=1)).sum(axis=1)[:, None] + (program.prices * x).sum(axis=2)


def weighted_gap(program: ScaledProgram, x: Floats, mu: Floats) -> Floats:
    """sum_i mu_i p_i(x) - S(mu) >= 0 of every plan: float64 (b, m, d) and (b, m) -> (b,)."""
    totals, weight = x.sum(axis=1), mu.sum(axis=1)[:, None]
    weighted = np.where(program.allowed, mu[:, :, None] * program.ratio, np.inf)
    least = weighted.min(axis=1)
    dearer = np.where(program.allowed, weighted - least[:, None, :], 0.0)
    off = np.sqrt(weight / totals) - np.sqrt(least * totals)
    return ((dearer * x).sum(axis=1) + off**2) @ program.error


def without(x: Floats, negligible: float) -> Floats:
    """Plans without the amounts below ``negligible`` of their distribution; the others make up for them in proportion.

    An interior point asks everybody for something, be it 1e-15 of a sample.
    """
    totals = x.sum(axis=1, keepdims=True)
    kept = np.where(x < negligible * totals, 0.0, x)
    return kept * (totals / kept.sum(axis=1, keepdims=True))
