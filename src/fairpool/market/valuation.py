"""What the market knows about the parties before any money: gains and shares, and how they were found.

G({i})    ``alone``    the gain of a party's own model
          ``gains``    the gain of the model it is delivered: never below its own model's
psi_i     ``shares``   its part of the pot, >= 0, sum <= 1

A `ValuedMarket` says this for the market as it is and for the market in which one party also enters copies of itself;
how it knows (a table of all coalitions, a closed form, a sample) is its own affair.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np

from fairpool.games.estimation.estimated_values import EstimatedValues
from fairpool.games.game import Game
from fairpool.ground.arrays import Float, Floats
from fairpool.market.copies.curve import CopiesCurve
from fairpool.market.tolerances import SAME
from fairpool.market.uncertainty.forms import Forms

MOST_COPIES = 5
HowValued = Literal["exact", "closed-form", "sampled"]


@dataclass(frozen=True, slots=True, eq=False)
class Valuation:
    """float64 (parties,) each; in a market with copies the copies come last."""

    alone: Float[Floats, " parties"]
    gains: Float[Floats, " parties"]
    shares: Float[Floats, " parties"]


class ValuedMarket(Protocol):
    """A market's valuation, found once and kept, and those of the same market with copies."""

    @property
    def valuation(self) -> Valuation:
        """The market as it is."""
        ...

    @property
    def bought(self) -> Float[Floats, " parties"]:
        """The part of each share that the party has as a buyer, for what it gains itself by joining: (parties,).

        The rest is for its data: what they add to the model and to what others gain.
        """
        ...

    def with_copies(self, party: int) -> tuple[Valuation, ...]:
        """The markets in which ``party`` also enters 1, 2 .. `MOST_COPIES` copies of itself."""
        ...


@dataclass(frozen=True, slots=True)
class SizeGain:
    """Gains over the coalitions of one size; lowest and highest are None where not every one was looked at."""

    size: int
    coalitions: int | None
    mean: float
    lowest: float | None
    highest: float | None


@dataclass(frozen=True, slots=True, eq=False)
class Findings:
    """All that was found about a round before money.

    share_errors   standard errors of the shares; zero where shares are exact
    method         "exact", "closed-form" or "sampled"
    copies_basis   how coalitions with copies were scored: "exact", "by construction", "evaluated" or "assumed"
    largest_drop   largest fall of a gain when a party joins a coalition; None where not every coalition was looked at
    twins          pairs of parties that no coalition can tell apart
    free_task      own tasks: the market in which copies declare a task on which they have nothing to gain
    curve          party -> its copies for every number of them; None where only some numbers can be looked at
    sample         what the values were estimated from, where they were
    games          the gains on each task, as far as they are known
    forms          gains and values by what validation rows weigh; None where that is too much to keep or not known
    """

    market: ValuedMarket
    share_errors: Float[Floats, " parties"]
    method: HowValued
    copies_basis: str
    by_size: tuple[SizeGain, ...]
    largest_drop: float | None = None
    twins: tuple[tuple[int, int], ...] = ()
    free_task: ValuedMarket | None = None
    curve: Callable[[int], CopiesCurve] | None = None
    forms: Forms | None = None
    sample: EstimatedValues | None = None
    games: tuple[Game, ...] = ()


def delivered(alone: Float[Floats, " parties"], pooled: Floats | float) -> Float[Floats, " parties"]:
    """A party whose own model is better keeps it."""
    return np.maximum(alone, pooled)


def followed(values: Floats, each: float, copies: int) -> Floats:
    """What the parties have, and behind it what each of the copies of one of them has."""
    return np.append(values, np.full(copies, each))


def gains_by_size(gains: Float[Floats, "coalitions tasks"]) -> tuple[SizeGain, ...]:
    """Mean, lowest and highest gain of the coalitions of each size, averaged over tasks, from a table of all."""
    mean = gains.mean(axis=1)
    sizes = np.bitwise_count(np.arange(len(mean)))
    grouped = [(int(s), mean[sizes == s]) for s in range(1, int(sizes[-1]) + 1)]
    return tuple(SizeGain(s, len(g), float(g.mean()), float(g.min()), float(g.max())) for s, g in grouped)


def largest_drop(gains: Float[Floats, "coalitions tasks"]) -> float:
    """Largest fall of any gain when a party joins a non-empty coalition: 0 where gains are monotone."""
    positions = np.arange(1, len(gains))
    drops = [0.0]
    for i in range((len(gains) - 1).bit_length()):
        without = positions[positions >> i & 1 == 0]
        drops.append(float((gains[without] - gains[without | 1 << i]).max(initial=0.0)))
    return max(drops)


def twins(gains: Float[Floats, " coalitions"]) -> tuple[tuple[int, int], ...]:
    """Pairs (i, j) with G(S + i) = G(S + j) for every coalition S without them: symmetric players."""
    n = (len(gains) - 1).bit_length()
    return tuple((i, j) for j in range(n) for i in range(j) if are_symmetric(gains, i, j))


def are_symmetric(gains: Float[Floats, " coalitions"], i: int, j: int) -> bool:
    """Whether G(S + i) = G(S + j) for every coalition S without them."""
    if abs(gains[1 << i] - gains[1 << j]) > SAME:  # most pairs differ already alone
        return False
    positions = np.arange(len(gains))
    without = positions[(positions >> i & 1 == 0) & (positions >> j & 1 == 0)]
    return bool(np.abs(gains[without | 1 << i] - gains[without | 1 << j]).max(initial=0.0) <= SAME)
