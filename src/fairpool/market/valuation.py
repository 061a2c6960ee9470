"""What the market knows about the parties before any money: gains and shares.

G({i})    ``alone``    the gain of a party's own model
          ``gains``    the gain of the model it is delivered: never below its own model's
          ``shares``   its part of the pot, >= 0, sum <= 1

A `Valuation` says this for the market as it is and for the market in which one party also enters copies of itself; how
it knows (a table of all coalitions, a closed form, a sample) is its own affair.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from fairpool.ground.arrays import Floats

MOST_COPIES = 5


@dataclass(frozen=True, slots=True, eq=False)
class Standing:
    """float64 (n,) each; in a market with copies the copies come last."""

    alone: Floats
    gains: Floats
    shares: Floats


@dataclass(frozen=True, slots=True)
class SizeGain:
    """Gains over the coalitions of one size; lowest and highest are None where not every one was looked at."""

    size: int
    mean: float
    lowest: float | None
    highest: float | None
    coalitions: int | None


class Valuation(Protocol):
    """A market's standing, with and without copies."""

    @property
    def standing(self) -> Standing:
        """The market as it is."""
        ...

    def with_copies(self, party: int) -> tuple[Standing, ...]:
        """The markets in which ``party`` also enters 1, 2 .. `MOST_COPIES` copies of itself."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Findings:
    """All that was found about a round before money.

    share_errors   standard errors of the shares; zero where shares are exact
    method         "exact", "closed-form" or "sampled"
    copies_basis   how coalitions with copies were scored: "exact", "by construction", "evaluated" or "assumed"
    largest_drop   largest fall of a gain when a party joins a coalition; None where not every coalition was looked at
    twins          pairs of parties that no coalition can tell apart
    """

    valuation: Valuation
    share_errors: Floats
    method: str
    copies_basis: str
    by_size: tuple[SizeGain, ...]
    largest_drop: float | None
    twins: tuple[tuple[int, int], ...]


def delivered(alone: Floats, pooled: Floats | float) -> Floats:
    """A party whose own model is better keeps it."""
    return np.maximum(alone, pooled)
