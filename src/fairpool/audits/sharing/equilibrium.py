"""Can an agent do better than the plan when the others follow it?  A search over amounts, reports and weights.

The plan is a Nash equilibrium if it cannot.  Three layers:

exact       amounts, shifts, noise and constants, whose penalties have closed forms (`exact_response`)
simulated   every deviation of the catalogue x amounts from 0 to three times the plan's, then finer around the best of
            each, always on common random numbers with the plan
fresh       the best of each once more on new draws, so that having been picked does not flatter it

Penalties are the worst over true means; a simulation tries only some means, which flatters the deviation and never the
plan.  A gain that was found is evidence against the plan.  That none was found is no proof; for normal data and C3D the
proof is in docs/theory/sharing.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import numpy as np

from fairpool.audits.catalogue import CATALOGUE, deviations_of
from fairpool.audits.deviation import Deviation, Deviator
from fairpool.audits.finding import Finding
from fairpool.audits.sharing.exact_response import ClosedForm, exact_trials
from fairpool.audits.sharing.population import Population
from fairpool.audits.sharing.reports import Report
from fairpool.audits.sharing.simulation import compare
from fairpool.audits.sharing.strategies import Strategy, Weighing
from fairpool.audits.trial import Trial
from fairpool.ground.errors import InputError
from fairpool.ground.progress import Progress, unwatched
from fairpool.ground.seeds import Chance, chance
from fairpool.sharing.mechanisms.bounded_variance import BoundedVariance
from fairpool.sharing.mechanisms.pooling import Quota

_ROUNDING = 1e-9  # of the penalty: gains below are not gains
_FINER = 3  # times that the neighbourhood of the best candidates is searched
_GRID = 13  # amounts from 0 to three times the plan's


def best_response(
    mechanism: ClosedForm,
    *,
    runs: int,
    rng: Chance,
    weighing: Weighing = Weighing.RECOMMENDED,
    population: Population | None = None,
    catalogue: Sequence[Deviation[Any]] = CATALOGUE,
    progress: Progress = unwatched,
) -> Finding[Strategy]:
    """Look for the best an agent can do against the plan of a mechanism for equal agents.

    Parameters
    ----------
    mechanism : ClosedForm
        `C3D`, `BoundedVariance`, `EstimateOnly`, `PoolAndShare`, `Quota` or `WorkingAlone`.
    runs : int
        Of the last look at the best of each deviation; an eighth for each of some 300 candidates before.
    rng : numpy.random.Generator
        All chance comes from here.
    weighing : Weighing
        Of the agent that follows the plan; a deviating agent weighs as well as it can.
    population : Population, optional
        Where samples come from; normal unless given, and then nothing is exact.
    catalogue : sequence of Deviation
        What is tried: those of an agent.
    progress : callable
        Told the steps done and all steps.

    Returns
    -------
    Finding
        The best of every deviation as a trial, exact ones first, in penalties: ``honest`` is that of an agent that
        follows the plan, exact for normal data and simulated otherwise.  The finding holds if the plan is a best
        response, as far as was tried.

    Raises
    ------
    InputError
        As `compare`, and for fewer than 16 runs.

    Notes
    -----
    Cost: some 300 candidates and four times the neighbours of the best, about 0.1 microseconds for each run.

    Examples
    --------
    Nobody follows the plan of pooling: collecting nothing is better, by a factor 2 (m - 1)/m.

    >>> import numpy as np
    >>> from fairpool.sharing.mechanisms.c3d import C3D
    >>> from fairpool.sharing.mechanisms.pooling import PoolAndShare
    >>> from fairpool.sharing.terms import SharingTerms
    >>> terms = SharingTerms(agents=10, sigma=1.0, cost=0.0025)
    >>> found = best_response(PoolAndShare.of(terms), runs=2000, rng=np.random.default_rng(1))
    >>> found.verdict, found.best.action.samples, round(found.best.factor, 6)
    ('gain found', 0.0, 1.8)
    >>> best_response(C3D.published(terms), runs=2000, rng=np.random.default_rng(1)).holds
    True

    References
    ----------
    Chen, Zhu, Kandasamy, Mechanism Design for Collaborative Normal Mean Estimation, NeurIPS 2023 (arXiv:2306.06351).
    """
    rng = chance(rng)
    if runs < 16:
        raise InputError(f"runs: got {runs}, expected at least 16")
    plan = mechanism.plan()
    honest = Strategy(plan.samples, weighing=weighing)
    search = _Search(mechanism, honest, max(2, runs // 8), population)
    best = search.best_of_each(_possible(mechanism, catalogue), rng=rng, progress=progress)
    strategies = [honest, *(one.strategy for one in best)]
    fresh = compare(mechanism, strategies, runs=runs, rng=rng, population=population)
    progress(_FINER + 2, _FINER + 2)
    normal = population is None
    penalty = _honest_penalty(mechanism, weighing) if normal else float(fresh.worst_penalties[0])
    simulated = [
        Trial(one.deviation.name, one.strategy, penalty, penalty - gain, gain, error, exact=False)
        for i, one in enumerate(best, start=1)
        for gain, error in [fresh.gain(i)]
    ]
    known = exact_trials(mechanism, penalty) if normal else ()
    return Finding("following the plan is a best response", (*known, *simulated), _ROUNDING * penalty)


def _possible(mechanism: object, catalogue: Sequence[Deviation[Any]]) -> list[Deviation[Report]]:
    """What an agent can do: where rows cannot be made up, hand in a part of its own."""
    made_up = not isinstance(mechanism, Quota) or mechanism.fabrication
    return [one for one in deviations_of(Deviator.AGENT, catalogue) if made_up or one.subset]


def _honest_penalty(mechanism: ClosedForm, weighing: Weighing) -> float:
    """plan().penalty is that of the recommended weights; expected_penalty that of the best ones."""
    plan = mechanism.plan()
    if weighing is Weighing.RECOMMENDED:
        return plan.penalty
    return float(mechanism.expected_penalty(plan.samples))


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A strategy as a point of its deviation; ``plan``: the samples that honesty collects."""

    deviation: Deviation[Report]
    plan: float
    samples: float
    parameter: float
    weighing: Weighing

    @property
    def strategy(self) -> Strategy:
        return Strategy(self.samples, self.deviation.make(self.parameter, self.plan), self.weighing)


