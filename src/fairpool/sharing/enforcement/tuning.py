"""The plan of the least penalty that corruption can enforce: this project's tuning of C3D.

In units of a = sigma/sqrt(c) (samples) and sigma sqrt(c) (penalty) the problem depends on the number m of agents only:
choose n and z with n + z < a < m n; alpha follows from the first-order condition, and the penalty from alpha.

Bound for z = n (docs/theory/sharing.md): error <= 2 c n + sigma^2/(m n), so n = n*/sqrt(3) has a social penalty of at
most sqrt(3) times the optimum, where the published n = n* has 2.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from fairpool.ground.arrays import Floats
from fairpool.sharing.enforcement.corruption import corruption_level, expected_error

_POINTS = 41
_ROUNDS = 9  # each looks at the two cells around the best point: a tenth of the interval and less


@lru_cache(maxsize=256)
def least_penalty(agents: int) -> tuple[float, float]:
    """(n, z) in units of sigma/sqrt(c), to about 1e-6; a search on a grid that closes in on the best point.

    The penalty is smooth and, as far as tested, has one minimum.  Cost: 9 x 41^2 solutions for alpha, under a second.
    """
    lower, upper = np.array([0.0, 0.0]), np.array([1.0, 1.0])
    for _ in range(_ROUNDS):
        first, second = (np.linspace(low, high, _POINTS) for low, high in zip(lower, upper, strict=True))
        place = np.unravel_index(
            np.nanargmin(_penalties(first[:, None], second[None, :], agents)), (_POINTS, _POINTS)
        )
        centre = np.array([first[place[0]], second[place[1]]])
        reach = 2 * (upper - lower) / (_POINTS - 1)
        lower, upper = np.maximum(centre - reach, 0), np.minimum(centre + reach, 1)
    samples, clean = _amounts(centre[0], centre[1], agents)
    return float(samples), float(clean)


def least_penalty_in_whole(agents: int, alone: float, samples: float, clean: float) -> tuple[float, float]:
    """Whole n and z of the least penalty, near ``samples`` and ``clean``; ``alone`` is sigma/sqrt(c).

    For small amounts every pair is tried, for large ones those near the plan in real numbers, in steps of about 3 %.
    Returns amounts that nothing enforces (n + z >= alone) where there is no other pair.
    """
    n, z = (one.ravel() for one in np.meshgrid(_whole_near(samples, alone), _whole_near(clean, alone)))
    w = (agents - 1) * n - z
    alpha = corruption_level(n, z, np.maximum(w, 0.0), 1 / alone**2, sigma=1.0)
    penalty = expected_error(n, z, np.maximum(w, 0.0), alpha, sigma=1.0) + n / alone**2
    best = int(np.argmin(np.where((w < 0) | np.isnan(alpha), np.inf, penalty)))
    return float(n[best]), float(z[best])


def _whole_near(amount: float, alone: float) -> Floats:
    step = max(1.0, np.floor(0.03 * amount))
    reach = 40 if amount < 40 else 10
    near = np.floor(amount) + step * np.arange(-reach, reach + 1)
    return np.unique(np.append(near[(near >= 1) & (near <= max(1.0, alone))], np.ceil(amount)))


def _amounts(first: Floats, second: Floats, agents: int) -> tuple[Floats, Floats]:
    """The unit square onto all n in (1/m, 1) and z in (0, min(1 - n, (m-1) n)), logarithmic in n."""
    samples = agents ** (first - 1.0)
    return samples, second * np.minimum(1 - samples, (agents - 1) * samples)


def _penalties(first: Floats, second: Floats, agents: int) -> Floats:
    samples, clean = np.broadcast_arrays(*_amounts(first, second, agents))
    inside = (first > 0) & (first < 1) & (second > 0) & (second < 1)
    penalty = np.full(samples.shape, np.nan)
    n, z = samples[inside], clean[inside]
    w = (agents - 1) * n - z
    alpha = corruption_level(n, z, w, 1.0, sigma=1.0)
    penalty[inside] = expected_error(n, z, w, alpha, sigma=1.0) + n
    return penalty
