"""What an agent's estimate is worth when rows come back corrupted: exact formulas, one mean, normal data.

t       ``own``        samples the agent holds (X_i)
z       ``clean``      the others' samples it gets as they are (Z_i)
w       ``corrupted``  the others' samples it gets with noise of variance eta^2 (Z'_i)
eta^2   alpha^2 (mean(Y_i) - mean(Z_i))^2
T       t + z + w

The recommended estimator weighs own and clean samples 1 and corrupted ones 1/(1 + eta^2/sigma^2).  Given X_i and Z_i it
is the posterior mean under a flat prior, with variance

    sigma^2 / (t + z + w / (1 + eta^2/sigma^2)).

An agent that submits its sample mean plus an independent N(shift, jitter) sees mean(Y) - mean(Z) ~ N(shift, s^2) with
s^2 = sigma^2 (1/t + 1/z) + jitter, independent of the mean of its own and clean samples.  With A = t + z,
q = (A + w) sigma^2 / (A alpha^2 s^2) and X ~ N(0, 1) the expected squared error is

    sigma^2 (1/(A + w) + w / (A (A + w)) (1 - F)),     F = E q / (q + (X + shift/s)^2),

and F is a Voigt profile: sqrt(pi q/2) Re w((shift/s + i sqrt q)/sqrt 2) with the Faddeeva function w; for shift = 0,
sqrt(pi) u erfcx(u) with u = sqrt(q/2).  No quadrature is left to do (the tests do it, to check).

The equation G(alpha) = 0 of [CZK23] and [CCZK25] is the first-order condition d error/d t = -c at t = n, z = n; here z
may be any number.  Exact for normal data; everything broadcasts over arrays.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import elementwise
from scipy.special import erfcx, wofz

from fairpool.ground.arrays import Floats
from fairpool.sharing.tolerances import FREE

_SERIES_FROM = 30.0  # beyond this u the closed form of dF/du loses more digits than four terms of its series
_DECADES = (-9.0, 13.0)  # alpha / sqrt(n) that are searched for the first-order condition
_POINTS_A_DECADE = 4


def expected_error(
    own: ArrayLike,
    clean: ArrayLike,
    corrupted: ArrayLike,
    alpha: ArrayLike,
    *,
    sigma: float,
    shift: ArrayLike = 0.0,
    jitter: ArrayLike = 0.0,
) -> Floats:
    """E (h - mu)^2 of an agent that holds ``own`` samples and submits their mean plus N(shift, jitter).

    shift in units of the data, jitter a variance.  own = 0 is the worst case over the true mean of any submission
    that was made without a sample: corrupted rows tell nothing, and sigma^2/clean is left.
    """
    t, z, w, alpha, shift, jitter = (
        np.asarray(one, dtype=np.float64) for one in (own, clean, corrupted, alpha, shift, jitter)
    )
    A = t + z
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = sigma**2 * (1 / t + 1 / z) + jitter
        q = np.where(alpha == 0, np.inf, (A + w) * sigma**2 / (A * alpha**2 * spread))
        loss = np.where(w > 0, w / (A * (A + w)) * (1 - _share_kept(q, shift / np.sqrt(spread))), 0.0)
        error: Floats = sigma**2 * (1 / (A + w) + loss)
    return error


def marginal_error(own: Floats, clean: Floats, corrupted: Floats, alpha: Floats, *, sigma: float) -> Floats:
    """d error / d own for an honest agent: what one more sample takes off the expected squared error (negative)."""
    A, T = own + clean, own + clean + corrupted
    q = T * own * clean / (A * alpha) ** 2
    lost, slope = _voigt_at_zero(q)
    steepness = 1 / T + 1 / own - 2 / A  # d log q / d own
    return -(sigma**2) * (lost / A**2 + (1 - lost) / T**2 + corrupted / (A * T) * slope * q * steepness)


def corruption_level(
    own: ArrayLike, clean: ArrayLike, corrupted: ArrayLike, cost: ArrayLike, *, sigma: float
) -> Floats:
    """The least alpha that makes ``own`` samples an honest agent's best choice; nan where no alpha does.

    Solves d error/d t + cost = 0 at t = own: G(alpha) = 0 of the papers for clean = own.  The penalty is convex in t
    (the precision is concave in t for every draw, and one over a positive concave function is convex), so a root is the
    agent's global optimum.  There is one if own + clean < sigma/sqrt(cost) < T: between no corruption and total
    corruption the agent passes from wanting fewer samples to wanting more.  alpha is 0 where sigma/sqrt(cost) = T.
    Elsewhere the result is nan: no plan goes there (for clean > own there may be a pair of roots even so).

    Raises nothing.  Cost: 90 evaluations of two special functions, then about 10 steps of Chandrupatla's method.
    """
    t, z, w, c = np.broadcast_arrays(
        *(np.asarray(one, dtype=np.float64) for one in (own, clean, corrupted, cost))
    )
    shape = t.shape
    t, z, w, c = (one.ravel() for one in (t, z, w, c))
    found = np.full(t.shape, np.nan)
    free = np.isclose(t + z + w, sigma / np.sqrt(c), rtol=FREE, atol=0.0)
    found[free] = 0.0
    possible = (t + z < sigma / np.sqrt(c)) & (sigma / np.sqrt(c) < t + z + w) & ~free
    if possible.any():
        t, z, w, c = t[possible], z[possible], w[possible], c[possible]
        bracket = _first_bracket(t, z, w, c, sigma)
        result = elementwise.find_root(_excess, bracket, args=(t, z, w, c, np.full(1, sigma)))
        found[possible] = np.exp(result.x) * np.sqrt(t)
    return found.reshape(shape)


def _excess(log_level: Floats, t: Floats, z: Floats, w: Floats, c: Floats, sigma: Floats) -> Floats:
    """The slope of the penalty at t, in units of the cost, as a function of log(alpha/sqrt(t))."""
    marginal = marginal_error(t, z, w, np.exp(log_level) * np.sqrt(t), sigma=1.0)
    return 1 + sigma**2 * marginal / c


def _first_bracket(t: Floats, z: Floats, w: Floats, c: Floats, sigma: float) -> tuple[Floats, Floats]:
    """The first interval of a logarithmic grid in which the slope of the penalty turns negative; nan where none."""
    first, last = _DECADES
    grid = np.linspace(first, last, 1 + int((last - first) * _POINTS_A_DECADE)) * np.log(10)
    start, stop = np.full(t.shape, np.nan), np.full(t.shape, np.nan)
    before = _excess(np.full(t.shape, grid[0]), t, z, w, c, np.full(1, sigma))
    for lower, upper in pairwise(grid):
        now = _excess(np.full(t.shape, upper), t, z, w, c, np.full(1, sigma))
        turns = np.isnan(start) & (before > 0) & (now <= 0)
        start[turns], stop[turns] = lower, upper
        before = now
    return start, stop


def _share_kept(q: Floats, distance: ArrayLike) -> Floats:
    """F = E q / (q + (X + distance)^2): 1 without corruption, 0 when it drowns everything."""
    distance = np.asarray(distance, dtype=np.float64)
    root = np.sqrt(q)
    profile = np.sqrt(np.pi / 2) * root * wofz((distance + 1j * root) / np.sqrt(2)).real
    return np.where(np.isposinf(q), 1.0, np.where(q > 0, profile, 0.0))


def _voigt_at_zero(q: Floats) -> tuple[Floats, Floats]:
    """1 - F at distance 0, and dF/dq."""
    u = np.sqrt(q / 2)
    scaled = np.sqrt(np.pi) * erfcx(u)
    v = 1 / np.maximum(u, 1.0) ** 2
    far = u > _SERIES_FROM
    lost = np.where(far, v * (1 / 2 - v * (3 / 4 - v * (15 / 8 - v * 105 / 16))), 1 - u * scaled)
    series = v * np.sqrt(v) * (1 - v * (3 - v * (45 / 4 - v * 105 / 2)))
    return lost, np.where(far, series, scaled * (1 + 2 * u**2) - 2 * u) / (4 * u)
