"""Ways of sharing by their names at the door, and what each of them has to be told."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence

from fairpool.ground.errors import InputError
from fairpool.ground.spelling import nearest
from fairpool.sharing.mechanisms.catalogue import MECHANISMS

OBJECTIVES = ("social", "nash", "egalitarian", "kalai-smorodinsky")

LEAST, LARGEST = 1e-75, 1e75  # sigma and cost: squares and products stay within float64


def known_mechanism(name: str, choices: Collection[str]) -> str:
    """The name itself; InputError with the one that may have been meant."""
    if name in choices:
        return name
    near = nearest(name.replace("_", "-"), choices)
    hint = f"did you mean {near[0]!r}?" if near else f"expected {', '.join(choices)}"
    raise InputError(f"mechanism: got {name!r}; {hint}")


def refuse_foreign(given: Collection[str], mechanism: str, *, among: Sequence[str], prefix: str) -> None:
    """InputError for the first that the mechanism does not take; ``among``: all there are, in order."""
    taken = [key for key in among if key in MECHANISMS[mechanism].keys]
    for key in given:
        if key not in taken:
            takes = ", ".join(prefix + one for one in taken)
            raise InputError(
                f"{prefix}{key}: does not belong to the mechanism {mechanism!r}, which takes {takes}"
            )


def positive(value: float | None, called: str, meaning: str) -> float:
    """A positive number of a size that can be computed with; InputError for anything else, also for None."""
    if value is None:
        raise InputError(f"{called} is missing: expected a positive number, {meaning}")
    if not (math.isfinite(value) and value > 0):
        raise InputError(f"{called}: got {value}, expected a positive number, {meaning}")
    if not LEAST <= value <= LARGEST:
        raise InputError(
            f"{called}: got {value}, expected a number from {LEAST:g} to {LARGEST:g}; change units"
        )
    return value
