"""How files are to be read, as TOML says it: the same keys wherever a file of rows is named.

`fairpool.tables.conventions` says what each means.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError

from fairpool.files.toml_file import SAID, FromZero, Keys
from fairpool.ground.errors import InputError
from fairpool.tables.cells import canonical
from fairpool.tables.conventions import CSV_KEYS, Conventions

_SCALAR = str | int | float  # bool is an int


def _marks(given: object) -> tuple[str, ...]:
    if not (isinstance(given, list) and all(isinstance(one, _SCALAR) for one in given)):
        raise ValueError('a list of texts or numbers, such as ["?", "-9"]')
    return tuple(one if isinstance(one, str) else canonical(one) for one in given)


def _marks_by_column(given: object) -> dict[str, tuple[str, ...]]:
    if not isinstance(given, dict):
        raise ValueError('a table of columns, such as { chol = ["0"] }')
    return {column: _marks(marks) for column, marks in given.items()}


def _columns(given: object) -> tuple[str, ...]:
    if not (isinstance(given, list) and all(isinstance(name, str) for name in given)):
        raise ValueError("a list of names in quotes")
    for place, name in enumerate(given):
        if name and name in given[:place]:
            raise PydanticCustomError(SAID, "got {name} twice, expected it once", {"name": repr(name)})
    return tuple(given)


def _renaming(given: object) -> dict[str, str]:
    if not (isinstance(given, dict) and all(isinstance(one, _SCALAR) for one in given.values())):
        raise ValueError('a table of texts, such as { "old" = "new" }')
    return {old: new if isinstance(new, str) else canonical(new) for old, new in given.items()}


def _renaming_by_column(given: object) -> dict[str, dict[str, str]]:
    if not (isinstance(given, dict) and all(isinstance(one, dict) for one in given.values())):
        raise ValueError('a table of columns, such as { sex = { m = "1", w = "0" } }')
    return {column: _renaming(texts) for column, texts in given.items()}


Columns = Annotated[tuple[str, ...], BeforeValidator(_columns)]
Renaming = Annotated[dict[str, str], BeforeValidator(_renaming)]
_ONE_CHARACTER = "one character in quotes"


class TextKeys(Keys):
    """How a CSV file, or any table, becomes columns."""

    missing: Annotated[tuple[str, ...], BeforeValidator(_marks)] | None = None
    missing_in: Annotated[dict[str, tuple[str, ...]], BeforeValidator(_marks_by_column)] | None = None
    separator: str | None = Field(None, description=_ONE_CHARACTER)
    decimal: str | None = Field(None, description=_ONE_CHARACTER)
    thousands: str | None = Field(None, description=_ONE_CHARACTER)
    encoding: str | None = Field(None, description='a name in quotes such as "latin-1"')
    columns: Columns | None = None
    skip_lines: FromZero | None = None
    comment: str | None = Field(None, description=_ONE_CHARACTER)
    rename: Renaming | None = None
    recode: Annotated[dict[str, dict[str, str]], BeforeValidator(_renaming_by_column)] | None = None
    exclude: Columns | None = None

    def conventions_given(self) -> dict[str, Any]:
        """Those of the keys that the file holds, by the names of `Conventions`."""
        known = {*TextKeys.model_fields, *ReadingKeys.model_fields}
        return {name: getattr(self, name) for name in self.model_fields_set if name in known}


class ReadingKeys(TextKeys):
    """The same, and what columns and labels of data to learn from mean."""

    categorical: Columns | None = None
    positive: str | None = Field(None, description='a condition such as "num > 0"')
    labels: Renaming | None = None


def agreed_conventions(first: Conventions, given: Mapping[str, Any], *, table: str) -> Conventions:
    """``first`` with what a table gives in place of it; an InputError names the table."""
    try:
        return first.but(given)
    except InputError as problem:
        raise InputError(f"{table}.{problem.problem}") from None


def of_columns(conventions: Conventions) -> Conventions:
    """The same without what only a CSV file can need."""
    plain = Conventions()
    return conventions.but({name: getattr(plain, name) for name in CSV_KEYS})


def is_parquet(path: Path) -> bool:
    """Whether a file, by its name, needs no key for CSV."""
    return path.name.lower().endswith(".parquet")
