"""When to stop evaluating coalitions: at a budget, at a target error, or at whichever comes first.

Totals count evaluated coalitions, the empty and the full one included.  No rule ever means 2^n unasked: a
target without a budget gives up at ``MOST_EVALUATIONS_UNASKED``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from fairpool.ground.errors import InputError
from fairpool.ground.quantities import real_number, whole_number

Stopped = Literal["budget", "target", "exhausted"]

MOST_EVALUATIONS_UNASKED = 2**18
PILOT = 0.3  # share of a budget spent before the sizes are weighed against each other
SMALLEST_PILOT = 64
SECOND_LOOK = 0.6  # ... and before they are weighed again
EXTREMES_COST = 8  # budgets from 8n up contain all 2n coalitions of 1 and of n-1 players
WALKS_BELOW = 3  # budgets below 3n are spent on walks: too few draws to fit a stand-in to
VERY_FEW_PLAYERS, WALKS_OF_VERY_FEW_BELOW = (
    6,
    4,
)  # ... of so few players, whose sizes have hardly any draws, below 4n
FEWEST_PLAYERS_WALKING = 4  # with fewer, all coalitions are evaluated
SLOWEST_GROWTH, FASTEST_GROWTH = 1.25, 2.0  # of the total from one batch to the next on the way to a target


def smallest_budget(players: int) -> int:
    """Two coalitions of every size, the empty and the full one: what an error bar needs."""
    return 2 * players + 2


@dataclass(frozen=True, slots=True)
class StoppingRule:
    """``evaluations``: the most coalitions to evaluate; ``target_error``: the largest standard error wanted."""

    evaluations: int | None
    target_error: float | None

    def __post_init__(self) -> None:
        if self.evaluations is None and self.target_error is None:
            raise InputError(
                "stopping rule: got none, expected evaluations (a budget), target_error, or both"
            )
        if self.evaluations is not None:
            whole_number(self.evaluations, what="evaluations")
        error, expected = self.target_error, "a positive number"
        if error is not None and not (
            0 < real_number(error, what="target_error", expected=expected) < math.inf
        ):
            raise InputError(f"target_error: got {error}, expected {expected}")

    def limit(self, players: int) -> int:
        """The largest total this rule can reach; raises InputError for a budget too small for any error bar."""
        least = min(smallest_budget(players), 2**players)
        if self.evaluations is not None and self.evaluations < least:
            raise InputError(
                f"evaluations: got {self.evaluations}, expected at least {least} for {players} players "
                "(2n + 2, or all 2**n if that is less)"
            )
        asked = MOST_EVALUATIONS_UNASKED if self.evaluations is None else self.evaluations
        return min(max(asked, least), 2**players)

    def covers(self, players: int) -> bool:
        """Whether all 2^n coalitions are to be evaluated: a budget for them, or fewer of them than a pilot has."""
        everything = self.target_error is None and self.limit(players) >= 2**players
        return everything or self.first_total(players) >= 2**players

    def first_total(self, players: int) -> int:
        """Evaluations of the first batch."""
        limit, least = self.limit(players), smallest_budget(players)
        if self.target_error is None:
            least = 2 * least if self.completes_extremes(players) else least
            return min(limit, max(least, SMALLEST_PILOT, math.ceil(PILOT * limit)))
        return min(limit, max(6 * least, 2 * SMALLEST_PILOT))

    def next_total(self, done: int, worst_error: float, players: int) -> int:
        """Evaluations after the next batch, given the largest standard error so far."""
        limit = self.limit(players)
        if self.target_error is None:
            second = math.ceil(SECOND_LOOK * limit)
            return second if done < 0.9 * second else limit
        wanted = 1.05 * (worst_error / self.target_error) ** 2
        return min(limit, math.ceil(done * min(max(wanted, SLOWEST_GROWTH), FASTEST_GROWTH)))

    def completes_extremes(self, players: int) -> bool:
        """Whether all coalitions of 1 and of n-1 players are evaluated: when they cost a quarter or less."""
        return self.limit(players) >= EXTREMES_COST * players

    def walks(self, players: int) -> int:
        """How many walks to begin with: as many as a budget of less than 3n pays for."""
        below = WALKS_OF_VERY_FEW_BELOW if players <= VERY_FEW_PLAYERS else WALKS_BELOW
        few = self.target_error is None and self.limit(players) < below * players
        return (self.limit(players) - 2) // (players - 1) if few and players >= FEWEST_PLAYERS_WALKING else 0

    def expected(self, planned: int, players: int) -> int:
        """The total to show to somebody who waits: the budget, or as far as is planned."""
        return planned if self.evaluations is None else self.limit(players)

    def verdict(self, done: int, worst_error: float, *, players: int, complete: bool) -> Stopped | None:
        """Why to stop now, or None to go on; complete: every coalition that counts is evaluated.

        A budget is used up when less than a pair is left of it, and one for all coalitions when none is.
        """
        if complete:
            return "exhausted"
        if self.target_error is not None and worst_error <= self.target_error:
            return "target"
        limit = self.limit(players)
        return "budget" if done >= (limit if limit == 2**players else limit - 1) else None
