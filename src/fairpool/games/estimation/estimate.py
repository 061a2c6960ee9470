"""Values of games too large to enumerate: a stratified sample of coalitions, with honest error bars.

    value_i = sum over sizes s of  (mean over coalitions of size s of z_i(S))

1.  Every size is a stratum, so every evaluated coalition tells something about every player
    (`size_weights`); coalitions are drawn without replacement, alone or with their complement
    (`coalition_sample`).
2.  A pilot of complementary pairs shows how noisy each size is; the rest of the budget goes where it takes
    most off the variance (`allocation`).
3.  An additive stand-in fitted on the sample, and if given a cheap surrogate game, take out what they can
    explain; only the rest is sampled (`control_variate`, `stratified_estimate`).
4.  Budgets below 3n are too small for that; they are spent on walks, and of the walks' estimate and the other the
    one with the smaller error is given (`walks`).
5.  After each batch the stopping rule is asked (`stopping`, `course`).

Unbiased: the mean over the draws of a size, given how many there are; so is step 3, by cross-fitting, for draws
with replacement (without, up to terms that shrink with the share of a size already seen).  Not exactly unbiased:
numbers of draws that depend on the pilot, and stopping when an error bar looks small.  Worth that appears only in
coalitions so rare that no draw met one is seen by no estimator.  Shapley values add up to v(N) - v(empty) exactly:
what a coalition says about the players sums to zero over them, whatever is drawn.
"""

from __future__ import annotations

from fairpool.games.estimation.course import run
from fairpool.games.estimation.estimated_values import EstimatedValues
from fairpool.games.estimation.stopping import StoppingRule
from fairpool.games.estimation.weights_by_size import shapley_size_weights, size_weights
from fairpool.games.game import Game, player_count
from fairpool.games.values.semivalues import Weights
from fairpool.ground.errors import InputError
from fairpool.ground.handed_in import function
from fairpool.ground.progress import Progress, unwatched
from fairpool.ground.seeds import Chance, chance


def estimate_shapley(
    game: Game,
    *,
    rng: Chance,
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
    rng : int or numpy.random.Generator
        All chance, or the seed of it; the same one asks the same coalitions in the same order.
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
    of_sizes = shapley_size_weights(player_count(game))
    _check(surrogate, progress)
    return run(game, of_sizes, rule, surrogate=surrogate, progress=progress, rng=chance(rng)).estimate


def estimate_semivalue(
    game: Game,
    *,
    rng: Chance,
    weights: Weights | None = None,
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
    rng : int or numpy.random.Generator
        All chance, or the seed of it; the same one asks the same coalitions in the same order.
    weights : function or float64 (n,)
        A value's weights, such as `banzhaf_weights`, or w_c for coalitions of size c without the player; default
        Shapley.
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
    Beside the evaluations of the m coalitions, O(min(m, 12 p) p**2 + m n) and some dozens of p by p factors, for p
    columns of the control variate: 3n, or n for more than some 250 players.

    Standard errors take worths for certain: chance in ``worth`` itself, or what another run of it would have given,
    is not in them.  Average the noise out in ``worth``, or make its chance a function of the coalition.

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
    players = player_count(game)
    of_sizes = shapley_size_weights(players) if weights is None else size_weights(weights, players)
    rule = StoppingRule(evaluations, target_error)
    _check(surrogate, progress)
    return run(game, of_sizes, rule, surrogate=surrogate, progress=progress, rng=chance(rng)).estimate


def _check(surrogate: object, progress: object) -> None:
    """InputError for a surrogate that is no game, asked or not, and for a progress that is no function."""
    if surrogate is not None and not (
        callable(getattr(surrogate, "worth", None)) and hasattr(surrogate, "players")
    ):
        raise InputError(f"surrogate: got {surrogate!r}, expected a game of the same players")
    function(progress, what="progress", expected="a function of (evaluated, expected in all)")
