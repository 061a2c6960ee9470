"""The room's front doors: a plan for a mechanism by its name, and a round on real submissions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from numpy.typing import ArrayLike

from fairpool.ground.errors import InputError
from fairpool.ground.seeds import Chance, chance
from fairpool.sharing.bargaining.baseline import Objective
from fairpool.sharing.chance_of_release import OneRound
from fairpool.sharing.mechanisms.catalogue import Symmetric, mechanism_named
from fairpool.sharing.mechanisms.heterogeneous import Heterogeneous
from fairpool.sharing.release import Estimate, MeanRelease, Release
from fairpool.sharing.release_book import ReleaseBook
from fairpool.sharing.terms import Plan, SharingTerms


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """What one agent is given, and the estimate recommended to it."""

    release: Release | MeanRelease
    estimate: Estimate


def plan(
    mechanism: str, *, agents: int, sigma: float, cost: float, coordinates: int = 1, power: int = 1
) -> Plan:
    """What each of ``agents`` equal agents should collect, in the real numbers of the theory.

    Parameters
    ----------
    mechanism : str
        A name of the catalogue, such as "c3d"; see `mechanism_named`.
    agents : int
        How many share, at least 2.
    sigma : float
        Standard deviation of a sample, in units of the data.
    cost : float
        Of a sample with all its coordinates, in units of squared error.
    coordinates : int
        Means that are estimated from every sample.
    power : int
        The option of a mechanism that has one: k of "estimate-only".

    Returns
    -------
    Plan
        ``samples`` to collect, the ``penalty`` of an agent, its ``ratio`` to the least possible, and whether
        following it is ``truthful``.  ``mechanism_named(..).whole().plan()`` is the plan in whole samples.

    Raises
    ------
    InputError
        For a name that is none, and for terms out of range.

    Notes
    -----
    A closed form, but for "c3d-tuned": some 15,000 first-order conditions, under a second, once for every number of
    agents.

    References
    ----------
    [CZK23] Chen, Zhu and Kandasamy, Mechanism design for collaborative normal mean estimation, algorithm 1.

    Examples
    --------
    >>> from fairpool.sharing import plan
    >>> found = plan("c3d", agents=10, sigma=1.0, cost=0.0025)
    >>> round(found.samples, 3), found.truthful
    (6.325, True)
    """
    return mechanism_named(mechanism, SharingTerms(agents, sigma, cost, coordinates), power=power).plan()


def plan_heterogeneous(
    costs: ArrayLike, sigma: float, objective: Objective | str = Objective.SOCIAL
) -> Heterogeneous:
    """The mechanism for agents with costs of their own, its plan in ``enforced.samples``.

    Parameters
    ----------
    costs : array_like of float, shape (agents, distributions)
        Of one sample, in units of squared error, in (0, inf]; inf where an agent cannot sample.
    sigma : float
        Standard deviation of a sample of any distribution.
    objective : Objective or str
        What the plan that is bargained for is best at; see `Objective`.

    Returns
    -------
    Heterogeneous
        ``baseline`` (bargained for), ``enforced`` (what agents are asked for), and ``whole()`` to run.

    Raises
    ------
    InputError
        As `bargain` does, and for an objective that is none.

    Notes
    -----
    Costs one or two calls of `bargain`, and one first-order condition per agent and distribution.

    References
    ----------
    [CCZK25] Clinton, Chen, Zhu and Kandasamy, ICML 2025, algorithm 1.

    Examples
    --------
    >>> from fairpool.sharing import plan_heterogeneous
    >>> costs = [[0.001, 0.004], [0.0012, float("inf")], [0.004, 0.001]]
    >>> plan_heterogeneous(costs, 1.0, "nash").enforced.samples.round(1)
    array([[31.6,  0. ],
           [ 0. ,  0. ],
           [ 0. , 31.6]])
    """
    names = [one.value for one in Objective]
    if not isinstance(objective, Objective) and objective not in names:
        raise InputError(f"objective: got {objective!r}, expected one of {', '.join(names)}")
    return Heterogeneous.of(costs, sigma, objective=Objective(objective))


def run(
    mechanism: Symmetric | Heterogeneous, submissions: Sequence[Any], *, rng: Chance | ReleaseBook
) -> tuple[Outcome, ...]:
    """Releases and estimates from real submissions; run the mechanism's ``whole()``.

    Parameters
    ----------
    mechanism : Symmetric or Heterogeneous
        As `mechanism_named` and `plan_heterogeneous` make them.
    submissions : sequence of array_like of float
        One per agent, shape (rows, coordinates), in units of the data, without rows where an agent submits nothing;
        for `Heterogeneous` one sequence of numbers per distribution.  What is submitted is taken for all there is.
    rng : int or numpy.random.Generator or ReleaseBook
        Each agent has a stream of its own, spawned in the order of the agents (of the distributions first).  A round
        that is run again, with real submissions, needs a `ReleaseBook`: fresh noise on the same rows averages away.

    Returns
    -------
    tuple of Outcome
        One per agent: its ``release``, and the ``estimate`` recommended to it with its standard error.

    Raises
    ------
    InputError
        For another number of agents or coordinates, and for a number that is not finite.

    Notes
    -----
    Every row is copied agents - 1 times.

    References
    ----------
    [CZK23], algorithm 1.

    Examples
    --------
    >>> import numpy as np
    >>> from fairpool.sharing import SharingTerms, mechanism_named, run
    >>> rng = np.random.default_rng(1)
    >>> rows = [rng.normal(5.0, 1.0, 6) for _ in range(10)]
    >>> c3d = mechanism_named("c3d", SharingTerms(10, 1.0, 0.0025)).whole()
    >>> outcome = run(c3d, rows, rng=rng)[0]
    >>> outcome.release.clean.shape, outcome.release.corrupted.shape
    ((6, 1), (48, 1))
    >>> bool(outcome.estimate.standard_error[0] < 1 / np.sqrt(6))
    True
    """
    drawn = rng if isinstance(rng, ReleaseBook) else OneRound(chance(rng))
    released = mechanism.releases(submissions, drawn)
    return tuple(
        Outcome(release, mechanism.estimate(own, release))
        for own, release in zip(submissions, released, strict=True)
    )
