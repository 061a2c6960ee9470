"""Rows far from those of the others.

    centre, scale   median and scaled median distance from it of the *other* contributors' cells in a column
    usual           99th percentile of |cell - centre| / scale among a contributor's cells of a column, the median over
                    the other contributors; at least 1
    score           of a row: the largest |cell - centre| / (scale usual) of its columns; 1 is one in a hundred
    limit           of a column: 3; or twice what one row in a hundred of the others scores (median over them); or twice
                    what the farthest of a contributor's cells scores (median over the others); the largest of these

So the contributor's own rows do not enter, a minority of others that poison moves the limit little, and heavy tails
or many columns that the others have, too, raise it: a delay of ten hours stays if others have delays of five.  For one
normal column the limit is 7.7 standard deviations.  Only numbers and times are judged; missing cells are not.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fairpool.ground.arrays import Floats, Positions
from fairpool.pricing.verification.coded_rows import robust_centre_and_scale

LEAST_LIMIT = 3.0
FACTOR = 2.0
PERCENTILE = 99.0
FEWEST_OTHERS = 20  # other rows needed for a scale worth its name
MOST_OTHERS = 20_000  # rows of each other contributor that are looked at


@dataclass(frozen=True, slots=True, eq=False)
class Outliers:
    """rows: intp (k,), positions among the contributor's rows.

    columns: intp (k,), the one farthest beyond its limit.  scores, limits: float64 (k,), there.
    """

    rows: Positions
    columns: Positions
    scores: Floats
    limits: Floats


def find_outliers(own: Floats, others: list[Floats]) -> Outliers:
    """Rows of ``own`` beyond the limit.

    own: float64 (n, columns), NaN where missing; others: such tables of the other contributors.
    None are found where the others have fewer than 20 rows, or there is no column.  Cost O(rows columns).
    """
    thinned = [table[:: -(-len(table) // MOST_OTHERS)] for table in others if len(table)]
    if not len(own) or own.shape[1] == 0 or sum(map(len, thinned)) < FEWEST_OTHERS:
        return Outliers(np.empty(0, np.intp), np.empty(0, np.intp), np.empty(0), np.empty(0))
    centre, scale = _centres_and_scales(np.concatenate(thinned))
    usual = _lower_median(
        [np.percentile(_scores(table, centre, scale), PERCENTILE, axis=0) for table in thinned]
    )
    scale = scale * np.maximum(usual, 1.0)
    theirs = [_scores(table, centre, scale) for table in thinned]
    rare = _lower_median([np.percentile(found.max(axis=1), PERCENTILE) for found in theirs])
    farthest = _lower_median([found.max(axis=0) for found in theirs])
    limits = np.maximum(LEAST_LIMIT, FACTOR * np.maximum(rare, farthest))
    scores = _scores(own, centre, scale)
    beyond = scores / limits
    rows = np.flatnonzero(beyond.max(axis=1) > 1)
    columns = beyond[rows].argmax(axis=1).astype(np.intp)
    return Outliers(rows, columns, scores[rows, columns], limits[columns])


def _lower_median(values: list[Floats]) -> Floats:
    """Over contributors; of two the lower one, so that one of them that poisons moves nothing."""
    found: Floats = np.quantile(values, 0.5, axis=0, method="lower")
    return found


def _centres_and_scales(pool: Floats) -> tuple[Floats, Floats]:
    """float64 (columns,) each; a column that is all missing gets centre 0 and scale infinity: nothing is far."""
    known = [column[~np.isnan(column)] for column in pool.T]
    pairs = [robust_centre_and_scale(cells) if cells.size else (0.0, np.inf) for cells in known]
    centres, scales = np.array(pairs).T
    return centres, scales


def _scores(table: Floats, centre: Floats, scale: Floats) -> Floats:
    with np.errstate(over="ignore"):
        return np.nan_to_num(np.abs(table - centre) / scale, nan=0.0)
