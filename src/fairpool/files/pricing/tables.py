"""CURVE.csv and VALUATIONS.csv: a row an amount of data, its first column ``n``.

    CURVE.csv        n, price                what n rows cost
    VALUATIONS.csv   n, a column a type      what n rows are worth to a buyer of that type

Rows may stand in any order.  Nothing costs nothing and is worth nothing: a row n = 0 may be there, all of it 0.
Parquet files of the same columns are read, too.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fairpool.files.sharing.samples import is_csv, records, row_of
from fairpool.ground.arrays import Floats, Integers
from fairpool.ground.errors import InputError
from fairpool.pricing.curves.curve import PriceCurve
from fairpool.pricing.curves.valuations import Valuations
from fairpool.tables.cells import is_readable, missing, numbers, written
from fairpool.tables.reading import read_table

AMOUNT, PRICE = "n", "price"
MOST_ROWS = 10**15  # amounts beyond are a mistake; float64 is exact up to here
LARGEST = 1e100  # money beyond is a mistake; products of amounts and prices stay within float64
_AMOUNT_EXPECTED, _MONEY_EXPECTED = "a whole number of rows from 0 up", "a number from 0 up"


def read_curve(path: Path) -> PriceCurve:
    """The bundles of a price curve, columns ``n`` and ``price``.

    Prices may fall as n grows: whether they do is for `fairpool price check` to tell.  Raises InputError with file,
    row and column for anything else that is no curve.
    """
    table = _read(path, expected=f"{AMOUNT},{PRICE}")
    if table.names != (PRICE,):
        got = ",".join((AMOUNT, *table.names))
        raise InputError(f"got the columns {got!r}, expected {f'{AMOUNT},{PRICE}'!r}", file=path)
    ordered = table.ascending("a price")
    return PriceCurve(ordered.amounts, ordered.columns[0])


def read_valuations(path: Path) -> Valuations:
    """What amounts are worth to types of buyers: column ``n``, then a column a type, called as the type is.

    Raises InputError with file, row and column; also for a valuation that falls as n grows.  A million rows take about
    a second.
    """
    table = _read(path, expected=f"{AMOUNT}, and a column a type of buyer")
    ordered = table.ascending("a valuation of each type")
    ordered.refuse_falls()
    return Valuations(ordered.amounts, ordered.columns, ordered.names)


def curve_csv(curve: PriceCurve) -> str:
    """A curve as CURVE.csv has it; prices to the last digit."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow((AMOUNT, PRICE))
    writer.writerows((n, repr(price)) for n, price in curve.pairs())
    return stream.getvalue()


@dataclass(frozen=True, slots=True, eq=False)
class _AmountTable:
    """amounts int64 (rows,); columns float64 (names, rows), numbers from 0 up; lines of the file int64 (rows,)."""

    path: Path
    names: tuple[str, ...]
    amounts: Integers
    columns: Floats
    lines: Integers

    def ascending(self, what: str) -> _AmountTable:
        """Rows by amount, without n = 0; InputError for an amount twice, and where no amount is left."""
        order = np.argsort(self.amounts, kind="stable")
        table = self._rows(order)
        again = np.flatnonzero(np.diff(table.amounts) == 0)
        if len(again):
            first, second = table.lines[again[0]], table.lines[again[0] + 1]
            raise self._wrong(
                f"got {table.amounts[again[0]]:,} as in row {first}, expected each amount once",
                second,
                AMOUNT,
            )
        if table.amounts[0] == 0:
            table._refuse_priced_nothing()
            table = table._rows(np.arange(1, len(order)))
        if not len(table.amounts):
            raise InputError(
                f"got no amount but 0, expected {what} for at least one row of data", file=self.path
            )
        return table

    def refuse_falls(self) -> None:
        """InputError for the first amount at which a column is lower than at the amount before."""
        falls = np.diff(self.columns, axis=1) < 0
        if not falls.any():
            return
        place = int(np.argmax(falls.any(axis=0)))
        column = int(np.argmax(falls[:, place]))
        before, after = self.columns[column, place : place + 2]
        raise self._wrong(
            f"got {after:g} for {self.amounts[place + 1]:,} rows, less than the {before:g} for {self.amounts[place]:,} "
            f"(row {self.lines[place]}); expected valuations that never fall, as nobody has to use every row",
            self.lines[place + 1],
            self.names[column],
        )

    def _refuse_priced_nothing(self) -> None:
        wrong = np.flatnonzero(self.columns[:, 0])
        if len(wrong):
            name, value = self.names[wrong[0]], self.columns[wrong[0], 0]
            raise self._wrong(
                f"got {value:g} for 0 rows, expected 0, or no row for n = 0", self.lines[0], name
            )

    def _rows(self, places: NDArray[np.intp]) -> _AmountTable:
        return _AmountTable(
            self.path, self.names, self.amounts[places], self.columns[:, places], self.lines[places]
        )

    def _wrong(self, problem: str, line: int, column: str) -> InputError:
        return InputError(problem, file=self.path, row=int(line), column=column)


