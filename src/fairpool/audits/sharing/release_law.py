"""What one agent's estimate misses by, from the means of the rows that go into it: one coordinate, many runs at once.

The other agents follow the plan.  For every mechanism for equal agents an agent's release depends on their rows through
two means only (``clean`` and ``corrupted`` rows), and on its own submission through its mean and size.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from fairpool.audits.sharing.population import OwnMeans
from fairpool.audits.sharing.strategies import Strategy, Weighing
from fairpool.ground.arrays import Floats
from fairpool.ground.errors import InputError
from fairpool.sharing.mechanisms.bounded_variance import WEIGHT, BoundedVariance
from fairpool.sharing.mechanisms.c3d import C3D
from fairpool.sharing.mechanisms.estimate_only import EstimateOnly
from fairpool.sharing.mechanisms.pooling import PoolAndShare, Quota, WorkingAlone
from fairpool.sharing.terms import SharingTerms

ANY_ROW = math.ulp(0.0)  # the least submission that is not empty


@dataclass(frozen=True, slots=True, eq=False)
class Others:
    """float64 (runs,) each: deviations of the means of two kinds of rows, and a standard normal for the noise."""

    clean: Floats
    corrupted: Floats
    noise: Floats


class ReleaseLaw(Protocol):
    """clean, corrupted: how many rows of the others `Others` is made of."""

    @property
    def clean(self) -> float: ...

    @property
    def corrupted(self) -> float: ...

    def squared_error(self, strategy: Strategy, collected: OwnMeans, others: Others) -> Floats:
        """float64 (runs,); inf where the agent has nothing to make an estimate of."""
        ...


@dataclass(frozen=True, slots=True)
class RowsReleased:
    """Rows are handed out: all the pooled mechanisms, C3D and its relatives.

    least   rows that must be handed in to get anything
    weight  recommended for corrupted rows; None for 1/(1 + eta^2/sigma^2)
    """

    sigma: float
    clean: float
    corrupted: float = 0.0
    alpha: float = 0.0
    least: float = 0.0
    weight: float | None = None

    def squared_error(self, strategy: Strategy, collected: OwnMeans, others: Others) -> Floats:
        t, z, w = strategy.samples, self.clean, self.corrupted
        if collected.size < self.least or t + z == 0:
            return collected.deviation**2 if t else np.full(collected.deviation.shape, np.inf)
        kept = t * collected.deviation + z * others.clean
        if w == 0:
            return (kept / (t + z)) ** 2
        noise_variance = (self.alpha * (collected.submitted - others.clean)) ** 2
        if self.weight is None or strategy.weighing is Weighing.BEST:
            weight = 1 / (1 + noise_variance / self.sigma**2)
        else:
            weight = np.full(noise_variance.shape, self.weight)
        corrupted = w * others.corrupted + np.sqrt(w * noise_variance) * others.noise
        return ((kept + weight * corrupted) / (t + z + weight * w)) ** 2


@dataclass(frozen=True, slots=True)
class MeanDeployed:
    """Everybody must use one estimate, the mean over agents plus noise: `EstimateOnly`.

    clean: rows of all the others together; corrupted: none.
    """

    clean: float
    agents: int
    noise_variance: Callable[[Floats], Floats]
    corrupted: float = 0.0

    def squared_error(self, strategy: Strategy, collected: OwnMeans, others: Others) -> Floats:  # noqa: ARG002
        if collected.size == 0:
            return np.full(collected.deviation.shape, np.inf)
        deviation = np.sqrt(self.noise_variance(collected.submitted - others.clean))
        pooled = (collected.submitted + (self.agents - 1) * others.clean) / self.agents
        return (pooled + deviation * others.noise) ** 2


def law_of(mechanism: object) -> ReleaseLaw:
    """The law of a release of one of the mechanisms for equal agents, the others following the plan.

    Raises InputError for any other mechanism; fairpool.audits.sharing.row_simulation runs those on rows.
    """
    match mechanism:
        case C3D():
            return _cross_checked(mechanism, mechanism.clean, None)
        case BoundedVariance():
            return _cross_checked(mechanism, mechanism.samples, WEIGHT)
        case WorkingAlone(terms):
            return RowsReleased(terms.sigma, 0.0)
        case PoolAndShare(terms, samples):
            return RowsReleased(terms.sigma, _others(terms, samples))
        case Quota(terms, samples):
            return RowsReleased(terms.sigma, _others(terms, samples), least=samples)
        case EstimateOnly(terms, samples):
            return MeanDeployed(_others(terms, samples), terms.agents, mechanism.noise_variance)
    raise InputError(f"mechanism: got {type(mechanism).__name__}, expected one for equal agents")


def _cross_checked(mechanism: C3D | BoundedVariance, clean: float, weight: float | None) -> RowsReleased:
    sigma = mechanism.terms.sigma
    if mechanism.alpha is None:
        return RowsReleased(sigma, 0.0)
    return RowsReleased(sigma, clean, mechanism.corrupted, mechanism.alpha, ANY_ROW, weight)


def _others(terms: SharingTerms, samples: float) -> float:
    return (terms.agents - 1) * samples
