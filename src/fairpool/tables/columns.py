"""Columns as their owner means them: named, without those excluded, missing cells blank, each of one kind.

A column of texts from a CSV file is read as numbers, as truth values or as text, whichever all of its cells can be; a
column of a Parquet file or of a DataFrame has its kind already.  What a `Conventions` says of a column is met here for
both, and counted (`Met`), so that a key that meets nothing can be told.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from pandas.api.types import is_bool_dtype, is_numeric_dtype

from fairpool.ground.errors import InputError
from fairpool.tables.cells import LARGEST_EXACT, MISSING, canonical
from fairpool.tables.conventions import Conventions, is_mark, key_of
from fairpool.tables.names import key_hint, refuse_duplicates, renamed_from

COLUMN_KEYS = ("rename", "exclude", "categorical", "missing_in", "recode")  # which name columns
Met = frozenset[tuple[str, str]]
"""What of a file's conventions was there: the key's name (`recoded_in`), and the column, mark, text or label."""

_CODE = r"^[+-]?0\d"  # 007 is a name, not the number 7
_WHOLE = r"^[+-]?\d+$"
_POINTED = r"^[+-]?\d*\.\d+(e[+-]?\d+)?$"
_MOST_SPELLINGS = 2**4 + 2**5  # of true and false, by capital letters


def renamed(names: Sequence[str], conventions: Conventions, *, file: str) -> tuple[list[str], Met]:
    """The names after ``rename``; InputError where two are the same then."""
    new = [conventions.rename.get(name, name) for name in names]
    refuse_duplicates([name for name in new if name], file=file)
    there = [(old, conventions.rename[old]) for old in names if old in conventions.rename]
    return new, frozenset(one for old, now in there for one in (("rename", old), (renamed_from(old), now)))


def columns_met(names: Iterable[str], conventions: Conventions) -> Met:
    """Which of the columns that are excluded, categorical, recoded, or have marks of their own, are there."""
    there = set(names)
    keys = ("exclude", "categorical", "missing_in", "recode")
    return frozenset((key, name) for key in keys for name in getattr(conventions, key) if name in there)


def refuse_unmet_columns(given: Mapping[str, Any], met: Met, *, names: Iterable[str], file: str) -> None:
    """InputError for the first column that conventions, by name, call for and a single table does not have.

    names: the columns of the table, as they are called after reading
    """
    for key in COLUMN_KEYS:
        for name in given.get(key, ()):
            if (key, name) not in met:
                hint = key_hint(key_of(key), name, list(names), met)
                raise InputError(f"{key_of(key)}: got no such column{hint}", file=file, column=name)


def of_frame(frame: pd.DataFrame, conventions: Conventions, *, file: str) -> tuple[pd.DataFrame, Met]:
    """A table whose columns have kinds already, as its owner means it, and what was met."""
    names, met = renamed([str(name) for name in frame.columns], conventions, file=file)
    met |= columns_met(names, conventions)
    kept = [place for place, name in enumerate(names) if name not in conventions.exclude]
    columns: dict[str, pd.Series] = {}
    for place in kept:
        name, cells = names[place], frame.iloc[:, place]
        columns[name], found = _without_marks(cells, conventions.marks_of(name))
        met |= frozenset(("missing", mark) for mark in found)
        columns[name], recoded = _recoded(columns[name], conventions.recode.get(name, {}))
        met |= _recodings(name, recoded, conventions)
        if name in conventions.categorical:
            columns[name] = columns[name].astype("category")
    return pd.DataFrame(columns, index=frame.index), met


def of_texts(
    cells: pa.ChunkedArray, name: str, conventions: Conventions
) -> tuple[pd.Series, Met, int | None]:
    """A column of a CSV file as numbers, truth values or text; what was met; and the first cell, if any, that has a
    decimal point where the owner said that numbers have another mark."""
    marks, plain = (
        conventions.marks_of(name),
        conventions.decimal in (None, ".") and not conventions.thousands,
    )
    categorical, new = name in conventions.categorical, conventions.recode.get(name, {})
    if not marks and plain and not categorical and not new and (read := _as_numbers(cells)) is not None:
        return read, frozenset(), None
    trimmed = pc.utf8_trim_whitespace(cells)
    trimmed, found = _without_texts(trimmed, marks)
    met, wrong = frozenset(("missing", mark) for mark in found), None
    hits = _texts_to(new, pc.unique(trimmed).drop_null().to_pylist()) if new else {}
    kept = pc.if_else(pc.is_in(trimmed, pa.array(list(hits))), None, trimmed) if hits else trimmed
    if not plain and not categorical:
        kept, wrong = _pointed(kept, conventions)
    if hits:
        kept = pc.coalesce(kept, _replaced(trimmed, hits))
        met |= _recodings(name, map(canonical, hits), conventions)
    return kept.to_pandas().astype("category") if categorical else _kind_of(kept), met, wrong


def exact(cells: pa.ChunkedArray) -> pd.Series:
    """An Arrow column in pandas; whole numbers keep their digits, beside missing cells, too."""
    if pa.types.is_decimal(cells.type):
        digits = cells.cast(pa.string())  # Arrow's own cast to float64 is off by a bit in many decimals
        short = cells.type.scale > 0 or not _is_long(cells.cast(pa.float64()))
        cells = digits.cast(pa.float64()) if short else digits
    if (
        pa.types.is_integer(cells.type)
        and cells.null_count
        and _is_long(cells.cast(pa.float64(), safe=False))
    ):
        unsigned = pa.types.is_unsigned_integer(cells.type)
        cells, whole = cells.cast(pa.uint64() if unsigned else pa.int64()), "UInt64" if unsigned else "Int64"
        return pd.Series(cells.to_pandas(types_mapper={cells.type: pd.api.types.pandas_dtype(whole)}.get))
    column: pd.Series = cells.to_pandas()
    return column


def _kind_of(trimmed: pa.ChunkedArray) -> pd.Series:
    """Trimmed texts, null where blank, as numbers, truth values or text; words such as NA are missing in numbers."""
    is_word = pc.is_in(trimmed, pa.array(sorted(MISSING)))
    worded = pc.if_else(is_word, None, trimmed)
    if worded.null_count == len(worded) != trimmed.null_count:
        return trimmed.to_pandas()  # nothing but such words: another file tells what they stand for
    read = _as_numbers(worded)
    if read is None:
        read = _as_truths(worded)
    return trimmed.to_pandas() if read is None else read


def _as_numbers(cells: pa.ChunkedArray) -> pd.Series | None:
    """The column as whole numbers or float64; None where a cell is no number, a code like 007, or too long for both."""
    try:
        decimals = cells.cast(pa.float64())
    except pa.ArrowInvalid:
        return None
    try:
        whole = cells.cast(pa.int64())
    except pa.ArrowInvalid:
        long = _is_long(decimals) and pc.all(pc.match_substring_regex(cells, _WHOLE)).as_py()
        return None if long else decimals.to_pandas()
    return None if pc.any(pc.match_substring_regex(cells, _CODE)).as_py() else exact(whole)


def _is_long(decimals: pa.ChunkedArray) -> bool:
    """Whether a number is so large that float64 may have lost digits of it."""
    largest = pc.max(pc.abs(decimals)).as_py()
    return largest is not None and largest >= LARGEST_EXACT


def _as_truths(cells: pa.ChunkedArray) -> pd.Series | None:
    """The column as truth values; None where one is neither true nor false."""
    distinct = pc.unique(cells).drop_null()
    if len(distinct) > _MOST_SPELLINGS or not set(pc.utf8_lower(distinct).to_pylist()) <= {"true", "false"}:
        return None
    truths: pd.Series = pc.equal(pc.utf8_lower(cells), "true").to_pandas()
    return truths.astype("boolean") if cells.null_count else truths


def _without_texts(trimmed: pa.ChunkedArray, marks: Sequence[str]) -> tuple[pa.ChunkedArray, frozenset[str]]:
    """Blank cells and those that are one of the marks as null, and the marks met."""
    hits = {"": ""}
    if marks:
        distinct = pc.unique(trimmed).drop_null().to_pylist()
        hits |= {text: mark for text in distinct if (mark := is_mark(text, marks)) is not None}
    found = pc.if_else(pc.is_in(trimmed, pa.array(list(hits))), None, trimmed)
    return found, frozenset(hits.values()) - {""}


def recoded_in(column: str) -> str:
    """The name under which the texts that ``recode`` met in a column are kept."""
    return f"recode {column}"


def recoded_to(column: str) -> str:
    """The name under which what ``recode`` made of them is kept."""
    return f"recode {column} to"


def _recodings(column: str, olds: Iterable[str], conventions: Conventions) -> Met:
    """What is kept of the texts of a column that were recoded."""
    new = conventions.recode.get(column, {})
    return frozenset(
        one for old in olds for one in ((recoded_in(column), old), (recoded_to(column), new[old]))
    )


def _texts_to(new: Mapping[str, str], distinct: Iterable[object]) -> dict[Any, str]:
    """Which of the distinct cells are recoded, and to what."""
    return {cell: new[spelt] for cell in distinct if (spelt := canonical(cell)) in new}


def _replaced(trimmed: pa.ChunkedArray, hits: Mapping[str, str]) -> pa.ChunkedArray:
    """The texts that are recoded as their new ones, all others null."""
    place = pc.index_in(trimmed, pa.array(list(hits)))
    return pa.chunked_array([pa.array(list(hits.values())).take(chunk) for chunk in place.chunks])


def _recoded(cells: pd.Series, new: Mapping[str, str]) -> tuple[pd.Series, list[str]]:
    """A column with kinds already, its texts recoded where some are to be; and which were."""
    hits = _texts_to(new, cells.dropna().drop_duplicates()) if new else {}
    if not hits:
        return cells, []
    spelt = cells.map(canonical, na_action="ignore").astype(object)
    return spelt.map(lambda text: new.get(text, text), na_action="ignore"), [canonical(one) for one in hits]


def _pointed(trimmed: pa.ChunkedArray, conventions: Conventions) -> tuple[pa.ChunkedArray, int | None]:
    """Numbers in the owner's notation with a decimal point, other texts as they are; and the first cell in which a
    column of numbers has a point that the notation does not know."""
    decimal, thousands = re.escape(conventions.decimal or "."), conventions.thousands
    whole = rf"\d{{1,3}}({re.escape(thousands)}\d{{3}})+|\d+" if thousands else r"\d+"
    number = rf"^[+-]?(({whole})({decimal}\d*)?|{decimal}\d+)([eE][+-]?\d+)?$"
    reads = pc.match_substring_regex(trimmed, number)
    plain = pc.replace_substring(trimmed, thousands, "") if thousands else trimmed
    plain = pc.replace_substring(plain, conventions.decimal or ".", ".")
    converted = pc.if_else(reads, plain, trimmed)
    other = pc.and_(pc.invert(reads), pc.match_substring_regex(trimmed, _POINTED, ignore_case=True))
    word = pc.is_in(trimmed, pa.array(sorted(MISSING)))
    if pc.any(other).as_py() and pc.all(pc.or_(pc.or_(reads, other), word)).as_py():
        return converted, int(np.argmax(other.fill_null(False).to_numpy()))
    return converted, None


def _without_marks(cells: pd.Series, marks: Sequence[str]) -> tuple[pd.Series, set[str]]:
    """A column with kinds already, its cells that are one of the marks missing; and the marks met."""
    if not marks:
        return cells, set()
    distinct = cells.dropna().drop_duplicates()
    hits: dict[object, str] = {}
    for cell in distinct:
        if isinstance(cell, str | bool | int | float | np.generic):
            mark = is_mark(canonical(cell), marks) or (is_mark(str(cell).strip(), marks))
            if mark is not None:
                hits[cell] = mark
    if not hits:
        return cells, set()
    if is_numeric_dtype(cells.dtype) and not is_bool_dtype(cells.dtype) and cells.dtype.kind in "iu":
        cells = cells.astype("Int64" if cells.dtype.kind == "i" else "UInt64")
    elif is_bool_dtype(cells.dtype):
        cells = cells.astype("boolean")
    return cells.mask(cells.isin(list(hits))), set(hits.values())


def refuse_pointed(cell: str, conventions: Conventions, *, file: str, row: int, column: str) -> InputError:
    """The error for a number with a decimal point where another mark was said."""
    hint = "" if conventions.thousands else '; if points group digits, set thousands = "."'
    expected = f"a number with {conventions.decimal!r} as decimal says{hint}"
    return InputError(f"got {cell!r}, expected {expected}", file=file, row=row, column=column)
