"""Cross-check collected data and corrupt accordingly: the releases of C3D and its relatives.

Z_i    ``clean`` rows drawn without replacement from the others' submissions
eta^2  alpha^2 (mean(Y_i) - mean(Z_i))^2, per coordinate
Z'_i   the others' remaining rows, each with independent N(0, eta^2) in every coordinate
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from fairpool.ground.arrays import Floats
from fairpool.sharing.chance_of_release import AgentDraw, ReleaseChance
from fairpool.sharing.release import Release, nothing_released, with_others


def cross_checked(
    rows: Sequence[Floats],
    *,
    clean: int,
    alpha: float | None,
    weight: Callable[[Floats], Floats],
    chance: ReleaseChance,
) -> Iterator[Release]:
    """A release for every agent, one at a time; nothing for one that submitted nothing, nor where alpha is None.

    rows: float64 (rows_i, d) each; where the others have fewer than ``clean`` rows all of them are clean.  ``weight``
    gives that of a corrupted row from eta^2, (d,) -> (d,).  Every agent has chance of its own, so what one agent is
    given does not depend on how many rows another one submitted.  Cost: every row is copied m - 1 times.
    """
    draws = chance.draws(rows)
    for i, (own, others) in enumerate(with_others(rows)):
        if alpha is None or len(own) == 0 or len(others) == 0:
            yield nothing_released(others.shape[1])
        else:
            yield _released(own, others, max(1, clean), alpha, weight, draws.of(i))


def _released(
    own: Floats,
    others: Floats,
    clean: int,
    alpha: float,
    weight: Callable[[Floats], Floats],
    draw: AgentDraw,
) -> Release:
    came_clean, rest = draw.split(clean)
    drawn = others[came_clean]
    noise_variance = draw.judged(came_clean, (alpha * (own.mean(axis=0) - mean_of(drawn))) ** 2)
    corrupted = others[rest] + np.sqrt(noise_variance) * draw.noise(rest, others.shape[1])
    return Release(drawn, corrupted, noise_variance, weight(noise_variance))


def mean_of(clean: Floats) -> Floats:
    """Of the clean rows, by coordinate; nan where none of them is handed in any more: the agent was judged before."""
    return clean.mean(axis=0) if len(clean) else np.full(clean.shape[1], np.nan)
