"""Truthful sharing among agents with different costs ([CCZK25]): a plan, and what everybody is given.

c_ik     ``costs``         of a sample of distribution k for agent i, in (0, inf]
n^OPT    ``optimum``       least social penalty among the individually rational plans (eq. 7): the yardstick
         ``baseline``      the plan of the chosen bargaining objective, if all reported honestly
         ``enforced``      the enforceable plan made from it: what agents are asked to collect
8        the paper's bound on the social penalty over the baseline's, where condition (8) holds; elsewhere 8 sqrt(m)

Agents are given estimates, not rows.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from fairpool.ground.arrays import Float, Floats
from fairpool.ground.errors import InputError
from fairpool.ground.progress import Progress
from fairpool.sharing.bargaining.baseline import Baseline, Objective, bargain, checked_costs, penalties_alone
from fairpool.sharing.chance_of_release import AgentDraw, OneRound, ReleaseChance
from fairpool.sharing.enforcement.cross_check import mean_of
from fairpool.sharing.enforcement.enforcement import (
    Enforcement,
    Role,
    enforceable,
    enforceable_in_whole,
    whole_alone,
)
from fairpool.sharing.release import Estimate, MeanRelease, checked_rows
from fairpool.sharing.tolerances import NO_GAIN

SamplesByDistribution = Sequence[ArrayLike]


@dataclass(frozen=True, slots=True, eq=False)
class Heterogeneous:
    """The mechanism for m agents and d distributions of the same standard deviation ``sigma``."""

    costs: Floats
    sigma: float
    baseline: Baseline
    optimum: Baseline
    enforced: Enforcement

    @classmethod
    def of(
        cls,
        costs: ArrayLike,
        sigma: float,
        *,
        objective: Objective = Objective.SOCIAL,
        progress: Progress | None = None,
    ) -> Heterogeneous:
        """Raises InputError as `bargain` does: what is wrong with the costs or sigma."""
        table = checked_costs(costs, sigma)
        baseline = bargain(table, sigma, objective, progress=progress)
        optimum = baseline if objective is Objective.SOCIAL else bargain(table, sigma, Objective.SOCIAL)
        return cls(table, sigma, baseline, optimum, enforceable(baseline.samples, table, sigma))

    def whole(self) -> Heterogeneous:
        """The same in whole samples."""
        return replace(self, enforced=enforceable_in_whole(self.baseline.samples, self.costs, self.sigma))

    @property
    def agents(self) -> int:
        return len(self.costs)

    @property
    def distributions(self) -> int:
        return self.costs.shape[1]

    @property
    def penalties_alone(self) -> Float[Floats, " agents"]:
        """What every agent has by itself; inf where it cannot sample some distribution.

        For a plan in whole samples, what it has with the best whole numbers.
        """
        if not self.enforced.whole:
            return penalties_alone(self.costs, self.sigma)
        amounts = whole_alone(self.costs, self.sigma)
        with np.errstate(divide="ignore"):
            each = self.sigma**2 / amounts + np.where(amounts > 0, self.costs, 0.0) * amounts
        return np.asarray(each.sum(axis=1))

    @property
    def favourable(self) -> bool:
        """Whether condition (8) holds for every distribution."""
        return bool(self.enforced.favourable.all())

    @property
    def social_penalty(self) -> float:
        return float(self.enforced.penalties().sum())

    @property
    def ratio(self) -> float:
        """Social penalty over that of the individually rational optimum."""
        return self.social_penalty / self.optimum.social_penalty

    @property
    def dominated(self) -> bool:
        """Whether no agent is worse off, and one better, if only the cheapest agent of each distribution collects.

        The bargain is then not worth its enforcement: agents that nobody can check work alone.
        """
        penalties = self.enforced.penalties()
        simplest = enforceable(np.zeros(self.costs.shape), self.costs, self.sigma).penalties()
        slack = NO_GAIN * penalties
        return bool((simplest <= penalties + slack).all() and (simplest < penalties - slack).any())

    @property
    def ratio_to_baseline(self) -> float:
        """Social penalty over that of the plan that was bargained for."""
        return self.social_penalty / self.baseline.social_penalty

    @property
    def bound(self) -> float:
        """What the theorem promises for ``ratio_to_baseline``: 8 where (8) holds, else 8 sqrt(m)."""
        return 8.0 if self.favourable else 8.0 * math.sqrt(self.agents)

    def release(
        self, submissions: Sequence[SamplesByDistribution], *, rng: np.random.Generator
    ) -> tuple[MeanRelease, ...]:
        """What every agent is given in a round that happens once."""
        return self.releases(submissions, OneRound(rng))

    def releases(
        self, submissions: Sequence[SamplesByDistribution], chance: ReleaseChance
    ) -> tuple[MeanRelease, ...]:
        """Estimates of the d means for every agent.

        submissions: an agent's samples of every distribution, d lists of numbers, some of them empty.  Where only one
        agent collects, what others submitted is not used; an agent that is asked to submit and does not is given
        nothing (nan).  A plan in real numbers rounds n_ik: run the one of `whole`.  Raises InputError for another
        number of agents or distributions, or a number that is not finite.
        """
        samples = checked_samples(submissions, agents=self.agents, distributions=self.distributions)
        by_distribution = []
        for k, part in enumerate(chance.parts(self.distributions)):
            draws = part.draws([one[k][:, None] for one in samples])
            by_distribution.append([self._released(i, k, samples, draws.of(i)) for i in range(self.agents)])
        table = np.array(by_distribution, dtype=np.float64).reshape(self.distributions, self.agents, 4)
        return tuple(MeanRelease(*table[:, i].T.copy()) for i in range(self.agents))

    def _released(
        self, i: int, k: int, samples: Sequence[Sequence[Floats]], draw: AgentDraw
    ) -> tuple[float, float, float, float]:
        """Mean, standard error, noise variance and weight of a corrupted sample."""
        own = samples[i][k]
        role = self.enforced.roles[i, k]
        if role in (Role.ALONE, Role.COLLECTS_FOR_ALL):
            return self._plain_mean(own)
        if not self.enforced.favourable[k]:
            return self._plain_mean(samples[int(self.costs[:, k].argmin())][k])
        others = np.concatenate([one[k] for j, one in enumerate(samples) if j != i])
        if role == Role.GETS_MEAN:
            return self._plain_mean(others)
        if len(own) == 0 or len(others) == 0:
            return math.nan, math.nan, math.nan, math.nan
        return self._checked_mean(own, others, i, k, draw)

    def _plain_mean(self, rows: Floats) -> tuple[float, float, float, float]:
        if len(rows) == 0:
            return math.nan, math.nan, math.nan, math.nan
        return float(rows.mean()), self.sigma / math.sqrt(len(rows)), 0.0, 1.0

    def _checked_mean(
        self, own: Floats, others: Floats, i: int, k: int, draw: AgentDraw
    ) -> tuple[float, float, float, float]:
        came_clean, rest = draw.split(max(1, round(float(self.enforced.samples[i, k]))))
        clean = others[came_clean]
        found = (self.enforced.alpha[i, k] * (own.mean() - mean_of(clean[:, None]))) ** 2
        noise_variance = float(draw.judged(came_clean, found)[0])
        corrupted = others[rest] + math.sqrt(noise_variance) * draw.noise(rest, 1)[:, 0]
        weight = 1 / (1 + noise_variance / self.sigma**2)
        total = len(own) + len(clean) + weight * len(corrupted)
        mean = (own.sum() + clean.sum() + weight * corrupted.sum()) / total
        return float(mean), self.sigma / math.sqrt(total), noise_variance, weight

    def estimate(self, own: SamplesByDistribution, release: MeanRelease) -> Estimate:  # noqa: ARG002
        """The recommended estimate: what was released, as it is."""
        return Estimate(release.mean, release.standard_error)


def checked_samples(
    submissions: Sequence[SamplesByDistribution], *, agents: int, distributions: int
) -> tuple[tuple[Floats, ...], ...]:
    """float64 (rows_ik,) for every agent and distribution; InputError names the agent and the distribution."""
    if len(submissions) != agents:
        raise InputError(f"submissions: got {len(submissions)}, expected {agents}, one per agent")
    return tuple(_checked_agent(one, i, distributions) for i, one in enumerate(submissions, start=1))


def _checked_agent(samples: SamplesByDistribution, agent: int, distributions: int) -> tuple[Floats, ...]:
    if len(samples) != distributions:
        raise InputError(
            f"agent {agent}: got samples of {len(samples)} distributions, expected {distributions}"
        )
    return tuple(
        checked_rows(one, 1, f"agent {agent}, distribution {k}")[:, 0]
        for k, one in enumerate(samples, start=1)
    )
