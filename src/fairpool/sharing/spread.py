"""Does the spread of the samples fit the sigma that was agreed on?

s^2   pooled variance within agents: sum over agents and rows of (x - mean_i)^2 over sum of (n_i - 1)
      agents may differ in their means (a submission may be made up), so means are not pooled
chi^2 nu s^2/sigma^2 has the chi-squared law with nu degrees of freedom for normal data of standard deviation sigma

A sigma is refused where it is off by more than a factor of two and chance does not explain it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import chi2

from fairpool.ground.arrays import Float, Floats
from fairpool.ground.errors import InputError
from fairpool.sharing.collected import by_column

MOST_WRONG = 2.0  # factor between sigma and what is measured
CHANCE = 1e-6


@dataclass(frozen=True, slots=True)
class Spread:
    """Standard deviation within agents of one coordinate; nan without degrees of freedom."""

    deviation: float
    degrees: int

    def contradicts(self, sigma: float, *, upper_bound: bool = False) -> bool:
        """Whether sigma is wildly wrong; as an upper bound it may be too large."""
        if self.degrees == 0:
            return False
        factor = self.deviation / sigma
        statistic = self.degrees * factor**2
        too_small = factor > MOST_WRONG and chi2.sf(statistic, self.degrees) < CHANCE
        too_large = factor < 1 / MOST_WRONG and chi2.cdf(statistic, self.degrees) < CHANCE
        return bool(too_small or (too_large and not upper_bound))


def spread_within(samples: Sequence[Floats]) -> Spread:
    """Of one coordinate: the agents' samples, float64 (rows_i,) each."""
    squares = sum(float(((one - one.mean()) ** 2).sum()) for one in samples if len(one) > 1)
    degrees = sum(max(0, len(one) - 1) for one in samples)
    return Spread(float(np.sqrt(squares / degrees)) if degrees else float("nan"), degrees)


def spreads(samples: Sequence[Float[Floats, "rows columns"]]) -> list[Spread]:
    """Within agents, of every column."""
    return [spread_within(one) for one in by_column(samples)]


def refuse_wrong_sigma(
    samples: Sequence[Float[Floats, "rows columns"]],
    sigma: float,
    *,
    names: Sequence[str],
    upper_bound: bool = False,
) -> None:
    """InputError that names the column, the sigma got and the one measured; samples: every agent's rows."""
    for name, spread in zip(names, spreads(samples), strict=True):
        if spread.contradicts(sigma, upper_bound=upper_bound):
            raise InputError(
                f"sigma: got {sigma:g}, but samples of {name!r} have a standard deviation of {spread.deviation:.4g} "
                f"within agents ({spread.degrees} degrees of freedom); expected about that, or data in other units"
            )
