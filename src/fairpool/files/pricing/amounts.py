"""CURVE.csv and VALUATIONS.csv: one row per amount of data, its first column ``n``.

    CURVE.csv        n, price                        what n rows cost
    VALUATIONS.csv   n, one column for each type     what n rows are worth to a buyer of that type

Rows may stand in any order.  Nothing costs nothing and is worth nothing: a row n = 0 may be there, all of it 0.
Parquet files of the same columns are read, too.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fairpool.files.table_file import read_table
from fairpool.ground.arrays import Float, Floats, Int, Integers, Positions
from fairpool.ground.errors import InputError
from fairpool.pricing.curves.curve import PriceCurve
from fairpool.pricing.curves.valuations import Valuations
from fairpool.tables.columns import refuse_unmet_columns
from fairpool.tables.conventions import Conventions
from fairpool.tables.table import Table

_PLAIN = Conventions()
AMOUNT, PRICE = "n", "price"
MOST_ROWS = 10**15  # amounts beyond are a mistake; float64 is exact up to here
LARGEST = 1e100  # money beyond is a mistake; products of amounts and prices stay within float64
_AMOUNT_EXPECTED, _MONEY_EXPECTED = "a whole number of rows from 0 up", "a number from 0 up"
_BLANK = "a missing cell"


def read_curve(path: Path) -> PriceCurve:
    """The bundles of a price curve, columns ``n`` and ``price``.

    Prices may fall as n grows: whether they do is for `fairpool price check` to tell.  Raises InputError with file,
    row and column for anything else that is no curve.
    """
    table = _read(path, _PLAIN, expected=f"{AMOUNT},{PRICE}")
    if table.names != (PRICE,):
        got = ",".join((AMOUNT, *table.names))
        raise InputError(f"got the columns {got!r}, expected {f'{AMOUNT},{PRICE}'!r}", file=path)
    ordered = table.ascending("a price")
    return PriceCurve(ordered.amounts, ordered.columns[0])


def read_valuations(path: Path, conventions: Conventions = _PLAIN) -> Valuations:
    """What amounts are worth to types of buyers: column ``n``, then one column for each type, called as the type is.

    Raises InputError with file, row and column; also for a valuation that falls as n grows.  A million rows take about
    a second.
    """
    table = _read(path, conventions, expected=f"{AMOUNT}, and one column for each type of buyer")
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
    """Numbers from 0 up, and the line of the file in which each row stands."""

    path: Path
    names: tuple[str, ...]
    amounts: Int[Integers, " rows"]
    columns: Float[Floats, "names rows"]
    lines: Int[Integers, " rows"]

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

    def _rows(self, places: Positions) -> _AmountTable:
        return _AmountTable(
            self.path, self.names, self.amounts[places], self.columns[:, places], self.lines[places]
        )

    def _wrong(self, problem: str, line: int, column: str) -> InputError:
        return InputError(problem, file=self.path, row=int(line), column=column)


def _read(path: Path, conventions: Conventions, *, expected: str) -> _AmountTable:
    table = read_table(path, conventions)
    refuse_unmet_columns(conventions.given(), table.met, names=table.names, file=table.name)
    _refuse_header(table, expected)
    amounts = _numbers(table, AMOUNT, _AMOUNT_EXPECTED, most=MOST_ROWS)
    table.refuse(amounts != np.floor(amounts), AMOUNT, _AMOUNT_EXPECTED, blank=_BLANK)
    names = table.names[1:]
    columns = np.stack([_numbers(table, name, _MONEY_EXPECTED, most=LARGEST) for name in names])
    lines = table.frame.index.to_numpy(dtype=np.int64) + table.rows_start
    return _AmountTable(path, names, amounts.astype(np.int64), columns, lines)


def _refuse_header(table: Table, expected: str) -> None:
    header = table.header
    if not header or header[0] != AMOUNT:
        got = header[0] if header else ""
        raise InputError(
            f"got {got!r} as the first name of the header, expected a header line {expected}",
            file=table.name,
            row=1,
        )
    if "" in header:
        place = header.index("") + 1
        raise InputError(
            f"got no name for column {place} in the header, expected {expected}", file=table.name, row=1
        )
    if len(header) < 2:
        raise InputError(f"got the column {AMOUNT!r} only, expected {expected}", file=table.name)


def _numbers(table: Table, name: str, expected: str, *, most: float) -> Float[Floats, " rows"]:
    """Numbers from 0 to ``most``; InputError for the first cell that is none."""
    values = table.numbers(name, expected)
    wrong = ~((values >= 0) & (values <= most))
    if wrong.any() and values[wrong.argmax()] > most:
        expected = f"{expected.removesuffix(' up')} to {most:g}"
    table.refuse(wrong, name, expected, blank=_BLANK)
    return values
