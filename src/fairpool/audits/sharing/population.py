"""Where samples come from in a simulation: a normal distribution known by its means, or any other by its rows.

Both give deviations from the true mean, one for every run.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from fairpool.audits.sharing.reports import Summary, means_of
from fairpool.audits.sharing.strategies import Strategy
from fairpool.ground.arrays import Floats
from fairpool.ground.errors import InputError

Draw = Callable[[np.random.Generator, tuple[int, int]], Floats]
Chances = tuple[np.random.Generator, np.random.Generator]  # of what is collected, of what is reported


@dataclass(frozen=True, slots=True, eq=False)
class OwnMeans:
    """What one agent got by its strategy in every run.

    deviation  float64 (runs,): mean of its own rows less the true mean; 0 where it collected none
    submitted  float64 (runs,): mean of what it handed in less the true mean
    size       rows it handed in
    """

    deviation: Floats
    submitted: Floats
    size: float


class Population(Protocol):
    """A distribution of samples, shifted to any true mean."""

    def mean_of(self, rows: float, runs: int, *, rng: np.random.Generator) -> Floats:
        """float64 (runs,): deviations of the mean of ``rows`` samples from the true mean; 0 for no rows."""
        ...

    def collected(self, strategy: Strategy, mean: float, runs: int, *, rng: Chances) -> OwnMeans:
        """rng: one for the samples, one for what the report adds."""
        ...


@dataclass(frozen=True, slots=True)
class Normal:
    """N(mean, sigma^2), by the exact joint law of means and variances: no row is drawn, and rows need not be whole."""

    sigma: float

    def mean_of(self, rows: float, runs: int, *, rng: np.random.Generator) -> Floats:
        drawn = rng.standard_normal(runs)
        drawn *= self.sigma / math.sqrt(rows) if rows > 0 else 0.0
        return drawn

    def collected(self, strategy: Strategy, mean: float, runs: int, *, rng: Chances) -> OwnMeans:
        deviation = self.mean_of(strategy.samples, runs, rng=rng[0])
        own = Summary(deviation + mean if strategy.samples else deviation, strategy.samples, self.sigma)
        handed_in = strategy.report.submitted(own, rng=rng[1])
        return OwnMeans(deviation, handed_in.mean - mean, handed_in.size)


@dataclass(frozen=True, slots=True)
class DrawnRows:
    """Any distribution: ``draw(rng, (rows, runs))`` gives independent samples with mean 0, float64 of that shape."""

    draw: Draw
    sigma: float

    def mean_of(self, rows: float, runs: int, *, rng: np.random.Generator) -> Floats:
        if not float(rows).is_integer():
            raise InputError(f"rows: got {rows}, expected a whole number; take the mechanism's whole() plan")
        return self.draw(rng, (int(rows), runs)).mean(axis=0) if rows else np.zeros(runs)

    def collected(self, strategy: Strategy, mean: float, runs: int, *, rng: Chances) -> OwnMeans:
        deviations = self.draw(rng[0], (strategy.whole_samples, runs))
        handed_in = strategy.report.rows(deviations + mean, sigma=self.sigma, rng=rng[1])
        return OwnMeans(means_of(deviations), means_of(handed_in) - mean, len(handed_in))
