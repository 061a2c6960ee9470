"""C3D: cross-check collected data and corrupt accordingly ([CZK23], algorithm 1).

n    ``samples``   every agent is asked for
z    ``clean``     rows of the others that an agent gets as they are, drawn without replacement
eta  noise of the rest, eta^2 = alpha^2 (mean(Y_i) - mean(Z_i))^2, per coordinate
h*   the mean with weight 1 on own and clean rows, 1/(1 + eta^2/sigma^2) on corrupted ones

Three ways to choose n and z, with alpha always from the first-order condition:

- `published`: n = z = n* = sigma/sqrt(c m), as in the paper; at most 4 agents share nothing, because no corruption
  makes n* a best choice then.  Social penalty below twice the optimum.
- `whole`: rows are counted, not measured; the whole numbers that serve best, with alpha for them.
- `tuned` (this project's; docs/theory/sharing.md): n and z that make the agents' penalty least.  Asking for fewer
  samples than n* needs less corruption: sqrt(3) times the optimum is proved for z = n, below 1.51 measured for free z.

Honesty is a best response to honesty for every n, z and alpha that `corruption_level` returns; proof in
docs/theory/sharing.md.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from fairpool.ground.arrays import Floats
from fairpool.sharing.chance_of_release import ReleaseChance
from fairpool.sharing.enforcement.corruption import corruption_level, expected_error
from fairpool.sharing.enforcement.cross_check import cross_checked
from fairpool.sharing.enforcement.tuning import least_penalty, least_penalty_in_whole
from fairpool.sharing.mechanisms.row_mechanism import RowMechanism
from fairpool.sharing.release import Release, Submissions
from fairpool.sharing.terms import Plan, SharingTerms
from fairpool.sharing.whole_samples import beside, least

MOST_AGENTS_ALONE = 4  # n* can be enforced for m > 4 only: G has a root iff (m - 4) > 0


@dataclass(frozen=True, slots=True)
class C3D(RowMechanism):
    """Cross-check collected data and corrupt accordingly; made by `published` or `tuned`.

    Parameters
    ----------
    terms : SharingTerms
        What the agents agreed on.
    samples : float
        n, asked of every agent.
    clean : float
        z, the others' rows that an agent gets as they are.
    alpha : float or None
        Standard deviation of the noise per unit of distance from the clean rows; None shares nothing.
    name : str
        "c3d" or "c3d-tuned".

    Notes
    -----
    `published` is a closed form but for alpha; `tuned` searches n and z, under a second for every number of agents.

    References
    ----------
    [CZK23], algorithm 1; alpha solves G(alpha) = 0.

    Examples
    --------
    >>> from fairpool.sharing import C3D, SharingTerms
    >>> terms = SharingTerms(10, 1.0, 0.0025)
    >>> [round(one.plan().ratio, 3) for one in (C3D.published(terms), C3D.tuned(terms))]
    [1.698, 1.426]
    """

    clean: float
    alpha: float | None
    name: str = "c3d"

    @classmethod
    def published(cls, terms: SharingTerms) -> C3D:
        """n = z = n*, a real number."""
        if terms.agents <= MOST_AGENTS_ALONE:
            return cls(terms, terms.samples_alone, 0.0, None)
        return cls._enforced(terms, terms.samples_at_optimum, terms.samples_at_optimum)

    @classmethod
    def tuned(cls, terms: SharingTerms) -> C3D:
        """The n and z of the least penalty."""
        samples, clean = least_penalty(terms.agents)
        return cls._enforced(terms, samples * terms.samples_alone, clean * terms.samples_alone, "c3d-tuned")

    @classmethod
    def _enforced(cls, terms: SharingTerms, samples: float, clean: float, name: str = "c3d") -> C3D:
        corrupted = (terms.agents - 1) * samples - clean
        alpha = corruption_level(samples, clean, corrupted, terms.cost_per_coordinate, sigma=terms.sigma)
        return cls(terms, samples, clean, float(alpha), name)

    def whole(self) -> C3D:
        """The same in whole samples: n = z beside n* as published, any n and z tuned.

        Where no alpha enforces it (agents that would collect two or three samples alone), nothing is shared.
        """
        if self.alpha is None:
            return self._alone()
        if self.name == "c3d":
            options = [self._enforced(self.terms, n, n) for n in beside(self.samples)]
        else:
            near = least_penalty_in_whole(
                self.terms.agents, self.terms.samples_alone, self.samples, self.clean
            )
            options = [self._enforced(self.terms, *near, self.name)]
        return least([one for one in options if one.enforces] or [self._alone()])

    def _alone(self) -> C3D:
        options = [replace(self, samples=n, clean=0.0, alpha=None) for n in beside(self.terms.samples_alone)]
        return least(options)

    @property
    def enforces(self) -> bool:
        """Whether there is an alpha that makes ``samples`` an agent's best choice."""
        return self.corrupted >= 0 and self.alpha is not None and not math.isnan(self.alpha)

    @property
    def corrupted(self) -> float:
        """Rows an agent gets corrupted when all follow the plan."""
        return 0.0 if self.alpha is None else (self.terms.agents - 1) * self.samples - self.clean

    def plan(self) -> Plan:
        penalty = float(self.expected_penalty(self.samples))
        return Plan(self.name, self.terms, self.samples, self.alpha, penalty, truthful=True, bound=2.0)

    def expected_penalty(
        self, samples: ArrayLike, *, shift: ArrayLike = 0.0, jitter: ArrayLike = 0.0
    ) -> Floats:
        """Penalty of an agent that collects ``samples`` while the others follow the plan.

        It submits its sample mean plus an independent N(shift, jitter), the same in every coordinate, and estimates as
        well as anybody could.  samples = 0 is the worst case of a submission made up without a sample.
        """
        t = np.asarray(samples, dtype=np.float64)
        if self.alpha is None:
            with np.errstate(divide="ignore"):
                error = self.terms.sigma**2 / t
        else:
            error = expected_error(
                t, self.clean, self.corrupted, self.alpha, sigma=self.terms.sigma, shift=shift, jitter=jitter
            )
        return self.terms.coordinates * error + self.terms.cost * t

    def releases(self, submissions: Submissions, chance: ReleaseChance) -> Iterator[Release]:
        """What every agent is given; one that submitted nothing gets nothing.

        Submissions may differ in size: an agent's clean rows are drawn from all the others', and where the others have
        fewer rows than z they are all clean.
        """
        rows = self.checked(submissions)
        return cross_checked(
            rows, clean=round(self.clean), alpha=self.alpha, weight=self._weight, chance=chance
        )

    def _weight(self, noise_variance: Floats) -> Floats:
        return 1 / (1 + noise_variance / self.terms.sigma**2)
