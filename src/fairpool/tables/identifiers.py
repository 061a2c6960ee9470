"""Columns that name rows rather than describe them: numbers of patients, names, dates of entry as text.

A model can learn nothing from such a column that holds for another row, but a nearest neighbour or a tree will try.
So a column of texts or whole numbers that has another value in nearly every row is not learnt from unless it is asked
for by name.  Decimal numbers are measurements, however many different ones there are.

In a few rows, or among few possible values, many different values are no sign.  So of each file with rows enough

    texts           20 rows or more, and at most one in 20 of them a repetition
    whole numbers   50 rows or more, as few repetitions, and either numbers that lie far apart (on average 100 or more,
                    as numbers of patients do) or so close that ten pairs of equal ones were to be expected of rows
                    that were drawn between the least and the greatest
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from fairpool.ground.arrays import Bool, Booleans
from fairpool.tables.cells import missing, numbers, texts
from fairpool.tables.dataset import Dataset
from fairpool.tables.stray_texts import Held, held

FEWEST_TEXTS = 20
FEWEST_NUMBERS = 50
MOST_REPEATED = 0.05
FAR_APART = 100  # values for each row
SURELY_EQUAL = 10  # pairs


def names_rows(name: str, validations: Sequence[Dataset], trainings: Sequence[Dataset]) -> bool:
    """Whether a column names rows in every file that has rows enough to tell, and in one at least.

    Where the validation files hold numbers, or the training files, or most of both, it is judged as numbers: stray
    texts (``?``) do not take the column from everybody, and are refused where they are read.
    """
    tasks, others = ([one.readable(one.features[name]) for one in some] for some in (validations, trainings))
    columns = [*tasks, *others]
    if any(isinstance(cells.dtype, pd.CategoricalDtype) for cells in columns):
        return False
    if _mean_numbers([held(cells) for cells in tasks], [held(cells) for cells in others]):
        judged = [
            _numbers_name(cells) for cells in columns if _count(~np.isnan(numbers(cells))) >= FEWEST_NUMBERS
        ]
    else:
        judged = [_texts_name(cells) for cells in columns if _count(~missing(cells)) >= FEWEST_TEXTS]
    return bool(judged) and all(judged)


def _mean_numbers(tasks: Sequence[Held], others: Sequence[Held]) -> bool:
    """Whether numbers are meant in all validation files, in all training files, or in most of both."""
    filled = [one for one in (*tasks, *others) if one is not Held.NOTHING]
    sides = [side for side in (tasks, others) if side]
    return any(all(one is not Held.TEXTS for one in side) for side in sides) or (
        2 * sum(one.numeric for one in filled) > len(filled)
    )


def _count(there: Bool[Booleans, " rows"]) -> int:
    return int(np.count_nonzero(there))


def _texts_name(cells: pd.Series) -> bool:
    known = texts(cells)
    known = known[known != ""]
    return len(set(known)) >= (1 - MOST_REPEATED) * len(known)


def _numbers_name(cells: pd.Series) -> bool:
    values = numbers(cells)
    values = values[~np.isnan(values)]
    n, different = len(values), len(np.unique(values))
    if different < (1 - MOST_REPEATED) * n or not (np.isfinite(values) & (values == np.round(values))).all():
        return False
    possible = float(np.ptp(values)) + 1
    return possible >= FAR_APART * n or n * (n - 1) / 2 >= SURELY_EQUAL * possible
