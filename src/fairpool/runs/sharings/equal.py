"""A sharing among agents with one cost: C3D and its relatives on real submissions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from fairpool.documents.sharing.checked import CheckEntry
from fairpool.documents.sharing.mediator import AgentEntry, SharingDocument
from fairpool.documents.sharing.plans import PenaltyCurve
from fairpool.files.sharing.share_file import EqualTerms, ShareFile
from fairpool.files.sharing.submissions import (
    Submitted,
    read_submissions,
    refuse_column,
    refuse_single,
    refuse_uncountable,
)
from fairpool.ground.progress import Watch
from fairpool.runs.sharings.checks import distance_check, sigma_check, spread_entries, submitted_check
from fairpool.runs.sharings.handouts import (
    KIND,
    Handout,
    ReleasedEstimates,
    ReleasedRows,
    agent_entry,
    numbers_of,
    summary,
)
from fairpool.runs.sharings.numbers import known, nulls
from fairpool.runs.sharings.planning import equal_plan
from fairpool.runs.sharings.words import collected_notes, equal_explanation, figure
from fairpool.sharing.collected import Collected
from fairpool.sharing.mechanisms.catalogue import MECHANISMS, Entry, Gives, Symmetric, mechanism_named
from fairpool.sharing.mechanisms.pooling import WorkingAlone
from fairpool.sharing.release import MeanRelease, Release
from fairpool.sharing.release_book import ReleaseBook
from fairpool.sharing.spread import refuse_wrong_sigma, spreads
from fairpool.sharing.terms import Plan, SharingTerms
from fairpool.sharing.tolerances import NO_GAIN

POINTS = 200  # of the curve
FEWEST, MOST = 0.05, 3.0  # samples on the curve, in units of the plan's
_MOST_AMOUNTS = 2000


@dataclass(frozen=True, slots=True, eq=False)
class EqualRound:
    """``mechanism`` counts whole samples, ``theory`` real ones."""

    share: ShareFile
    submitted: Submitted
    collected: Collected
    mechanism: Symmetric
    theory: Symmetric
    book: ReleaseBook

    def handouts(self) -> Iterator[Handout]:
        """In the order of the agents."""
        plan, alone = self.mechanism.plan(), _alone(self.mechanism.terms).plan()
        for i, release in enumerate(self.mechanism.releases(self.submitted.samples, self.book)):
            yield self._handout(i, release, plan, alone)

    def _handout(self, i: int, release: Release | MeanRelease, plan: Plan, alone: Plan) -> Handout:
        own, columns = self.submitted.samples[i], self.submitted.columns
        width, terms = len(columns), self.mechanism.terms
        estimate = self.mechanism.estimate(own, release)
        clean, corrupted = self._rows_given(i, release)
        numbers = numbers_of(release, estimate)
        entry = agent_entry(
            self.share.agents[i],
            i,
            self.collected,
            terms.sigma,
            **numbers,
            asked=[plan.samples] * width,
            clean=[clean] * width,
            corrupted=[corrupted] * width,
            penalty=plan.penalty,
            penalty_alone=alone.penalty,
            penalty_realised=known((estimate.standard_error**2).sum() + terms.cost * len(own)),
            notes=collected_notes(len(own), plan.samples),
        )
        explanation = equal_explanation(release, submitted=len(own))
        return Handout(entry, _released(release, columns), explanation)

    def _rows_given(self, i: int, release: Release | MeanRelease) -> tuple[int, int]:
        """Clean and corrupted ones; in an estimate that carries noise all others' rows are corrupted."""
        if isinstance(release, Release):
            return len(release.clean), len(release.corrupted)
        return 0, int(self.collected.other_counts[i, 0]) if np.isfinite(release.mean).all() else 0

    def document(self, agents: Sequence[AgentEntry]) -> SharingDocument:
        """summary.json."""
        terms, columns, entry = self.mechanism.terms, self.submitted.columns, MECHANISMS[self.share.mechanism]
        found = spreads(self.submitted.samples)
        checks = [
            _best_response(self.mechanism),
            _rational(self.mechanism),
            *_bound(self.mechanism.plan(), self.theory.plan()),
            sigma_check(columns, found, terms.sigma, upper_bound=entry.sigma_bounds),
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
            agents=agents,
            curves=[_curve(self.mechanism)],
            checks=checks,
            notes=_notes(self.mechanism.plan(), entry),
        )


