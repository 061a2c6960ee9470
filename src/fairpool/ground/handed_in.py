"""What a caller in Python hands in: of the kind that is expected, or InputError in one sentence."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from collections.abc import Set as AbstractSet
from typing import Any, TypeVar

from fairpool.ground.errors import InputError

T = TypeVar("T")


def record(given: object, kind: type[T], *, what: str) -> T:
    """A record of that class: its fields in a dict, or the class itself, are none.

    >>> record({"jobs": 2}, InputError, what="work")
    Traceback (most recent call last):
        ...
    fairpool.ground.errors.InputError: work: got dict, expected InputError(..)
    """
    if not isinstance(given, kind):
        got = f"the class {given.__name__} itself" if isinstance(given, type) else type(given).__name__
        raise InputError(f"{what}: got {got}, expected {kind.__name__}(..)")
    return given


def one_text(given: object, *, what: str, expected: str = "a text") -> str:
    """A text."""
    if not isinstance(given, str):
        raise InputError(f"{what}: got {given!r}, expected {expected}")
    return given


def text_list(given: object, *, what: str, expected: str = "a list of texts") -> list[str]:
    """Texts in an order: one text is no list, and what has no order, or values beside them, neither.

    >>> text_list({"age": 1}, what="features")
    Traceback (most recent call last):
        ...
    fairpool.ground.errors.InputError: features: got {'age': 1}, expected a list of texts
    """
    if isinstance(given, str | bytes | Mapping | AbstractSet) or not isinstance(given, Iterable):
        raise InputError(f"{what}: got {given!r}, expected {expected}")
    found = list(given)
    for one in found:
        if not isinstance(one, str):
            raise InputError(f"{what}: got {one!r} in it, expected {expected}")
    return found


def mapping(given: object, *, what: str, expected: str) -> Mapping[Any, Any]:
    """A mapping."""
    if not isinstance(given, Mapping):
        raise InputError(f"{what}: got {given!r}, expected {expected}")
    return given


def function(given: object, *, what: str, expected: str) -> Callable[..., Any]:
    """Something that can be called."""
    if not callable(given):
        raise InputError(f"{what}: got {given!r}, expected {expected}")
    return given
