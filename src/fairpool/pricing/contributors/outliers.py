"""Rows far from those of the others.

    centre, scale   median and scaled median distance from it of the *other* contributors' cells in a column
    usual           99th percentile of |cell - centre| / scale among a contributor's cells of a column, the median over
                    the other contributors; at least 1
    score           of a row: the largest |cell - centre| / (scale usual) of its columns; 1 is one in a hundred
    limit           3, or twice what one row in a hundred of the others scores (median over them), if that is more

So the contributor's own rows do not enter, a minority of others that poison moves the limit little, and heavy tails
or many columns that the others have, too, raise it.  For one normal column the limit is 7.7 standard deviations.  Only
numbers and times are judged; missing cells are not.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fairpool.pricing.contributors.coded_rows import robust_centre_and_scale

Floats = NDArray[np.float64]
Index = NDArray[np.intp]

LEAST_LIMIT = 3.0
FACTOR = 2.0
PERCENTILE = 99.0
FEWEST_OTHERS = 20  # other rows needed for a scale worth its name
MOST_OTHERS = 20_000  # rows of each other contributor that are looked at


@dataclass(frozen=True, slots=True, eq=False)
class Outliers:
    """rows: intp (k,), positions among the contributor's rows; columns: intp (k,), the column farthest out;
    scores: float64 (k,); limit: what a score may be.
    """

    rows: Index
    columns: Index
    scores: Floats
    limit: float


def find_outliers(own: Floats, others: list[Floats]) -> Outliers:
    """Rows of ``own`` beyond the limit.

    own: float64 (n, columns), NaN where missing; others: such tables of the other contributors.
    None are found where the others have fewer than 20 rows, or there is no column.  Cost O(rows columns).
    """
    thinned = [table[:: -(-len(table) // MOST_OTHERS)] for table in others if len(table)]
    if not len(own) or own.shape[1] == 0 or sum(map(len, thinned)) < FEWEST_OTHERS:
        return Outliers(np.empty(0, np.intp), np.empty(0, np.intp), np.empty(0), np.inf)
    centre, scale = _centres_and_scales(np.concatenate(thinned))
    usual = np.median(
        [np.percentile(_scores(table, centre, scale), PERCENTILE, axis=0) for table in thinned], axis=0
    )
    scale = scale * np.maximum(usual, 1.0)
    rare = np.median(
        [np.percentile(_scores(table, centre, scale).max(axis=1), PERCENTILE) for table in thinned]
    )
    limit = max(LEAST_LIMIT, FACTOR * float(rare))
    scores = _scores(own, centre, scale)
    farthest = scores.max(axis=1)
    rows = np.flatnonzero(farthest > limit)
    return Outliers(rows, scores[rows].argmax(axis=1).astype(np.intp), farthest[rows], limit)


def _centres_and_scales(pool: Floats) -> tuple[Floats, Floats]:
    """float64 (columns,) each; a column that is all missing gets centre 0 and scale infinity: nothing is far."""
    known = [column[~np.isnan(column)] for column in pool.T]
    pairs = [robust_centre_and_scale(cells) if cells.size else (0.0, np.inf) for cells in known]
    centres, scales = np.array(pairs).T
    return centres, scales


def _scores(table: Floats, centre: Floats, scale: Floats) -> Floats:
    with np.errstate(over="ignore"):
        return np.nan_to_num(np.abs(table - centre) / scale, nan=0.0)
