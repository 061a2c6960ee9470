"""Would any coalition rather leave?

x        ``allocation``   what each player is given, float64 (n,)
x(S)     ``receives``     sum of x_i over the members
v(S)     ``alone``        what the coalition could get by itself, read as v(S) - v(empty)
e(S, x)  ``excess``       v(S) - x(S): positive where the coalition would be better off alone; in a game of costs
                          (`fairpool.games.costs`) x(S) - v(S)

The core is the set of allocations that hand out v(N) and leave no excess positive [Gil59].

[Gil59] D. B. Gillies: Solutions to general non-zero-sum games, Contributions to the Theory of Games IV, 1959.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fairpool.games.costs import as_gains, gains_table, is_of_costs
from fairpool.games.game import Game, TableGame, coalitions_at, names_of, numbers
from fairpool.games.tolerances import SAME_EXCESS
from fairpool.games.values.sums_by_size import MOST_PLAYERS_EXACT
from fairpool.ground.arrays import Float, Floats
from fairpool.ground.errors import InputError
from fairpool.ground.quantities import whole_number

if TYPE_CHECKING:
    import pandas as pd

MOST_SHOWN = 8  # members in a line


@dataclass(frozen=True, slots=True)
class CoalitionAccount:
    """What a coalition gets under an allocation, and what it could get alone; in a game of costs, what it pays.

    members: the players' names, their numbers where the game has none.
    """

    members: tuple[Hashable, ...]
    receives: float
    alone: float
    of_costs: bool = False

    @property
    def excess(self) -> float:
        return self.receives - self.alone if self.of_costs else self.alone - self.receives

    def __str__(self) -> str:
        shown = [str(i) for i in self.members]
        if len(shown) > MOST_SHOWN:
            shown = [*shown[: MOST_SHOWN - 1], f"... {len(shown)} players"]
        names, verb = ", ".join(shown), "pays" if self.of_costs else "receives"
        return f"{{{names}}} {verb} {self.receives:.6g}, alone {self.alone:.6g}, excess {self.excess:+.6g}"


@dataclass(frozen=True, slots=True, repr=False)
class Stability:
    """How an allocation stands with the coalitions.

    accounts: the coalitions with the largest excess, largest first; the empty and the grand coalition are
    left out
    largest_excess: over all proper coalitions, -inf for a single player
    undistributed: v(N) - x(N)
    tolerance: what counts as zero, in the units of the game
    """

    accounts: tuple[CoalitionAccount, ...]
    largest_excess: float
    undistributed: float
    tolerance: float

    @property
    def would_leave(self) -> tuple[CoalitionAccount, ...]:
        """The listed coalitions that could do better alone."""
        return tuple(account for account in self.accounts if account.excess > self.tolerance)

    @property
    def in_core(self) -> bool:
        """Whether everything is handed out and no coalition would rather leave."""
        return self.largest_excess <= self.tolerance and abs(self.undistributed) <= self.tolerance

    def to_frame(self) -> pd.DataFrame:
        """One row per listed coalition: ``members``, ``receives`` (or, of costs, ``pays``), ``alone``, ``excess``."""
        import pandas as pd

        verb = "pays" if any(account.of_costs for account in self.accounts) else "receives"
        rows = [(a.members, a.receives, a.alone, a.excess) for a in self.accounts]
        return pd.DataFrame(rows, columns=["members", verb, "alone", "excess"])

    def __repr__(self) -> str:
        where = "in the core" if self.in_core else "not in the core"
        worst = f"; worst off: {self.accounts[0]}" if self.accounts else ""
        return f"Stability({where}{worst})"

    def _repr_html_(self) -> str:
        where = "In the core." if self.in_core else "Not in the core."
        return f"<p>{where}</p>" + str(self.to_frame().to_html(max_rows=20))


def stability_of(
    game: Game, allocation: ArrayLike, *, most_accounts: int = 10, most_players: int = MOST_PLAYERS_EXACT
) -> Stability:
    """Account for the coalitions with the largest excess under ``allocation``: who would rather leave?

    Parameters
    ----------
    game : Game
        n players.
    allocation : float64 (n,)
        What each player is given, in the units of the game.
    most_accounts : int
        How many coalitions are listed.
    most_players : int
        More players than this are refused, unless the game is a `TableGame`.

    Returns
    -------
    Stability
        The accounts, largest excess first, and whether the allocation is in the core.

    Raises
    ------
    InputError
        For an allocation of another shape or not finite, and beyond ``most_players`` players.

    Notes
    -----
    O(2**n) from a ready table, and two arrays of 2**n.

    References
    ----------
    [Gil59]_

    .. [Gil59] D. B. Gillies: Solutions to general non-zero-sum games, 1959.

    Examples
    --------
    >>> from fairpool.games.textbook.classical import GloveGame
    >>> for account in stability_of(GloveGame(1, 2), [0.5, 0.25, 0.25]).would_leave:
    ...     print(account)
    {0, 1} receives 0.75, alone 1, excess +0.25
    {0, 2} receives 0.75, alone 1, excess +0.25
    """
    table = gains_table(game, most_players=most_players)
    x = as_gains(game, _checked_allocation(allocation, table.players))
    return accounts_of(game, table, x, most_accounts)


def accounts_of(game: Game, table: TableGame, x: Floats, most_accounts: int) -> Stability:
    """`stability_of` from what is at hand: the table of ``game`` and an allocation x, both as gains."""
    excess = excesses(table, x)
    most = whole_number(most_accounts, what="most_accounts", expected="a whole number from 0 up")
    if most < 0:
        raise InputError(f"most_accounts: got {most}, expected a whole number from 0 up")
    worst = largest(excess[1:-1], most) + 1
    left = as_gains(game, table.values[-1:] - table.values[0] - x.sum())
    return Stability(
        accounts=tuple(_account(game, table, x, int(position)) for position in worst),
        largest_excess=float(excess[1:-1].max(initial=-np.inf)),
        undistributed=float(left[0]),
        tolerance=SAME_EXCESS * scale_of(table),
    )


def excesses(
    table: TableGame, allocation: Float[Floats, " players"]
) -> Float[Floats, " {2**len(allocation)}"]:
    """e(S, x) = v(S) - v(empty) - x(S) at every position of the table: float64 (2**n,)."""
    excess = sums_over_coalitions(allocation)
    np.subtract(table.values, excess, out=excess)
    excess -= table.values[0]
    return excess


def sums_over_coalitions(amounts: Float[Floats, " players"]) -> Float[Floats, " {2**len(amounts)}"]:
    """x(S) at every position of a table: float64 (n,) -> float64 (2**n,).  Cost O(2**n), by doubling."""
    sums = np.zeros(2 ** len(amounts))
    for i, amount in enumerate(amounts):
        np.add(sums[: 2**i], amount, out=sums[2**i : 2 ** (i + 1)])
    return sums


def scale_of(table: TableGame) -> float:
    """Largest |v(S) - v(empty)|, or 1 where all are zero."""
    return float(np.abs(table.values - table.values[0]).max()) or 1.0


def largest(values: Floats, count: int) -> NDArray[np.int64]:
    """Positions of the ``count`` largest entries, largest first, earlier first among equals."""
    if count < len(values):
        threshold = np.partition(values, len(values) - count)[len(values) - count] if count else np.inf
        candidates = np.flatnonzero(values >= threshold)
    else:
        candidates = np.arange(len(values))
    return candidates[np.argsort(-values[candidates], kind="stable")][:count]


def _checked_allocation(allocation: ArrayLike, players: int) -> Floats:
    x = numbers(allocation, "allocation")
    if x.shape != (players,):
        raise InputError(f"allocation: got shape {x.shape}, expected ({players},), one amount per player")
    if not np.isfinite(x).all():
        raise InputError(f"allocation: got {x[~np.isfinite(x)][0]}, expected finite numbers")
    return x


def _account(game: Game, table: TableGame, allocation: Floats, position: int) -> CoalitionAccount:
    members, names = np.flatnonzero(coalitions_at([position], table.players)[0]), names_of(game)
    amounts = np.array([allocation[members].sum(), table.values[position] - table.values[0]])
    receives, alone = as_gains(game, amounts).tolist()
    return CoalitionAccount(tuple(names[i] for i in members), receives, alone, is_of_costs(game))
