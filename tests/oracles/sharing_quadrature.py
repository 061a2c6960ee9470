"""Sharing among equal agents, the slow way: penalties as integrals, algorithm 1 of [CZK23] as a loop over rows.

Written from the paper and first principles.  An honest agent with t samples and z clean ones has a flat-prior posterior
with precision (t + z)/sigma^2 + w/(sigma^2 + eta^2); eta = alpha |mean(Y) - mean(Z)|, and the difference is normal and
independent of the weighted mean of X and Z.  So every error is the integral of 1/precision over one normal variable.

Integrals are Gauss-Legendre sums on panels that shrink around the dip of width sigma/(alpha s): every term is positive,
so they keep 13 digits and more for alpha from 1e-8 to 1e8.
"""

from __future__ import annotations

import itertools

import numpy as np
from scipy.integrate import quad
from scipy.special import erfcx

NODES, WEIGHTS = np.polynomial.legendre.leggauss(24)
FAR = 38.0  # beyond, the normal density is below 1e-313
EVEN = np.arange(-FAR, FAR + 0.5)


def normal_integral(f, *, centre=0.0, width=1.0):
    """E f(X), X ~ N(0, 1), of a function with a feature of size ``width`` at ``centre``; f is vectorised."""
    widths = width * 2.0 ** np.arange(-3, 1 + max(0, np.ceil(np.log2(2 * FAR / width))))
    edges = np.unique(np.clip(np.concatenate((EVEN, centre - widths, centre + widths, [centre])), -FAR, FAR))
    half, middle = np.diff(edges)[:, None] / 2, (edges[1:] + edges[:-1])[:, None] / 2
    x = middle + half * NODES
    return float(np.sum(half * WEIGHTS * np.exp(-(x**2) / 2) * f(x)) / np.sqrt(2 * np.pi))


def error(t, z, w, alpha, *, sigma=1.0, shift=0.0, jitter=0.0):
    """E (h - mu)^2 of an agent with t own, z clean and w corrupted samples that submits its mean + N(shift, jitter)."""
    if w == 0 or alpha == 0:
        return sigma**2 / (t + z + w)
    if t == 0:  # any submission, the worst mean: the corrupted rows drown
        return sigma**2 / z
    s = np.sqrt(sigma**2 / t + sigma**2 / z + jitter)
    return normal_integral(
        lambda x: 1 / ((t + z) / sigma**2 + w / (sigma**2 + alpha**2 * (shift + s * x) ** 2)),
        centre=-shift / s,
        width=sigma / (alpha * s),
    )


def marginal(t, z, w, alpha, *, sigma=1.0):
    """d error/d t of an honest agent; under the integral, where both parts of the rising precision are positive."""
    g, fall = alpha**2 * (1 / t + 1 / z), alpha**2 / t**2
    return -normal_integral(
        lambda x: sigma**2 * (1 + w * fall * x**2 / (1 + g * x**2) ** 2) / (t + z + w / (1 + g * x**2)) ** 2,
        width=1 / np.sqrt(g),
    )


def penalty(t, z, w, alpha, *, sigma, cost):
    return error(t, z, w, alpha, sigma=sigma) + cost * t


def adaptive_error(t, z, w, alpha, *, sigma=1.0):
    """The same as `error` for an honest agent, by another integrator (scipy's adaptive one)."""
    s = sigma * np.sqrt(1 / t + 1 / z)

    def at(x):
        return np.exp(-(x**2) / 2) / ((t + z) / sigma**2 + w / (sigma**2 + (alpha * s * x) ** 2))

    return (
        2
        * quad(at, 0, FAR, epsabs=0, epsrel=1e-11, limit=500, points=[1 / (alpha * s), 1.0, 5.0])[0]
        / (np.sqrt(2 * np.pi))
    )


def printed_g(alpha, *, agents, sigma, cost):
    """G_m(alpha) as the reference prints it, and the size of its larger term."""
    m, n = agents, sigma / np.sqrt(cost * agents)
    first = ((m - 4) / (m - 2) * 4 * alpha**2 / n - 1) * 4 * alpha / np.sqrt(m * n)
    second = (4 * (m + 1) * alpha**2 / (m * n) - 1) * np.sqrt(2 * np.pi)
    second = second * erfcx(np.sqrt(m * n) / (2 * np.sqrt(2) * alpha))  # exp(x^2) Erfc(x)
    return first - second, np.maximum(np.abs(first), np.abs(second))


def algorithm_1(submissions, *, clean, alpha, rng):
    """(Z_i, Z'_i, eta_i^2) of every agent, row after row; rows are lists of floats, one coordinate."""
    found = []
    for i, own in enumerate(submissions):
        others = [x for j, one in enumerate(submissions) if j != i for x in one]
        rng.shuffle(others)
        drawn, rest = others[:clean], others[clean:]
        eta_squared = alpha**2 * (sum(own) / len(own) - sum(drawn) / len(drawn)) ** 2
        noisy = [x + eta_squared**0.5 * rng.standard_normal() for x in rest]
        found.append((drawn, noisy, eta_squared))
    return found


def recommended(own, drawn, noisy, eta_squared, *, sigma):
    """Weights 1 on X_i and Z_i, 1/(1 + eta^2/sigma^2) on Z'_i, normalised."""
    top = bottom = 0.0
    for x in itertools.chain(own, drawn):
        top, bottom = top + x, bottom + 1
    for x in noisy:
        w = 1 / (1 + eta_squared / sigma**2)
        top, bottom = top + w * x, bottom + w
    return top / bottom


def within(estimates, truth, *, errors=4.0):
    """Whether the mean of independent ``estimates`` lies within so many standard errors of the truth."""
    estimates = np.asarray(estimates, dtype=np.float64)
    se = estimates.std(ddof=1) / np.sqrt(len(estimates))
    return abs(estimates.mean() - truth) <= errors * se
