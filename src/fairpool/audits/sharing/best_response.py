"""Can an agent do better than the plan when the others follow it?  A search over amounts, reports and weights.

The plan is a Nash equilibrium if it cannot.  Three layers:

exact       amounts, shifts, noise and constants, whose penalties have closed forms (`exact_response`)
simulated   every family of reports x amounts from 0 to three times the plan's, then finer around the best of each
            family, always on common random numbers with the plan
fresh       the best of each family once more on new draws, so that having been picked does not flatter it

Penalties are the worst over true means; a simulation tries only some means, which flatters the deviation and never the
plan.  A gain that was found is evidence against the plan.  That none was found is no proof; for normal data and C3D the
proof is in docs/theory/sharing.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np

from fairpool.audits.sharing.exact_response import Finding, Planned, exact_findings
from fairpool.audits.sharing.population import Population
from fairpool.audits.sharing.report_families import Family, families_against
from fairpool.audits.sharing.simulation import compare
from fairpool.audits.sharing.strategies import Strategy, Weighing
from fairpool.ground.errors import InputError
from fairpool.ground.progress import Progress, unwatched
from fairpool.sharing.mechanisms.bounded_variance import BoundedVariance

_ROUNDING = 1e-9  # of the penalty: gains below are not gains
_FINER = 3  # times that the neighbourhood of the best candidates is searched
_GRID = 13  # amounts from 0 to three times the plan's


@dataclass(frozen=True, slots=True)
class BestResponse:
    """What was tried against a plan: the best of every family, exact ones first.

    honest_penalty: of an agent that follows the plan, exact for normal data, simulated otherwise.
    """

    honest: Strategy
    honest_penalty: float
    findings: tuple[Finding, ...]

    @property
    def best(self) -> Finding:
        """The largest gain; a simulated one only where it is surely above every exact one."""
        exact = [one for one in self.findings if one.exact]
        simulated = max(self.findings, key=lambda one: one.sure_gain)
        known = max(exact, key=lambda one: one.gain, default=simulated)
        return simulated if simulated.sure_gain > known.gain else known

    @property
    def gain(self) -> float:
        """Positive if the plan is not a best response."""
        return self.best.gain

    @property
    def factor(self) -> float:
        """The plan's penalty over the best one found."""
        return self.honest_penalty / self.best.penalty

    @property
    def plan_holds(self) -> bool:
        """Whether nothing that was tried gains beyond rounding and four standard errors."""
        return all(one.sure_gain <= _ROUNDING * self.honest_penalty for one in self.findings)


def best_response(
    mechanism: Planned,
    *,
    runs: int,
    rng: np.random.Generator,
    weighing: Weighing = Weighing.RECOMMENDED,
    population: Population | None = None,
    progress: Progress = unwatched,
) -> BestResponse:
    """Try everything against the plan of a mechanism for equal agents.

    runs        of the last look at the best of each family; an eighth for each of some 300 candidates before
    weighing    of the agent that follows the plan; a deviating agent weighs as well as it can
    population  where samples come from; normal unless given, and then nothing is exact

    Raises InputError as `compare`, and for fewer than 16 runs.
    """
    if runs < 16:
        raise InputError(f"runs: got {runs}, expected at least 16")
    plan = mechanism.plan()
    honest = Strategy(plan.samples, weighing=weighing)
    search = _Search(mechanism, honest, max(2, runs // 8), population)
    best = search.best_of_each(families_against(mechanism, plan.samples), rng=rng, progress=progress)
    strategies = [honest, *(one.strategy for one in best)]
    fresh = compare(mechanism, strategies, runs=runs, rng=rng, population=population)
    progress(_FINER + 2, _FINER + 2)
    exact = population is None
    honest_penalty = _honest_penalty(mechanism, weighing) if exact else float(fresh.worst_penalties[0])
    simulated = [
        Finding(one.family.name, one.strategy, honest_penalty - gain, gain, error, exact=False)
        for i, one in enumerate(best, start=1)
        for gain, error in [fresh.gain(i)]
    ]
    known = exact_findings(mechanism, honest_penalty) if exact else ()
    return BestResponse(honest, honest_penalty, (*known, *simulated))


def _honest_penalty(mechanism: Planned, weighing: Weighing) -> float:
    """plan().penalty is that of the recommended weights; expected_penalty that of the best ones."""
    plan = mechanism.plan()
    if weighing is Weighing.RECOMMENDED:
        return plan.penalty
    return float(mechanism.expected_penalty(plan.samples))


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A strategy as a point of its family."""

    family: Family
    samples: float
    parameter: float
    weighing: Weighing

    @property
    def strategy(self) -> Strategy:
        return Strategy(self.samples, self.family.make(self.parameter), self.weighing)


@dataclass(frozen=True, slots=True)
class _Search:
    """Looks for the best strategy of every family."""

    mechanism: Planned
    honest: Strategy
    runs: int
    population: Population | None

    def best_of_each(
        self, families: Sequence[Family], *, rng: np.random.Generator, progress: Progress
    ) -> list[_Candidate]:
        """One candidate for every family, and for every way to weigh that may be best."""
        step = self.honest.samples * 3 / (_GRID - 1)
        best = self._best(
            [
                _Candidate(family, t, p, weighing)
                for family, t, weighing in product(families, self._amounts(step), self._weighings())
                for p in family.parameters
            ],
            rng=rng,
        )
        for round_ in range(1, _FINER + 1):
            progress(round_, _FINER + 2)
            nearby = [near for one in best for near in self._nearby(one, step / 2**round_)]
            best = self._best(nearby, rng=rng)
        return best

    def _weighings(self) -> tuple[Weighing, ...]:
        """For normal data the best weights are known; for other data a fixed weight may be better."""
        fixed = isinstance(self.mechanism, BoundedVariance) and self.population is not None
        return tuple(Weighing) if fixed else (Weighing.BEST,)

    def _amounts(self, step: float) -> list[float]:
        n = self.honest.samples
        return self._possible([*np.arange(_GRID) * step, n - 1, n, n + 1])

    def _nearby(self, one: _Candidate, step: float) -> list[_Candidate]:
        amounts = self._possible([one.samples - step, one.samples, one.samples + step, self.honest.samples])
        finer = replace(one, family=one.family.finer())
        parameters = finer.family.around(one.parameter)
        return [replace(finer, samples=t, parameter=p) for t, p in product(amounts, parameters)]

    def _possible(self, amounts: Sequence[float]) -> list[float]:
        """Whole where the plan is; at least 0."""
        whole = float(self.honest.samples).is_integer()
        return sorted({float(round(t)) if whole else float(t) for t in amounts if t >= 0})

    def _best(self, tried: Sequence[_Candidate], *, rng: np.random.Generator) -> list[_Candidate]:
        """The one with the least worst penalty in every family."""
        strategies = [self.honest, *(one.strategy for one in tried)]
        found = compare(
            self.mechanism, strategies, runs=self.runs, rng=rng, population=self.population
        ).worst_penalties[1:]
        best: dict[tuple[str, Weighing], int] = {}
        for i, one in enumerate(tried):
            key = one.family.name, one.weighing
            best[key] = min(best.get(key, i), i, key=found.__getitem__)
        return [tried[i] for i in best.values()]
