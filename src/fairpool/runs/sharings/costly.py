"""A sharing among agents with costs of their own: estimates from real submissions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from fairpool.documents.sharing.checked import CheckEntry
from fairpool.documents.sharing.mediator import AgentEntry, SharingDocument
from fairpool.documents.sharing.plans import CostsPlan, PenaltyCurve
from fairpool.files.problem_in_file import concerning
from fairpool.files.sharing.costs import CostTable, read_costs
from fairpool.files.sharing.share_file import CostTerms, ShareFile
from fairpool.files.sharing.submissions import Submitted, read_submissions, refuse_single, refuse_uncountable
from fairpool.ground.arrays import Floats
from fairpool.ground.progress import Watch
from fairpool.runs.sharings.checks import distance_check, sigma_check, spread_entries, submitted_check
from fairpool.runs.sharings.handouts import Handout, ReleasedEstimates, agent_entry, numbers_of, summary
from fairpool.runs.sharings.numbers import known, nulls, whole_numbers
from fairpool.runs.sharings.planning import costs_plan
from fairpool.runs.sharings.words import ROLES, collected_notes_by_column, costs_explanation, listed
from fairpool.sharing.collected import Collected, by_column
from fairpool.sharing.enforcement.enforcement import Role, whole_alone
from fairpool.sharing.mechanisms.heterogeneous import Heterogeneous
from fairpool.sharing.release import MeanRelease
from fairpool.sharing.release_book import ReleaseBook
from fairpool.sharing.spread import refuse_wrong_sigma, spreads

SHARES = np.linspace(0.05, 2.5, 50)  # of its plan, on an agent's curve; the plan itself, 1.0, is one of them


@dataclass(frozen=True, slots=True, eq=False)
class CostlyRound:
    """``mechanism`` counts whole samples, ``theory`` real ones."""

    share: ShareFile
    costs: CostTable
    submitted: Submitted
    collected: Collected
    mechanism: Heterogeneous
    theory: Heterogeneous
    book: ReleaseBook

    def handouts(self) -> Iterator[Handout]:
        """In the order of the agents."""
        samples = by_column(self.submitted.samples)
        by_agent = [[column[i] for column in samples] for i in range(len(self.share.agents))]
        penalties, alone = self.mechanism.enforced.penalties(), self.mechanism.penalties_alone
        for i, release in enumerate(self.mechanism.releases(by_agent, self.book)):
            yield self._handout(i, release, float(penalties[i]), known(alone[i]))

    def _handout(self, i: int, release: MeanRelease, penalty: float, alone: float | None) -> Handout:
        columns, enforced = self.submitted.columns, self.mechanism.enforced
        clean, corrupted = map(whole_numbers, self._rows_used(i))
        role = tuple(ROLES[Role(role)] for role in enforced.roles[i])
        numbers = numbers_of(release, release)
        entry = agent_entry(
            self.share.agents[i],
            i,
            self.collected,
            self.mechanism.sigma,
            **numbers,
            asked=enforced.samples[i].tolist(),
            clean=clean,
            corrupted=corrupted,
            penalty=penalty,
            penalty_alone=alone,
            penalty_realised=self._realised(i, release),
            role=role,
            notes=collected_notes_by_column(columns, self.collected.counts[i], enforced.samples[i]),
        )
        return Handout(entry, ReleasedEstimates(columns, release.mean), costs_explanation())

    def _rows_used(self, i: int) -> tuple[Floats, Floats]:
        """Others' samples in the estimate of every column, as they are and with noise: two of float64 (d,)."""
        enforced, others = self.mechanism.enforced, self.collected.other_counts[i]
        roles = enforced.roles[i]
        cheapest = self.collected.counts[self.costs.values.argmin(axis=0), np.arange(len(roles))]
        drawn = np.minimum(np.maximum(np.rint(enforced.samples[i]), 1), others)
        checked = (roles == Role.CHECKED) & (self.collected.counts[i] > 0)
        gets = np.where(enforced.favourable, others, cheapest)
        clean = np.where(roles == Role.GETS_MEAN, gets, np.where(checked, drawn, 0.0))
        return clean, np.where(checked, others - drawn, 0.0)

    def _realised(self, i: int, release: MeanRelease) -> float | None:
        counts = self.collected.counts[i]
        cost = np.where(counts > 0, self.costs.values[i] * np.maximum(counts, 1), 0.0).sum()
        return known((release.standard_error**2).sum() + cost)

    def document(self, agents: Sequence[AgentEntry]) -> SharingDocument:
        """summary.json."""
        sigma, columns = self.mechanism.sigma, self.submitted.columns
        found = spreads(self.submitted.samples)
        plan = costs_plan(self.mechanism, self.share.names, columns)
        checks = [
            *_plan_checks(plan),
            sigma_check(columns, found, sigma),
            submitted_check(agents),
            distance_check(agents, columns),
        ]
        return summary(
            self.share,
            columns,
            objective=plan.objective,
            sigma=sigma,
            costs=nulls(self.costs.values),
            plan=plan,
            theory=costs_plan(self.theory, self.share.names, columns),
            spread=spread_entries(columns, found),
            agents=agents,
            curves=_curves(self.mechanism, self.share.names),
            checks=checks,
            notes=_notes(plan, self.mechanism),
        )


