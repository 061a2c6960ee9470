"""What the rows of a table are worth: treated as a round treats them, valued, and named as they came."""

from __future__ import annotations

import pandas as pd

from fairpool.ground.errors import InputError
from fairpool.ground.progress import Progress, unwatched
from fairpool.learning.row_valuation.values import row_values
from fairpool.tables.dataset import Dataset
from fairpool.tables.schema import Kind, agree_schema
from fairpool.tables.treatment.preprocessing import learn_preprocessing


def value_rows(
    rows: pd.DataFrame,
    task: pd.DataFrame,
    *,
    label: str,
    kind: Kind | str,
    neighbours: int = 5,
    progress: Progress = unwatched,
) -> pd.Series:
    """The exact K-nearest-neighbour Shapley value of every row of a table for a task.

    Parameters
    ----------
    rows, task : DataFrame
        Raw columns, numbers, truth values or text, matched by name; the rows to value and those to predict.
    label : str
        The column that is predicted.
    kind : Kind or str
        ``"classification"`` or ``"regression"``.
    neighbours : int
        K, at least 1.
    progress : Progress
        Called with (task rows done, task rows in all).

    Returns
    -------
    Series
        ``worth`` of every row, in units of gain, under the index of ``rows``.

    Raises
    ------
    InputError
        For another kind, and for whatever `fairpool run` refuses in a file.

    Notes
    -----
    Missing numbers are filled and columns scaled by what the task's rows say, as in a round; then `row_values`.

    References
    ----------
    [JDW19] Jia et al.: Efficient Task-Specific Data Valuation for Nearest Neighbor Algorithms, PVLDB 12(11), 2019.

    Examples
    --------
    >>> import pandas as pd
    >>> cases = pd.DataFrame({"age": [30, 40, 70], "ill": ["no", "yes", "yes"]}, index=["ann", "bo", "cy"])
    >>> task = pd.DataFrame({"ill": ["no", "yes"], "age": [32, 68]})
    >>> value_rows(cases, task, label="ill", kind="classification", neighbours=1).round(3).to_dict()
    {'ann': 0.5, 'bo': 0.25, 'cy': 0.25}
    """
    if kind not in {k.value for k in Kind} | set(Kind):
        raise InputError(f"kind: got {kind!r}, expected 'classification' or 'regression'")
    train, wanted = (
        Dataset.from_frame(rows, label=label, name="rows"),
        Dataset.from_frame(task, label=label, name="task"),
    )
    schema = agree_schema([wanted], [train], task=Kind(kind), features=None)
    treatment = learn_preprocessing(schema, [wanted])
    worth = row_values(
        treatment.apply(train),
        treatment.labels(train),
        treatment.apply(wanted),
        treatment.labels(wanted),
        neighbours=neighbours,
        progress=progress,
    )
    return pd.Series(worth, index=rows.index, name="worth")
