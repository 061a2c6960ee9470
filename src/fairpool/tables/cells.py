"""How a cell reads: as a number, a truth value, a text, or as missing.

A column comes from a file or from a DataFrame, so the same cell may arrive as ``1``, ``1.0``, ``"1"`` or
``True``.  Here is the one reading that every file of a round gets:

missing   blank, after trimming spaces; in columns of numbers and truth values also one of the words `MISSING`
          (``NA``, ``N/A``, ``NaN``, ``null`` ...), which cannot be anything else there.  In a column of texts ``NA``
          is a text like any other (Namibia; "not applicable"), unless the file's owner says that it means missing
          (`fairpool.tables.conventions`)
number    ``12``, ``-1.5``, ``.5``, ``1e-3``, ``inf``; not ``1,234``, ``1_000``, ``0x10`` or ``<5``
boolean   ``true`` and ``false`` in any case, or a truth value of the file format; not ``yes``, ``T`` or ``1``
text      anything else, trimmed.  `canonical` writes equal values alike (``1``, ``1.0`` and ``1e0`` are
          ``"1"``) but keeps codes that start with a zero (``"007"``)

All functions take a column (rows,) as `settle` leaves it, and read texts by their distinct values, so a million
rows cost two array passes.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from decimal import Decimal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.api.types import is_bool_dtype, is_numeric_dtype, is_string_dtype

from fairpool.ground.arrays import Bool, Booleans, Float, Floats

MISSING = frozenset(
    {
        "",
        "NA",
        "N/A",
        "n/a",
        "<NA>",
        "#N/A",
        "#N/A N/A",
        "#NA",
        "NaN",
        "nan",
        "NAN",
        "-NaN",
        "-nan",
        "NULL",
        "null",
    }
)
_NUMBER = re.compile(r"[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?|inf|infinity)", re.ASCII | re.IGNORECASE)
_COMMAS = re.compile(r"[+-]?[\d.]*\d,\d+", re.ASCII)
_MEANING_MISSING = frozenset(
    {"none", "missing", "unknown", "n.a", "na", "k.a", "n/k", "nil", "empty", "void"}
)
_DATE = re.compile(
    r"\d{4}([-/.])\d{1,2}\1\d{1,2}([T ]\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?"  # 2021-03-04T10:30
    r"|\d{1,2}([-/.])\d{1,2}\6(\d{4}|\d{2})( \d{1,2}:\d{2}(:\d{2})?)?"  # 4.3.2021, 04/03/21
    r"|\d{1,2}[- ][A-Za-z]{3,9}\.?[- ](\d{4}|\d{2})|[A-Za-z]{3,9}\.? \d{1,2}, \d{4}",  # 4-Mar-2021, March 4, 2021
    re.ASCII,
)
_BARE = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)
_WHOLE = re.compile(r"[+-]?\d+", re.ASCII)
_CODE = re.compile(r"[+-]?0\d+", re.ASCII)  # 007 is a name, not the number 7
_TRUTHS = {"true": 1.0, "false": 0.0}
_SCALARS = (str, bool, int, float, Decimal, np.bool_, np.integer, np.floating)
LARGEST_EXACT = 2.0**53  # whole numbers up to here are exact in float64


def is_readable(cells: pd.Series) -> bool:
    """Whether the column holds numbers, truth values or texts (not dates, lists or complex numbers)."""
    dtype = cells.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        return is_readable(pd.Series(dtype.categories))
    return dtype.kind != "c" and (is_numeric_dtype(dtype) or is_bool_dtype(dtype) or is_string_dtype(cells))


def is_truth(cells: pd.Series) -> bool:
    """Whether the column holds truth values of the file format, and not texts that say so."""
    return is_bool_dtype(cells.dtype)


def settle(cells: pd.Series) -> pd.Series:
    """A column of Python objects as numbers, truth values or text, whichever it holds; others as they are.

    Whole numbers that float64 cannot hold are kept as texts, digit by digit: they are codes, or are read as numbers
    where a number is asked for.
    """
    if cells.dtype != object:
        return cells
    held = set(map(type, cells[cells.notna()]))
    if all(issubclass(one, bool | np.bool_) for one in held):
        return cells.astype("boolean")
    if not any(issubclass(one, str | bool | np.bool_) for one in held) and _are_scalars(held):
        if any(map(_is_long, cells)):
            return cells.map(_digits, na_action="ignore")
        return cells.astype(np.float64)
    return cells.map(str, na_action="ignore") if _are_scalars(held) else cells


def present(cells: pd.Series) -> pd.Series:
    """The distinct cells that are not missing; of a pandas categorical column, as its categories are."""
    distinct = cells.dropna().drop_duplicates()
    if isinstance(distinct.dtype, pd.CategoricalDtype):
        distinct = distinct.astype(distinct.dtype.categories.dtype)
    return distinct[~missing(distinct)]


def all_truths(distinct: pd.Series) -> bool:
    """Whether every one of the distinct cells (without missing ones) is true or false."""
    return is_bool_dtype(distinct.dtype) or (
        _is_text(distinct) and all(_truth(text) >= 0 for text in distinct)
    )


def all_numbers(distinct: pd.Series) -> bool:
    """Whether every one of the distinct cells (without missing ones) is a number."""
    return is_numeric_dtype(distinct.dtype) or (_is_text(distinct) and all(map(is_number, distinct)))


def all_dates(distinct: pd.Series) -> bool:
    """Whether every one of the distinct cells (without missing ones) is a date, as a text or of the file format."""
    if distinct.dtype.kind == "M":
        return True
    held = {type(cell) for cell in distinct}
    if distinct.dtype == object and str not in held:
        return {kind.__name__ for kind in held} <= {"date", "datetime", "Timestamp"}
    return _is_text(distinct) and all(_DATE.fullmatch(str(text).strip()) is not None for text in distinct)


def missing(cells: pd.Series) -> Bool[Booleans, " rows"]:
    """Which cells are missing in a column of numbers or truth values: blank, or one of the words for it."""
    return _absent(cells, lambda text: text.strip() in MISSING)


def blank(cells: pd.Series) -> Bool[Booleans, " rows"]:
    """Which cells are missing in a column of texts: blank."""
    return _absent(cells, lambda text: not text.strip())


def numbers(cells: pd.Series) -> Float[Floats, " rows"]:
    """The column as float64 (rows,): NaN where a cell is missing or no number; true is 1 and false is 0.

    Minus zero becomes zero, so that equal cells are equal to the last bit.
    """
    if _is_text(cells):
        return _by_distinct(cells, _number).astype(np.float64) + 0.0
    return cells.to_numpy(dtype=np.float64, na_value=np.nan) + 0.0


def truths(cells: pd.Series) -> Float[Floats, " rows"]:
    """The column as 1.0 and 0.0, float64 (rows,): NaN where missing, or neither true, false, 1 nor 0."""
    if _is_text(cells):
        return _by_distinct(cells, _truth_or_bit).astype(np.float64)
    values = numbers(cells)
    return np.where((values == 0) | (values == 1), values, np.nan)


def texts(cells: pd.Series) -> NDArray[np.object_]:
    """The column as canonical texts, object (rows,): "" where a cell is blank."""
    return _by_distinct(cells, canonical, absent="")


def canonical(cell: object) -> str:
    """One spelling for equal values.

    >>> [canonical(cell) for cell in (1, 1.0, "1.00", "1e0", True, "007", "NA")]
    ['1', '1', '1', '1', 'true', '007', 'NA']
    """
    if isinstance(cell, bool | np.bool_):
        return str(bool(cell)).lower()
    if isinstance(cell, int | np.integer):
        return str(int(cell))
    if isinstance(cell, float | np.floating):
        return _canonical_number(float(cell))
    return _canonical_text(str(cell).strip())


def written(cell: object) -> str:
    """A cell as its owner would recognise it: a text as it is, anything else as `canonical` has it."""
    return cell if isinstance(cell, str) else canonical(cell)


def meaning_hint(text: str) -> str:
    """For a text where a number is expected: the key of the file's conventions that it seems to ask for.

    >>> meaning_hint("?"), meaning_hint("forty")
    ('; if it means missing, missing = ["?"] says so', '')
    """
    text = text.strip()
    if _COMMAS.fullmatch(text):
        return '; decimal = "," says that a comma is the decimal mark, thousands = "," that it groups digits'
    if text.startswith("#"):
        return '; if the line is a remark, comment = "#" leaves it out'
    return f'; if it means missing, missing = ["{text}"] says so' if is_text_for_missing(text) else ""


def is_text_for_missing(text: str) -> bool:
    """Whether a text seems to mean missing, where numbers are expected: a mark such as ``?``, or a word such as none.

    >>> [is_text_for_missing(text) for text in ("?", "unknown", "other")]
    [True, True, False]
    """
    return not any(map(str.isalnum, text)) or text.lower().rstrip(".") in _MEANING_MISSING


def recode_hint(text: str, column: str | None) -> str:
    """For a text in a column of nothing but texts, where others are expected: the key that makes others of them.  The
    label, for which ``column`` is None, has a key of its own.

    >>> recode_hint("m", "sex")
    '; if it is a code, recode = { sex = { "m" = ".." } } says what it stands for'
    """
    entry = f'{{ {json.dumps(text, ensure_ascii=False)} = ".." }}'
    key = f"labels = {entry}" if column is None else f"recode = {{ {toml_key(column)} = {entry} }}"
    return f"; if it is a code, {key} says what it stands for"


def entry_hint(table: str, text: str, *, made: bool = False) -> str:
    """For a text where others are expected, beside a table of the file's conventions that names others: what to add;
    where it is what the table itself ``made`` of another one, that it stands there.

    >>> entry_hint("recode.sex", "d")
    '; recode.sex has no entry for "d": add "d" = ".." there'
    >>> entry_hint("labels", "yse", made=True)
    '; labels makes "yse" of another text: correct it there'
    """
    old = json.dumps(text, ensure_ascii=False)
    if made:
        return f"; {table} makes {old} of another text: correct it there"
    return f'; {table} has no entry for {old}: add {old} = ".." there'


def toml_key(name: str) -> str:
    """A name as a key of TOML: in quotes where it needs them."""
    return name if _BARE.fullmatch(name) else json.dumps(name, ensure_ascii=False)


def is_number(text: str) -> bool:
    """Whether a text reads as a number."""
    return _NUMBER.fullmatch(text.strip()) is not None


def _is_long(cell: object) -> bool:
    """Whether a cell is a whole number with more digits than float64 keeps."""
    if isinstance(cell, Decimal):
        return cell.is_finite() and cell == cell.to_integral_value() and abs(cell) > LARGEST_EXACT
    return isinstance(cell, int | np.integer) and abs(int(cell)) > LARGEST_EXACT


def _digits(cell: object) -> str:
    """A number as a text that says all of it."""
    return str(int(cell)) if isinstance(cell, Decimal) and _is_long(cell) else canonical(cell)


def _are_scalars(held: set[type]) -> bool:
    return all(issubclass(one, _SCALARS) for one in held)


def _canonical_text(text: str) -> str:
    if text.lower() in _TRUTHS:
        return text.lower()
    if _CODE.fullmatch(text) or not is_number(text):
        return text
    return str(int(text)) if _WHOLE.fullmatch(text) else _canonical_number(float(text))


def _canonical_number(value: float) -> str:
    if math.isnan(value):
        return ""
    return str(int(value)) if abs(value) <= LARGEST_EXACT and value == int(value) else repr(value)


def _number(text: str) -> float:
    # float alone strips less: not the separators 1c to 1f
    return float(text.strip()) if is_number(text) else np.nan


def _truth(text: str) -> float:
    return _TRUTHS.get(text.strip().lower(), np.nan)


def _truth_or_bit(text: str) -> float:
    value = _number(text)
    return value if value in (0.0, 1.0) else _truth(text)


def _absent(cells: pd.Series, is_absent: Callable[[str], bool]) -> Bool[Booleans, " rows"]:
    absent: Bool[Booleans, " rows"] = cells.isna().to_numpy(dtype=bool)
    if not _is_text(cells):
        return absent
    found: Bool[Booleans, " rows"] = _by_distinct(cells, is_absent, absent=True).astype(bool)
    return found


def _is_text(cells: pd.Series | pd.Index) -> bool:
    dtype = cells.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        return _is_text(dtype.categories)
    return not is_numeric_dtype(dtype) and not is_bool_dtype(dtype)


def _by_distinct(
    cells: pd.Series, read: Callable[..., object], *, absent: object = np.nan
) -> NDArray[np.object_]:
    """``read`` applied once per distinct cell, spread over the column: object (rows,)."""
    codes, distinct = pd.factorize(cells)
    values = np.empty(len(distinct) + 1, dtype=object)
    values[:-1] = [read(cell) for cell in distinct]
    values[-1] = absent  # factorize gives missing cells the code -1
    return values[codes]
