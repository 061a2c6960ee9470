"""From a plan everybody would gain by to one that everybody wants to follow ([CCZK25], algorithm 1).

n_ik     ``samples``      the plan; N_k = T_k = sum over i
a_ik     sigma/sqrt(c_ik), what agent i would collect of k alone; 0 where c_ik is infinite
(8)      n_ik <= a_ik <= N_k for all i: distribution k is ``favourable``
V_k      agents for which working alone on k is about as good as sharing: n_ik >= a_ik/2

The paper's loop conditions are not public; this construction is the project's own (docs/theory/heterogeneous-costs.md).
Penalties are sums over distributions and what an agent is given for k depends on submissions for k alone, so all of it
is done for one distribution at a time:

1. (8) fails: only the cheapest agent collects, a_ik; everybody gets its mean.      `Role.COLLECTS_FOR_ALL`, `GETS_MEAN`
2. (8) holds and i is in V_k: it collects a_ik and keeps it; nothing is given back.  `Role.ALONE`
3. (8) holds and n_ik = 0: it gets the mean of what the others submitted.            `Role.GETS_MEAN`
4. (8) holds, otherwise: n_ik of the others' samples come clean, the rest with noise; alpha solves the first-order
   condition G_ik(alpha) = 0, which has a root because 2 n_ik < a_ik <= T_k.         `Role.CHECKED`

Putting agents in V_k only raises T_k, so one pass is enough.  Proved for every instance: following the plan is each
agent's best response (NIC); its penalty on every distribution is at most 2 sigma sqrt(c_ik), what it has alone (IR);
on favourable distributions it is at most 4 times what it is in the plan started from; on the others the sum of all
penalties is at most (m + 1)/(2 sqrt m) times the least sum there is.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from fairpool.ground.arrays import Float, Floats
from fairpool.sharing.enforcement.corruption import corruption_level, expected_error
from fairpool.sharing.tolerances import HALF_ALONE, NO_SAMPLES


class Role(IntEnum):
    """What agent i is for distribution k."""

    ALONE = 0
    GETS_MEAN = 1
    CHECKED = 2
    COLLECTS_FOR_ALL = 3


@dataclass(frozen=True, slots=True, eq=False)
class Enforcement:
    """An enforceable plan.

    samples     float64 (m, d)
    roles       int8 (m, d) of `Role`
    alpha       float64 (m, d); nan where nothing is corrupted
    favourable  bool (d,): condition (8) holds for the plan this one was made from
    costs, sigma  of the instance
    whole       whether amounts are whole numbers, and other whole numbers are all an agent can collect
    """

    samples: Floats
    roles: NDArray[np.int8]
    alpha: Floats
    favourable: NDArray[np.bool_]
    costs: Floats
    sigma: float
    whole: bool = False

    @property
    def totals(self) -> Float[Floats, " distributions"]:
        """T_k."""
        return self.samples.sum(axis=0)

    def penalties_by_distribution(self) -> Float[Floats, "agents distributions"]:
        """What every distribution costs every agent when all follow the plan."""
        return self.penalties_if_collected(self.samples)

    def penalties(self) -> Float[Floats, " agents"]:
        """p_i."""
        return self.penalties_by_distribution().sum(axis=1)

    def penalties_if_collected(self, samples: Floats) -> Floats:
        """What every distribution costs agent i if it alone collects ``samples`` (.., m, d) in place of the plan's.

        It submits what it collects and makes the best of it and of what it is given; the others follow the plan.
        """
        t = np.asarray(samples, dtype=np.float64)
        kept = np.isin(self.roles, (Role.ALONE, Role.COLLECTS_FOR_ALL))
        given = np.where(kept, 0.0, self.totals - self.samples)
        checked = self.roles == Role.CHECKED
        with np.errstate(divide="ignore", invalid="ignore"):
            pooled = self.sigma**2 / (t + given)
            cost = np.where(t > 0, self.costs * t, 0.0)
        clean = np.where(checked, self.samples, 1.0)
        error = expected_error(
            t,
            clean,
            np.where(checked, given - clean, 0.0),
            np.where(checked, self.alpha, 0.0),
            sigma=self.sigma,
        )
        found: Floats = np.where(checked, error, pooled) + cost
        return found


def enforceable(
    samples: Float[Floats, "agents distributions"], costs: Float[Floats, "agents distributions"], sigma: float
) -> Enforcement:
    """The enforceable plan made from ``samples``, any plan; costs in (0, inf].

    Cost: m d solutions for alpha, all at once.
    """
    alone = np.where(np.isinf(costs), 0.0, sigma / np.sqrt(costs))
    planned = np.where(samples > NO_SAMPLES * samples.sum(axis=0), samples, 0.0)
    favourable = (planned <= alone).all(axis=0) & (planned.sum(axis=0) >= alone.max(axis=0))
    return _with_roles(planned, alone, favourable, costs, sigma)


def enforceable_in_whole(
    samples: Float[Floats, "agents distributions"], costs: Float[Floats, "agents distributions"], sigma: float
) -> Enforcement:
    """The same in whole samples: rounded, or rounded up where rounding leaves too few; alpha is solved for again."""
    alone = whole_alone(costs, sigma)
    exact = np.where(np.isinf(costs), 0.0, sigma / np.sqrt(costs))
    planned = np.where(samples > NO_SAMPLES * samples.sum(axis=0), samples, 0.0)
    nearest = np.rint(planned)
    enough = nearest.sum(axis=0) >= exact.max(axis=0)
    planned = np.where(enough, nearest, np.ceil(planned))
    favourable = (planned <= alone).all(axis=0) & (planned.sum(axis=0) >= exact.max(axis=0))
    return replace(_with_roles(planned, alone, favourable, costs, sigma), whole=True)


def whole_alone(
    costs: Float[Floats, "agents distributions"], sigma: float
) -> Float[Floats, "agents distributions"]:
    """The whole number beside sigma/sqrt(c_ik) with the lower penalty; 0 where the cost is infinite."""
    exact = np.where(np.isinf(costs), 1.0, sigma / np.sqrt(costs))
    lower, upper = np.maximum(np.floor(exact), 1.0), np.ceil(exact)
    better = sigma**2 / upper + costs * upper < sigma**2 / lower + costs * lower
    return np.where(np.isinf(costs), 0.0, np.where(better, upper, lower))


def _with_roles(
    planned: Floats, alone: Floats, favourable: NDArray[np.bool_], costs: Floats, sigma: float
) -> Enforcement:
    """Roles, amounts and alpha for a plan whose favourable distributions are known; ``alone`` is a_ik."""
    exact = np.where(np.isinf(costs), 0.0, sigma / np.sqrt(costs))
    cheapest = np.arange(len(costs))[:, None] == costs.argmin(axis=0)
    keeps = favourable & (planned >= exact / 2 * (1 - HALF_ALONE)) & (planned > 0)
    collects = ~favourable & cheapest
    amounts = np.where(favourable, planned, 0.0)
    amounts = np.where(keeps | collects, alone, amounts)
    checked = favourable & ~keeps & (planned > 0)
    roles = np.select(
        [keeps, checked, collects], [Role.ALONE, Role.CHECKED, Role.COLLECTS_FOR_ALL], Role.GETS_MEAN
    )
    alpha = np.full(costs.shape, np.nan)
    n, totals = amounts[checked], np.broadcast_to(amounts.sum(axis=0), costs.shape)[checked]
    alpha[checked] = corruption_level(n, n, totals - 2 * n, costs[checked], sigma=sigma)
    return Enforcement(amounts, roles.astype(np.int8), alpha, favourable, costs, sigma)
