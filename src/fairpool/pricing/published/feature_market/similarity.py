"""How alike two sellers' features are: SM of section 5.2 of [ADS19].

    `absolute_cosine`        |x . y| / (|x| |y|)                     the paper's first example
    `hellinger_similarity`   1 - Hellinger(distribution of x, of y)  the paper's second
    `absolute_correlation`   |cos| of the columns less their means   own

The paper asks for SM in [0, 1], symmetric, SM = 1 only for equal features and 1 - SM a metric.  Its examples fail it:
|cos| is 1 for multiples and 1 - |cos| breaks the triangle inequality; Hellinger looks at distributions, so it is 1 for
the same values in another order.  Robustness (Theorem 5.4) needs only that SM of a copy is 1.

What evades them matters more, since a linear model with an intercept sees no difference between x and a x + c:

    copy          |cos|                Hellinger     |correlation|
    x             1                    1             1
    a x           1                    can be 0      1
    x + c         can be 0             can be 0      1

All: float64 (T, M) -> float64 (M, M), symmetric, ones on the diagonal.  A column without direction (all zeros, for the
correlation: constant) is like its equals only: 1 to them and 0 to others.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from fairpool.ground.arrays import Floats
from fairpool.ground.errors import InputError

Similarity = Callable[[Floats], Floats]


def absolute_cosine(features: Floats) -> Floats:
    """|x . y| / (|x| |y|).  Cost O(T M^2)."""
    lengths = np.sqrt((features**2).sum(axis=0))
    unit = features / np.where(lengths > 0, lengths, 1.0)
    return _with_pointless(np.minimum(np.abs(unit.T @ unit), 1.0), lengths == 0)


def absolute_correlation(features: Floats) -> Floats:
    """|Pearson's correlation|: |cos| that sees through shifts, too.

    Parameters
    ----------
    features : float64 array of shape (T, M)

    Returns
    -------
    float64 array of shape (M, M)
        In [0, 1], symmetric, ones on the diagonal.  A constant column is like other constant columns only.

    Notes
    -----
    Cost: O(T M^2).

    Examples
    --------
    >>> import numpy as np
    >>> x = np.array([0.0, 1.0, 2.0])
    >>> absolute_correlation(np.column_stack([x, 5 - 2 * x, [5.0, 1.0, 4.0]])).round(2).tolist()
    [[1.0, 1.0, 0.24], [1.0, 1.0, 0.24], [0.24, 0.24, 1.0]]
    """
    centred = features - features.mean(axis=0)
    constant = np.ptp(features, axis=0) == 0
    return absolute_cosine(np.where(constant, 0.0, centred))


def hellinger_similarity(features: Floats, *, bins: int | None = None) -> Floats:
    """1 - sqrt(sum over values of (sqrt p - sqrt q)^2 / 2), with p and q the columns' empirical distributions.

    bins: count values in so many equal bins between the smallest and the largest of all; None: exact values, which
    suits codes and bits.  Cost O(M T log(M T) + M^2 values).
    """
    roots = np.sqrt(_frequencies(features, bins))
    squares = np.array([((roots - root) ** 2).sum(axis=1) / 2 for root in roots])
    return 1.0 - np.sqrt(np.minimum(squares, 1.0))


def _frequencies(features: Floats, bins: int | None) -> Floats:
    """Share of each value or bin in each column: float64 (M, values)."""
    if bins is not None and bins < 1:
        raise InputError(f"bins: got {bins}, expected at least 1")
    if bins is None:
        values, places = np.unique(features, return_inverse=True)
        many, places = len(values), places.reshape(features.shape)
    else:
        edges = np.histogram_bin_edges(features, bins)
        many, places = bins, np.clip(np.searchsorted(edges, features, side="right") - 1, 0, bins - 1)
    counts = [np.bincount(column, minlength=many) for column in places.T]
    return np.array(counts) / len(features)


def _with_pointless(similarity: Floats, pointless: NDArray[np.bool_]) -> Floats:
    similarity[np.ix_(pointless, pointless)] = 1.0
    np.fill_diagonal(similarity, 1.0)
    return similarity
