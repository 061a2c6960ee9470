"""A sharing in which agents' rows are compared with each other, and rewarded by how well they agree."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from fairpool.comparing.cramer_von_mises import CramerVonMisesCheck, cramer_von_mises_check
from fairpool.comparing.permutation import EQUAL, permutation_losses
from fairpool.documents.sharing.checked import CheckEntry
from fairpool.documents.sharing.mediator import AgentEntry, ComparisonEntry, LossEntry, SharingDocument
from fairpool.documents.sharing.plans import CollectionEntry
from fairpool.files.sharing.rewards import Collection, Reward
from fairpool.files.sharing.share_file import ShareFile
from fairpool.files.sharing.submissions import Submitted, read_submissions, refuse_column
from fairpool.ground.arrays import Floats
from fairpool.ground.errors import InputError
from fairpool.ground.progress import Watch
from fairpool.runs.sharings.checks import spread_entries, submitted_check
from fairpool.runs.sharings.handouts import KIND, Handout, ReleasedRows, agent_entry, summary
from fairpool.runs.sharings.words import collected_notes, compared_explanation, listed
from fairpool.sharing.collected import Collected
from fairpool.sharing.release_book import ReleaseBook
from fairpool.sharing.rewards.budget import Payout
from fairpool.sharing.rewards.collection import CollectionPlan
from fairpool.sharing.rewards.data import DataReward, Grant
from fairpool.sharing.spread import spreads

PERMUTATIONS = 999
FEWEST_PERMUTATIONS = 19
SECONDS = 30.0  # that permutations may take, at so much per row of all agents:
SECONDS_A_ROW, SECONDS_A_CELL = 6e-8, 1e-8
MOST_LABELS = 1e8  # rows x permutations held at a time
SUSPICIOUS = 0.01


@dataclass(frozen=True, slots=True, eq=False)
class ComparedRound:
    """Every agent's check, and what it is rewarded with: money (``payout``) or rows (``grants``)."""

    share: ShareFile
    reward: Reward
    submitted: Submitted
    collected: Collected
    checks: tuple[CramerVonMisesCheck, ...]
    p_values: tuple[float, ...]
    permutations: int
    plan: CollectionPlan | None
    payout: Payout | None
    grants: tuple[Grant, ...]

    def handouts(self) -> Iterator[Handout]:
        """In the order of the agents."""
        everything = np.concatenate(self.submitted.samples)
        for i in range(len(self.share.agents)):
            yield self._handout(i, everything)

    def _handout(self, i: int, everything: Floats) -> Handout:
        agent, columns, width = self.share.agents[i], self.submitted.columns, len(self.submitted.columns)
        rows = everything[self.grants[i].rows] if self.grants else everything[:0]
        asked = self.plan.rows_each if self.plan else agent.agreed
        entry = agent_entry(
            agent,
            i,
            self.collected,
            None,
            asked=[asked] * width,
            clean=[len(rows)] * width,
            corrupted=[0] * width,
            notes=[] if asked is None else collected_notes(self.checks[i].rows, asked),
        )
        return Handout(
            entry, ReleasedRows(columns, rows, everything[:0]), compared_explanation(self.reward.kind)
        )

    def loss(self, i: int) -> LossEntry:
        """How one agent's rows compare, and its reward."""
        one = self.checks[i]
        return LossEntry(
            name=self.share.agents[i].name,
            loss=one.loss,
            expected=one.expected_loss,
            upper_bound=one.largest_expected_loss,
            p_value=self.p_values[i],
            payment=self.payout.payments[i] if self.payout else None,
            rows_given=len(self.grants[i].rows) if self.grants else None,
            feature_losses=one.losses.tolist(),
            feature_expected=one.expected_losses.tolist(),
        )

    def document(self, agents: Sequence[AgentEntry]) -> SharingDocument:
        """summary.json."""
        columns = self.submitted.columns
        plan = CollectionEntry.model_validate(self.plan, from_attributes=True) if self.plan else None
        asked = [submitted_check(agents)] if self.reward.kind != "budget" else []
        return summary(
            self.share,
            columns,
            spread=spread_entries(columns, spreads(self.submitted.samples)),
            agents=agents,
            checks=[self._alike(), *asked],
            cramer_von_mises=ComparisonEntry(
                reward=self.reward.kind,
                currency=self.reward.currency,
                budget=self.payout.total if self.payout else None,
                unspent=self.payout.unspent if self.payout else None,
                permutations=self.permutations,
                plan=plan,
                agents=tuple(map(self.loss, range(len(agents)))),
            ),
            notes=_notes(self.plan),
        )

    def _alike(self) -> CheckEntry:
        """Whether every loss is one that chance explains, among so many agents."""
        limit = SUSPICIOUS / len(self.p_values)
        agents = zip(self.share.names, self.p_values, self.checks, strict=True)
        odd = [
            f"{agent} ({self.submitted.columns[one.most_telling_feature]}, p = {p:.3g})"
            for agent, p, one in agents
            if p <= limit
        ]
        holds: bool | None = not odd
        if 1 / (1 + self.permutations) > limit:
            holds = None
            words = (
                f"{self.permutations:,} permutations cannot single out one of {len(self.p_values)} agents."
            )
        elif odd:
            words = f"More than chance explains: {listed(odd)}. This does not say who is to blame."
        else:
            words = "No loss is larger than chance explains."
        return CheckEntry(name="every agent's rows are like the others'", holds=holds, words=words)


