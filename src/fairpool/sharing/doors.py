"""The room's front doors: a plan for a mechanism by its name, and a round on real submissions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from fairpool.ground.errors import InputError
from fairpool.sharing.bargaining.baseline import Objective
from fairpool.sharing.mechanisms.catalogue import Symmetric, mechanism_named
from fairpool.sharing.mechanisms.heterogeneous import Heterogeneous
from fairpool.sharing.release import Estimate, MeanRelease, Release
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

    mechanism: one of `fairpool.sharing.SYMMETRIC`.  ``mechanism_named(..).whole()`` has the plan in whole samples.
    Raises InputError as `SharingTerms` and `mechanism_named` do.
    """
    return mechanism_named(mechanism, SharingTerms(agents, sigma, cost, coordinates), power=power).plan()


def plan_heterogeneous(
    costs: ArrayLike, sigma: float, objective: Objective | str = Objective.SOCIAL
) -> Heterogeneous:
    """The mechanism for agents with costs of their own, its plan in ``enforced.samples``.

    costs: float64 (agents, distributions) in (0, inf].  Raises InputError as `bargain` does, and for an
    objective that is none.
    """
    names = [one.value for one in Objective]
    if not isinstance(objective, Objective) and objective not in names:
        raise InputError(f"objective: got {objective!r}, expected one of {', '.join(names)}")
    return Heterogeneous.of(costs, sigma, objective=Objective(objective))


def run(
    mechanism: Symmetric | Heterogeneous, submissions: Sequence[Any], *, rng: np.random.Generator
) -> tuple[Outcome, ...]:
    """Releases and estimates from real submissions, one an agent; run the mechanism's ``whole()``.

    submissions: an array (rows, coordinates) an agent; for `Heterogeneous` d lists of numbers an agent.  What an agent
    submitted is taken for all it has.  Raises InputError as ``mechanism.release`` does.
    """
    released = mechanism.release(submissions, rng=rng)
    return tuple(
        Outcome(release, mechanism.estimate(own, release))
        for own, release in zip(submissions, released, strict=True)
    )