def equal_round(share: ShareFile, terms: EqualTerms, book: ReleaseBook, watch: Watch) -> EqualRound:
    """Read, plan and check; raises InputError."""
    submitted = read_submissions(share, watch.progress)
    refuse_column(KIND, share, submitted.columns)
    agreed = SharingTerms(len(share.agents), terms.sigma, terms.cost, len(submitted.columns))
    watch.stage("planning")
    theory = mechanism_named(share.mechanism, agreed, power=terms.power)
    mechanism = theory.whole()
    equal_plan(mechanism, whole=True)
    asked = mechanism.plan().samples
    refuse_uncountable(asked)
    for agent, own in zip(share.agents, submitted.samples, strict=True):
        refuse_single(agent, len(own), asked)
    refuse_wrong_sigma(
        submitted.samples,
        terms.sigma,
        names=submitted.columns,
        upper_bound=MECHANISMS[share.mechanism].sigma_bounds,
    )
    return EqualRound(share, submitted, Collected.of(submitted.samples), mechanism, theory, book)


def _released(release: Release | MeanRelease, columns: Sequence[str]) -> ReleasedRows | ReleasedEstimates:
    if isinstance(release, MeanRelease):
        return ReleasedEstimates(columns, release.mean)
    return ReleasedRows(columns, release.clean, release.corrupted)


def _alone(terms: SharingTerms) -> WorkingAlone:
    return WorkingAlone.of(terms).whole()


# ---- the curve and the checks


def _curve(mechanism: Symmetric) -> PenaltyCurve:
    plan, alone = mechanism.plan(), _alone(mechanism.terms)
    amounts = np.union1d(np.linspace(FEWEST, MOST, POINTS) * plan.samples, [plan.samples])
    return PenaltyCurve(
        title="Penalty of an agent by the samples it collects, the others following the plan",
        unit="samples collected by an agent",
        agent=None,
        amounts=amounts.tolist(),
        penalties=nulls(mechanism.expected_penalty(amounts)),
        alone=nulls(alone.expected_penalty(amounts)),
        equilibrium=plan.samples,
        equilibrium_penalty=float(mechanism.expected_penalty(plan.samples)),
        alone_samples=alone.samples,
        alone_penalty=alone.plan().penalty,
    )


def _best_response(mechanism: Symmetric) -> CheckEntry:
    """Looks at every whole amount up to three times the plan's (at some two thousand of them, if there are more)."""
    n = mechanism.plan().samples
    amounts = np.unique(np.append(np.rint(np.linspace(0, np.ceil(MOST * n), _MOST_AMOUNTS)), n))
    with np.errstate(all="ignore"):
        penalties = np.nan_to_num(mechanism.expected_penalty(amounts), nan=np.inf)
    best, honest = int(penalties.argmin()), float(mechanism.expected_penalty(n))
    holds = honest <= penalties[best] * (1 + NO_GAIN)
    words = (
        f"If the others follow the plan, an agent that collects {figure(n)} has a penalty of {figure(honest)}"
    )
    if holds:
        words += "; no other number of samples is better."
    else:
        words += f"; with {figure(float(amounts[best]))} it would have {figure(float(penalties[best]))}."
    return CheckEntry(name="collecting what the plan asks is best", holds=bool(holds), words=words)


def _rational(mechanism: Symmetric) -> CheckEntry:
    shared, alone = mechanism.plan().penalty, _alone(mechanism.terms).plan().penalty
    holds = shared <= alone * (1 + NO_GAIN)
    words = f"An agent's penalty is {figure(shared)} when all follow the plan, and {figure(alone)} alone."
    return CheckEntry(name="nobody is worse off than alone", holds=bool(holds), words=words)


def _bound(plan: Plan, theory: Plan) -> list[CheckEntry]:
    if theory.bound is None:
        return []
    words = (
        f"All penalties together are {plan.ratio:.3f} times the least possible; the theory promises at most"
        f" {theory.bound:g} before samples are made whole."
    )
    holds = bool(theory.ratio <= theory.bound + NO_GAIN)
    return [CheckEntry(name="near the optimum", holds=holds, words=words)]


def _notes(plan: Plan, entry: Entry) -> list[str]:
    if entry.gives is Gives.NOISY_ROWS and plan.alpha is None:
        return [
            "With these terms no corruption makes sharing a best choice, so nothing is shared: "
            "every agent works alone."
        ]
    if not plan.truthful and not entry.sigma_bounds:
        return ["This mechanism does not make collecting and reporting truthfully an agent's best choice."]
    return []