def _read(path: Path, *, expected: str) -> _AmountTable:
    frame = read_table(path)
    names = tuple(map(str, frame.columns))
    _refuse_header(path, names, expected)
    amounts = _amounts(frame, path)
    columns = np.stack([_column(frame, name, path, _MONEY_EXPECTED, most=LARGEST) for name in names[1:]])
    lines = frame.index.to_numpy(dtype=np.int64) + (row_of(path, frame, 0) - int(frame.index[0]))
    return _AmountTable(path, names[1:], amounts, columns, lines)


def _refuse_header(path: Path, names: Sequence[str], expected: str) -> None:
    header = next(records(path))[1] if is_csv(path) else list(names)
    if not header or header[0] != AMOUNT:
        got = header[0] if header else ""
        raise InputError(
            f"got {got!r} as the first name of the header, expected a header line {expected}",
            file=path,
            row=1,
        )
    if "" in header:
        place = header.index("") + 1
        raise InputError(
            f"got no name for column {place} in the header, expected {expected}", file=path, row=1
        )
    if len(header) < 2:
        raise InputError(f"got the column {AMOUNT!r} only, expected {expected}", file=path)


def _amounts(frame: pd.DataFrame, path: Path) -> Integers:
    values = _column(frame, AMOUNT, path, _AMOUNT_EXPECTED, most=MOST_ROWS)
    wrong = np.flatnonzero(values != np.floor(values))
    if len(wrong):
        raise _no_number(frame, AMOUNT, int(wrong[0]), path, _AMOUNT_EXPECTED)
    return values.astype(np.int64)


def _column(frame: pd.DataFrame, name: str, path: Path, expected: str, *, most: float) -> Floats:
    """Numbers from 0 to ``most``; InputError for the first cell that is none."""
    cells = frame[name]
    if not is_readable(cells):
        raise InputError(f"got cells of type {cells.dtype}, expected {expected}", file=path, column=name)
    values = numbers(cells) if cells.dtype.name not in ("bool", "boolean") else np.full(len(cells), np.nan)
    wrong = np.flatnonzero(~((values >= 0) & (values <= most)))
    if len(wrong):
        place = int(wrong[0])
        limit = f" to {most:g}" if values[place] > most else ""
        raise _no_number(
            frame, name, place, path, expected.removesuffix(" up") + limit if limit else expected
        )
    return values


def _no_number(frame: pd.DataFrame, name: str, place: int, path: Path, expected: str) -> InputError:
    cell = frame[name].iloc[place : place + 1]
    got = "a missing cell" if missing(cell)[0] else repr(written(cell.iloc[0]))
    return InputError(
        f"got {got}, expected {expected}", file=path, row=row_of(path, frame, place), column=name
    )
