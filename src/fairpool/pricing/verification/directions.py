"""What else contributors are compared in, beside their columns: combinations of columns.

Rows whose columns look right one by one may not fit each other: drawn from each column independently, say.  So the
check also sees the principal components of all rows, those with most and those with least variance: whatever changes
the correlations of columns changes the spread of rows along some of them.

Components are computed from all rows together, whoever brought them, of ranks: outliers cannot turn them far.
"""

from __future__ import annotations

import numpy as np
from scipy.stats import rankdata

from fairpool.ground.arrays import Floats

EACH_END = 3
MOST_ROWS = 50_000  # from which components are learned


def with_directions(codes: Floats) -> Floats:
    """The columns, then at most three leading and three last principal components: float64 (N, columns + up to 6)."""
    if codes.shape[1] < 2:
        return codes
    scores = np.column_stack([_rank_scores(column) for column in codes.T])
    some = scores[:: -(-len(scores) // MOST_ROWS)]
    _, vectors = np.linalg.eigh(some.T @ some)
    ends = (
        vectors if vectors.shape[1] <= 2 * EACH_END else np.delete(vectors, np.s_[EACH_END:-EACH_END], axis=1)
    )
    return np.column_stack([codes, scores @ ends])


def _rank_scores(column: Floats) -> Floats:
    """Mid-ranks from -1/2 to 1/2, divided by their standard deviation."""
    centred = rankdata(column) / (len(column) + 1) - 0.5
    sd = float(centred.std())
    return centred / sd if sd > 0 else centred
