"""Names of columns: asked for, there once, and told in messages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from fairpool.ground.errors import InputError
from fairpool.ground.spelling import nearest
from fairpool.tables.cells import is_number

_MOST_LISTED = 20


def require_columns(wanted: Iterable[str], names: Sequence[str], *, file: str, what: str) -> None:
    """Raise InputError for the first of ``wanted`` that is not among ``names``, with the nearest that are."""
    for column in wanted:
        if column not in names:
            hint = _first_line_hint(names)
            raise InputError(f"got no such {what}; {_nearest(column, names)}{hint}", file=file, column=column)


def refuse_duplicates(names: Sequence[str], *, file: str) -> None:
    """Raise InputError for the first name that comes twice."""
    seen: set[str] = set()
    for place, column in enumerate(names, start=1):
        if column in seen:
            first = names.index(column) + 1
            raise InputError(
                f"got one name for columns {first} and {place}, expected different names",
                file=file,
                column=column,
            )
        seen.add(column)


def refuse_nul(names: Sequence[str], *, file: str) -> None:
    """numpy drops NULs at the end of a text: a column whose name has one would not be found again."""
    for place, name in enumerate(names, 1):
        if "\0" in name:
            raise InputError(
                f"column {place}: got a NUL character in its name, expected plain text", file=file
            )


def listed(names: Sequence[str]) -> str:
    """``'a', 'b', 'c'``, cut short after 20.

    >>> listed(["age", "bmi"])
    "'age', 'bmi'"
    """
    shown = ", ".join(repr(name) for name in names[:_MOST_LISTED])
    return f"{shown} and {len(names) - _MOST_LISTED} more" if len(names) > _MOST_LISTED else shown


def _nearest(column: str, names: Sequence[str]) -> str:
    near = nearest(column, names, most=3)
    return f"did you mean {listed(near)}?" if near else f"the columns are {listed(names)}"


def _first_line_hint(names: Sequence[str]) -> str:
    """For names that are numbers, or marks such as ``?``: they are likely the first row."""
    if not any(is_number(name) or not any(map(str.isalnum, name)) for name in names):
        return ""
    return f"; if the first line holds data, columns = [..] names the {len(names)} columns"
