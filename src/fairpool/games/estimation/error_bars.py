"""Standard errors of a stratified estimate that stay honest when draws are few.

d_ik   deviation of coalition k for player i: (z_ik - mean over the draws of its size) sqrt((1 - m/M) m/(m-1)) / m,
       with m of the M coalitions of that size drawn
t_i    the squared sum of d_ik over the coalitions of one draw (one, or a pair of complements)

    SE_i^2 = sum over draws of t_i

is unbiased, but with few draws of a size a player is in none or all of them, and its own spread looks too small.
Four things keep the error bars honest:

1.  Each player's SE^2 is averaged with the mean over all players, the latter counted as ``BORROWED`` draws: the
    moderated variance of [Smy04].  A player's own count is (sum t)^2 / sum t^2.
2.  SE^2 is multiplied by f/(f - 2), the variance of Student's t, with f the degrees of freedom: Satterthwaite's over
    sizes, and no more than the player's own and borrowed draws, nor than a quarter of all draws: to those the stand-in
    was fitted, too, and below some twenty of them its folds are too alike (measured).
3.  Succession: where all draws were like the stand-in, the next may not be.  So SE^2 holds the variance of ``UNLIKE``
    draws unlike all others, unlike by what a player adds: by what is added at the sizes nearby, and, where
    hardly any draw left a residual (`share_unlike`), by the most that is added at any size.  No error bar is zero by
    accident, and an additive game's is small but not zero.
4.  What the stand-in says of a player at sizes where hardly any draw tells it apart from the others is no observation:
    {i} may be worth nothing, though i is dear in company.  Of that part a share p may be wrong that the k draws which
    tell i apart (those of few members that have i, or of many that lack it) did not show; with p uniform beforehand
    E[p^2] = 2 / ((k + 2) (k + 3)) of its square is added (`untold_variances`).

Walks have no stand-in to doubt; there it is a player's own marginals that may have been alike by chance: v = 1 if
player 0 or 1 is in pays one of them alone in two walks of two, half the time (`alike_by_chance`).

[Smy04] G. K. Smyth, "Linear models and empirical Bayes methods for assessing differential expression in microarray
experiments", Statistical Applications in Genetics and Molecular Biology 3(1), 2004.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from fairpool.games.estimation.coalition_sample import CoalitionSample, coalitions_of_size
from fairpool.games.estimation.weights_by_size import SizeWeights
from fairpool.games.smoothing import kernel_of, log_odds, smoothed
from fairpool.games.tolerances import SAME_EXCESS
from fairpool.ground.arrays import Floats

BORROWED = 8.0
FEWEST_DEGREES = 3.0
DEGREES_PER_DRAW = 0.25
UNLIKE = 2.0  # draws that may have been unlike, where none of those seen was
FEW_RESIDUALS = 4.0  # no more residuals than this leave a doubt whether others are of their size
BORROWED_BY_WALKS = 5.0  # fewer: of two walks, each is controlled by the other


def moderated_variances(strata: Iterable[tuple[Floats, float]]) -> Floats:
    """Steps 1 and 2: SE^2 from t, float64 (draws, n), and its degrees of freedom, stratum by stratum: (n,)."""
    squares = fourths = np.zeros(1)
    total = inverse = draws = 0.0
    for t, degrees in strata:
        squares = squares + t.sum(axis=0)
        fourths = fourths + (t**2).sum(axis=0)
        of_stratum = float(t.sum()) / t.shape[1]
        total += of_stratum
        draws += len(t)
        inverse += of_stratum**2 / max(degrees, 1.0)
    own = np.divide(squares**2, fourths, out=np.zeros_like(squares), where=fourths > 0)
    overall = total**2 / inverse if inverse > 0 else FEWEST_DEGREES
    return _moderated(squares, own, np.minimum(own + BORROWED, min(overall, DEGREES_PER_DRAW * draws)))


def few_draws(squares: Floats, degrees: float) -> Floats:
    """Steps 1 and 2 for one kind of draws, t = ``squares`` (draws, n): SE^2, (n,)."""
    own = np.full(squares.shape[1], degrees)
    return _moderated(squares.sum(axis=0), own, own + BORROWED_BY_WALKS, borrowed=BORROWED_BY_WALKS)


def _moderated(squares: Floats, own: Floats, degrees: Floats, *, borrowed: float = BORROWED) -> Floats:
    steadied = (own * squares + borrowed * squares.mean()) / (own + borrowed)
    freedom = np.maximum(degrees, FEWEST_DEGREES)
    return np.asarray(steadied * freedom / (freedom - 2))


def share_unlike(squares: Floats, size: float) -> float:
    """(F / (F + K))^2, with K = (sum q)^2 / sum q^2 the number of squared residuals that count; 1 where none does.

    Residuals below rounding, 1e-9 of ``size``, are none.
    """
    q = np.where(squares > (SAME_EXCESS * size) ** 2, squares, 0.0)
    total = float((q**2).sum())
    count = float(q.sum()) ** 2 / total if total > 0 else 0.0
    return (FEW_RESIDUALS / (FEW_RESIDUALS + count)) ** 2


def unlike_draw_variance(
    sample: CoalitionSample, weights: SizeWeights, sampled: NDArray[np.bool_], levels: Floats, share: float
) -> float:
    """Step 3: mean over players; ``levels`` (n + 1,) are mean worths by size, ``share`` is from `share_unlike`."""
    m = sample.counts
    seen = np.flatnonzero(m > 0)
    steps = np.diff(levels[seen]) / np.diff(seen)
    nearby = smoothed(np.concatenate([steps**2, steps**2]), np.concatenate([seen[1:], seen[:-1]]), m.size - 1)
    unlike = nearby + share * float((steps**2).max(initial=0.0))
    of_size = weights.spread * unlike * (1 - m / coalitions_of_size(sample.players)) / np.maximum(m, 1)
    return float(UNLIKE * of_size[sampled].sum() / m[sampled].sum())


def untold_variances(sample: CoalitionSample, sampled: NDArray[np.bool_], parts: Floats) -> Floats:
    """Step 4: (n,); ``parts`` (n + 1, n) is what the stand-in adds to each player's value by size.  Cost O(m n)."""
    n, sizes, rows = sample.players, sample.sizes, sample.coalitions
    apart = np.where(2 * sizes[:, None] <= n, rows, False) | np.where(2 * sizes[:, None] >= n, ~rows, False)
    telling = np.zeros((n + 1, n))
    np.add.at(telling, sizes, apart)
    k = kernel_of(log_odds(np.arange(n + 1), n)) @ telling
    left = (1 - sample.counts / coalitions_of_size(n))[:, None]
    own = parts - parts.mean(axis=1, keepdims=True)
    untold = (own**2 * 2 / ((k + 2) * (k + 3)) * left)[sampled].sum(axis=0)
    # What one is paid too much all others are paid too little, together.
    return np.asarray(untold + (untold.sum() - untold) / (n - 1) ** 2)


def alike_by_chance(paid: Floats) -> Floats:
    """What equal marginals leave in doubt: (n,), from ``paid`` (L, n), what each walk pays.

    Of a player's marginals a part may be unlike all L that were seen, by its own size or by that of others'.  As L
    draws of each player who is paid anything speak against it, that part is taken as 1 / (k + 2) for k of them.
    """
    own = np.abs(paid.mean(axis=0))
    squares = float((own**2).sum())
    k = len(paid) * float(own.sum()) ** 2 / squares if squares > 0 else 0.0
    return np.asarray((own**2 + squares / own.size) / (k + 2))
