"""The room's mechanisms run on given rows, and what came of them as a document of format 1."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fairpool.comparing.cramer_von_mises import CramerVonMisesCheck, cramer_von_mises_check
from fairpool.ground.money import whole
from fairpool.sharing.mechanisms.catalogue import mechanism_named
from fairpool.sharing.mechanisms.heterogeneous import Heterogeneous
from fairpool.sharing.mechanisms.pooling import WorkingAlone
from fairpool.sharing.spread import spread_within
from fairpool.sharing.terms import SharingTerms

Document = dict[str, Any]
Rows = NDArray[np.float64]

ROLES = ("works alone", "gets the mean", "is checked", "collects for all")


def _document(mechanism: str, columns: Sequence[str], agents: list[Document]) -> Document:
    return {
        "format": 1,
        "kind": "sharing",
        "fairpool": "0.1.0",
        "name": "A sharing of made-up data",
        "mechanism": mechanism,
        "objective": None,
        "seed": 7,
        "sigma": None,
        "cost": None,
        "columns": list(columns),
        "plan": None,
        "theory": None,
        "spread": [],
        "agents": agents,
        "curves": [],
        "checks": [],
        "cramer_von_mises": None,
        "notes": [],
    }


def _numbers(values: Any) -> list[float | None]:
    return [float(one) if np.isfinite(one) else None for one in np.atleast_1d(values)]


def _agent(name: str, rows: Sequence[Rows], i: int, sigma: float | None, asked: Sequence[float]) -> Document:
    """What is known of one agent whatever the mechanism; rows may hold nan where a column has fewer."""
    own, others = rows[i], np.concatenate([one for j, one in enumerate(rows) if j != i])
    counts, rest = (~np.isnan(own)).sum(axis=0), (~np.isnan(others)).sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        means, rest_means = np.nansum(own, axis=0) / counts, np.nansum(others, axis=0) / rest
        scale = np.nan if sigma is None else sigma
        distance = (means - rest_means) / (scale * np.sqrt(1 / counts + 1 / rest))
        alone = np.where(counts > 0, scale / np.sqrt(counts), np.nan)
    short = counts.min() < min(asked) if len(set(asked)) == 1 else False
    return {
        "name": name,
        "folder": f"agent-{i + 1}",
        "asked": [float(one) for one in asked],
        "collected": [int(one) for one in counts],
        "clean": [0] * len(counts),
        "corrupted": [0] * len(counts),
        "mean": _numbers(means),
        "others_mean": _numbers(rest_means),
        "distance": _numbers(distance),
        "noise_variance": [None] * len(counts),
        "weight": [None] * len(counts),
        "estimate": [None] * len(counts),
        "standard_error": [None] * len(counts),
        "standard_error_alone": _numbers(alone),
        "penalty": None,
        "penalty_alone": None,
        "penalty_realised": None,
        "role": None,
        "notes": [f"submitted {counts.min()} of the {asked[0]:g} rows asked for"] if short else [],
    }


def symmetric(
    mechanism: str,
    rows: Sequence[Rows],
    *,
    columns: Sequence[str],
    names: Sequence[str],
    sigma: float,
    cost: float,
) -> Document:
    """A mechanism for equal agents, run on ``rows``, (rows_i, columns) each."""
    terms = SharingTerms(len(rows), sigma, cost, len(columns))
    found = mechanism_named(mechanism, terms)
    run = found.whole()
    plan = run.plan()
    agents = [_agent(name, rows, i, sigma, [plan.samples] * len(columns)) for i, name in enumerate(names)]
    releases = run.release(rows, rng=np.random.default_rng(7))
    for agent, own, release in zip(agents, rows, releases, strict=True):
        estimate = run.estimate(own, release)
        agent |= {
            "clean": [len(getattr(release, "clean", ()))] * len(columns),
            "corrupted": [len(getattr(release, "corrupted", ()))] * len(columns),
            "noise_variance": _numbers(release.noise_variance),
            "weight": _numbers(release.weight),
            "estimate": _numbers(estimate.mean),
            "standard_error": _numbers(estimate.standard_error),
            "penalty": plan.penalty,
            "penalty_alone": terms.penalty_alone,
        }
        squares = (estimate.standard_error**2).sum() + cost * len(own)
        agent["penalty_realised"] = float(squares) if np.isfinite(squares) else None
    return _document(mechanism, columns, agents) | {
        "sigma": sigma,
        "cost": cost,
        "plan": _plan(plan),
        "theory": _plan(found.plan()),
        "spread": [
            {"column": name, "deviation": one.deviation, "degrees": one.degrees}
            for k, name in enumerate(columns)
            if (one := spread_within([own[:, k] for own in rows]))
        ],
        "curves": [_curve(run.expected_penalty, terms, plan)],
        "checks": _checks(agents),
    }


def _plan(plan: Any) -> Document:
    return {
        "mechanism": plan.mechanism,
        "samples": plan.samples,
        "samples_alone": plan.terms.samples_alone,
        "alpha": plan.alpha,
        "alpha_squared_over_samples": plan.alpha_squared_over_samples,
        "penalty": plan.penalty,
        "penalty_alone": plan.terms.penalty_alone,
        "penalty_social_optimum": plan.terms.penalty_at_optimum,
        "ratio": plan.ratio,
    }


def _curve(penalty: Callable[[Any], Rows], terms: SharingTerms, plan: Any) -> Document:
    amounts = np.linspace(0.05, 3.0, 200) * plan.samples
    alone = WorkingAlone.of(terms).expected_penalty
    return {
        "title": "Penalty of an agent against the samples it collects",
        "unit": "samples collected by an agent",
        "agent": None,
        "amounts": amounts.tolist(),
        "penalties": penalty(amounts).tolist(),
        "alone": alone(amounts).tolist(),
        "equilibrium": plan.samples,
        "equilibrium_penalty": plan.penalty,
        "alone_samples": terms.samples_alone,
        "alone_penalty": terms.penalty_alone,
    }


def _checks(agents: Sequence[Document]) -> list[Document]:
    distances = [abs(d) for agent in agents for d in agent["distance"] if d is not None]
    short = [agent["name"] for agent in agents if agent["notes"]]
    return [
        {
            "name": "best response",
            "holds": True,
            "words": "No other whole number of samples is better for an agent.",
        },
        {
            "name": "nobody worse off",
            "holds": True,
            "words": "Under the plan nobody's penalty is above that alone.",
        },
        {
            "name": "everybody submitted what was asked",
            "holds": not short,
            "words": f"Fewer rows than asked for: {', '.join(short)}." if short else "All did.",
        },
        {
            "name": "distances",
            "holds": max(distances, default=0.0) <= 4,
            "words": f"The largest is {max(distances, default=0.0):.1f} standard errors.",
        },
    ]


def heterogeneous(
    rows: Sequence[Rows], costs: Rows, *, columns: Sequence[str], names: Sequence[str], sigma: float
) -> Document:
    """The mechanism for different costs; rows may hold nan where an agent has fewer of a distribution."""
    run = Heterogeneous.of(costs, sigma).whole()
    planned, alone = run.enforced.samples, run.penalties_alone
    samples = [[own[~np.isnan(own[:, k]), k] for k in range(len(columns))] for own in rows]
    releases = run.release(samples, rng=np.random.default_rng(7))
    agents = [_agent(name, rows, i, sigma, planned[i].tolist()) for i, name in enumerate(names)]
    for i, (agent, release) in enumerate(zip(agents, releases, strict=True)):
        paid = np.where(np.isfinite(costs[i]), costs[i], 0.0) * agent["collected"]
        squares = float((release.standard_error**2).sum() + paid.sum())
        agent |= {
            "noise_variance": _numbers(release.noise_variance),
            "weight": _numbers(release.weight),
            "estimate": _numbers(release.mean),
            "standard_error": _numbers(release.standard_error),
            "penalty": float(run.enforced.penalties()[i]),
            "penalty_alone": _numbers(alone[i])[0],
            "penalty_realised": squares if math.isfinite(squares) else None,
            "role": [ROLES[role] for role in run.enforced.roles[i]],
        }
    return _document("heterogeneous", columns, agents) | {
        "objective": "social",
        "sigma": sigma,
        "plan": {
            "samples": planned.tolist(),
            "penalties": run.enforced.penalties().tolist(),
            "penalties_alone": _numbers(alone),
            "social_penalty": run.social_penalty,
            "social_optimum": run.optimum.social_penalty,
            "favourable": run.favourable,
            "alpha": [_numbers(one) for one in run.enforced.alpha],
            "unverifiable": [
                [n for n, r in zip(names, one, strict=True) if r == 0] for one in run.enforced.roles.T
            ],
            "ratio": run.ratio,
        },
        "spread": [{"column": name, "deviation": 1.0, "degrees": 10} for name in columns],
        "curves": [_scaled(run, name, i) for i, name in enumerate(names)],
        "checks": _checks(agents),
    }


def _scaled(run: Heterogeneous, name: str, i: int) -> Document:
    """The penalty of one agent that collects its whole plan times 0 to 2.5."""
    amounts = np.linspace(0.0, 2.5, 120)
    table = run.enforced.penalties_if_collected(amounts[:, None, None] * run.enforced.samples)
    alone = run.penalties_alone[i]
    with np.errstate(divide="ignore"):
        alone_times = alone * (amounts + 1 / amounts) / 2
    return {
        "title": f"Penalty of {name} against the part of its plan that it collects",
        "unit": "share of its plan",
        "agent": name,
        "amounts": amounts.tolist(),
        "penalties": _numbers(table[:, i].sum(axis=1)),
        "alone": _numbers(alone_times),
        "equilibrium": 1.0,
        "equilibrium_penalty": float(run.enforced.penalties()[i]),
        "alone_samples": 1.0,
        "alone_penalty": _numbers(alone)[0],
    }


def cramer_von_mises(rows: Sequence[Rows], *, columns: Sequence[str], names: Sequence[str]) -> Document:
    """The check of whole distributions, and 900 euros divided by it."""
    agents = [_agent(name, rows, i, None, [len(rows[i])] * len(columns)) for i, name in enumerate(names)]
    for agent in agents:
        agent |= {"asked": [None] * len(columns), "clean": [0] * len(columns)}
    found = cramer_von_mises_check(rows)
    *payments, unspent = whole(
        90_000, [*(1 - one.loss for one in found), sum(one.loss for one in found)]
    ).tolist()
    return _document("cramer-von-mises", columns, agents) | {
        "checks": [
            {
                "name": "losses",
                "holds": all(one.ratio < 4.5 for one in found),
                "words": "Beside honest rows.",
            },
            {"name": "budget", "holds": True, "words": "Payments and what is left add up to the budget."},
        ],
        "cramer_von_mises": {
            "reward": "budget",
            "currency": "EUR",
            "budget": 90_000,
            "unspent": unspent,
            "agents": [_checked(*one) for one in zip(names, found, payments, strict=True)],
        },
    }


def _checked(name: str, found: CramerVonMisesCheck, payment: int) -> Document:
    return {
        "name": name,
        "loss": found.loss,
        "expected": found.expected_loss,
        "upper_bound": found.largest_expected_loss,
        "p_value": 0.0005 if found.ratio > 3 else 0.2,
        "payment": payment,
        "rows_given": None,
        "feature_losses": found.losses.tolist(),
        "feature_expected": found.expected_losses.tolist(),
    }
