"""Cross-check collected data and corrupt accordingly: the releases of C3D and its relatives.

Z_i    ``clean`` rows drawn without replacement from the others' submissions
eta^2  alpha^2 (mean(Y_i) - mean(Z_i))^2, per coordinate
Z'_i   the others' remaining rows, each with independent N(0, eta^2) in every coordinate
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from fairpool.ground.arrays import Floats
from fairpool.sharing.release import Release, nothing_released, with_others


def cross_checked(
    rows: Sequence[Floats],
    *,
    clean: int,
    alpha: float | None,
    weight: Callable[[Floats], Floats],
    rng: np.random.Generator,
) -> tuple[Release, ...]:
    """A release for every agent; nothing for one that submitted nothing, and nothing at all where alpha is None.

    rows: float64 (rows_i, d) each; where the others have fewer than ``clean`` rows all of them are clean.  ``weight``
    gives that of a corrupted row from eta^2, (d,) -> (d,).  Every agent has a stream of chance of its own, so what one
    agent is given does not depend on how many rows another one submitted.  Cost: every row is copied m - 1 times.
    """
    streams = rng.spawn(len(rows))
    return tuple(
        _released(own, others, clean, alpha, weight, stream)
        for (own, others), stream in zip(with_others(rows), streams, strict=True)
    )


def _released(
    own: Floats,
    others: Floats,
    clean: int,
    alpha: float | None,
    weight: Callable[[Floats], Floats],
    rng: np.random.Generator,
) -> Release:
    if alpha is None or len(own) == 0 or len(others) == 0:
        return nothing_released(others.shape[1])
    drawn, rest = drawn_apart(others, clean, rng=rng)
    noise_variance = (alpha * (own.mean(axis=0) - drawn.mean(axis=0))) ** 2
    corrupted = rest + np.sqrt(noise_variance) * rng.standard_normal(rest.shape)
    return Release(drawn, corrupted, noise_variance, weight(noise_variance))


def drawn_apart(rows: Floats, size: int, *, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """``size`` rows drawn without replacement (at least one, all where there are fewer), and the others."""
    order = rng.permutation(len(rows))
    size = max(1, size)
    return rows[order[:size]], rows[order[size:]]
