"""Names of columns: asked for, there once, and told in messages."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet

from fairpool.ground.errors import InputError
from fairpool.ground.spelling import guess, nearest
from fairpool.tables.cells import is_number, toml_key

NO_SUCH = "got no such"  # how a message begins about a column that is not there
_MOST_LISTED = 20
_MET_NOTHING: AbstractSet[tuple[str, str]] = frozenset()


def require_columns(
    wanted: Iterable[str],
    names: Sequence[str],
    *,
    file: str,
    what: str,
    met: AbstractSet[tuple[str, str]] = _MET_NOTHING,
) -> None:
    """Raise InputError for the first of ``wanted`` that is not among ``names``, with the nearest that are.

    met: what of the file's conventions was there: a column may have been renamed (`renamed_from`).
    """
    for column in wanted:
        if column not in names:
            new = renaming_of(column, met)
            hint = (
                f"{column!r} was renamed to {new!r}, and is called so"
                if new is not None
                else f"{_nearest(column, names)}{_first_line_hint(names)}"
            )
            raise InputError(f"{NO_SUCH} {what}; {hint}", file=file, column=column)


def renamed_from(old: str) -> str:
    """The name under which the new name of a column is kept among what was met."""
    return f"rename {old} to"


def renaming_of(old: str, met: AbstractSet[tuple[str, str]]) -> str | None:
    """The new name of a column that was renamed; None where none was."""
    return next((new for what, new in met if what == renamed_from(old)), None)


def key_hint(key: str, column: str, names: Sequence[str], met: AbstractSet[tuple[str, str]]) -> str:
    """Which column a key may have meant that names one which is not there after reading; or nothing.

    >>> key_hint("recode", "Geschlecht", ["sex"], {("rename Geschlecht to", "sex")})
    "; 'Geschlecht' was renamed to 'sex': recode names columns by their new names"
    """
    new = renaming_of(column, met)
    if new is None or key == "rename":
        return guess(column, names)
    return f"; {column!r} was renamed to {new!r}: {key} names columns by their new names"


def rename_hint(column: str, mine: Iterable[str], others: Iterable[str], renamed: Iterable[str] = ()) -> str:
    """For a ``column`` that is not among ``mine``: the ``rename`` that would say which it is, or nothing.

    It is advised where exactly one of ``mine`` is none of the ``others``: of two, nobody could tell which it is.
    renamed: the columns that are renamed already, to which an entry is added.

    >>> print(rename_hint("num", ["age", "krank"], ["age", "num"]))
    ; no other file has 'krank': if it is 'num', rename = { krank = "num" } says so
    """
    known = {*others, column}
    alone = [name for name in mine if name not in known]
    if len(alone) != 1:
        return ""
    return f"; no other file has {alone[0]!r}: if it is {column!r}, {rename_key(alone[0], column, renamed)}"


def rename_key(old: str, new: str, renamed: Iterable[str] = ()) -> str:
    """The line of a file's conventions that renames a column; where there is such a line already, what to add to it.

    >>> rename_key("krank", "num", ["Alter"])
    'rename has no entry for it: add krank = "num" there'
    """
    entry = f"{toml_key(old)} = {json.dumps(new, ensure_ascii=False)}"
    return (
        f"rename has no entry for it: add {entry} there" if [*renamed] else f"rename = {{ {entry} }} says so"
    )


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
