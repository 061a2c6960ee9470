"""Cooperative games.

N            ``players``     0 .. n-1
S            a row of ``coalitions``, a boolean array of shape (b, n): True where a player is a member
v(S)         ``worth``       float64 (b,): one vectorised call for a whole batch of coalitions
2^n values   ``TableGame``   position of S in the table = sum of 2**i over its members

Everything in this room is written against the two members of ``Game``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fairpool.ground.arrays import Bool, Float, Floats, Int, Integers
from fairpool.ground.errors import InputError

Coalitions = NDArray[np.bool_]
"""Who is in: (batch, players), True where a player is a member."""
CountedCoalitions = NDArray[np.integer[Any]]
"""Who is in, and how often: (batch, players), 0 not in, 1 in, k in with k - 1 copies of itself."""

MOST_PLAYERS_IN_A_TABLE = 24  # 2**24 float64 values are 128 MiB


class Game(Protocol):
    """A cooperative game with transferable utility: anything with these two members.

    Examples
    --------
    >>> import numpy as np
    >>> class Pairs:
    ...     players = 3
    ...     def worth(self, coalitions):
    ...         return coalitions.sum(axis=1) // 2 * 1.0
    >>> tabulate(Pairs()).values.tolist()
    [0.0, 0.0, 0.0, 1.0, 0.0, 1.0, 1.0, 1.0]
    """

    @property
    def players(self) -> int:
        """Number of players n."""
        ...

    def worth(self, coalitions: Bool[Coalitions, "batch players"]) -> Float[Floats, " batch"]:
        """v(S) for every row: bool (b, n) -> float64 (b,)."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class TableGame:
    """A game that holds all its 2**n values.

    Parameters
    ----------
    values : float64 (2**n,)
        In the units of the game; position = sum of 2**i over the members, so ``values[0]`` is the empty coalition.

    Raises
    ------
    InputError
        Where the length is no power of two, n is above 24, or a value is not finite.

    Examples
    --------
    A left glove (player 0) and two right ones: a pair is worth 1.

    >>> glove = TableGame([0, 0, 0, 1, 0, 1, 0, 1])
    >>> glove.players
    3
    """

    values: Floats

    def __init__(self, values: ArrayLike) -> None:
        table = np.array(values, dtype=np.float64)
        if table.ndim != 1 or table.size == 0 or table.size & (table.size - 1):
            raise InputError(f"values: got shape {table.shape}, expected (2**n,), one value per coalition")
        if table.size.bit_length() - 1 > MOST_PLAYERS_IN_A_TABLE:
            raise InputError(f"values: a table holds at most {MOST_PLAYERS_IN_A_TABLE} players")
        if not np.isfinite(table).all():
            position = int(np.flatnonzero(~np.isfinite(table))[0])
            raise InputError(f"values: got {table[position]} at position {position}, expected finite numbers")
        table.setflags(write=False)
        object.__setattr__(self, "values", table)

    @property
    def players(self) -> int:
        return self.values.size.bit_length() - 1

    def worth(self, coalitions: Bool[Coalitions, "batch players"]) -> Float[Floats, " batch"]:
        return self.values[positions_of(coalitions)]


def positions_of(coalitions: Bool[Coalitions, "batch players"]) -> Int[Integers, " batch"]:
    """Place of each coalition in a table: bool (b, n) -> int64 (b,), sum of 2**i over the members; n <= 62."""
    return np.asarray(coalitions, dtype=bool) @ (
        np.int64(1) << np.arange(coalitions.shape[1], dtype=np.int64)
    )


def coalitions_at(positions: ArrayLike, players: int) -> Bool[Coalitions, "batch {players}"]:
    """The inverse of `positions_of`: int (b,) -> bool (b, players)."""
    bits = np.asarray(positions, dtype=np.int64)[:, None] >> np.arange(players, dtype=np.int64)
    return (bits & 1).astype(bool)


def tabulate(game: Game, *, most_players: int = MOST_PLAYERS_IN_A_TABLE, batch: int = 2**14) -> TableGame:
    """Ask ``game`` for all its 2**n values, in batches.

    Raises InputError beyond ``most_players``: an exact answer never costs 2**n evaluations unasked.
    """
    n = game.players
    if isinstance(game, TableGame):
        return game
    if n > most_players:
        raise InputError(
            f"{n} players: a table would need 2**{n} values; the limit is {most_players} players"
        )
    values = np.empty(2**n)
    for start in range(0, 2**n, batch):
        positions = np.arange(start, min(start + batch, 2**n))
        values[positions] = game.worth(coalitions_at(positions, n))
    return TableGame(values)
