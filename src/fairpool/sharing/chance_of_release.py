"""The chance of a release: which of the others' rows come clean, and the noise on the rest.

`OneRound` draws afresh, as in the game that is proved.  A round that is run again needs more: fresh noise on the same
rows could be averaged away, and an agent that has seen its clean rows could hand in their mean.  The mediator's book
(`fairpool.sharing.release_book`) is the chance that remembers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from fairpool.ground.arrays import Float, Floats, Positions


class AgentDraw(Protocol):
    """The chance of what one agent is given; positions are those of the others' rows, pooled in the agents' order."""

    def split(self, clean: int) -> tuple[Positions, Positions]:
        """Which rows come clean (so many; all where there are fewer) and which with noise, as they are handed out."""
        ...

    def judged(
        self, clean: Positions, noise_variance: Float[Floats, " coordinates"]
    ) -> Float[Floats, " coordinates"]:
        """The noise variance that counts: the one found beside these clean rows, or that of the first release."""
        ...

    def noise(self, rows: Positions, coordinates: int) -> Float[Floats, "rows coordinates"]:
        """Standard normal, for rows with noise."""
        ...

    def noise_of_estimate(self, coordinates: int) -> Float[Floats, " coordinates"]:
        """Standard normal, for an agent that is given an estimate in place of rows."""
        ...

    def estimate(self, found: Float[Floats, " coordinates"]) -> Float[Floats, " coordinates"]:
        """The estimate that is given in place of rows: the one found now, or the one of the first release."""
        ...


class Draws(Protocol):
    """Of all agents that submitted something for the same means."""

    def of(self, agent: int) -> AgentDraw:
        """Of one of them."""
        ...


class ReleaseChance(Protocol):
    """Where the chance of releases comes from."""

    def draws(self, rows: Sequence[Floats]) -> Draws:
        """For what every agent submitted, float64 (rows_i, d) each."""
        ...

    def parts(self, count: int) -> Sequence[ReleaseChance]:
        """Independent ones, for several distributions."""
        ...


@dataclass(frozen=True, slots=True)
class OneRound:
    """A round that happens once: every agent has a stream of its own, spawned in the order of the agents."""

    rng: np.random.Generator

    def draws(self, rows: Sequence[Floats]) -> _FreshDraws:
        counts = np.array([len(one) for one in rows])
        return _FreshDraws(counts.sum() - counts, self.rng.spawn(len(rows)))

    def parts(self, count: int) -> list[OneRound]:
        return [OneRound(one) for one in self.rng.spawn(count)]


@dataclass(frozen=True, slots=True, eq=False)
class _FreshDraws:
    others: Positions
    streams: Sequence[np.random.Generator]

    def of(self, agent: int) -> _FreshDraw:
        return _FreshDraw(int(self.others[agent]), self.streams[agent])


@dataclass(frozen=True, slots=True)
class _FreshDraw:
    others: int
    rng: np.random.Generator

    def split(self, clean: int) -> tuple[Positions, Positions]:
        order = self.rng.permutation(self.others)
        return order[:clean], order[clean:]

    def judged(self, clean: Positions, noise_variance: Floats) -> Floats:  # noqa: ARG002
        return noise_variance

    def noise(self, rows: Positions, coordinates: int) -> Floats:
        return self.rng.standard_normal((len(rows), coordinates))

    def noise_of_estimate(self, coordinates: int) -> Floats:
        return self.rng.standard_normal(coordinates)

    def estimate(self, found: Floats) -> Floats:
        return found
