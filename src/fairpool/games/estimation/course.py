"""The course of an estimate: coalitions are drawn, evaluated and weighed until the stopping rule says so.

It is kept with the result, so that an estimate can go on where it stopped.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, replace

import numpy as np

from fairpool.games.estimation.allocation import SizeNoise, next_request, pilot_request
from fairpool.games.estimation.coalition_sample import (
    CoalitionSample,
    Drawn,
    Request,
    coalitions_of_size,
    draw,
    draw_walks,
    empty_sample,
)
from fairpool.games.estimation.estimated_values import EstimatedValues
from fairpool.games.estimation.stopping import Stopped, StoppingRule
from fairpool.games.estimation.stratified import StratifiedEstimate, SurrogateWorths, stratified_estimate
from fairpool.games.estimation.walks import WalkEstimate, walk_estimate
from fairpool.games.estimation.weights_by_size import SizeWeights
from fairpool.games.game import Coalitions, Game, coalitions_at, names_of, worths_of
from fairpool.ground.arrays import Floats
from fairpool.ground.errors import InputError
from fairpool.ground.progress import Progress, unwatched
from fairpool.ground.quantities import whole_number

SURROGATE_EVALUATIONS = 20  # of a surrogate game, for each evaluation of the game itself
SURROGATE_TABLE = 2**16  # a surrogate with no more coalitions than this is evaluated completely
BATCHES_OF_ALL = 8
DOUBT = 2.0  # levels alone are believed where they leave less than half of the noise of the walks

NOTHING_FOUND = StratifiedEstimate(
    np.zeros((1, 0)), np.zeros(0), SizeNoise(np.zeros(1), np.zeros(1)), np.inf, complete=False
)


@dataclass(frozen=True, slots=True, eq=False)
class Surrogate:
    """A cheap game and what is known of its value: by size (n + 1, n), and the standard errors (n,)."""

    game: Game
    parts: Floats
    standard_errors: Floats

    def on(self, coalitions: Coalitions) -> SurrogateWorths:
        return SurrogateWorths(worths_of(self.game, coalitions), self.parts, self.standard_errors)


@dataclass(frozen=True, slots=True, eq=False)
class Course:
    """Where an estimate stands: what was evaluated, what it says, why it stopped, and the chance that is left."""

    game: Game
    weights: SizeWeights
    surrogate: Surrogate | None
    sample: CoalitionSample
    rng: np.random.Generator
    found: StratifiedEstimate = NOTHING_FOUND
    stopped: Stopped = "budget"

    def with_worths_of(self, drawn: Drawn) -> Course:
        """Further on by what was drawn."""
        sample = self.sample.extended(drawn, worths_of(self.game, drawn.coalitions))
        known = None if self.surrogate is None else self.surrogate.on(sample.coalitions)
        return replace(self, sample=sample, found=stratified_estimate(sample, self.weights, known))

    @property
    def estimate(self) -> EstimatedValues:
        best = self.best
        return EstimatedValues(
            values=best.values,
            standard_errors=best.standard_errors,
            stopped=self.stopped,
            coalitions=self.sample.coalitions,
            worths=self.sample.worths,
            players=names_of(self.game),
            course=self,
        )

    @property
    def best(self) -> StratifiedEstimate | WalkEstimate:
        """The stratified estimate, or that of the walks where there are some and the other says no more than they.

        Which says more is itself seen from the two or three walks, so the bar of the other is no narrower than both in
        the mean square.
        """
        if self.found.complete or self.sample.walks.max(initial=-1) < 1:
            return self.found
        walked = walk_estimate(self.sample, self.weights)
        if walked.noise_left < DOUBT * self.found.noise_left:
            return walked
        both = np.sqrt((self.found.standard_errors**2 + walked.standard_errors**2) / 2)
        return replace(self.found, standard_errors=np.maximum(self.found.standard_errors, both))

    def extended(self, evaluations: int, progress: Progress) -> EstimatedValues:
        """Further on, with that many coalitions more."""
        if whole_number(evaluations, what="evaluations") < 1:
            raise InputError(f"evaluations: got {evaluations}, expected at least 1")
        if self.stopped == "exhausted":
            return self.estimate
        rule = StoppingRule(self.sample.evaluations + evaluations, None)
        course = replace(self, rng=deepcopy(self.rng))
        return _go_on(course, rule, progress).estimate


def run(
    game: Game,
    weights: SizeWeights,
    rule: StoppingRule,
    *,
    surrogate: Game | None,
    progress: Progress,
    rng: np.random.Generator,
) -> Course:
    """From the first coalition until the rule says stop."""
    n = weights.players
    if rule.covers(n):
        return _exhaust(game, weights, progress, rng)
    known = None if surrogate is None else _valued(surrogate, n, weights, rule, rng)
    walks = rule.walks(n) if surrogate is None and weights.even else 0
    sample = empty_sample(n)
    drawn = _walks(sample, walks, rng) if walks else draw(_first_request(weights, rule), sample, rng=rng)
    return _go_on(Course(game, weights, known, sample, rng).with_worths_of(drawn), rule, progress)


def _go_on(course: Course, rule: StoppingRule, progress: Progress) -> Course:
    n = course.weights.players
    while True:
        done, worst = course.sample.evaluations, float(course.best.standard_errors.max())
        stopped = rule.verdict(done, worst, players=n, complete=course.found.complete)
        total = rule.next_total(done, worst, n)
        progress(done, done if stopped else rule.expected(total, n))
        if stopped is None:
            request = _all_left(course.sample) if total == 2**n else _next_request(course, total - done)
            drawn = draw(request, course.sample, rng=course.rng)
            if len(drawn.coalitions):
                course = course.with_worths_of(drawn)
                continue
        return replace(course, stopped=stopped or "budget", rng=deepcopy(course.rng))


def _next_request(course: Course, spend: int) -> Request:
    return next_request(course.weights, course.found.noise, course.sample.counts, spend)


def _all_left(sample: CoalitionSample) -> Request:
    """Every coalition that is not in the sample."""
    left = coalitions_of_size(sample.players).astype(np.int64) - sample.counts
    return Request(0 * left, left)


def _walks(sample: CoalitionSample, walks: int, rng: np.random.Generator) -> Drawn:
    """The empty and the full coalition, and walks from the one to the other."""
    ends = np.zeros(sample.players + 1, np.int64)
    ends[[0, -1]] = 1
    return draw(Request(0 * ends, ends), sample, rng=rng).followed_by(draw_walks(walks, sample, rng=rng))


def _first_request(weights: SizeWeights, rule: StoppingRule) -> Request:
    """The empty and the full coalition, where they cost little all of size 1 and n-1, and the pilot."""
    n = weights.players
    extremes = [0, 1, n - 1, n] if rule.completes_extremes(n) else [0, n]
    complete = np.zeros(n + 1, np.int64)
    complete[extremes] = coalitions_of_size(n)[extremes]
    pilot = pilot_request(weights, complete, rule.first_total(n) - int(complete.sum()))
    return Request(pilot.pairs, pilot.singles + complete)


def _valued(
    surrogate: Game, players: int, weights: SizeWeights, rule: StoppingRule, rng: np.random.Generator
) -> Surrogate:
    """The surrogate's own value: exact where it has few coalitions, else from a larger sample."""
    if surrogate.players != players:
        raise InputError(f"surrogate: got {surrogate.players} players, expected {players} as in the game")
    few = 2**players <= SURROGATE_TABLE
    most = 2**players if few else SURROGATE_EVALUATIONS * rule.limit(players)
    finer = None if rule.target_error is None else rule.target_error / 3
    own = StoppingRule(most, None if few else finer)
    course = run(surrogate, weights, own, surrogate=None, progress=unwatched, rng=rng.spawn(1)[0])
    return Surrogate(surrogate, course.found.parts, course.found.standard_errors)


def _exhaust(game: Game, weights: SizeWeights, progress: Progress, rng: np.random.Generator) -> Course:
    """Every coalition, in the order of a table, and the exact value."""
    n = weights.players
    everything = coalitions_at(np.arange(2**n), n)
    worths = []
    for batch in np.array_split(everything, min(BATCHES_OF_ALL, len(everything))):
        worths.append(worths_of(game, batch))
        progress(sum(map(len, worths)), len(everything))
    nobody = np.full(len(everything), -1, np.int64)
    sample = CoalitionSample(everything, np.concatenate(worths), nobody, nobody)
    return Course(game, weights, None, sample, rng, stratified_estimate(sample, weights), "exhausted")
