"""A primal-dual interior-point method for plans that every agent prefers to working alone.

Three aims, in the units of ``scaling``, all over x >= 0 with x_ik = 0 where agent i cannot sample k:

PENALTY   min  sum_i u_i p_i(x)       subject to  g_i(x) >= 0
LEVEL     max  t                      subject to  g_i(x) >= w_i t
PRODUCT   max  sum_i log g_i(x)

One set of equations describes all three.  With multipliers lambda_i of the agents' rows, the agents' weights
are mu = u + lambda, M = sum_i mu_i, slacks s_i = g_i - w_i t, reduced costs z_ik, and

    z_ik = mu_i e_k r_ik - M e_k / X_k^2,    x_ik z_ik = beta,    lambda_i s_i = beta,

with beta -> 0; a LEVEL has u = 0 and sum_i w_i lambda_i = 1, and a PRODUCT has u = t = 0 and lambda_i s_i = 1
throughout, for there lambda_i = 1/g_i is no multiplier but the derivative of the logarithm.  A Newton step of
these equations (``newton_step``) costs O(m d^2 + d^3); the step is Mehrotra's (predict with beta = 0, then
correct to second order), with two changes.  Slacks of PENALTY and LEVEL are variables of their own, so that
the curved boundary does not cut steps short; those of PRODUCT are always the true gains.  And beta follows the
certified gap where that is larger than the products x z and lambda s, so that they never run ahead of the
equations.

Stopping rule.  mu bounds from below what any plan can reach (``scaling``), so each plan comes with
a certified gap to the optimum, whatever rounding did to the steps:

    PENALTY   sum_i mu_i p_i - S(mu) + sum_i lambda_i |s_i|                       relative to sum_i u_i min(p_i, g_i)
    LEVEL     the same with lambda scaled to sum_i w_i lambda_i = 1               relative to t
    PRODUCT   sum_i mu_i p_i - S(mu) + sum_i (mu_i g_i - 1 - log mu_i g_i)        of the sum of logarithms, as it is

A program is solved when that is at most TARGET, which takes 10 to 40 steps.  Where rounding forbids it (gains that
are tiny next to the penalties, or that cost others a million times as much) the best plan met counts as solved
up to ACCEPTED; beyond that FairpoolError is raised.  Rows of PENALTY hold to VIOLATION.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray

from fairpool.ground.arrays import Floats
from fairpool.ground.errors import FairpoolError
from fairpool.sharing.bargaining.newton_step import Aim, Point, Products, Programs, linearise
from fairpool.sharing.bargaining.scaling import gains, penalties_of, weighted_gap, without
from fairpool.sharing.tolerances import ACCEPTED, LOST, NEGLIGIBLE, TARGET, TIDY, VIOLATION

MOST_STEPS = 100
LEAST_REDUCTION = 0.01  # of beta in one step
SHORT_OF_THE_BOUNDARY = 0.99
LEAST_PRODUCT = 0.01  # of its target, below which a product x z or lambda s is raised


@dataclass(frozen=True, slots=True, eq=False)
class Solutions:
    """Plans (b, m, d) with what certifies them.

    gains, multipliers: float64 (b, m), true gains and lambda
    gap: float64 (b,), a bound on the relative distance to the optimum; infinite where the plan is no answer
    """

    samples: Floats
    gains: Floats
    multipliers: Floats
    gap: Floats


def start_for_level(programs: Programs, x: Floats) -> Point:
    """A LEVEL below all gains makes any plan with positive amounts a start: float64 (b, m, d)."""
    g = gains(programs.scaled, programs.headroom, x)
    level = (g / programs.weights).min(axis=1)
    level = level - np.maximum(1.0 / programs.weights.max(axis=1), 0.5 * np.abs(level))
    slack = g - programs.weights * level[:, None]
    beta = 1.0 / (programs.weights / slack).sum(axis=1)
    return _central(programs, x, level, slack, beta)


def start_inside(programs: Programs, x: Floats) -> Point:
    """A plan that leaves every agent better off: float64 (b, m, d) with positive gains."""
    slack = gains(programs.scaled, programs.headroom, x)
    point = _central(programs, x, np.zeros(len(x)), slack, np.full(len(x), 0.1))
    return replace(point, multipliers=1.0 / slack) if programs.aim is Aim.PRODUCT else point


def _central(programs: Programs, x: Floats, level: Floats, slack: Floats, beta: Floats) -> Point:
    reduced = np.where(programs.scaled.allowed, beta[:, None, None], 1.0)
    reduced = reduced / np.where(programs.scaled.allowed, x, 1.0)
    return Point(x, level, slack, beta[:, None] / slack, reduced)


def solve(programs: Programs, start: Point, target: float = TARGET) -> Solutions:
    """Plans whose relative gap is at most ``target``; programs that are solved leave the batch.

    Cost: 10 to 40 steps of O(b (m d^2 + d^3)).  Raises FairpoolError when a program is not solved.
    """
    best = _certified(programs, start.samples, start.multipliers)
    left, searching, point = np.arange(len(start.level)), programs, start
    with np.errstate(all="ignore"):  # a search that rounding has led astray ends in not-a-numbers
        for _ in range(MOST_STEPS):
            going = (best.gap[left] > target) & np.isfinite(point.slack).all(axis=1)
            if not going.any():
                break
            left, searching = left[going], searching.only(going)
            point = _advanced(searching, point.only(going))
            _keep_better(best, left, _certified(searching, point.samples, point.multipliers))
    return _checked(best, max(target, ACCEPTED))


def _keep_better(best: Solutions, where: NDArray[np.int64], found: Solutions) -> None:
    """Overwrite ``best`` at ``where`` by what was ``found``, if that is no worse."""
    better = found.gap <= best.gap[where]
    for field in fields(Solutions):
        getattr(best, field.name)[where[better]] = getattr(found, field.name)[better]


def without_negligible_amounts(programs: Programs, solutions: Solutions) -> Solutions:
    """The same plans with as many negligible amounts set to zero as leaves them certified to TIDY.

    A plan that cannot be had that well is left as it is.
    """
    for negligible in NEGLIGIBLE:
        found = _certified(
            programs, without(solutions.samples, negligible), solutions.multipliers, 0.1 * TIDY
        )
        if (found.gap <= np.maximum(solutions.gap, TIDY)).all():
            return found
    return solutions


def _checked(best: Solutions, accepted: float) -> Solutions:
    worst = best.gap.max()
    if worst > accepted:
        raise FairpoolError(
            f"the interior-point method came within {worst:.1e} of the best plan, relatively, but not within "
            f"{accepted:.0e}: the agents can gain so little from each other, or their costs are so far apart, "
            "that double precision does not tell plans apart"
        )
    return best


def _certified(programs: Programs, x: Floats, multipliers: Floats, missed: float = VIOLATION) -> Solutions:
    g = gains(programs.scaled, programs.headroom, x)
    gap = _gap(programs, x, g, multipliers)
    with np.errstate(invalid="ignore", divide="ignore"):
        relative = np.where(_is_answer(programs, g, missed), gap / _yardstick(programs, x, g), np.inf)
    return Solutions(x.copy(), g, multipliers.copy(), np.where(np.isnan(relative), np.inf, relative))


def _is_answer(programs: Programs, g: Floats, missed: float) -> NDArray[np.bool_]:
    return g.min(axis=1) > (-missed if programs.aim is Aim.PENALTY else 0.0)


def _yardstick(programs: Programs, x: Floats, g: Floats) -> Floats:
    """What the gap is relative to: float64 (b,)."""
    match programs.aim:
        case Aim.PENALTY:
            smaller = np.minimum(penalties_of(programs.scaled, x), g)
            return (programs.weights * smaller).sum(axis=1)
        case Aim.LEVEL:
            return (g / programs.weights).min(axis=1)
        case Aim.PRODUCT:
            return np.ones(len(x))


def _gap(programs: Programs, x: Floats, g: Floats, multipliers: Floats) -> Floats:
    """The certified gap, absolutely: float64 (b,)."""
    if programs.aim is Aim.PRODUCT:
        with np.errstate(invalid="ignore", divide="ignore"):
            y = multipliers * g
            return weighted_gap(programs.scaled, x, multipliers) + (y - 1.0 - np.log(y)).sum(axis=1)
    if programs.aim is Aim.LEVEL:
        multipliers = multipliers / (programs.weights * multipliers).sum(axis=1)[:, None]
    level = (g / programs.weights).min(axis=1) if programs.aim is Aim.LEVEL else np.zeros(len(x))
    slack = g - programs.stakes * level[:, None]
    mu = programs.costs_of_penalty + multipliers
    return weighted_gap(programs.scaled, x, mu) + (multipliers * np.abs(slack)).sum(axis=1)


def _advanced(programs: Programs, point: Point) -> Point:
    """One step: predict, correct, and go almost as far as signs allow."""
    g = gains(programs.scaled, programs.headroom, point.samples)
    system = linearise(programs, point, point.slack - (g - programs.stakes * point.level[:, None]))
    fixed_rows = programs.aim is Aim.PRODUCT
    ahead = system.step(Products(np.zeros_like(point.samples), np.full_like(point.slack, float(fixed_rows))))
    reach = np.minimum(1.0, _reach(point, ahead))
    beta = np.maximum((1.0 - reach) ** 2, LEAST_REDUCTION) * _barrier(programs, point, g)
    squared = reach**2
    rows = np.ones_like(point.slack) if fixed_rows else np.repeat(beta[:, None], point.slack.shape[1], axis=1)
    towards = Products(
        beta[:, None, None] - squared[:, None, None] * ahead.samples * ahead.reduced,
        rows - squared[:, None] * ahead.slack * ahead.multipliers,
    )
    step = system.step(towards)
    length = np.minimum(1.0, SHORT_OF_THE_BOUNDARY * _reach(point, step))
    moved = _with_true_gains(programs, point, step, length) if fixed_rows else point.moved(step, length)
    return _centred(moved, beta[:, None, None], rows)


def _centred(point: Point, entries: Floats, rows: Floats) -> Point:
    """``point`` with z and lambda raised where a product has run far ahead of its target.

    Such an x or s is so near its boundary that all steps would end there; raising its price drives it away.
    """
    return replace(
        point,
        multipliers=np.maximum(point.multipliers, LEAST_PRODUCT * rows / point.slack),
        reduced=np.where(
            point.samples > 0.0,
            np.maximum(
                point.reduced, LEAST_PRODUCT * entries / np.where(point.samples > 0.0, point.samples, 1.0)
            ),
            point.reduced,
        ),
    )


def _barrier(programs: Programs, point: Point, g: Floats) -> Floats:
    """The mean product x z and lambda s, or the certified gap a product where that is larger: float64 (b,)."""
    products = np.where(programs.scaled.allowed, point.samples * point.reduced, 0.0).sum(axis=(1, 2))
    count = int(programs.scaled.allowed.sum())
    if programs.aim is not Aim.PRODUCT:
        products = products + (point.slack * point.multipliers).sum(axis=1)
        count += point.slack.shape[1]
    weight = (programs.costs_of_penalty + point.multipliers).sum(axis=1)
    mean = np.maximum(products, _gap(programs, point.samples, g, point.multipliers)) / count
    return np.maximum(mean, LOST * weight)


def _reach(point: Point, step: Point) -> Floats:
    """How far along ``step`` all of x, z, s and lambda stay positive: float64 (b,), infinite if for ever."""
    reaches = []
    for name in ("samples", "reduced", "slack", "multipliers"):
        value, change = getattr(point, name), getattr(step, name)
        falling = np.where(change < 0.0, -change, 1.0)
        reach = np.where(change < 0.0, value / falling, np.inf)
        reaches.append(reach.reshape(len(value), -1).min(axis=1))
    return np.min(reaches, axis=0)


def _with_true_gains(programs: Programs, point: Point, step: Point, length: Floats) -> Point:
    """A step of a PRODUCT, shortened until the true gains keep a hundredth of what the linear model promises."""
    for _ in range(MOST_STEPS):
        moved = point.moved(step, length)
        g = gains(programs.scaled, programs.headroom, moved.samples)
        short = (g < 0.01 * np.minimum(point.slack, moved.slack)).any(axis=1)
        if not short.any():
            break
        length = np.where(short, 0.6 * length, length)
    return replace(moved, slack=g)
