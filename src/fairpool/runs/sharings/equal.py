"""A sharing among agents with one cost: C3D and its relatives on real submissions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from fairpool.cli.console import Stages
from fairpool.documents.sharing import (
    Collected,
    Document,
    agent_entry,
    by_column,
    check,
    distance_check,
    nulls,
    number,
    sigma_check,
    spread_entries,
    spreads,
    submitted_check,
    summary,
)
from fairpool.files.sharing.share_file import EqualTerms, ShareFile
from fairpool.files.sharing.submissions import (
    Submitted,
    read_submissions,
    refuse_column,
    refuse_single,
    refuse_uncountable,
)
from fairpool.runs.sharings.handouts import KIND, Handout, ReleasedEstimates, ReleasedRows
from fairpool.runs.sharings.plan import equal_plan
from fairpool.runs.sharings.words import collected_notes, equal_explanation
from fairpool.sharing.agreed_plan import Plan
from fairpool.sharing.mechanisms.catalogue import Symmetric, mechanism_named
from fairpool.sharing.mechanisms.pooling import WorkingAlone
from fairpool.sharing.release import MeanRelease, Release
from fairpool.sharing.spread import refuse_wrong_sigma
from fairpool.sharing.terms import SharingTerms

POINTS = 200  # of the curve
FEWEST, MOST = 0.05, 3.0  # samples on the curve, in units of the plan's
_MOST_AMOUNTS = 2000
_ROUNDING = 1e-9
_BOUNDS = {
    "c3d": 2.0,
    "c3d-tuned": 2.0,
    "bounded-variance": 2.0,
    "pool-and-share": 1.0,
    "quota": 1.0,
    "no-fabrication": 1.0,
}


@dataclass(frozen=True, slots=True, eq=False)
class EqualRound:
    """``mechanism`` counts whole samples, ``theory`` real ones."""

    share: ShareFile
    submitted: Submitted
    collected: Collected
    mechanism: Symmetric
    theory: Symmetric
    power: int

    def handouts(self) -> Iterator[Handout]:
        """In the order of the agents."""
        plan, alone = self.mechanism.plan(), _alone(self.mechanism.terms)
        rng = np.random.default_rng(self.share.seed)
        released: tuple[Release | MeanRelease, ...] = self.mechanism.release(self.submitted.samples, rng=rng)
        for i, release in enumerate(released):
            yield self._handout(i, release, plan, alone)

    def _handout(self, i: int, release: Release | MeanRelease, plan: Plan, alone: WorkingAlone) -> Handout:
        agent, own = self.share.agents[i], self.submitted.samples[i]
        columns, width = self.submitted.columns, len(self.submitted.columns)
        estimate = self.mechanism.estimate(own, release)  # type: ignore[arg-type]
        clean, corrupted = self._rows_given(i, release)
        numbers = {
            "noise_variance": nulls(release.noise_variance),
            "weight": nulls(release.weight),
            "estimate": nulls(estimate.mean),
            "standard_error": nulls(estimate.standard_error),
        }
        realised = float((estimate.standard_error**2).sum() + self.mechanism.terms.cost * len(own))
        entry = agent_entry(agent, i, self.collected, self.mechanism.terms.sigma) | numbers
        entry |= {
            "asked": [plan.samples] * width,
            "clean": [clean] * width,
            "corrupted": [corrupted] * width,
            "penalty": plan.penalty,
            "penalty_alone": alone.plan().penalty,
            "penalty_realised": realised if np.isfinite(realised) else None,
            "notes": collected_notes(len(own), plan.samples),
        }
        record = {
            "agent": agent.name,
            "mechanism": self.share.mechanism,
            "columns": list(columns),
            **numbers,
            "clean_rows": clean,
            "corrupted_rows": corrupted,
            "explanation": equal_explanation(release, submitted=len(own)),
        }
        return Handout(agent.folder, entry, _released(release, columns), record)

    def _rows_given(self, i: int, release: Release | MeanRelease) -> tuple[int, int]:
        """Clean and corrupted ones; in an estimate that carries noise all others' rows are corrupted."""
        if isinstance(release, Release):
            return len(release.clean), len(release.corrupted)
        return 0, int(self.collected.other_counts[i, 0]) if np.isfinite(release.mean).all() else 0

    def document(self, agents: Sequence[Document]) -> Document:
        """summary.json."""
        terms, columns = self.mechanism.terms, self.submitted.columns
        found = spreads(self.submitted.samples)
        upper_bound = self.share.mechanism == "bounded-variance"
        checks = [
            _best_response(self.mechanism),
            _rational(self.mechanism),
            *self._bound(),
            sigma_check(columns, found, terms.sigma, upper_bound=upper_bound),
            submitted_check(agents),
            distance_check(agents, columns),
        ]
        return summary(
            self.share,
            columns,
            sigma=terms.sigma,
            cost=terms.cost,
            plan=equal_plan(self.mechanism, whole=True),
            theory=equal_plan(self.theory, whole=False),
            spread=spread_entries(columns, found),
            agents=list(agents),
            curves=[_curve(self.mechanism)],
            checks=checks,
            notes=_notes(self.mechanism),
        )

    def _bound(self) -> list[Document]:
        name, plan = self.share.mechanism, self.mechanism.plan()
        bound = 1 + 1 / (2 * self.power) if name == "estimate-only" else _BOUNDS.get(name)
        if bound is None:
            return []
        words = f"All penalties together are {plan.ratio:.3f} times the least possible; the theory promises at most"
        holds = self.theory.plan().ratio <= bound + _ROUNDING
        return [check("near the optimum", bool(holds), f"{words} {bound:g} before samples are made whole.")]


