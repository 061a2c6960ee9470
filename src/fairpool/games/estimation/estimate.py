"""Values of games too large to enumerate: a stratified sample of coalitions, with honest error bars.

    value_i = sum over sizes s of  (mean over coalitions of size s of z_i(S))

1.  Every size is a stratum, so every evaluated coalition tells something about every player
    (`size_weights`); coalitions are drawn without replacement, alone or with their complement
    (`coalition_sample`).
2.  A pilot of complementary pairs shows how noisy each size is; the rest of the budget goes where it takes
    most off the variance (`allocation`).
3.  An additive stand-in fitted on the sample, and if given a cheap surrogate game, take out what they can
    explain; only the rest is sampled (`control_variate`, `stratified_estimate`).
4.  After each batch the stopping rule is asked (`stopping`).

Unbiased: the mean over the draws of a size, given how many there are; so is step 3, by cross-fitting, for draws
with replacement (without, up to terms that shrink with the share of a size already seen).  Not exactly unbiased:
numbers of draws that depend on the pilot, and stopping when an error bar looks small.  Worth that appears only in
coalitions so rare that no draw met one is seen by no estimator.  Shapley values add up to v(N) - v(empty) exactly:
what a coalition says about the players sums to zero over them, whatever is drawn.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from fairpool.games.estimation.allocation import next_request, pilot_request
from fairpool.games.estimation.coalition_sample import (
    CoalitionSample,
    Request,
    coalitions_of_size,
    draw,
    empty_sample,
)
from fairpool.games.estimation.stopping import Stopped, StoppingRule
from fairpool.games.estimation.stratified import (
    StratifiedEstimate,
    SurrogateWorths,
    stratified_estimate,
)
from fairpool.games.estimation.weights_by_size import SizeWeights, shapley_size_weights, size_weights
from fairpool.games.game import Coalitions, Game, coalitions_at
from fairpool.ground.arrays import Floats
from fairpool.ground.errors import InputError
from fairpool.ground.progress import Progress, unwatched

SURROGATE_EVALUATIONS = 20  # of a surrogate game, for each evaluation of the game itself
SURROGATE_TABLE = 2**16  # a surrogate with no more coalitions than this is evaluated completely
BATCHES_OF_ALL = 8


@dataclass(frozen=True, slots=True, eq=False)
class EstimatedValues:
    """Estimated values of a game.

    values, standard_errors: float64 (n,); stopped: "budget", "target" or "exhausted" (every coalition was
    evaluated and the values are exact).
    coalitions: bool (m, n) and worths: float64 (m,), everything that was evaluated.  Among the coalitions of one
    size they are a uniform sample without replacement, so other averages may be estimated from them (at size n/2 a
    uniform sample of complementary pairs and singles).
    """

    values: Floats
    standard_errors: Floats
    stopped: Stopped
    coalitions: Coalitions
    worths: Floats

    @property
    def evaluations(self) -> int:
        return int(self.worths.size)


def estimate_shapley(
    game: Game,
    *,
    rng: np.random.Generator,
    evaluations: int | None = None,
    target_error: float | None = None,
    surrogate: Game | None = None,
    progress: Progress = unwatched,
) -> EstimatedValues:
    """Shapley values of a game too large to enumerate, with standard errors.

    Parameters
    ----------
    game : Game
        n players; asked in a few large batches, no coalition twice.
    rng : numpy.random.Generator
        All chance; the same one asks the same coalitions in the same order.
    evaluations, target_error, surrogate, progress
        As in `estimate_semivalue`; one of the first two is needed.

    Returns
    -------
    EstimatedValues
        ``values`` and ``standard_errors``, float64 (n,) in the units of the game.

    Raises
    ------
    InputError
        As `estimate_semivalue`.

    Notes
    -----
    Values add up to v(N) - v(empty) exactly.  Cost as `estimate_semivalue`.

    References
    ----------
    [HWROT22]_, algorithm 5; stratified, with costs allocated as in [Ney34]_.

    .. [HWROT22] Han, Wooldridge, Rogers, Ohrimenko, Tschiatschek, arXiv:2006.14583.
    .. [Ney34] J. Neyman: On the two different aspects of the representative method, 1934.

    Examples
    --------
    >>> import numpy as np
    >>> from fairpool.games.textbook.classical import AirportGame
    >>> runway = AirportGame(np.arange(1.0, 31.0))
    >>> found = estimate_shapley(runway, rng=np.random.default_rng(0), evaluations=500)
    >>> found.evaluations
    500
    >>> bool((np.abs(found.values - runway.shapley_value()) < 4 * found.standard_errors).all())
    True
    """
    rule = StoppingRule(evaluations, target_error)
    of_sizes = shapley_size_weights(game.players)
    return _estimate(game, of_sizes, rule, surrogate=surrogate, progress=progress, rng=rng).estimate


def estimate_semivalue(
    game: Game,
    *,
    rng: np.random.Generator,
    weights: ArrayLike | None = None,
    evaluations: int | None = None,
    target_error: float | None = None,
    surrogate: Game | None = None,
    progress: Progress = unwatched,
) -> EstimatedValues:
    """value_i = sum over S without i of w_|S| (v(S + i) - v(S)), estimated.

    Parameters
    ----------
    game : Game
        n players; asked in a few large batches, no coalition twice.
    rng : numpy.random.Generator
        All chance; the same one asks the same coalitions in the same order.
    weights : float64 (n,)
        w_c for coalitions of size c without the player; default Shapley.
    evaluations : int
        Most coalitions to evaluate, at least 2n + 2 (or 2**n if that is less); from 2**n up the answer is exact.
    target_error : float
        Stop once the largest standard error is this small, in the units of the game.  A target without a budget gives
        up after `stopping.MOST_EVALUATIONS_UNASKED`.
    surrogate : Game
        A cheap game on the same players whose worths go with the game's; it is evaluated on the same coalitions and on
        many more.  Its error is part of the standard errors.
    progress : Progress
        Called with (evaluated, expected in total) after every batch.

    Returns
    -------
    EstimatedValues
        ``values`` and ``standard_errors``, float64 (n,) in the units of the game.

    Raises
    ------
    InputError
        For a bad stopping rule or weights, a surrogate of other size, and worths that are not finite.

    Notes
    -----
    Beside the evaluations of the m coalitions, O(m p**2 + p**3) for p columns of the control variate, about 3n.

    References
    ----------
    [HWROT22]_, algorithm 5.

    .. [HWROT22] Han, Wooldridge, Rogers, Ohrimenko, Tschiatschek, arXiv:2006.14583.

    Examples
    --------
    >>> import numpy as np
    >>> from fairpool.games.textbook.classical import GloveGame
    >>> from fairpool.games.values.banzhaf import banzhaf_weights
    >>> found = estimate_semivalue(
    ...     GloveGame(1, 2), rng=np.random.default_rng(0), weights=banzhaf_weights(3), evaluations=8
    ... )
    >>> found.stopped, found.values.round(12).tolist()
    ('exhausted', [0.75, 0.25, 0.25])
    """
    players = game.players
    of_sizes = shapley_size_weights(players) if weights is None else size_weights(weights, players)
    rule = StoppingRule(evaluations, target_error)
    return _estimate(game, of_sizes, rule, surrogate=surrogate, progress=progress, rng=rng).estimate


@dataclass(frozen=True, slots=True, eq=False)
class _Outcome:
    sample: CoalitionSample
    found: StratifiedEstimate
    stopped: Stopped

    @property
    def estimate(self) -> EstimatedValues:
        return EstimatedValues(
            values=self.found.values,
            standard_errors=self.found.standard_errors,
            stopped=self.stopped,
            coalitions=self.sample.coalitions,
            worths=self.sample.worths,
        )


@dataclass(frozen=True, slots=True, eq=False)
class _Surrogate:
    """A cheap game and what is known of its value: by size (n + 1, n), and the standard errors (n,)."""

    game: Game
    parts: Floats
    standard_errors: Floats

    def on(self, coalitions: Coalitions) -> SurrogateWorths:
        return SurrogateWorths(_worths(self.game, coalitions), self.parts, self.standard_errors)


def _estimate(
    game: Game,
    weights: SizeWeights,
    rule: StoppingRule,
    *,
    surrogate: Game | None,
    progress: Progress,
    rng: np.random.Generator,
) -> _Outcome:
    n = game.players
    if rule.covers(n):
        return _exhaust(game, weights, progress)
    known = None if surrogate is None else _valued(surrogate, n, weights, rule, rng)
    sample, request = empty_sample(n), _first_request(weights, rule)
    while True:
        coalitions, partners = draw(request, sample, rng=rng)
        sample = sample.extended(coalitions, _worths(game, coalitions), partners)
        found = stratified_estimate(sample, weights, None if known is None else known.on(sample.coalitions))
        worst = float(found.standard_errors.max())
        stopped = rule.verdict(sample.evaluations, worst, players=n, complete=found.complete)
        total = rule.next_total(sample.evaluations, worst, n)
        progress(sample.evaluations, sample.evaluations if stopped else rule.expected(total, n))
        if stopped is not None or not len(coalitions):
            return _Outcome(sample, found, stopped or "budget")
        request = next_request(weights, found.noise, sample.counts, total - sample.evaluations)


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
) -> _Surrogate:
    """The surrogate's own value: exact where it has few coalitions, else from a larger sample."""
    if surrogate.players != players:
        raise InputError(f"surrogate: got {surrogate.players} players, expected {players} as in the game")
    few = 2**players <= SURROGATE_TABLE
    most = 2**players if few else SURROGATE_EVALUATIONS * rule.limit(players)
    finer = None if rule.target_error is None else rule.target_error / 3
    own = StoppingRule(most, None if few else finer)
    outcome = _estimate(surrogate, weights, own, surrogate=None, progress=unwatched, rng=rng.spawn(1)[0])
    return _Surrogate(surrogate, outcome.found.parts, outcome.found.standard_errors)


def _exhaust(game: Game, weights: SizeWeights, progress: Progress) -> _Outcome:
    """Every coalition, in the order of a table, and the exact value."""
    everything = coalitions_at(np.arange(2**game.players), game.players)
    worths = []
    for batch in np.array_split(everything, min(BATCHES_OF_ALL, len(everything))):
        worths.append(_worths(game, batch))
        progress(sum(map(len, worths)), len(everything))
    sample = CoalitionSample(everything, np.concatenate(worths), np.full(len(everything), -1, np.int64))
    return _Outcome(sample, stratified_estimate(sample, weights), "exhausted")


def _worths(game: Game, coalitions: Coalitions) -> Floats:
    worths = np.asarray(game.worth(coalitions), dtype=np.float64)
    if worths.shape != (len(coalitions),):
        raise InputError(f"game: got worths of shape {worths.shape}, expected ({len(coalitions)},)")
    if not np.isfinite(worths).all():
        wrong = int(np.flatnonzero(~np.isfinite(worths))[0])
        members = np.flatnonzero(coalitions[wrong]).tolist()
        raise InputError(f"game: got worth {worths[wrong]} for coalition {members}, expected a finite number")
    return worths
