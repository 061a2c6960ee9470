"""Standard errors of a stratified estimate that stay honest when draws are few.

d_ik   deviation of coalition k for player i: (z_ik - mean over the draws of its size) sqrt((1 - m/M) m/(m-1)) / m,
       with m of the M coalitions of that size drawn
t_i    the squared sum of d_ik over the coalitions of one draw (one, or a pair of complements)

    SE_i^2 = sum over draws of t_i

is unbiased, but with few draws of a size a player is in none or all of them, and its own spread looks too small.
Three things keep the error bars honest:

1.  Each player's SE^2 is averaged with the mean over all players, the latter counted as ``BORROWED`` draws: the
    moderated variance of [Smy04].  A player's own count is (sum t)^2 / sum t^2.
2.  SE^2 is multiplied by f/(f - 2), the variance of Student's t, with f the degrees of freedom: Satterthwaite's over
    sizes, and no more than the player's own and borrowed draws.
3.  Succession: where all draws were like the stand-in, the next may not be.  So SE^2 holds the variance of ``UNLIKE``
    draws unlike all others, unlike by what a player adds: by what is added at the sizes nearby, and, where
    hardly any draw left a residual (`share_unlike`), by the most that is added at any size.  No error bar is zero by
    accident, and an additive game's is small but not zero.

[Smy04] G. K. Smyth, "Linear models and empirical Bayes methods for assessing differential expression in microarray
experiments", Statistical Applications in Genetics and Molecular Biology 3(1), 2004.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from fairpool.games.estimation.coalition_sample import CoalitionSample, coalitions_of_size
from fairpool.games.estimation.weights_by_size import SizeWeights
from fairpool.games.smoothing import smoothed
from fairpool.games.tolerances import SAME_EXCESS
from fairpool.ground.arrays import Floats

BORROWED = 8.0
FEWEST_DEGREES = 3.0
UNLIKE = 2.0  # draws that may have been unlike, where none of those seen was
FEW_RESIDUALS = 4.0  # no more residuals than this leave a doubt whether others are of their size
BORROWED_BY_WALKS = 5.0  # fewer: of two walks, each is controlled by the other


def moderated_variances(strata: Iterable[tuple[Floats, float]]) -> Floats:
    """Steps 1 and 2: SE^2 from t, float64 (draws, n), and its degrees of freedom, stratum by stratum: (n,)."""
    squares = fourths = np.zeros(1)
    total = inverse = 0.0
    for t, degrees in strata:
        squares = squares + t.sum(axis=0)
        fourths = fourths + (t**2).sum(axis=0)
        of_stratum = float(t.sum()) / t.shape[1]
        total += of_stratum
        inverse += of_stratum**2 / max(degrees, 1.0)
    own = np.divide(squares**2, fourths, out=np.zeros_like(squares), where=fourths > 0)
    overall = total**2 / inverse if inverse > 0 else FEWEST_DEGREES
    return _moderated(squares, own, np.minimum(own + BORROWED, overall))


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
