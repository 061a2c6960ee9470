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
from pandas.api.types import is_numeric_dtype

from fairpool.tables.cells import all_numbers, missing, numbers, present, texts
from fairpool.tables.dataset import Dataset

FEWEST_TEXTS = 20
FEWEST_NUMBERS = 50
MOST_REPEATED = 0.05
FAR_APART = 100  # values for each row
SURELY_EQUAL = 10  # pairs


def names_rows(name: str, validations: Sequence[Dataset], trainings: Sequence[Dataset]) -> bool:
    """Whether a column names rows in every file that has rows enough to tell, and in one at least.

    Where all validation files hold numbers, or all training files, it is judged as numbers, in the files that hold
    nothing else: a stray text (``?``) does not take the column from everybody, and is refused where it is read.
    """
    tasks, others = ([one.readable(one.features[name]) for one in some] for some in (validations, trainings))
    columns = [*tasks, *others]
    if any(isinstance(cells.dtype, pd.CategoricalDtype) for cells in columns):
        return False
    numeric = any(side and all(map(_are_numbers, side)) for side in (tasks, others))
    if numeric:
        columns = [cells for cells in columns if _are_numbers(cells)]
    judge, fewest = (_numbers_name, FEWEST_NUMBERS) if numeric else (_texts_name, FEWEST_TEXTS)
    judged = [judge(cells) for cells in columns if np.count_nonzero(~missing(cells)) >= fewest]
    return bool(judged) and all(judged)


def _are_numbers(cells: pd.Series) -> bool:
    return is_numeric_dtype(cells.dtype) or all_numbers(present(cells))


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
