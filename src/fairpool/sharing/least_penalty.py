"""The plan of the least penalty that corruption can enforce: this project's tuning of C3D.

In units of a = sigma/sqrt(c) (samples) and sigma sqrt(c) (penalty) the problem depends on the number m of agents only:
choose n and z with n + z < a < m n; alpha follows from the first-order condition, and the penalty from alpha.

Bound for z = n (docs/theory/sharing.md): error <= 2 c n + sigma^2/(m n), so n = n*/sqrt(3) has a social penalty of at
most sqrt(3) times the optimum, where the published n = n* has 2.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from fairpool.sharing.corruption import corruption_level, expected_error

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


def _amounts(first: np.ndarray, second: np.ndarray, agents: int) -> tuple[np.ndarray, np.ndarray]:
    """The unit square onto all n in (1/m, 1) and z in (0, min(1 - n, (m-1) n)), logarithmic in n."""
    samples = agents ** (first - 1.0)
    return samples, second * np.minimum(1 - samples, (agents - 1) * samples)


def _penalties(first: np.ndarray, second: np.ndarray, agents: int) -> np.ndarray:
    samples, clean = np.broadcast_arrays(*_amounts(first, second, agents))
    inside = (first > 0) & (first < 1) & (second > 0) & (second < 1)
    penalty = np.full(samples.shape, np.nan)
    n, z = samples[inside], clean[inside]
    w = (agents - 1) * n - z
    alpha = corruption_level(n, z, w, 1.0, sigma=1.0)
    penalty[inside] = expected_error(n, z, w, alpha, sigma=1.0) + n
    return penalty
