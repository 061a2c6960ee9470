"""`fairpool share plan`: what every agent should collect, as a document and on the terminal."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from fairpool.cli.console import Stages, show
from fairpool.cli.share.text import plan_text
from fairpool.documents.sharing import nulls
from fairpool.files.concerning import concerning
from fairpool.files.sharing.costs import read_costs
from fairpool.files.sharing.mechanisms import OBJECTIVES, positive
from fairpool.ground.errors import InputError
from fairpool.sharing.agreed_plan import Plan
from fairpool.sharing.bargaining.bargain import Objective
from fairpool.sharing.certificate import certify
from fairpool.sharing.enforcement.enforcement import Role
from fairpool.sharing.mechanisms.catalogue import Symmetric, mechanism_named
from fairpool.sharing.mechanisms.heterogeneous import Heterogeneous
from fairpool.sharing.mechanisms.pooling import WorkingAlone
from fairpool.sharing.terms import SharingTerms

Document = dict[str, Any]

MOST_COUNTED = 10**9  # agents, coordinates


def plan_equal(
    mechanism: str, *, agents: int, sigma: float, cost: float, coordinates: int, power: int, whole: bool
) -> Document:
    """The plan of a mechanism for equal agents: fixed keys first; raises InputError for terms that are none."""
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
    document = counted if whole else equal_plan(exact, whole=False)
    return document | _terms(terms, exact.plan()) | ({} if whole else {"whole": counted})


def plan_with_costs(costs: Path | None, *, sigma: float, objective: str, whole: bool) -> Document:
    """The plan for agents with costs of their own: fixed keys first; raises InputError as `read_costs`."""
    positive(sigma, "sigma", "the standard deviation of a sample")
    if costs is None:
        raise InputError(
            "--costs is missing: expected a CSV file with a row an agent and a column a distribution"
        )
    if objective not in OBJECTIVES:
        raise InputError(f"--objective: got {objective!r}, expected {', '.join(OBJECTIVES)}")
    table = read_costs(costs)
    with Stages() as stages, concerning(costs):
        stages.stage("bargaining")
        exact = Heterogeneous.of(
            table.values, sigma, objective=Objective(objective), progress=stages.progress
        )
        counted = exact.whole()
        document = costs_plan(counted if whole else exact, table.agents, table.distributions)
    return document if whole else document | {"whole": _in_short(counted)}


def _in_short(mechanism: Heterogeneous) -> Document:
    return {
        "samples": mechanism.enforced.samples.tolist(),
        "alpha": nulls(mechanism.enforced.alpha),
        "penalties": mechanism.enforced.penalties().tolist(),
        "social_penalty": mechanism.social_penalty,
    }


def tell_plan(document: Document, *, as_json: bool) -> None:
    """On stdout, as JSON or for people."""
    show(json.dumps(document, allow_nan=False) if as_json else plan_text(document))


def equal_plan(mechanism: Symmetric, *, whole: bool) -> Document:
    """The fixed keys; with ``whole`` alone is in whole samples, too.  InputError where numbers are out of range."""
    plan, terms = mechanism.plan(), mechanism.terms
    alone = WorkingAlone.of(terms)
    alone_plan = (alone.whole() if whole else alone).plan()
    document = {
        "mechanism": plan.mechanism,
        "samples": plan.samples,
        "samples_alone": alone_plan.samples,
        "alpha": plan.alpha,
        "alpha_squared_over_samples": plan.alpha_squared_over_samples,
        "penalty": plan.penalty,
        "penalty_alone": alone_plan.penalty,
        "penalty_social_optimum": terms.penalty_at_optimum,
        "ratio": plan.ratio,
    }
    _refuse_not_finite(document)
    return document


def costs_plan(mechanism: Heterogeneous, agents: Sequence[str], distributions: Sequence[str]) -> Document:
    """The fixed keys, and what was found out about the plan."""
    enforced, alone = mechanism.enforced, mechanism.penalties_alone
    baseline = mechanism.baseline
    document = {
        "samples": enforced.samples.tolist(),
        "penalties": enforced.penalties().tolist(),
        "penalties_alone": nulls(alone),
        "social_penalty": mechanism.social_penalty,
        "social_optimum": mechanism.optimum.social_penalty,
        "favourable": mechanism.favourable,
        "alpha": nulls(enforced.alpha),
        "unverifiable": [
            [agents[i] for i in np.flatnonzero(column == Role.ALONE).tolist()] for column in enforced.roles.T
        ],
        "ratio": mechanism.ratio,
        "mechanism": "heterogeneous",
        "objective": baseline.objective.value,
        "agents": list(agents),
        "distributions": list(distributions),
        "sigma": mechanism.sigma,
        "favourable_distributions": enforced.favourable.tolist(),
        "baseline": {
            "samples": baseline.samples.tolist(),
            "penalties": baseline.penalties.tolist(),
            "social_penalty": baseline.social_penalty,
        },
        "ratio_to_baseline": mechanism.ratio_to_baseline,
        "bound": mechanism.bound,
        "dominated": mechanism.dominated,
        "certificate": _certificate(mechanism),
    }
    _refuse_not_finite(document)
    return document


def _terms(terms: SharingTerms, plan: Plan) -> Document:
    return {
        "agents": terms.agents,
        "sigma": terms.sigma,
        "cost": terms.cost,
        "coordinates": terms.coordinates,
        "truthful": plan.truthful,
    }


def _certificate(mechanism: Heterogeneous) -> Document:
    found = certify(mechanism)
    gains = np.array([found.collection_gain, found.report_gain, found.growth])
    collection, report, growth = nulls(gains)
    return {
        "nash_incentive_compatible": found.nash_incentive_compatible,
        "individually_rational": found.individually_rational,
        "within_bound": found.within_bound,
        "collection_gain": collection,
        "report_gain": report,
        "growth": growth,
    }


def _refuse_not_finite(document: Mapping[str, Any]) -> None:
    """A plan outside the range of float64 is no plan."""
    for name, value in document.items():
        numbers = [value] if isinstance(value, float) else value if isinstance(value, list) else []
        flat = np.array([one for one in np.ravel(np.array(numbers, dtype=object)) if isinstance(one, float)])
        if not np.isfinite(flat.astype(np.float64)).all():
            raise InputError(
                f"{name} cannot be computed: sigma and costs are too large or too small; change units"
            )
