"""Penalties by running a mechanism itself on rows: any data, any number of agents that deviate.

Mechanisms treat coordinates apart, so many runs of one coordinate are one release of as many coordinates: no loop
over runs is needed, and what is simulated is the code that people use.  Slower than `audits.sharing.simulation` by the
number of rows that are handed out; there to check it, and for what it does not know.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Protocol, TypeVar

import numpy as np

from fairpool.audits.sharing.population import Draw
from fairpool.audits.sharing.simulation import SharingMechanism, blocks, refuse_single_run
from fairpool.audits.sharing.strategies import Strategy, Weighing
from fairpool.ground.arrays import Floats
from fairpool.ground.errors import InputError
from fairpool.ground.progress import Progress, unwatched
from fairpool.ground.seeds import Chance, chance
from fairpool.sharing.chance_of_release import OneRound
from fairpool.sharing.release import Mechanism, Release

_MOST_NUMBERS = 4_000_000  # float64 in the releases of one block of runs: 32 MB


class EqualAgents(Mechanism[Any], SharingMechanism, Protocol):
    """A mechanism for equal agents: a frozen dataclass with a field ``terms``."""


M = TypeVar("M", bound=EqualAgents)


@dataclass(frozen=True, slots=True, eq=False)
class Penalties:
    """Of every agent, float64 (m,), with standard errors; inf (and nan) for an agent that never has an estimate."""

    penalties: Floats
    standard_errors: Floats


def simulate_rows(
    mechanism: EqualAgents,
    strategies: Sequence[Strategy],
    *,
    draw: Draw,
    mean: float,
    runs: int,
    rng: Chance,
    progress: Progress = unwatched,
) -> Penalties:
    """Run a mechanism on rows, with a strategy for each agent: any number of them may deviate.

    Parameters
    ----------
    mechanism : EqualAgents
        A mechanism for equal agents with a plan in whole samples.
    strategies : sequence of Strategy
        One per agent.
    draw : callable
        ``draw(rng, (rows, runs))``: samples with the true mean ``mean``, float64 of that shape.
    mean : float
        The true mean.
    runs : int
        How often everything is drawn anew.
    rng : numpy.random.Generator
        All chance comes from here; calls with equal seeds have common random numbers.
    progress : callable
        Told the runs done and all runs.

    Returns
    -------
    Penalties
        Of every agent, with standard errors.

    Raises
    ------
    InputError
        For fewer than two runs, another number of strategies than agents, samples that are not whole, and samples of
        another shape than was asked for.

    Notes
    -----
    Cost: that of a release of as many coordinates as there are runs, about 35 times that of `compare` for 20 samples.

    Examples
    --------
    One of two agents of a pool makes a row up: the other pays for it.

    >>> import numpy as np
    >>> from fairpool.audits.sharing.reports import Constant
    >>> from fairpool.sharing.mechanisms.pooling import PoolAndShare
    >>> from fairpool.sharing.terms import SharingTerms
    >>> pool = PoolAndShare.of(SharingTerms(agents=2, sigma=1.0, cost=0.01))
    >>> strategies = [Strategy(3, Constant(1.0)), Strategy(3)]
    >>> found = simulate_rows(
    ...     pool, strategies, draw=lambda rng, shape: rng.normal(size=shape), mean=0.0, runs=2000,
    ...     rng=np.random.default_rng(1),
    ... )
    >>> print(found.penalties.round(2))
    [0.21 0.29]
    """
    rng = chance(rng)
    squared = squared_errors_on_rows(
        mechanism, strategies, draw=draw, mean=mean, runs=runs, rng=rng, progress=progress
    )
    terms = mechanism.terms
    costs = terms.cost * np.array([one.samples for one in strategies])
    with np.errstate(invalid="ignore"):
        spread = squared.std(axis=1, ddof=1) / np.sqrt(runs)
    return Penalties(terms.coordinates * squared.mean(axis=1) + costs, terms.coordinates * spread)


def squared_errors_on_rows(
    mechanism: EqualAgents,
    strategies: Sequence[Strategy],
    *,
    draw: Draw,
    mean: float,
    runs: int,
    rng: np.random.Generator,
    progress: Progress = unwatched,
) -> Floats:
    """float64 (m, runs): every agent's squared error in every run; inf where it has no estimate."""
    agents = mechanism.terms.agents
    if len(strategies) != agents:
        raise InputError(f"strategies: got {len(strategies)}, expected {agents}, one per agent")
    refuse_single_run(runs)
    sizes = [one.whole_samples for one in strategies]
    found = np.empty((agents, runs))
    for start, stop in blocks(runs, max(1, _MOST_NUMBERS // (agents * max(1, sum(sizes))))):
        block = _of_coordinates(mechanism, stop - start)
        streams, chance = rng.spawn(agents), rng.spawn(agents)
        own = [_drawn(draw, size, stop - start, stream) for size, stream in zip(sizes, streams, strict=True)]
        found[:, start:stop] = _squared_errors(block, strategies, own, mean, chance, rng=rng.spawn(1)[0])
        progress(stop, runs)
    return found


def _of_coordinates(mechanism: M, runs: int) -> M:
    """The same mechanism for ``runs`` coordinates, each of which costs what one coordinate cost."""
    terms = mechanism.terms
    wide = replace(terms, coordinates=runs, cost=terms.cost_per_coordinate * runs)
    given = {field.name: getattr(mechanism, field.name) for field in fields(mechanism)}  # type: ignore[arg-type]
    return type(mechanism)(**given | {"terms": wide})


def _drawn(draw: Draw, rows: int, runs: int, rng: np.random.Generator) -> Floats:
    found = np.asarray(draw(rng, (rows, runs)), dtype=np.float64)
    if found.shape != (rows, runs):
        raise InputError(f"draw: got samples of shape {found.shape}, expected ({rows}, {runs})")
    return found


def _squared_errors(
    mechanism: EqualAgents,
    strategies: Sequence[Strategy],
    own: Sequence[Floats],
    mean: float,
    chance: Sequence[np.random.Generator],
    *,
    rng: np.random.Generator,
) -> Floats:
    sigma = mechanism.terms.sigma
    submitted = [
        one.report.rows(rows, sigma=sigma, rng=stream)
        for one, rows, stream in zip(strategies, own, chance, strict=True)
    ]
    releases = list(mechanism.releases(submitted, OneRound(rng)))
    estimates = [
        mechanism.estimate(rows, _weighed(release, one.weighing, sigma)).mean
        for one, rows, release in zip(strategies, own, releases, strict=True)
    ]
    squared = (np.array(estimates) - mean) ** 2
    return np.where(np.isnan(squared), np.inf, squared)


def _weighed(release: Any, weighing: Weighing, sigma: float) -> Any:
    """A release of rows with the weights its user prefers; a released estimate is as it is."""
    if weighing is Weighing.RECOMMENDED or not isinstance(release, Release):
        return release
    return replace(release, weight=1 / (1 + release.noise_variance / sigma**2))