def costly_round(share: ShareFile, terms: CostTerms, book: ReleaseBook, watch: Watch) -> CostlyRound:
    """Read, plan and check; raises InputError."""
    costs = read_costs(terms.costs).of_agents(share.names)
    submitted = read_submissions(
        share, watch.progress, columns=costs.distributions, of=terms.costs, gaps=True
    )
    watch.stage("bargaining")
    with concerning(terms.costs):
        theory = Heterogeneous.of(
            costs.values, terms.sigma, objective=terms.objective, progress=watch.progress
        )
    mechanism = theory.whole()
    refuse_uncountable(float(mechanism.enforced.samples.max()))
    collected = Collected.of(submitted.samples)
    for agent, counts, asked in zip(share.agents, collected.counts, mechanism.enforced.samples, strict=True):
        for name, count, wanted in zip(submitted.columns, counts, asked, strict=True):
            refuse_single(agent, int(count), float(wanted), name)
    refuse_wrong_sigma(submitted.samples, terms.sigma, names=submitted.columns)
    return CostlyRound(share, costs, submitted, collected, mechanism, theory, book)


# ---- curves, checks, notes


def _curves(mechanism: Heterogeneous, names: Sequence[str]) -> list[PenaltyCurve]:
    """Of every agent, over its whole plan, and over what it would collect alone, times a factor."""
    enforced = mechanism.enforced
    planned = np.union1d(SHARES, [1.0])
    penalties = np.array([enforced.penalties_if_collected(s * enforced.samples).sum(axis=1) for s in planned])
    alone = np.array([_alone_times(mechanism, s) for s in planned])
    at_plan, alone_at_plan = enforced.penalties(), mechanism.penalties_alone
    return [
        PenaltyCurve(
            title=f"Penalty of {name} by the share of its plan that it collects, the others following theirs",
            unit="share of its plan",
            agent=name,
            amounts=planned.tolist(),
            penalties=nulls(penalties[:, i]),
            alone=nulls(alone[:, i]),
            equilibrium=1.0,
            equilibrium_penalty=float(at_plan[i]),
            alone_samples=1.0,
            alone_penalty=known(alone_at_plan[i]),
        )
        for i, name in enumerate(names)
    ]


def _alone_times(mechanism: Heterogeneous, factor: float) -> Floats:
    """Penalties of agents that work alone with ``factor`` times what is best, float64 (m,); inf where they cannot."""
    costs, sigma = mechanism.costs, mechanism.sigma
    possible = np.isfinite(costs)
    amounts = factor * np.where(possible, whole_alone(costs, sigma), 1.0)
    penalties = sigma**2 / amounts + np.where(possible, costs, 0.0) * amounts
    return np.where(possible, penalties, np.inf).sum(axis=1)


def _plan_checks(plan: CostsPlan) -> list[CheckEntry]:
    found = plan.certificate
    gain = max([0.0, *(one for one in (found.collection_gain, found.report_gain) if one is not None)])
    tried = "Other amounts of every distribution, shifted and noisier reports were tried"
    worst = max((p / a for p, a in zip(plan.penalties, plan.penalties_alone, strict=True) if a), default=None)
    alone = (
        "No agent could sample every distribution alone."
        if worst is None
        else f"No agent's penalty is more than {worst:.0%} of what it has alone."
    )
    ratio = f"All penalties together are {plan.ratio_to_baseline:.3f} times those of the plan bargained for"
    return [
        CheckEntry(
            name="collecting what the plan asks is best",
            holds=found.nash_incentive_compatible,
            words=f"{tried}: the most an agent gains is {gain:.1%} of its penalty.",
        ),
        CheckEntry(name="nobody is worse off than alone", holds=found.individually_rational, words=alone),
        CheckEntry(
            name="near the optimum",
            holds=found.within_bound,
            words=f"{ratio}; the theory promises at most {plan.bound:.3g}.",
        ),
    ]


def _notes(plan: CostsPlan, mechanism: Heterogeneous) -> list[str]:
    """Which distributions are not shared as bargained for, put together by who collects them."""
    unfavourable: dict[str, list[str]] = {}
    alone: dict[tuple[str, ...], list[str]] = {}
    cheapest = mechanism.costs.argmin(axis=0)
    for k, name in enumerate(plan.distributions):
        if not plan.favourable_distributions[k]:
            unfavourable.setdefault(plan.agents[cheapest[k]], []).append(name)
        elif plan.unverifiable[k]:
            alone.setdefault(plan.unverifiable[k], []).append(name)
    return [
        *(
            f"{listed(names)}: what was bargained for cannot be enforced, so {agent} alone collects, as much "
            "as it would for itself, and everybody gets its mean."
            for agent, names in unfavourable.items()
        ),
        *(
            f"{listed(names)}: {listed(agents)} collect what they would alone, and are given nothing for it."
            for agents, names in alone.items()
        ),
    ]
