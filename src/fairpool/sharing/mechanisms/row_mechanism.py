"""What the mechanisms have in common that release rows to agents that are alike."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from fairpool.ground.arrays import Floats
from fairpool.ground.seeds import Chance, chance
from fairpool.sharing.chance_of_release import OneRound, ReleaseChance
from fairpool.sharing.release import (
    Estimate,
    Release,
    Submissions,
    checked_rows,
    checked_submissions,
    weighted_estimate,
)
from fairpool.sharing.terms import Plan, SharingTerms
from fairpool.sharing.whole_samples import beside, least


@dataclass(frozen=True, slots=True)
class RowMechanism(ABC):
    """The terms, and ``samples`` asked of every agent; rows that are released are weighed as recommended."""

    terms: SharingTerms
    samples: float

    @abstractmethod
    def plan(self) -> Plan:
        """What is asked of every agent."""

    @abstractmethod
    def releases(self, submissions: Submissions, chance: ReleaseChance) -> Iterator[Release]:
        """What every agent is given, one after the other."""

    def release(self, submissions: Submissions, *, rng: Chance) -> tuple[Release, ...]:
        """What every agent is given in a round that happens once."""
        drawn = OneRound(chance(rng))
        return tuple(self.releases(submissions, drawn))

    def whole(self) -> Self:
        """The plan of the least penalty in whole samples."""
        return least([replace(self, samples=n) for n in beside(self.samples)])

    def checked(self, submissions: Submissions) -> tuple[Floats, ...]:
        """One array of rows per agent; InputError as `checked_submissions`."""
        return checked_submissions(submissions, agents=self.terms.agents, coordinates=self.terms.coordinates)

    def estimate(self, own: ArrayLike, release: Release) -> Estimate:
        """The mean of own and released rows, corrupted ones with their weight."""
        rows = checked_rows(own, self.terms.coordinates, "own rows")
        return weighted_estimate(rows, release, variance=np.full(self.terms.coordinates, self.terms.sigma**2))
