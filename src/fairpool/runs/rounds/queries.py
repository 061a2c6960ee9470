"""Rows that a party wants predictions for: ``queries = "ROWS.csv"`` in its [[party]] table.

They are held against the round's columns before the round is settled, so that nobody waits for hours to hear that a
column is missing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from fairpool.files.market.market_file import MarketFile
from fairpool.files.table_file import read_table
from fairpool.learning.catalogue import score_named
from fairpool.learning.model import Model
from fairpool.market.agreement import task_data
from fairpool.market.party import Party
from fairpool.tables.dataset import Dataset, dataset_of
from fairpool.tables.names import require_columns
from fairpool.tables.schema import agree_schema, column_values


def read_queries(
    market: MarketFile, parties: Sequence[Party], validation: Dataset | None
) -> Mapping[str, Dataset]:
    """The queries of the parties that have some, by name.

    Raises InputError, with file, row and column, where they lack a column of the round or hold a cell that cannot be
    read as the round reads it.
    """
    found = {
        files.name: _without_label(files.queries, market.label) for files in market.parties if files.queries
    }
    if found:
        tasks, trainings = task_data(parties, validation), [party.train for party in parties]
        kind = score_named(market.score).task
        schema = agree_schema(tasks, trainings, task=kind, features=market.features)
        for queries in found.values():
            there = list(queries.features.columns)
            require_columns([c.name for c in schema.columns], there, file=queries.name, what="feature")
            for column in schema.columns:
                column_values(column, queries)
    return found


def predictions(model: Model, queries: Dataset) -> pd.DataFrame:
    """The predicted labels, and class probabilities where the model has them, with the numbers of the rows."""
    rows = [queries.row_of(position) for position in range(len(queries))]
    found = pd.DataFrame({"row": rows, "prediction": model.predict(queries.features)})
    if model.preprocessing.schema.classes is None or not hasattr(model.estimator, "predict_proba"):
        return found
    return pd.concat([found, model.predict_proba(queries.features).add_prefix("probability ")], axis=1)


def _without_label(path: Path, label: str) -> Dataset:
    """The rows of a file with every label blank: what a model is asked is not looked at."""
    table = read_table(path)
    blank = table.frame.assign(**{label: np.nan})
    return dataset_of(blank, label=label, features=None, name=table.name, rows_start=table.rows_start)
