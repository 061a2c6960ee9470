"""Sharing among agents with unequal costs, the slow way: from the reading notes of [CCZK25] and first principles.

Penalties are sums over distributions and a release for k depends on submissions for k alone, so all here is about one
agent and one distribution: ``t`` what it collects, ``n`` what the plan asks of it, ``total`` = T_k, ``cost`` = c_ik.

An honest agent with t own samples, n clean ones and w = T - 2 n with noise eta^2 = alpha^2 (mean Y - mean Z)^2 has a
flat-prior posterior of precision (t + n)/sigma^2 + w/(sigma^2 + eta^2), and mean Y - mean Z is normal.

The plan is rebuilt from the four cases of the mechanism, the release is a loop over rows, and a best response is a
search over a grid refined by scipy: nothing is shared with the code under test, whose roles travel as their names.
"""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
from scipy.integrate import quad
from scipy.optimize import brentq, minimize_scalar
from scipy.special import erfcx

ALONE, GETS_MEAN, CHECKED, COLLECTS_FOR_ALL = "ALONE", "GETS_MEAN", "CHECKED", "COLLECTS_FOR_ALL"

# E f(|X|) = integral of f(e^u) e^u density(e^u) du: the trapezoid rule on u is exact to rounding for every scale of f.
_STEP = 0.125
_X = np.exp(np.arange(-38.0, 3.7, _STEP))
_WEIGHT = 2 * _STEP * _X * np.exp(-(_X**2) / 2) / math.sqrt(2 * math.pi)
_REST = 1 - _WEIGHT.sum()  # the mass next to 0


def errors(t, n, w, alpha, *, sigma=1.0):
    """E (h - mu)^2 of honest agents, broadcast over all arguments; sigma^2/n where t = 0 (the worst true mean)."""
    t, n, w, alpha = (np.asarray(one, dtype=np.float64)[..., None] for one in (t, n, w, alpha))
    with np.errstate(divide="ignore", invalid="ignore"):
        squeeze = alpha**2 * (1 / t + 1 / n)
        variance = 1 / (t + n + w / (1 + squeeze * _X**2))
        worst, at_zero = 1 / n[..., 0], 1 / (t + n + w)[..., 0]
    inside = variance @ _WEIGHT + _REST * at_zero
    return sigma**2 * np.where(t[..., 0] > 0, inside, worst)


def adaptive_error(t, n, w, alpha, *, sigma=1.0, shift=0.0, jitter=0.0):
    """The same for one agent by scipy's adaptive quadrature, reporting its mean plus N(shift, jitter)."""
    spread = math.sqrt(sigma**2 * (1 / t + 1 / n) + jitter)

    def at(x):
        eta_squared = alpha**2 * (shift + spread * x) ** 2
        return math.exp(-(x**2) / 2) / ((t + n) / sigma**2 + w / (sigma**2 + eta_squared))

    centre, width = -shift / spread, sigma / (alpha * spread) if alpha else 1.0
    bends = sorted({-38.0, 38.0} | {x for x in _bends(centre, width) if abs(x) < 38})
    pieces = (quad(at, low, high, epsabs=0, epsrel=1e-11, limit=300)[0] for low, high in pairwise(bends))
    return math.fsum(pieces) / math.sqrt(2 * math.pi)


def _bends(centre, width):
    return [-8.0, -3.0, 0.0, 3.0, 8.0] + [centre + f * width for f in (-30, -8, -2, 0, 2, 8, 30)]


def printed_g(alpha, n, total, cost, sigma):
    """G_ik(alpha) as the reference prints it, with |Z'| = T - 2 n, and the size of the larger of its two terms."""
    z = total - 2 * n
    first = 4 * alpha / np.sqrt(total)
    first = first * (4 * alpha**2 * total / (z * n) - 1 - 16 * cost * alpha**2 * total * n / (sigma**2 * z))
    bracket = 4 * alpha**2 / total * (total / n + 1) - 1
    second = bracket * np.sqrt(2 * np.pi) * erfcx(np.sqrt(total / (8 * alpha**2)))  # exp(x^2) Erfc(x)
    return first - second, np.maximum(np.abs(first), np.abs(second))


