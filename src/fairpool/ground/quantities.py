"""A number that a caller hands in: whole, or real, or InputError; truth values and texts are none."""

from __future__ import annotations

from numbers import Real

import numpy as np

from fairpool.ground.errors import InputError


def whole_number(given: object, *, what: str, expected: str = "a whole number") -> int:
    """The number itself, of whatever integer type.

    >>> import numpy as np
    >>> whole_number(np.uint8(3), what="jobs")
    3
    >>> whole_number(2.5, what="jobs")
    Traceback (most recent call last):
        ...
    fairpool.ground.errors.InputError: jobs: got 2.5, expected a whole number
    """
    if isinstance(given, bool) or not isinstance(given, int | np.integer):
        raise InputError(f"{what}: got {given!r}, expected {expected}")
    return int(given)


def real_number(given: object, *, what: str, expected: str = "a number") -> float:
    """The number itself, of whatever type of real numbers; NaN and infinities are for the caller to refuse."""
    if isinstance(given, bool | np.bool_) or not isinstance(given, Real):
        raise InputError(f"{what}: got {given!r}, expected {expected}")
    try:
        return float(given)
    except OverflowError:
        raise InputError(f"{what}: got a number of {len(str(given))} digits, expected {expected}") from None
