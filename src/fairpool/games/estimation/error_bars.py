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
3.  Succession: had one more draw been unlike all others, the control variate would have missed it.  So SE^2 holds one
    draw's share of the variance without control variate.  No error bar is zero by accident, and an additive game's
    is small but not zero.

[Smy04] G. K. Smyth, "Linear models and empirical Bayes methods for assessing differential expression in microarray
experiments", Statistical Applications in Genetics and Molecular Biology 3(1), 2004.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from fairpool.games.estimation.coalition_sample import CoalitionSample, coalitions_of_size
from fairpool.games.estimation.weights_by_size import SizeWeights
from fairpool.ground.arrays import Floats

BORROWED = 8.0
FEWEST_DEGREES = 3.0


def moderated_variances(strata: Iterable[Floats]) -> Floats:
    """Steps 1 and 2: SE^2 from t, float64 (draws, n), stratum by stratum: (n,)."""
    squares = fourths = np.zeros(1)
    total = inverse = 0.0
    for t in strata:
        squares = squares + t.sum(axis=0)
        fourths = fourths + (t**2).sum(axis=0)
        of_stratum = float(t.sum()) / t.shape[1]
        total += of_stratum
        inverse += of_stratum**2 / max(len(t) - 1, 1)
    own = np.divide(squares**2, fourths, out=np.zeros_like(squares), where=fourths > 0)
    steadied = (own * squares + BORROWED * squares.mean()) / (own + BORROWED)
    overall = total**2 / inverse if inverse > 0 else FEWEST_DEGREES
    degrees = np.maximum(np.minimum(own + BORROWED, overall), FEWEST_DEGREES)
    return np.asarray(steadied * degrees / (degrees - 2))


def unlike_draw_variance(sample: CoalitionSample, weights: SizeWeights, sampled: NDArray[np.bool_]) -> float:
    """Step 3: mean over players of SE^2 with nothing but the mean worth of every size taken out, per draw."""
    sizes, m = sample.sizes, sample.counts
    means = np.bincount(sizes, weights=sample.worths, minlength=m.size) / np.maximum(m, 1)
    squares = np.bincount(sizes, weights=(sample.worths - means[sizes]) ** 2, minlength=m.size)
    variances = (
        squares / np.maximum(m - 1, 1) * (1 - m / coalitions_of_size(sample.players)) / np.maximum(m, 1)
    )
    draws = np.unique(sample.units[sampled[sizes]]).size
    return float((weights.spread * variances)[sampled].sum() / draws)
