"""Columns of dates: recognised and left out, as only their owner knows what a date means for what is predicted."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from fairpool.ground.errors import InputError
from fairpool.tables.cells import all_dates
from fairpool.tables.dataset import Dataset


def holds_dates(name: str, validations: Sequence[Dataset]) -> bool:
    """Whether every cell of a column that is not missing is a date, in the validation files taken together."""
    columns = [dataset.features[name] for dataset in validations]
    if any(isinstance(cells.dtype, pd.CategoricalDtype) for cells in columns):
        return False
    filled = [distinct for cells in columns if len(distinct := cells.dropna().drop_duplicates())]
    return bool(filled) and all(all_dates(distinct) for distinct in filled)


def refuse_dates(dates: Sequence[str], validations: Sequence[Dataset]) -> None:
    """InputError for a column of dates that was asked for among the features."""
    for name in dates:
        validations[0].readable(validations[0].features[name])
        raise InputError(
            "got dates, expected numbers, truth values or texts; make a number of it (days since a day), or take each "
            f'date as a category of its own: categorical = ["{name}"]',
            file=validations[0].name,
            column=name,
        )
