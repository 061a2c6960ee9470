"""Class scores that only rounding tells apart are equal: of equal scores the first class wins.

A margin that is zero by symmetry (two rows, and a third half-way between them) comes out of floating point as plus or
minus 1e-17, as the order of a sum has it.  So before anybody asks which score is larger, scores are levelled:

    margins          to the nearest multiple of a grain, 2^-26 of the size of what is added up
    probabilities    those within 2^-26 of the largest are the largest

The rules are the same for coalitions, delivered models and their ONNX files (`fairpool.learning.onnx`), each of which
adds up in an order of its own.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fairpool.ground.arrays import Bool, Booleans, Float, Floats

TIED = 2.0**-26  # 1.5e-8: above what sums and solvers round off, below what a score can mean


UNCORRELATED = 2.0**-36  # 1.5e-11: above what a sum of products rounds off, below any correlation of rows


def uncorrelated(
    moment: Float[NDArray[np.float64], "batch columns outputs"],
    scatter: Float[Floats, "batch columns"],
    of_targets: Float[Floats, "batch outputs"],
) -> Bool[Booleans, "batch columns outputs"]:
    """Where a column and a target are correlated by rounding alone.

    moment: sums of products about the means; scatter, of_targets: sums of squares about them.  Rows that come with both
    labels teach nothing: their moment is a sum of products that cancel, and what is left of it is no direction.
    """
    reach = np.sqrt(scatter[:, :, None] * of_targets[:, None, :])
    return np.abs(moment) <= UNCORRELATED * reach


def linear_grain(
    weights: Float[Floats, "batch columns"], intercepts: Float[Floats, " batch"]
) -> Float[Floats, " batch"]:
    """The grain of margins w x + c: a power of two, `TIED` of the sum of |w| and of a millionth of |c|, float64 (b,).

    c counts little: where the weights are all but penalised away, they still tell rows apart.
    """
    size = np.abs(weights).sum(axis=1) + 2.0**-20 * np.abs(intercepts)
    return np.ldexp(TIED, np.frexp(size)[1])


def level(margins: NDArray[np.float64], grain: Floats | float = TIED) -> NDArray[np.float64]:
    """Margins to the nearest multiple of a power of two, in place: nothing else is rounded."""
    margins *= 1.0 / grain
    np.rint(margins, out=margins)
    margins *= grain
    return margins


def tie_with_best(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Scores (.., classes): those within `TIED` of the largest become it, in place."""
    best = scores.max(axis=-1, keepdims=True)
    np.copyto(scores, best, where=scores >= best - TIED)
    return scores
