"""Arrays as a document holds them: what is not finite is None."""

from __future__ import annotations

from typing import Any

import numpy as np

from fairpool.ground.arrays import Floats


def nulls(values: Floats) -> tuple[Any, ...]:
    """Nested, with None for what is not finite: what JSON can hold."""
    objects = values.astype(object)
    objects[~np.isfinite(values)] = None
    return tuple(objects.tolist())


def known(value: float) -> float | None:
    """The number, or None where it is not finite."""
    return float(value) if np.isfinite(value) else None


def whole_numbers(values: Floats) -> list[int]:
    """Counts that are held as floats."""
    return [int(one) for one in values]