def compared_round(share: ShareFile, reward: Reward, book: ReleaseBook, watch: Watch) -> ComparedRound:
    """Read, compare and reward; raises InputError."""
    plan = reward.scheme.plan(len(share.agents)) if isinstance(reward.scheme, Collection) else None
    submitted = read_submissions(share, watch.progress)
    refuse_column(KIND, share, submitted.columns)
    for agent, rows in zip(share.agents, submitted.samples, strict=True):
        if len(rows) < 2:
            problem = f"got one row of {agent.name!r}, expected at least two: one row has no distribution to compare"
            raise InputError(problem, file=agent.samples)
    return rewarded(share, reward, plan, submitted, book, watch)


def rewarded(
    share: ShareFile,
    reward: Reward,
    plan: CollectionPlan | None,
    submitted: Submitted,
    book: ReleaseBook,
    watch: Watch,
) -> ComparedRound:
    """Compare what was submitted, and reward it."""
    watch.stage("comparing")
    checks = cramer_von_mises_check(submitted.samples, withheld=reward.withheld)
    for_grants, for_permutations = book.generator("rewards").spawn(2)
    permutations = _permutations(submitted.samples)
    return ComparedRound(
        share=share,
        reward=reward,
        submitted=submitted,
        collected=Collected.of(submitted.samples),
        checks=checks,
        p_values=_p_values(submitted.samples, permutations, watch, rng=for_permutations),
        permutations=permutations,
        plan=plan,
        payout=_payout(reward, plan, checks),
        grants=_grants(share, reward, checks, for_grants),
    )


def _permutations(samples: Sequence[Floats]) -> int:
    """Enough to single out one of so many agents, but no more than half a minute allows."""
    rows, features, sizes = sum(map(len, samples)), samples[0].shape[1], len(set(map(len, samples)))
    wanted = max(PERMUTATIONS, int(len(samples) / SUSPICIOUS) - 1)
    affordable = SECONDS / (sizes * rows * (SECONDS_A_ROW + SECONDS_A_CELL * features))
    return int(max(FEWEST_PERMUTATIONS, min(wanted, affordable, MOST_LABELS / rows)))


def _p_values(
    samples: Sequence[Floats], permutations: int, watch: Watch, *, rng: np.random.Generator
) -> tuple[float, ...]:
    """As `permutation_p_value`; agents with equally many rows are held against the same imagined ones."""
    sizes = [len(one) for one in samples]
    imagined: dict[int, Floats] = {}
    for size, stream in zip(sorted(set(sizes)), rng.spawn(len(set(sizes))), strict=True):
        agent = sizes.index(size)
        imagined[size] = permutation_losses(samples, agent, permutations=permutations, rng=stream)[1:]
        watch.progress(len(imagined), len(set(sizes)))
    found = [(imagined[one.rows], one.loss) for one in cramer_von_mises_check(samples)]
    larger = [np.count_nonzero(losses >= loss * (1 - EQUAL)) for losses, loss in found]
    return tuple((1 + count) / (1 + permutations) for count in larger)


def _payout(
    reward: Reward, plan: CollectionPlan | None, checks: Sequence[CramerVonMisesCheck]
) -> Payout | None:
    if plan is not None:
        return plan.pay(checks)
    return None if isinstance(reward.scheme, Collection | DataReward) else reward.scheme.pay(checks)


def _grants(
    share: ShareFile, reward: Reward, checks: Sequence[CramerVonMisesCheck], rng: np.random.Generator
) -> tuple[Grant, ...]:
    if not isinstance(reward.scheme, DataReward):
        return ()
    agreed = [agent.agreed for agent in share.agents if agent.agreed is not None]
    return reward.scheme.grant(checks, agreed, rng=rng)


def _notes(plan: CollectionPlan | None) -> list[str]:
    if plan is None or plan.status != "limited":
        return []
    return [
        f"{plan.optimal_rows_each} rows per agent would be best for all, but payments that are never negative can pay "
        f"for {plan.rows_each} only."
    ]
