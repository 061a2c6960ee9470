"""What agents submitted, put side by side: counts, means, and how far each lies from the others.

z_ik = (mean(Y_ik) - mean(Y_-ik)) / (sigma sqrt(1/n_ik + 1/N_-ik)) is standard normal for an honest agent.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fairpool.ground.arrays import Float, Floats


@dataclass(frozen=True, slots=True, eq=False)
class Collected:
    """What m agents submitted, per column; float64 (m, d).

    counts, means          an agent's own (nan without samples)
    other_counts, others   the same of all others' samples together
    """

    counts: Floats
    means: Floats
    other_counts: Floats
    others: Floats

    @classmethod
    def of(cls, samples: Sequence[Float[Floats, "rows columns"]]) -> Collected:
        """Every agent's rows, nan where there is no sample."""
        counts = np.array([(~np.isnan(one)).sum(axis=0) for one in samples], dtype=np.float64)
        sums = np.array([np.nansum(one, axis=0) for one in samples])
        other_counts, other_sums = counts.sum(axis=0) - counts, sums.sum(axis=0) - sums
        with np.errstate(divide="ignore", invalid="ignore"):
            return cls(counts, sums / counts, other_counts, other_sums / other_counts)

    def distances(self, sigma: float) -> Float[Floats, "agents columns"]:
        """Own mean less the others', in standard errors under honesty; nan without either."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return (self.means - self.others) / (sigma * np.sqrt(1 / self.counts + 1 / self.other_counts))

    def errors_alone(self, sigma: float) -> Float[Floats, "agents columns"]:
        """The standard error of the own mean; inf without a sample."""
        with np.errstate(divide="ignore"):
            return sigma / np.sqrt(self.counts)


def by_column(samples: Sequence[Float[Floats, "rows columns"]]) -> list[list[Float[Floats, " rows"]]]:
    """For every column the agents' samples, without the gaps."""
    columns = range(samples[0].shape[1])
    return [[one[~np.isnan(one[:, k]), k] for one in samples] for k in columns]
