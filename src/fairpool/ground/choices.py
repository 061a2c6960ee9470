"""A choice among named ones: by its enum, or by its word."""

from __future__ import annotations

from difflib import get_close_matches
from enum import Enum
from typing import TypeVar

from fairpool.ground.errors import InputError

E = TypeVar("E", bound=Enum)


def chosen(kind: type[E], given: object, *, what: str) -> E:
    """The member of an enum of words, given itself or as its word; InputError, with the words there are, for another.

    >>> class Size(Enum):
    ...     SMALL = "small"
    ...     LARGE = "large"
    >>> chosen(Size, "large", what="size")
    <Size.LARGE: 'large'>
    """
    if isinstance(given, kind):
        return given
    words = [str(member.value) for member in kind]
    if isinstance(given, str) and given in words:
        return kind(given)
    near = get_close_matches(str(given).lower().replace("_", "-"), words, n=1)
    hint = f"did you mean {near[0]!r}? expected" if near else "expected"
    raise InputError(f"{what}: got {given!r}, {hint} {' or '.join(map(repr, words))}")