def root_of_g(n, total, cost, sigma):
    """The alpha at which G changes sign, by bisection on a logarithmic scale; None where it nowhere does."""
    levels = np.exp(np.linspace(math.log(1e-4 * math.sqrt(n)), math.log(1e8 * math.sqrt(total)), 4000))
    value, size = printed_g(levels, n, total, cost, sigma)
    sign = np.sign(np.where(np.abs(value) > 1e-12 * size, value, 0))
    rises = np.flatnonzero((sign[:-1] < 0) & (sign[1:] > 0))
    if not len(rises):
        return None
    return brentq(lambda a: printed_g(a, n, total, cost, sigma)[0], levels[rises[-1]], levels[rises[-1] + 1])


def alone(cost, sigma):
    """min over t of sigma^2/t + c t."""
    return 2 * sigma * np.sqrt(cost)


def alone_in_whole(cost, sigma):
    """The same over t in {1, 2, ...}, by trying all up to well past the real minimiser."""
    if math.isinf(cost):
        return 0, math.inf
    guess = sigma / math.sqrt(cost)
    t = np.arange(max(1, math.floor(guess) - 3), math.ceil(guess) + 4)
    worth = sigma**2 / t + cost * t
    return int(t[worth.argmin()]), float(worth.min())


def penalty(role, t, n, total, alpha, cost, sigma):
    """What an agent of this role expects to lose on k if it collects t (an array) and is honest, as all others are."""
    t = np.asarray(t, dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        paid = np.where(t > 0, cost * t, 0.0)
        if role in (ALONE, COLLECTS_FOR_ALL):
            return sigma**2 / t + paid
        if role == GETS_MEAN:
            return sigma**2 / (total + t) + paid
    return errors(t, n, total - 2 * n, alpha, sigma=sigma) + paid


def best_response(role, n, total, alpha, cost, sigma):
    """(t, penalty) of the best amount: 0, a fine grid up to where cost alone exceeds the plan's penalty, refined."""
    if math.isinf(cost):
        return 0.0, float(penalty(role, 0.0, n, total, alpha, cost, sigma))

    def at(t):
        return penalty(role, t, n, total, alpha, cost, sigma)

    most = float(at(n)) / cost
    grid = np.concatenate(([0.0], most * np.logspace(-9, 0, 90), np.linspace(0, most, 121)[1:], n * LOCAL))
    grid = np.unique(grid)
    worth = at(grid)
    best = int(worth.argmin())
    low, high = grid[max(best - 1, 0)], grid[min(best + 1, len(grid) - 1)]
    found = minimize_scalar(lambda t: float(at(t)), bounds=(low, high), method="bounded")
    return min((float(worth[best]), float(grid[best])), (float(found.fun), float(found.x)))[::-1]


LOCAL = 1 + np.concatenate((-np.logspace(-5, -0.5, 20), np.logspace(-5, 1, 20)))


def best_whole_response(role, n, total, alpha, cost, sigma, *, window=400):
    """The same over {0, 1, 2, ...}: all where few can pay, else the first, a window round n and a sparse rest."""
    if math.isinf(cost):
        return 0, float(penalty(role, 0.0, n, total, alpha, cost, sigma))
    most = math.ceil(float(penalty(role, n, n, total, alpha, cost, sigma)) / cost)
    around = np.arange(max(0, n - window), n + window + 1)
    sparse = np.unique(np.rint(np.logspace(0, math.log10(most + 1), 300)))
    tried = np.unique(np.concatenate(([0], np.arange(min(most, 2 * window)), around, sparse)))
    worth = penalty(role, tried, n, total, alpha, cost, sigma)
    return int(tried[worth.argmin()]), float(worth.min())


def favourable(samples, costs, sigma, *, slack=1e-9):
    """Condition (8) for one distribution: n_i <= a_i <= N for all i; None where rounding could decide either way."""
    alone_amounts = sigma / np.sqrt(costs)  # 0 where the cost is infinite
    excess = max(np.max(samples - alone_amounts), np.max(alone_amounts - samples.sum()))
    return bool(excess <= 0) if abs(excess) > slack * samples.sum() else None if excess else True


def roles(samples, costs, sigma, *, holds):
    """Enforceable amounts and role names of one distribution, from a plan for it: the four cases, one agent at a time.

    holds: whether condition (8) does.
    """
    m = len(samples)
    if not holds:
        cheapest = int(np.argmin(costs))
        amounts = [sigma / math.sqrt(costs[i]) if i == cheapest else 0.0 for i in range(m)]
        return np.array(amounts), [COLLECTS_FOR_ALL if i == cheapest else GETS_MEAN for i in range(m)]
    amounts, names = [], []
    for n, cost in zip(samples, costs, strict=True):
        a = sigma / math.sqrt(cost)
        amounts.append(a if n >= a / 2 and a > 0 else float(n))
        names.append(ALONE if n >= a / 2 and a > 0 else GETS_MEAN if n == 0 else CHECKED)
    return np.array(amounts), names


def released_estimate(rows, i, role, n, alpha, sigma, rng):
    """What agent i is told of one distribution: the mechanism's cases row by row; rows: a list of floats an agent.

    Returns (estimate, eta^2), (nan, 0.0) where there is nothing to average.
    """
    own = list(rows[i])
    others = [x for j, one in enumerate(rows) if j != i for x in one]
    if role in (ALONE, COLLECTS_FOR_ALL):
        return _average(own), 0.0
    if role == GETS_MEAN:
        return _average(others), 0.0
    order = rng.permutation(len(others))
    clean = [others[j] for j in order[:n]]
    rest = [others[j] for j in order[n:]]
    if not own or not clean:
        return _average(clean), math.inf
    eta_squared = alpha**2 * (_average(own) - _average(clean)) ** 2
    top, bottom = math.fsum(own) + math.fsum(clean), len(own) + len(clean)
    weight = 1 / (1 + eta_squared / sigma**2)
    for x in rest:
        top += weight * (x + math.sqrt(eta_squared) * rng.standard_normal())
        bottom += weight
    return top / bottom, eta_squared


def _average(values):
    return math.fsum(values) / len(values) if values else math.nan


def unconstrained_optimum(costs, sigma):
    """min over n of the sum of all penalties, per distribution: the cheapest agent collects sigma sqrt(m/c)."""
    return 2 * sigma * np.sqrt(len(costs)) * np.sqrt(np.min(costs, axis=0))


def penalties(samples, costs, sigma):
    """p_i(n) of everybody for pooling with the sample mean."""
    paid = np.where(samples > 0, np.where(np.isinf(costs), 0.0, costs) * samples, 0.0)
    return (sigma**2 / samples.sum(axis=0)).sum() + paid.sum(axis=1)


def instance(seed):
    """(costs, sigma) number ``seed``: m up to 20, d up to 10; odd ones are such that condition (8) often holds."""
    r = np.random.default_rng(seed)
    m, d, sigma = int(r.integers(2, 21)), int(r.integers(1, 11)), float(np.exp(r.uniform(-1, 2)))
    kind = KINDS[seed % len(KINDS)]
    match kind:
        case "four orders of magnitude":
            costs = 10.0 ** r.uniform(-4, 0, (m, d))
            costs[r.random((m, d)) < 0.2] = np.inf
            costs[0, np.isinf(costs).all(axis=0)] = 0.01
        case "within thirty percent":
            costs = 10.0 ** r.uniform(-4, -1) * (1 + r.uniform(0.1, 0.3) * r.random((m, 1)))
        case "equal agents":
            costs = np.tile(10.0 ** r.uniform(-4, -1, d), (m, 1))
        case "clinic times group":
            costs = 1e-4 * np.outer(1 + 0.3 * r.random(m), 10.0 ** r.uniform(0, 2, d))
    return costs * sigma**2 if seed % 2 else costs, sigma


KINDS = ("four orders of magnitude", "within thirty percent", "equal agents", "clinic times group")