@dataclass(frozen=True, slots=True)
class _Search:
    """Looks for the best strategy of every deviation."""

    mechanism: ClosedForm
    honest: Strategy
    runs: int
    population: Population | None

    def best_of_each(
        self, deviations: Sequence[Deviation[Report]], *, rng: np.random.Generator, progress: Progress
    ) -> list[_Candidate]:
        """One candidate for every deviation, and for every way to weigh that may be best."""
        step = self.honest.samples * 3 / (_GRID - 1)
        best = self._best(
            [
                _Candidate(deviation, self.honest.samples, t, p, weighing)
                for deviation, t, weighing in product(deviations, self._amounts(step), self._weighings())
                for p in deviation.parameters
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
        finer = replace(one, deviation=one.deviation.finer())
        parameters = finer.deviation.around(one.parameter)
        return [replace(finer, samples=t, parameter=p) for t, p in product(amounts, parameters)]

    def _possible(self, amounts: Sequence[float]) -> list[float]:
        """Whole where the plan is; at least 0."""
        whole = float(self.honest.samples).is_integer()
        return sorted({float(round(t)) if whole else float(t) for t in amounts if t >= 0})

    def _best(self, tried: Sequence[_Candidate], *, rng: np.random.Generator) -> list[_Candidate]:
        """The one with the least worst penalty of every deviation."""
        strategies = [self.honest, *(one.strategy for one in tried)]
        found = compare(
            self.mechanism, strategies, runs=self.runs, rng=rng, population=self.population
        ).worst_penalties[1:]
        best: dict[tuple[str, Weighing], int] = {}
        for i, one in enumerate(tried):
            key = one.deviation.name, one.weighing
            best[key] = min(best.get(key, i), i, key=found.__getitem__)
        return [tried[i] for i in best.values()]