def equal_round(share: ShareFile, terms: EqualTerms, stages: Stages) -> EqualRound:
    """Read, plan and check; raises InputError."""
    submitted = read_submissions(share, stages.progress)
    refuse_column(KIND, share, submitted.columns)
    agreed = SharingTerms(len(share.agents), terms.sigma, terms.cost, len(submitted.columns))
    stages.stage("planning")
    theory = mechanism_named(share.mechanism, agreed, power=terms.power)
    mechanism = theory.whole()
    equal_plan(mechanism, whole=True)
    asked = mechanism.plan().samples
    refuse_uncountable(asked)
    for agent, own in zip(share.agents, submitted.samples, strict=True):
        refuse_single(agent, len(own), asked)
    refuse_wrong_sigma(
        by_column(submitted.samples),
        terms.sigma,
        names=submitted.columns,
        upper_bound=share.mechanism == "bounded-variance",
    )
    return EqualRound(share, submitted, Collected.of(submitted.samples), mechanism, theory, terms.power)


def _released(release: Release | MeanRelease, columns: Sequence[str]) -> ReleasedRows | ReleasedEstimates:
    if isinstance(release, MeanRelease):
        return ReleasedEstimates(columns, release.mean)
    return ReleasedRows(columns, release.clean, release.corrupted)


def _alone(terms: SharingTerms) -> WorkingAlone:
    return WorkingAlone.of(terms).whole()


# ---- the curve and the checks


def _curve(mechanism: Symmetric) -> Document:
    plan, alone = mechanism.plan(), _alone(mechanism.terms)
    amounts = np.union1d(np.linspace(FEWEST, MOST, POINTS) * plan.samples, [plan.samples])
    return {
        "title": "Penalty of an agent by the samples it collects, the others following the plan",
        "unit": "samples collected by an agent",
        "agent": None,
        "amounts": amounts.tolist(),
        "penalties": nulls(mechanism.expected_penalty(amounts)),
        "alone": nulls(alone.expected_penalty(amounts)),
        "equilibrium": plan.samples,
        "equilibrium_penalty": float(mechanism.expected_penalty(plan.samples)),
        "alone_samples": alone.samples,
        "alone_penalty": alone.plan().penalty,
    }


def _best_response(mechanism: Symmetric) -> Document:
    """Looks at every whole amount up to three times the plan's (at some two thousand of them, if there are more)."""
    n = mechanism.plan().samples
    amounts = np.unique(np.append(np.rint(np.linspace(0, np.ceil(MOST * n), _MOST_AMOUNTS)), n))
    with np.errstate(all="ignore"):
        penalties = np.nan_to_num(mechanism.expected_penalty(amounts), nan=np.inf)
    best, honest = int(penalties.argmin()), float(mechanism.expected_penalty(n))
    holds = honest <= penalties[best] * (1 + _ROUNDING)
    words = (
        f"If the others follow the plan, an agent that collects {number(n)} has a penalty of {number(honest)}"
    )
    if holds:
        words += "; no other number of samples is better."
    else:
        words += f"; with {number(float(amounts[best]))} it would have {number(float(penalties[best]))}."
    return check("collecting what the plan asks is best", bool(holds), words)


def _rational(mechanism: Symmetric) -> Document:
    shared, alone = mechanism.plan().penalty, _alone(mechanism.terms).plan().penalty
    holds = shared <= alone * (1 + _ROUNDING)
    words = f"An agent's penalty is {number(shared)} when all follow the plan, and {number(alone)} alone."
    return check("nobody is worse off than alone", bool(holds), words)


def _notes(mechanism: Any) -> list[str]:
    plan = mechanism.plan()
    if plan.mechanism in ("c3d", "c3d-tuned", "bounded-variance") and plan.alpha is None:
        return [
            "With these terms no corruption makes sharing a best choice, so nothing is shared: "
            "every agent works alone."
        ]
    if not plan.truthful and plan.mechanism != "bounded-variance":
        return ["This mechanism does not make collecting and reporting truthfully an agent's best choice."]
    return []
