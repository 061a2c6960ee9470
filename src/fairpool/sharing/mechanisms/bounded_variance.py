"""C3D for data that are not normal: any distribution with variance at most sigma^2 in each of d coordinates.

alpha^2 = n, and the FIXED weight 1/3 on corrupted rows ([CZK23], high-dimensional case).  What holds:

- Proved for every such distribution: E eta^2 <= 2 sigma^2, own, clean and corrupted means are uncorrelated, so an
  honest agent's squared error is at most 3 sigma^2/((m + 4) n) per coordinate, and the social penalty at n = n* at most
  (3 m/(m + 4) + 1)/2 < 2 times the optimum.
- Proved, if an agent counts on the worst such distribution: no strategy, fabrication included, gains more than the
  factor penalty_bound(n) / min over t of expected_penalty(t): 1.128 (m = 5), 1.033 (m = 100).
- Not proved: the same for one fixed distribution that the agents know.  docs/theory/sharing.md has what was tried, and
  a distribution (two points) for which the factor is larger.

The fixed weight matters: eta is uncorrelated with, but not independent of, the clean mean, so the weight
1/(1 + eta^2/sigma^2) can do worse than its formula on skewed data.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from fairpool.ground.arrays import Floats
from fairpool.sharing.chance_of_release import ReleaseChance
from fairpool.sharing.enforcement.corruption import expected_error
from fairpool.sharing.enforcement.cross_check import cross_checked
from fairpool.sharing.mechanisms.c3d import MOST_AGENTS_ALONE
from fairpool.sharing.mechanisms.row_mechanism import RowMechanism
from fairpool.sharing.release import Release, Submissions
from fairpool.sharing.terms import Plan, SharingTerms
from fairpool.sharing.whole_samples import beside

WEIGHT = 1 / 3  # of a corrupted row: the inverse of 1 + E eta^2/sigma^2 at its largest


@dataclass(frozen=True, slots=True)
class BoundedVariance(RowMechanism):
    """C3D with a fixed weight, for any distribution of bounded variance; made by `of`.

    Parameters
    ----------
    terms : SharingTerms
        What the agents agreed on; sigma is the most that a sample may vary.
    samples : float
        n of every agent.  At most 4 agents share nothing, as in C3D.

    Notes
    -----
    A closed form.

    References
    ----------
    [CZK23], the high-dimensional case.

    Examples
    --------
    >>> from fairpool.sharing import BoundedVariance, SharingTerms
    >>> round(BoundedVariance.of(SharingTerms(10, 1.0, 0.0025)).plan().ratio, 3)
    1.571
    """

    @classmethod
    def of(cls, terms: SharingTerms) -> BoundedVariance:
        few = terms.agents <= MOST_AGENTS_ALONE
        return cls(terms, terms.samples_alone if few else terms.samples_at_optimum)

    def whole(self) -> BoundedVariance:
        """n rounded up: the bound holds for any whole number, and more rows stand for better estimates."""
        return BoundedVariance(self.terms, beside(self.samples)[-1])

    @property
    def alpha(self) -> float | None:
        return None if self.terms.agents <= MOST_AGENTS_ALONE else math.sqrt(self.samples)

    @property
    def corrupted(self) -> float:
        return 0.0 if self.alpha is None else (self.terms.agents - 2) * self.samples

    def plan(self) -> Plan:
        """The penalty is the bound that holds for every distribution, reached when every variance is sigma^2."""
        penalty = float(self.penalty_bound(self.samples))
        truthful = self.alpha is None
        return Plan("bounded-variance", self.terms, self.samples, self.alpha, penalty, truthful, bound=2.0)

    def penalty_bound(self, samples: ArrayLike) -> Floats:
        """Of an honest agent with ``samples`` and the recommended estimator, for any distribution allowed."""
        t = np.asarray(samples, dtype=np.float64)
        variance, z, w = self.terms.sigma**2, self.samples, self.corrupted
        with np.errstate(divide="ignore"):
            if self.alpha is None:
                error = variance / t
            else:
                noisy = variance + self.alpha**2 * variance * (1 / t + 1 / z)
                error = ((t + z) * variance + WEIGHT**2 * w * noisy) / (t + z + WEIGHT * w) ** 2
        return self.terms.coordinates * error + self.terms.cost * t

    def expected_penalty(
        self, samples: ArrayLike, *, shift: ArrayLike = 0.0, jitter: ArrayLike = 0.0
    ) -> Floats:
        """As in `C3D`: normal data, and the best estimator for them."""
        t = np.asarray(samples, dtype=np.float64)
        if self.alpha is None:
            return self.penalty_bound(t)
        error = expected_error(
            t, self.samples, self.corrupted, self.alpha, sigma=self.terms.sigma, shift=shift, jitter=jitter
        )
        return self.terms.coordinates * error + self.terms.cost * t

    def releases(self, submissions: Submissions, chance: ReleaseChance) -> Iterator[Release]:
        rows = self.checked(submissions)
        return cross_checked(rows, clean=round(self.samples), alpha=self.alpha, weight=_fixed, chance=chance)


def _fixed(noise_variance: Floats) -> Floats:
    return np.full(noise_variance.shape, WEIGHT)
