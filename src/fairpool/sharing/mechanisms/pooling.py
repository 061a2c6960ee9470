"""The ways of sharing that need no corruption: alone, pool-and-share, and pool-and-share with a quota.

`WorkingAlone`  nothing is shared; n = sigma/sqrt(c).
`PoolAndShare`  everybody gets everything.  The plan n* = sigma/sqrt(c m) reaches the optimum when all follow it, and
                nobody wants to: collecting nothing saves the cost and loses little ("free riding").
`Quota`         everybody that submits at least n* rows gets everything.  Where rows can be fabricated this is
                `PoolAndShare` with a formality: submit made-up rows, and leave them out of the own estimate.  Where
                they cannot (an agent may collect less or withhold, [CZK23] restricted setting 1), collecting n* and
                submitting it is the best strategy, and the optimum is reached exactly.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from fairpool.ground.arrays import Floats
from fairpool.sharing.chance_of_release import ReleaseChance
from fairpool.sharing.mechanisms.row_mechanism import RowMechanism
from fairpool.sharing.release import Release, Submissions, all_released, nothing_released, with_others
from fairpool.sharing.terms import Plan, SharingTerms
from fairpool.sharing.tolerances import WHOLE


@dataclass(frozen=True, slots=True)
class WorkingAlone(RowMechanism):
    """Every agent keeps its samples; the yardstick of individual rationality."""

    @classmethod
    def of(cls, terms: SharingTerms) -> WorkingAlone:
        """sigma/sqrt(c) samples each."""
        return cls(terms, terms.samples_alone)

    def plan(self) -> Plan:
        penalty = float(self.expected_penalty(self.samples))
        return Plan("alone", self.terms, self.samples, None, penalty, truthful=True)

    def expected_penalty(self, samples: ArrayLike) -> Floats:
        return _penalty(self.terms, samples, others=0.0)

    def releases(self, submissions: Submissions, chance: ReleaseChance) -> Iterator[Release]:  # noqa: ARG002
        rows = self.checked(submissions)
        return (nothing_released(self.terms.coordinates) for _ in rows)


@dataclass(frozen=True, slots=True)
class PoolAndShare(RowMechanism):
    """Everybody gets what everybody submitted; made by `of`.

    Parameters
    ----------
    terms : SharingTerms
        What the agents agreed on.
    samples : float
        Asked of every agent, and enforced by nothing.

    Notes
    -----
    A closed form.

    References
    ----------
    [CZK23]: the optimum that nobody wants to follow.

    Examples
    --------
    Collecting nothing while the others follow the plan is better than following it:

    >>> from fairpool.sharing import PoolAndShare, SharingTerms
    >>> pool = PoolAndShare.of(SharingTerms(10, 1.0, 0.0025))
    >>> bool(pool.expected_penalty(0.0) < pool.plan().penalty)
    True
    """

    @classmethod
    def of(cls, terms: SharingTerms) -> PoolAndShare:
        """n* = sigma/sqrt(c m) samples each."""
        return cls(terms, terms.samples_at_optimum)

    def plan(self) -> Plan:
        penalty = float(self.expected_penalty(self.samples))
        return Plan("pool-and-share", self.terms, self.samples, None, penalty, truthful=False, bound=1.0)

    def expected_penalty(self, samples: ArrayLike) -> Floats:
        """Of an agent that collects ``samples`` while the others follow the plan, whatever it submits."""
        return _penalty(self.terms, samples, others=(self.terms.agents - 1) * self.samples)

    def releases(self, submissions: Submissions, chance: ReleaseChance) -> Iterator[Release]:  # noqa: ARG002
        rows = self.checked(submissions)
        return (all_released(others) for _, others in with_others(rows))


@dataclass(frozen=True, slots=True)
class Quota(RowMechanism):
    """Whoever submits ``samples`` rows gets everything; ``fabrication`` says whether rows can be made up."""

    fabrication: bool = True

    @classmethod
    def of(cls, terms: SharingTerms, *, fabrication: bool) -> Quota:
        """The quota n* = sigma/sqrt(c m) of the optimum."""
        return cls(terms, terms.samples_at_optimum, fabrication)

    def plan(self) -> Plan:
        name = "quota" if self.fabrication else "no-fabrication"
        penalty = float(self.expected_penalty(self.samples))
        return Plan(name, self.terms, self.samples, None, penalty, truthful=not self.fabrication, bound=1.0)

    def expected_penalty(self, samples: ArrayLike) -> Floats:
        """Of an agent that collects ``samples`` and, where it can, makes up what is missing to the quota."""
        shared = _penalty(self.terms, samples, others=(self.terms.agents - 1) * self.samples)
        if self.fabrication:
            return shared
        enough = np.asarray(samples, dtype=np.float64) >= self.samples * (1 - WHOLE)
        return np.where(enough, shared, _penalty(self.terms, samples, others=0.0))

    def releases(self, submissions: Submissions, chance: ReleaseChance) -> Iterator[Release]:  # noqa: ARG002
        rows = self.checked(submissions)
        return (
            all_released(others)
            if len(own) >= self.samples * (1 - WHOLE)
            else nothing_released(self.terms.coordinates)
            for own, others in with_others(rows)
        )


def _penalty(terms: SharingTerms, samples: ArrayLike, *, others: float) -> Floats:
    t = np.asarray(samples, dtype=np.float64)
    with np.errstate(divide="ignore"):
        return terms.coordinates * terms.sigma**2 / (t + others) + terms.cost * t
