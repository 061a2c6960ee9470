"""States of price policies as JSON: a state is its fields, in their order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Self, get_type_hints

import numpy as np

from fairpool.ground.arrays import Booleans, Floats, Integers
from fairpool.pricing.curves.curve import PriceCurve, price_curve

_ARRAYS = ((Floats, np.float64), (Integers, np.int64), (Booleans, np.bool_))


@dataclass(frozen=True, slots=True, eq=False)
class PolicyState:
    """What is kept of a round: numbers, arrays, curves, and values with ``document`` and ``from_document``."""

    def document(self) -> dict[str, Any]:
        """The fields as JSON has them."""
        return {field.name: _written(getattr(self, field.name)) for field in fields(self)}

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Self:
        """What `document` told; floats come back to the last bit."""
        hints = get_type_hints(cls)
        return cls(**{field.name: _read(hints[field.name], document[field.name]) for field in fields(cls)})


def _written(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, PriceCurve):
        return value.pairs()
    return value.document() if hasattr(value, "document") else value


def _read(hint: Any, value: Any) -> Any:
    kind = next((kind for array, kind in _ARRAYS if hint == array), None)
    if kind is not None:
        return np.array(value, dtype=kind)
    if hint is PriceCurve:
        return price_curve((int(n), float(p)) for n, p in value)
    return hint.from_document(value) if hasattr(hint, "from_document") else hint(value)
