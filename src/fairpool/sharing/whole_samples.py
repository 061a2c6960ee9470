"""Plans in whole samples: the whole numbers beside an amount, and the plan that serves agents best."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Protocol, TypeVar

from fairpool.sharing.terms import Plan
from fairpool.sharing.tolerances import WHOLE


class Planned(Protocol):
    """Anything with a plan."""

    def plan(self) -> Plan: ...


P = TypeVar("P", bound=Planned)


def beside(amount: float) -> list[float]:
    """The whole numbers below and above, at least 1; what is whole but for rounding is taken for whole."""
    near = round(amount)
    if math.isclose(amount, near, rel_tol=WHOLE):
        return [float(max(1, near))]
    return sorted({float(max(1, math.floor(amount))), float(max(1, math.ceil(amount)))})


def least(options: Sequence[P]) -> P:
    """The one whose plan has the least penalty; the first of equal ones."""
    return min(options, key=lambda one: one.plan().penalty)
