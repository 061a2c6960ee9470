"""Measured learning curves from a CSV or Parquet file.

    type,n,score,se
    insurer,0,0.5,
    insurer,50,0.561,0.007

``n`` rows gave the model the ``score``; ``se`` (optional) is the score's standard error; ``type`` (optional) tells the
curves of several buyers apart.  A row of n = 0 is the score without any row, and needs no error.  Other columns are not
read.  Points of one n may repeat.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from fairpool.files.problem_in_file import concerning
from fairpool.files.table_file import read_table
from fairpool.ground.arrays import Float, Floats
from fairpool.ground.errors import InputError
from fairpool.pricing.valuations.learning_curves import MeasuredCurve, measured_curve
from fairpool.tables.table import Table

ONLY = "buyer"


def read_learning_curves(path: Path) -> tuple[MeasuredCurve, ...]:
    """One curve for each type, in the order in which the file names them; InputError with file, row and column."""
    table = read_table(path)
    absent = [name for name in ("n", "score") if name not in table.names]
    if absent:
        raise InputError(
            f"got columns {', '.join(table.names)}, expected {' and '.join(map(repr, absent))} "
            "(and 'se' and 'type' if there are any)",
            file=path,
        )
    for column in ("n", "score", "se"):
        if column in table.names:
            _refuse_text(table, column)
    rows = table.frame
    types = rows["type"].astype(str) if "type" in rows else pd.Series(ONLY, index=rows.index)
    with concerning(path):
        return tuple(
            _curve(str(name), replace(table, frame=some)) for name, some in rows.groupby(types, sort=False)
        )


def _curve(name: str, table: Table) -> MeasuredCurve:
    rows = table.frame
    measured, without = rows[rows["n"] != 0], rows[rows["n"] == 0]
    if len(without) > 1:
        raise InputError(f"got {len(without)} scores of {name!r} at n = 0, expected at most one")
    return measured_curve(
        measured["n"].to_numpy(),
        measured["score"].to_numpy(),
        name=name,
        errors=_errors(replace(table, frame=measured)),
        alone=float(without["score"].iloc[0]) if len(without) else None,
    )


def _errors(table: Table) -> Float[Floats, " points"] | None:
    """None without the column or where it is empty for all points; InputError where it is for some."""
    if "se" not in table.frame or table.frame["se"].isna().all():
        return None
    empty = table.frame["se"].isna().to_numpy()
    if empty.any():
        raise InputError(
            "got no standard error here but at other amounts of the same type, expected it at all or at none",
            file=table.name,
            row=table.row_of(int(empty.argmax())),
            column="se",
        )
    return table.frame["se"].to_numpy(np.float64)


def _refuse_text(table: Table, column: str) -> None:
    cells = table.frame[column]
    finite = np.isfinite(pd.to_numeric(cells, errors="coerce").to_numpy(np.float64, na_value=np.nan))
    blank_allowed = cells.isna().to_numpy() if column == "se" else False
    table.refuse(~finite & ~blank_allowed, column, "a number", blank="nothing")
