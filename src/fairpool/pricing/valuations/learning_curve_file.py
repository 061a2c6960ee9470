"""Measured learning curves from a CSV or Parquet file.

    type,n,score,se
    insurer,0,0.5,
    insurer,50,0.561,0.007

``n`` rows gave the model the ``score``; ``se`` (optional) is the score's standard error; ``type`` (optional) tells the
curves of several buyers apart.  A row of n = 0 is the score without any row, and needs no error.  Other columns are not
read.  Points of one n may repeat.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from fairpool.ground.errors import InputError
from fairpool.pricing.valuations.learning_curves import MeasuredCurve, measured_curve
from fairpool.tables.reading import read_table

ONLY = "buyer"


def read_learning_curves(path: Path) -> tuple[MeasuredCurve, ...]:
    """One curve for each type, in the order in which the file names them; InputError with file, row and column."""
    table = read_table(path)
    missing = [name for name in ("n", "score") if name not in table]
    if missing:
        raise InputError(
            f"got columns {', '.join(map(str, table.columns))}, expected {' and '.join(map(repr, missing))} "
            "(and 'se' and 'type' if there are any)",
            file=path,
        )
    for column in ("n", "score", "se"):
        _refuse_text(table, column, path)
    types = table["type"].astype(str) if "type" in table else pd.Series(ONLY, index=table.index)
    return tuple(_curve(str(name), rows, path) for name, rows in table.groupby(types, sort=False))


def _curve(name: str, rows: pd.DataFrame, path: Path) -> MeasuredCurve:
    measured, without = rows[rows["n"] != 0], rows[rows["n"] == 0]
    if len(without) > 1:
        raise InputError(f"got {len(without)} scores of {name!r} at n = 0, expected at most one", file=path)
    try:
        return measured_curve(
            measured["n"].to_numpy(),
            measured["score"].to_numpy(),
            name=name,
            errors=_errors(measured, path),
            alone=float(without["score"].iloc[0]) if len(without) else None,
        )
    except InputError as error:
        raise InputError(error.problem, file=error.file or path, row=error.row, column=error.column) from None


def _errors(rows: pd.DataFrame, path: Path) -> np.ndarray | None:
    """None without the column or where it is empty for all points; InputError where it is for some."""
    if "se" not in rows or rows["se"].isna().all():
        return None
    empty = rows["se"].isna()
    if empty.any():
        raise InputError(
            "got no standard error here but at other amounts of the same type, expected it at all or at none",
            file=path,
            row=_line(rows, empty),
            column="se",
        )
    return rows["se"].to_numpy(float)


def _refuse_text(table: pd.DataFrame, column: str, path: Path) -> None:
    if column not in table:
        return
    read = pd.to_numeric(table[column], errors="coerce")
    wrong = ~np.isfinite(read) & ((column != "se") | table[column].notna())
    if wrong.any():
        got = table.loc[wrong, column].iloc[0]
        shown = "nothing" if pd.isna(got) else repr(str(got))
        raise InputError(f"got {shown}, expected a number", file=path, row=_line(table, wrong), column=column)


def _line(table: pd.DataFrame, wrong: pd.Series) -> int:
    return int(table.index[wrong.to_numpy()][0]) + 2
