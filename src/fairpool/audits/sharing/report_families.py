"""Reports by family, each with one parameter to search over: what a dishonest agent is tried with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

from fairpool.audits.sharing.reports import (
    Constant,
    Copy,
    Fabricate,
    Honest,
    Noise,
    PadKeepingMean,
    Report,
    Scale,
    Shift,
    Substitute,
    Withhold,
)
from fairpool.sharing.mechanisms.pooling import Quota


@dataclass(frozen=True, slots=True)
class Family:
    """``make`` turns a parameter into a report; ``parameters`` are tried first, in increasing order."""

    name: str
    parameters: tuple[float, ...]
    make: Callable[[float], Report]

    def finer(self) -> Family:
        """With a parameter halfway between each two."""
        between = [(low + high) / 2 for low, high in pairwise(self.parameters)]
        return Family(self.name, tuple(sorted((*self.parameters, *between))), self.make)

    def around(self, parameter: float) -> tuple[float, ...]:
        """A parameter and its neighbours."""
        place = self.parameters.index(parameter)
        return self.parameters[max(0, place - 1) : place + 2]


HONEST = Family("honest", (0.0,), lambda _: Honest())
WITHHOLD = Family("withhold", (0.1, 0.25, 0.5, 0.75), Withhold)


def families_against(mechanism: object, samples: float) -> tuple[Family, ...]:
    """All families; without the made-up ones where rows cannot be made up.  Sizes are multiples of the plan's."""
    if isinstance(mechanism, Quota) and not mechanism.fabrication:
        return HONEST, WITHHOLD

    def rows(multiple: float) -> int:
        return max(1, round(multiple * samples))

    return (
        HONEST,
        Family("scale", (0.0, 0.5, 0.8, 0.9, 0.95, 0.98, 1.03, 1.1), Scale),
        Family("shift", (-0.5, -0.2, -0.1, -0.05, -0.01, 0.012, 0.05, 0.1, 0.2, 0.5), Shift),
        Family("noise", (0.05, 0.2, 0.5, 1.0, 2.0), Noise),
        Family("fabricate", (0.05, 0.5, 1.0, 4.0), lambda p: Fabricate(rows(p))),
        Family("substitute", (0.5, 1.0, 4.0, 20.0), lambda p: Substitute(rows(p))),
        Family("pad keeping the mean", (0.5, 1.0, 4.0), lambda p: PadKeepingMean(rows(p))),
        Family("copy", (2.0, 3.0, 5.0), lambda p: Copy(round(p))),
        WITHHOLD,
        Family("constant", (-1.0, 0.0, 1.0), lambda p: Constant(p, rows(1.0) + 1)),
    )
