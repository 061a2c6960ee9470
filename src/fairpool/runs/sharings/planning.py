"""What every agent should collect: the plan of a mechanism as a document."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from pydantic import ValidationError

from fairpool.documents.sharing.plans import (
    BargainedPlan,
    CostsPlan,
    EqualPlan,
    EqualPlanDocument,
    PlanCertificate,
    WholePlan,
)
from fairpool.files.problem_in_file import concerning
from fairpool.files.sharing.costs import read_costs
from fairpool.files.sharing.mechanisms import OBJECTIVES, positive
from fairpool.ground.errors import InputError
from fairpool.ground.progress import Watch
from fairpool.runs.sharings.numbers import known, nulls
from fairpool.sharing.bargaining.baseline import Objective
from fairpool.sharing.certificate import certify
from fairpool.sharing.enforcement.enforcement import Role
from fairpool.sharing.mechanisms.catalogue import Symmetric, mechanism_named
from fairpool.sharing.mechanisms.heterogeneous import Heterogeneous
from fairpool.sharing.mechanisms.pooling import WorkingAlone
from fairpool.sharing.terms import SharingTerms

MOST_COUNTED = 10**9  # agents, coordinates


def plan_equal(
    mechanism: str, *, agents: int, sigma: float, cost: float, coordinates: int, power: int, whole: bool
) -> EqualPlanDocument:
    """The plan of a mechanism for equal agents; raises InputError for terms that are none."""
    for name, number in (("agents", agents), ("coordinates", coordinates)):
        if number > MOST_COUNTED:
            raise InputError(f"{name}: got {number}, expected at most {MOST_COUNTED:,}")
    terms = SharingTerms(
        agents,
        positive(sigma, "sigma", "the standard deviation of a sample"),
        positive(cost, "cost", "of a sample, in units of squared error"),
        coordinates,
    )
    exact = mechanism_named(mechanism, terms, power=power)
    counted = equal_plan(exact.whole(), whole=True)
    plan = counted if whole else equal_plan(exact, whole=False)
    return EqualPlanDocument(
        **plan.model_dump(),
        agents=terms.agents,
        sigma=terms.sigma,
        cost=terms.cost,
        coordinates=terms.coordinates,
        truthful=exact.plan().truthful,
        whole=None if whole else counted,
    )


def plan_with_costs(
    costs: Path | None, *, sigma: float, objective: str, whole: bool, watch: Watch
) -> CostsPlan:
    """The plan for agents with costs of their own; raises InputError as `read_costs`."""
    positive(sigma, "sigma", "the standard deviation of a sample")
    if costs is None:
        raise InputError(
            "--costs is missing: expected a CSV file with one row per agent and one column per distribution"
        )
    if objective not in OBJECTIVES:
        raise InputError(f"--objective: got {objective!r}, expected {', '.join(OBJECTIVES)}")
    table = read_costs(costs)
    with concerning(costs):
        watch.stage("bargaining")
        exact = Heterogeneous.of(table.values, sigma, objective=Objective(objective), progress=watch.progress)
        counted = exact.whole()
        if whole:
            return costs_plan(counted, table.agents, table.distributions)
        return costs_plan(exact, table.agents, table.distributions, beside=counted)


def equal_plan(mechanism: Symmetric, *, whole: bool) -> EqualPlan:
    """The plan; with ``whole`` alone is in whole samples, too.  InputError where numbers are out of range."""
    plan, terms = mechanism.plan(), mechanism.terms
    alone = WorkingAlone.of(terms)
    alone_plan = (alone.whole() if whole else alone).plan()
    with _computable():
        return EqualPlan(
            mechanism=plan.mechanism,
            samples=plan.samples,
            samples_alone=alone_plan.samples,
            alpha=plan.alpha,
            alpha_squared_over_samples=plan.alpha_squared_over_samples,
            penalty=plan.penalty,
            penalty_alone=alone_plan.penalty,
            penalty_social_optimum=terms.penalty_at_optimum,
            ratio=plan.ratio,
        )


def costs_plan(
    mechanism: Heterogeneous,
    agents: Sequence[str],
    distributions: Sequence[str],
    *,
    beside: Heterogeneous | None = None,
) -> CostsPlan:
    """The plan, what was found out about it, and in short the one in whole samples that stands ``beside`` it."""
    enforced, baseline, found = mechanism.enforced, mechanism.baseline, certify(mechanism)
    with _computable():
        return CostsPlan(
            samples=enforced.samples.tolist(),
            penalties=enforced.penalties().tolist(),
            penalties_alone=nulls(mechanism.penalties_alone),
            social_penalty=mechanism.social_penalty,
            social_optimum=mechanism.optimum.social_penalty,
            favourable=mechanism.favourable,
            alpha=nulls(enforced.alpha),
            unverifiable=tuple(
                tuple(agents[i] for i in np.flatnonzero(column == Role.ALONE).tolist())
                for column in enforced.roles.T
            ),
            ratio=mechanism.ratio,
            mechanism="heterogeneous",
            objective=baseline.objective.value,
            agents=tuple(agents),
            distributions=tuple(distributions),
            sigma=mechanism.sigma,
            favourable_distributions=enforced.favourable.tolist(),
            baseline=BargainedPlan(
                samples=baseline.samples.tolist(),
                penalties=baseline.penalties.tolist(),
                social_penalty=baseline.social_penalty,
            ),
            ratio_to_baseline=mechanism.ratio_to_baseline,
            bound=mechanism.bound,
            dominated=mechanism.dominated,
            certificate=PlanCertificate(
                nash_incentive_compatible=found.nash_incentive_compatible,
                individually_rational=found.individually_rational,
                within_bound=found.within_bound,
                collection_gain=known(found.collection_gain),
                report_gain=known(found.report_gain),
                growth=known(found.growth),
            ),
            whole=None if beside is None else _in_short(beside),
        )


def _in_short(mechanism: Heterogeneous) -> WholePlan:
    return WholePlan(
        samples=mechanism.enforced.samples.tolist(),
        alpha=nulls(mechanism.enforced.alpha),
        penalties=mechanism.enforced.penalties().tolist(),
        social_penalty=mechanism.social_penalty,
    )


@contextmanager
def _computable() -> Iterator[None]:
    """A plan outside the range of float64 is no plan."""
    try:
        yield
    except ValidationError as problem:
        first = problem.errors()[0]
        if first["type"] != "finite_number":
            raise
        raise InputError(
            f"{first['loc'][0]} cannot be computed: sigma and costs are too large or too small; change units"
        ) from None
