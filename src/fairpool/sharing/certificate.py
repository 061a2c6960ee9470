"""What holds for the heterogeneous instance at hand, each line found by looking, not by quoting the theorem.

NIC     no agent gains by collecting another amount of any distribution (searched for every pair of agent and
        distribution), nor by submitting a shifted or noisier mean (a grid of both)
IR      no agent is worse off than alone
ratio   social penalty over that of the plan bargained for, against 8 or 8 sqrt(m); over that of the individually
        rational optimum
4       no agent's penalty on favourable distributions is more than 4 times what it is in the plan bargained for
        (this project's bound)

Scaled reports need no search: for a factor other than 1 the distance to the clean samples grows with the true mean, and
the worst case over it is total corruption, sigma^2/(t + n) + c t, which is never less than the honest penalty.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product

import numpy as np

from fairpool.ground.arrays import Floats
from fairpool.sharing.enforcement.corruption import expected_error
from fairpool.sharing.enforcement.enforcement import Enforcement, Role
from fairpool.sharing.mechanisms.heterogeneous import Heterogeneous
from fairpool.sharing.tolerances import NO_GAIN

AMOUNTS = (0.01, 0.5, 1.0, 2.0)  # collected, in units of the plan's
SHIFTS = (0.0, 0.1, 1.0, 3.0)  # of the submitted mean, in standard errors of the difference it is judged by
JITTERS = (0.0, 0.1, 10.0)  # variance added to the submitted mean, in variances of that difference
_LEAST_SHARE = 1e-9  # of sigma/sqrt(c): the least positive amount looked at
_SECTIONS = 60
_GOLDEN = (np.sqrt(5) - 1) / 2


@dataclass(frozen=True, slots=True, eq=False)
class BargainCertificate:
    """Findings for one plan; ``gain`` and ``loss`` are relative to the agent's penalty on that distribution.

    enforced         whether everybody who is checked has a corruption level
    collection_gain  the most an agent gains by another amount of one distribution; at most rounding where NIC holds
    report_gain      the same for shifted and noisier reports; honesty is among them, so at best rounding
    best_amounts     float64 (m, d): what is best to collect for each pair, the others following the plan
    surplus          float64 (m,): 1 - penalty/penalty alone, inf where an agent could not do alone
    growth           the largest agent's factor over the plan bargained for, on favourable distributions; nan if none
    """

    enforced: bool
    collection_gain: float
    report_gain: float
    best_amounts: Floats
    surplus: Floats
    ratio: float
    ratio_to_baseline: float
    bound: float
    growth: float

    @property
    def nash_incentive_compatible(self) -> bool:
        return self.enforced and self.collection_gain <= NO_GAIN and self.report_gain <= NO_GAIN

    @property
    def individually_rational(self) -> bool:
        return bool((self.surplus >= -NO_GAIN).all())

    @property
    def within_bound(self) -> bool:
        return self.ratio_to_baseline <= self.bound

    @property
    def holds(self) -> bool:
        return self.nash_incentive_compatible and self.individually_rational and self.within_bound


def certify(mechanism: Heterogeneous) -> BargainCertificate:
    """Look for what would break the plan of a mechanism for agents with costs of their own.

    Parameters
    ----------
    mechanism : Heterogeneous
        In real numbers or, from its ``whole()``, in whole samples.

    Returns
    -------
    Certificate
        The most that anybody gains by another amount or another report, and whether everything ``holds``.

    Notes
    -----
    What does not hold is a finding, nothing is raised.  Some 200 evaluations of all m d penalties.

    References
    ----------
    [CCZK25]: Nash incentive compatibility, individual rationality, and the bound on the social penalty.

    Examples
    --------
    >>> from fairpool.sharing import certify, plan_heterogeneous
    >>> certify(plan_heterogeneous([[0.001, 0.004], [0.004, 0.001]], 1.0, "nash")).holds
    True
    """
    enforced = mechanism.enforced
    honest = enforced.penalties_by_distribution()
    amounts, least = _best_amounts(enforced)
    alone = mechanism.penalties_alone
    finite = np.where(np.isinf(alone), 1.0, alone)
    checked = enforced.roles == Role.CHECKED
    return BargainCertificate(
        enforced=bool(np.isfinite(enforced.alpha[checked]).all()),
        collection_gain=float(((honest - least) / honest).max()),
        report_gain=_report_gain(enforced),
        best_amounts=amounts,
        surplus=np.where(np.isinf(alone), np.inf, (alone - honest.sum(axis=1)) / finite),
        ratio=mechanism.ratio,
        ratio_to_baseline=mechanism.ratio_to_baseline,
        bound=mechanism.bound,
        growth=_growth(mechanism),
    )


def _best_amounts(enforced: Enforcement) -> tuple[Floats, Floats]:
    """For every pair the amount of the least penalty, and that penalty; the penalty is convex in the amount."""
    if enforced.whole:
        return _best_beside(enforced)
    finite = np.isfinite(enforced.costs)
    alone = np.where(finite, enforced.sigma / np.sqrt(np.where(finite, enforced.costs, 1.0)), 1.0)
    nothing = enforced.penalties_if_collected(np.zeros(alone.shape))
    amounts = _least_point(lambda t: enforced.penalties_if_collected(t * alone), alone.shape) * alone
    least = enforced.penalties_if_collected(amounts)
    better = ~finite | (nothing <= least)
    return np.where(better, 0.0, amounts), np.where(better, nothing, least)


def _best_beside(enforced: Enforcement) -> tuple[Floats, Floats]:
    """The same in whole samples: of a convex function only the two neighbours need to be looked at."""
    amounts = np.maximum(enforced.samples + np.array([-1.0, 0.0, 1.0])[:, None, None], 0.0)
    table = np.where(np.isfinite(enforced.costs), enforced.penalties_if_collected(amounts), np.inf)
    table[1] = enforced.penalties_by_distribution()
    best = table.argmin(axis=0)[None]
    return np.take_along_axis(amounts, best, 0)[0], np.take_along_axis(table, best, 0)[0]


def _least_point(penalty: Callable[[Floats], Floats], shape: tuple[int, ...]) -> Floats:
    """Where convex functions are least on (0, 2], by golden sections of the logarithm (a convex function has one dip).

    Beyond 2 sigma/sqrt(c) a sample costs more than it could ever save.
    """
    grid = np.log(np.geomspace(_LEAST_SHARE, 2.0, 60))
    table = np.array([penalty(np.full(shape, np.exp(one))) for one in grid])
    place = np.clip(table.argmin(axis=0), 1, len(grid) - 2)
    lower, upper = grid[place - 1], grid[place + 1]
    for _ in range(_SECTIONS):
        width = _GOLDEN * (upper - lower)
        left, right = upper - width, lower + width
        falls = penalty(np.exp(left)) > penalty(np.exp(right))
        lower, upper = np.where(falls, left, lower), np.where(falls, upper, right)
    return np.exp((lower + upper) / 2)


def _report_gain(enforced: Enforcement) -> float:
    """The most any agent gains by a shifted or noisier mean, with the plan's amount, half, or twice as much."""
    checked = enforced.roles == Role.CHECKED
    if not checked.any():
        return -np.inf
    n, c, alpha = enforced.samples[checked], enforced.costs[checked], enforced.alpha[checked]
    rest = np.broadcast_to(enforced.totals, checked.shape)[checked] - 2 * n
    sigma = enforced.sigma
    honest = enforced.penalties_by_distribution()[checked]
    gains = []
    for factor, shift, jitter in product(AMOUNTS, SHIFTS, JITTERS):
        t = factor * n
        spread = sigma**2 * (1 / t + 1 / n)
        error = expected_error(
            t, n, rest, alpha, sigma=sigma, shift=shift * np.sqrt(spread), jitter=jitter * spread
        )
        gains.append(((honest - error - c * t) / honest).max())
    return float(max(gains))


def _growth(mechanism: Heterogeneous) -> float:
    """The largest p_i over its value in the plan bargained for, both over favourable distributions only."""
    favourable = mechanism.enforced.favourable
    if not favourable.any():
        return np.nan
    before, costs = mechanism.baseline.samples[:, favourable], mechanism.costs[:, favourable]
    error = (mechanism.sigma**2 / before.sum(axis=0)).sum()
    cost = (np.where(before > 0, costs, 0.0) * before).sum(axis=1)
    after = mechanism.enforced.penalties_by_distribution()[:, favourable].sum(axis=1)
    return float((after / (error + cost)).max())
