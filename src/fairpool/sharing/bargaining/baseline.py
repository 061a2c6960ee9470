"""Which plan agents with different costs would agree on (Clinton, Chen, Zhu and Kandasamy, ICML 2025, eq. 7).

m agents estimate the means of d normals with known standard deviation sigma; a sample of distribution k costs
agent i an amount c_ik in (0, inf].  If the plan n is carried out honestly and everybody gets the means of all samples,

c_ik        ``costs``           infinite where agent i cannot sample distribution k; then n_ik = 0
n_ik        ``samples``         N_k = sum_i n_ik
p_i(n)      ``penalties``       sum_k sigma^2 / N_k + sum_k c_ik n_ik
p_i^IND     ``penalties_alone`` 2 sigma sum_k sqrt(c_ik), at n_ik = sigma / sqrt(c_ik); infinite if some cost is
D_i         ``disagreement``    p_i^IND where that is finite; else see below
p_i^best    ``ideal``           min p_i(n) subject to p_j(n) <= D_j for all j

and the plan is the one that

SOCIAL              makes sum_i p_i least                              subject to p_i <= p_i^IND
NASH                makes sum_i log(D_i - p_i) largest
EGALITARIAN         makes min_i (D_i - p_i) largest
KALAI_SMORODINSKY   makes min_i (D_i - p_i) / (D_i - p_i^best) largest

**Agents that cannot work alone** have p_i^IND = inf, and the last three are then undefined.  This project's choice,
not the paper's: D_i is what such an agent gets in the mechanism's own fallback (``fallback_samples``), where for each k
only the cheapest agent collects, as much as it would alone: sum_k sigma sqrt(min_j c_jk), plus sigma sqrt(c_ik)
for every k where i is the cheapest.  SOCIAL asks the agents that can work alone only.

**There is an interior.**  The fallback leaves nobody worse off than D.  Suppose two agents collect in it.  Let every
collector take a little more, by a factor 1 + y: its own optimum is flat, so that this costs it O(y^2), while everybody
gains O(y) from each other collector.  Otherwise one agent i is cheapest everywhere.  Let another agent j take an
amount q of some k it can sample, and i a factor 1 + y more of everything, with y between q and sqrt(q): i gains O(q)
from j and loses O(y^2), the others gain O(y), and j pays O(q).  Only if no other agent can sample anything is D
the one point that all accept, and then every objective's plan is that agent alone.

**Penalties are unique** in the last three, so no second stage is needed to choose among optima: NASH is strictly
concave in the penalties.  For the other two let lambda be the multipliers of D_i - p_i >= w_i t.  If lambda_i = 0
for an agent with any finite cost, the Lagrangian has no minimum, as that agent's samples come free; so lambda_i > 0,
and p_i = D_i - w_i t, for every agent that can sample anything, and the others pay just the error, which is
unique because the Lagrangian is strictly convex in the totals N_k.  In words: agents that can sample anything all get
the same gain, or the same fraction of the largest.  Only *who collects which k* can remain open; so it can in
SOCIAL, together with the penalties, when agents have equal costs.

Cost: one program takes 10 to 40 Newton steps of O(m d^2 + d^3) operations (``newton_step``), and up to ten before it
to find a plan in the interior; KALAI_SMORODINSKY solves m + 1 programs.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from fairpool.ground.arrays import Float, Floats
from fairpool.ground.errors import InputError
from fairpool.ground.progress import Progress, unwatched
from fairpool.ground.tabular import Tabular
from fairpool.sharing.bargaining.interior_point import (
    Solutions,
    solve,
    start_for_level,
    start_inside,
    without_negligible_amounts,
)
from fairpool.sharing.bargaining.newton_step import Aim, Programs
from fairpool.sharing.bargaining.scaling import ScaledProgram, scaled
from fairpool.sharing.tolerances import WELL_INSIDE

ENTRIES_AT_ONCE = 200_000  # of the array (programs, m, d): some 50 arrays of that size are alive in a step

if TYPE_CHECKING:
    import pandas as pd


class Objective(Enum):
    """What a plan is best at.

    Notes
    -----
    SOCIAL makes the sum of all penalties least, NASH the product of the gains over no agreement largest, EGALITARIAN
    the least gain largest, KALAI_SMORODINSKY the least gain as a part of the most that the agent could hope for.

    References
    ----------
    [CCZK25], equation 7; Nash (1950); Kalai and Smorodinsky (1975).

    Examples
    --------
    >>> from fairpool.sharing import Objective
    >>> [one.value for one in Objective]
    ['social', 'nash', 'egalitarian', 'kalai-smorodinsky']
    """

    SOCIAL = "social"
    NASH = "nash"
    EGALITARIAN = "egalitarian"
    KALAI_SMORODINSKY = "kalai-smorodinsky"


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Baseline(Tabular):
    """A plan that every agent prefers to no agreement, the best of all such plans by ``objective``.

    samples: float64 (m, d), real numbers; agents who are not to collect have exactly 0
    penalties, disagreement: float64 (m,); penalties <= disagreement but for rounding
    ideal: float64 (m,), p_i^best, or None unless the objective is KALAI_SMORODINSKY
    gap: a certified bound on what the plan falls short of the optimum, relative to the social penalty (SOCIAL),
        to the least gain or fraction (EGALITARIAN, KALAI_SMORODINSKY: plus the largest relative error of
        the ideal gains), to the product of the gains (NASH)
    """

    samples: Floats
    penalties: Floats
    disagreement: Floats
    ideal: Floats | None
    objective: Objective
    gap: float

    @property
    def social_penalty(self) -> float:
        """The sum of the penalties."""
        return float(self.penalties.sum())

    def to_frame(self) -> pd.DataFrame:
        """One row per agent: what it collects of each distribution, its penalty, and that without agreement."""
        import pandas as pd

        collects = {f"samples_{k}": column for k, column in enumerate(self.samples.T)}
        return pd.DataFrame({**collects, "penalty": self.penalties, "disagreement": self.disagreement})

    def headline(self) -> str:
        """The objective, the social penalty and the gap."""
        social = f"social penalty {self.social_penalty:.6g}, without agreement {self.disagreement.sum():.6g}"
        return f"{self.objective.value}: {social}, gap {self.gap:.2g}"


def penalties_alone(costs: ArrayLike, sigma: float) -> Float[Floats, " agents"]:
    """p^IND, infinite for an agent that cannot sample something."""
    return 2.0 * sigma * np.sqrt(checked_costs(costs, sigma)).sum(axis=1)


def penalties(samples: ArrayLike, costs: ArrayLike, sigma: float) -> Float[Floats, " agents"]:
    """p(n); no samples of an infinite cost cost nothing, no samples at all leave an infinite error."""
    n, c = np.asarray(samples, dtype=np.float64), checked_costs(costs, sigma)
    if n.shape != c.shape:
        raise InputError(
            f"samples: got an array of shape {n.shape}, expected the shape of the costs, {c.shape}"
        )
    totals = n.sum(axis=0)
    with np.errstate(divide="ignore"):
        error = (sigma**2 / totals).sum()
    return error + np.where(n == 0.0, 0.0, np.where(n == 0.0, 1.0, n) * c).sum(axis=1)


def fallback_samples(costs: ArrayLike, sigma: float) -> Float[Floats, "agents distributions"]:
    """For every k the cheapest agent, the lowest number on ties, collects sigma / sqrt(c)."""
    c = checked_costs(costs, sigma)
    return np.where(np.arange(len(c))[:, None] == np.argmin(c, axis=0), sigma / np.sqrt(c), 0.0)


def disagreement(costs: ArrayLike, sigma: float) -> Float[Floats, " agents"]:
    """D, what an agent has without an agreement; finite."""
    alone = penalties_alone(costs, sigma)
    return np.where(np.isfinite(alone), alone, penalties(fallback_samples(costs, sigma), costs, sigma))


def bargain(
    costs: ArrayLike, sigma: float, objective: Objective, *, progress: Progress | None = None
) -> Baseline:
    """The plan that agents with these costs agree on under an objective, if all report honestly.

    Parameters
    ----------
    costs : array_like of float, shape (agents, distributions)
        Of one sample, in units of squared error, in (0, inf].
    sigma : float
        Standard deviation of a sample of any distribution.
    objective : Objective
        What the plan is best at.
    progress : callable, optional
        Told (programs solved, programs in all).

    Returns
    -------
    Baseline
        ``samples`` (agents, distributions), ``penalties`` (agents,), and ``gap``, a certified bound on what the plan
        falls short of the optimum.

    Raises
    ------
    InputError
        For costs and sigma that make no instance; agents and distributions are counted from 1.
    FairpoolError
        If double precision does not suffice to certify the plan to one part in a million.  That takes gains below
        some 1e-7 of the penalties, of agents who cannot work alone and whom others can hardly help.

    Notes
    -----
    10 to 50 Newton steps of O(m d^2 + d^3); KALAI_SMORODINSKY solves m + 1 programs.

    References
    ----------
    [CCZK25], equation 7.

    Examples
    --------
    >>> from fairpool.sharing import Objective, bargain
    >>> costs = [[0.001, 0.004], [0.0012, float("inf")], [0.004, 0.001]]
    >>> bargain(costs, 1.0, Objective.NASH).samples.round(1)
    array([[68.6,  0. ],
           [ 0. ,  0. ],
           [ 0. , 68.6]])
    """
    c = checked_costs(costs, sigma)
    report = progress or unwatched
    program = scaled(c, sigma)
    if np.count_nonzero(program.allowed.any(axis=1)) == 1:
        return _nothing_to_agree_on(c, sigma, objective)
    inside = _plan_inside(program, objective)
    ideal: Floats | None = None
    match objective:
        case Objective.SOCIAL:
            best, error = _least_social_penalty(program, inside), 0.0
        case Objective.NASH:
            best, error = _largest_product(program, inside), 0.0
        case Objective.EGALITARIAN:
            best, error = _largest_level(program, inside, np.ones(len(c))), 0.0
        case Objective.KALAI_SMORODINSKY:
            hopes, error = _hopes(program, inside, report)
            best = _largest_level(program, inside, hopes)
            ideal = disagreement(c, sigma) - hopes * program.unit
    report(1 if ideal is None else len(c) + 1, 1 if ideal is None else len(c) + 1)
    n = best.samples[0] * program.amounts
    gap = float(best.gap[0]) + error
    return Baseline(n, penalties(n, c, sigma), disagreement(c, sigma), ideal, objective, gap)


def _headroom(program: ScaledProgram, objective: Objective) -> Floats:
    social = objective is Objective.SOCIAL
    return program.headroom_without_disagreement if social else program.headroom


def _plan_inside(program: ScaledProgram, objective: Objective) -> Floats:
    """A plan (1, m, d) that leaves every agent better off: the egalitarian program, left half way to its optimum."""
    m = len(program.ratio)
    programs = Programs(program, _headroom(program, objective), Aim.LEVEL, np.ones((1, m)))
    everybody = 0.5 / m / np.where(program.allowed, program.ratio, np.inf)
    start = start_for_level(programs, (everybody + 0.75 * program.is_cheapest)[None])
    return solve(programs, start, WELL_INSIDE).samples


def _least_social_penalty(program: ScaledProgram, inside: Floats) -> Solutions:
    headroom = _headroom(program, Objective.SOCIAL)
    programs = Programs(program, headroom, Aim.PENALTY, np.ones((1, len(headroom))))
    return without_negligible_amounts(programs, solve(programs, start_inside(programs, inside)))


def _largest_product(program: ScaledProgram, inside: Floats) -> Solutions:
    programs = Programs(program, program.headroom, Aim.PRODUCT, np.zeros((1, len(program.ratio))))
    return without_negligible_amounts(programs, solve(programs, start_inside(programs, inside)))


def _largest_level(program: ScaledProgram, inside: Floats, stakes: Floats) -> Solutions:
    programs = Programs(program, program.headroom, Aim.LEVEL, stakes[None])
    return without_negligible_amounts(programs, solve(programs, start_for_level(programs, inside)))


def _hopes(program: ScaledProgram, inside: Floats, report: Progress) -> tuple[Floats, float]:
    """D - p^best (m,) in scaled units, and a bound on its relative errors."""
    m = len(program.ratio)
    hopes: list[float] = []
    error = 0.0
    for gains, gaps in _largest_gains(program, inside[0]):
        hopes.extend(gains.tolist())
        error = max(error, float(gaps.max()))
        report(len(hopes), m + 1)
    return np.array(hopes), error


def _largest_gains(program: ScaledProgram, inside: Floats) -> Iterator[tuple[Floats, Floats]]:
    """D_i - p_i^best of a few agents at a time, in order, with bounds on their relative errors: pairs (b,), (b,).

    The m programs share everything but whose penalty counts, so they are solved as a batch.

    inside: float64 (m, d), a plan that leaves every agent better off
    Cost: 10 to 40 Newton steps per agent, O(m^2 d^2 + m d^3) each for all of them.
    """
    m = len(inside)
    at_once = max(1, ENTRIES_AT_ONCE // inside.size)
    for first in range(0, m, at_once):
        agents = np.arange(first, min(m, first + at_once))
        programs = Programs(program, program.headroom, Aim.PENALTY, np.eye(m)[agents])
        start = start_inside(programs, np.repeat(inside[None], len(agents), axis=0))
        best = solve(programs, start)
        yield best.gains[np.arange(len(agents)), agents], best.gap


def _nothing_to_agree_on(costs: Floats, sigma: float, objective: Objective) -> Baseline:
    """One agent alone can sample: whatever it is asked beyond its own optimum leaves it worse off."""
    n = fallback_samples(costs, sigma)
    p = penalties(n, costs, sigma)
    ideal = p if objective is Objective.KALAI_SMORODINSKY else None
    return Baseline(n, p, disagreement(costs, sigma), ideal, objective, 0.0)


def checked_costs(costs: ArrayLike, sigma: float) -> Float[Floats, "agents distributions"]:
    """``costs`` as an array after the checks of ``bargain``."""
    if not (np.isfinite(sigma) and sigma > 0.0):
        raise InputError(f"sigma: got {sigma}, expected a finite number above 0")
    try:
        c = np.asarray(costs, dtype=np.float64)
    except (TypeError, ValueError):
        raise InputError(
            "costs: expected a table of numbers, one row per agent, rows of the same length"
        ) from None
    if c.ndim != 2:
        raise InputError(
            f"costs: got an array of {c.ndim} dimensions, expected a row an agent and a column a distribution"
        )
    if len(c) < 2 or c.shape[1] < 1:
        raise InputError(
            f"costs: got {len(c)} agents and {c.shape[1]} distributions, expected at least 2 and 1"
        )
    wrong = np.argwhere(~(c > 0.0))
    if len(wrong):
        i, k = wrong[0]
        raise InputError(
            f"costs: agent {i + 1}, distribution {k + 1}: got {c[i, k]}, expected a number above 0, "
            "or inf where the agent cannot sample"
        )
    nobody = np.flatnonzero(np.isinf(c).all(axis=0))
    if len(nobody):
        raise InputError(
            f"costs: distribution {nobody[0] + 1}: every cost is infinite, expected an agent that can sample it"
        )
    return c
