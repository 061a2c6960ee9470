"""Cooperative games.

N            ``players``     0 .. n-1
S            a row of ``coalitions``, a boolean array of shape (b, n): True where a player is a member
v(S)         ``worth``       float64 (b,): one vectorised call for a whole batch of coalitions
2^n values   ``TableGame``   position of S in the table = sum of 2**i over its members

Everything in this room is written against the two members of ``Game``.
"""

from __future__ import annotations

import operator
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fairpool.ground.arrays import Bool, Float, Floats, Int, Integers
from fairpool.ground.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

Coalitions = NDArray[np.bool_]
"""Who is in: (batch, players), True where a player is a member."""
CountedCoalitions = NDArray[np.integer[Any]]
"""Who is in, and how often: (batch, players), 0 not in, 1 in, k in with k - 1 copies of itself."""

MOST_PLAYERS_IN_A_TABLE = 24  # 2**24 float64 values are 128 MiB
MOST_SHOWN = 4  # names in a line
MOST_PLAYERS_AT_POSITIONS = 62  # a position is an int64
LARGEST_WORTH = 1e150  # sums over coalitions and their squares are finite


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


class ValuesByName:
    """A game that puts values beside the names of its players."""

    __slots__ = ()

    def __repr__(self) -> str:
        names = names_of(cast("Game", self))
        shown = [*map(str, names[:MOST_SHOWN]), *([".."] if len(names) > MOST_SHOWN else [])]
        return f"{type(self).__name__}({len(names)} players: {', '.join(shown)})"

    def to_frame(self, **values: ArrayLike) -> pd.DataFrame:
        """One row per player, a column for each of ``values``, float64 (n,): ``to_frame(shapley=shapley_value(g))``."""
        import pandas as pd

        names = names_of(cast("Game", self))
        index = pd.Index(list(names), name="player", tupleize_cols=False)
        columns = {title: numbers(each, title) for title, each in values.items()}
        wrong = [title for title, each in columns.items() if each.shape != (len(names),)]
        if wrong:
            raise InputError(
                f"{wrong[0]}: got shape {columns[wrong[0]].shape}, expected ({len(names)},), one per player"
            )
        return pd.DataFrame(columns, index=index)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class TableGame(ValuesByName):
    """A game that holds all its 2**n values.

    Parameters
    ----------
    values : float64 (2**n,)
        In the units of the game; position = sum of 2**i over the members, so ``values[0]`` is the empty coalition.
    names : collection of n names, optional
        Kept in accounts, estimates and frames; players are 0 .. n-1 without.

    Raises
    ------
    InputError
        Where the length is no power of two, n is above 24, a value is not finite, or names are not n different ones.

    Examples
    --------
    A left glove (player 0) and two right ones: a pair is worth 1.

    >>> glove = TableGame([0, 0, 0, 1, 0, 1, 0, 1])
    >>> glove.players
    3
    """

    values: Floats
    names: tuple[Hashable, ...] | None = None

    def __init__(self, values: ArrayLike, names: Iterable[Hashable] | None = None) -> None:
        table = numbers(values, "values")
        if table.ndim != 1 or table.size == 0 or table.size & (table.size - 1):
            raise InputError(f"values: got shape {table.shape}, expected (2**n,), one value per coalition")
        if table.size.bit_length() - 1 > MOST_PLAYERS_IN_A_TABLE:
            raise InputError(f"values: a table holds at most {MOST_PLAYERS_IN_A_TABLE} players")
        if not np.isfinite(table).all():
            position = int(np.flatnonzero(~np.isfinite(table))[0])
            raise InputError(f"values: got {table[position]} at position {position}, expected finite numbers")
        if np.abs(table).max() > LARGEST_WORTH:
            largest = table[np.abs(table).argmax()]
            raise InputError(f"values: got {largest}, expected {-LARGEST_WORTH:g} to {LARGEST_WORTH:g}")
        table.setflags(write=False)
        object.__setattr__(self, "values", table)
        object.__setattr__(self, "names", None if names is None else _names_of_all(names, self.players))

    @property
    def players(self) -> int:
        return self.values.size.bit_length() - 1

    def worth(self, coalitions: Bool[Coalitions, "batch players"]) -> Float[Floats, " batch"]:
        return self.values[positions_of(coalitions)]


def _names_of_all(names: Iterable[Hashable], players: int) -> tuple[Hashable, ...]:
    """InputError unless they are different, and one for each player."""
    if isinstance(names, str) or not isinstance(names, Iterable):
        raise InputError(f"names: got {names!r}, expected a list of names, one for each of {players}")
    known = tuple(names)
    if not all(isinstance(name, Hashable) for name in known):
        raise InputError("names: got one that cannot be hashed, expected text, numbers or the like")
    if len(known) != players or len(set(known)) != players:
        raise InputError(
            f"names: got {len(known)}, {len(set(known))} different, expected one for each of {players}"
        )
    return known


def player_count(game: Game) -> int:
    """n, once the object is known to be a game.  Raises InputError for anything else."""
    if not callable(getattr(game, "worth", None)) or not hasattr(game, "players"):
        raise InputError(
            f"game: got {_told(game)}, expected an object with players and worth(coalitions); "
            "fairpool.games.game(function, players=[...]) makes one from a function of a set"
        )
    return whole_players(game.players)


def whole_players(players: object) -> int:
    """A number of players of any integer type as an int.  Raises InputError for anything else, and below 0."""
    try:
        count = operator.index(None if isinstance(players, bool) else players)  # type: ignore[arg-type]
    except TypeError:
        raise InputError(f"players: got {players!r}, expected a whole number") from None
    if count < 0:
        raise InputError(f"players: got {count}, expected 0 or more")
    return count


def names_of(game: Game) -> tuple[Hashable, ...]:
    """The players' names, where the game has ``names``; else 0 .. n-1."""
    return tuple(getattr(game, "names", None) or range(player_count(game)))


def worths_of(game: Game, coalitions: Bool[Coalitions, "batch players"]) -> Float[Floats, " batch"]:
    """v(S) for every row, asked of ``game`` with coalitions that it cannot change, and checked: float64 (b,).

    Raises InputError where the answer is not one finite real number for each coalition.
    """
    asked = np.ascontiguousarray(coalitions, dtype=bool).view()
    asked.setflags(write=False)
    worths = numbers(game.worth(asked), "game: worth")
    if worths.shape != (len(asked),):
        raise InputError(
            f"game: got worths of shape {worths.shape} for {len(asked)} coalitions, expected ({len(asked)},), "
            "one number per coalition"
        )
    usable = np.abs(worths) <= LARGEST_WORTH
    if not usable.all():
        wrong = int(np.flatnonzero(~usable)[0])
        members = np.flatnonzero(asked[wrong]).tolist()
        expected = (
            f"{-LARGEST_WORTH:g} to {LARGEST_WORTH:g}" if np.isfinite(worths[wrong]) else "a finite number"
        )
        raise InputError(f"game: got worth {worths[wrong]} for coalition {members}, expected {expected}")
    return worths


def numbers(values: object, name: str) -> Floats:
    """A copy as float64.  Raises InputError for what is complex or no number."""
    try:
        found = np.asarray(values)
        if np.iscomplexobj(found):
            raise InputError(f"{name}: got complex numbers, expected real ones")
        return np.array(found, dtype=np.float64)
    except (TypeError, ValueError):
        raise InputError(f"{name}: got {_told(values)}, expected numbers") from None


def _told(thing: object) -> str:
    return "a function" if callable(thing) and not isinstance(thing, type) else f"{type(thing).__name__}"


def positions_of(coalitions: Bool[Coalitions, "batch players"]) -> Int[Integers, " batch"]:
    """Place of each coalition in a table: bool (b, n) -> int64 (b,), sum of 2**i over the members; n <= 62."""
    return np.asarray(coalitions, dtype=bool) @ (
        np.int64(1) << np.arange(coalitions.shape[1], dtype=np.int64)
    )


def coalitions_at(positions: ArrayLike, players: int) -> Bool[Coalitions, "batch {players}"]:
    """The inverse of `positions_of`: int (b,) -> bool (b, players).

    Raises InputError for positions that are not whole numbers from 0 to 2**players - 1.
    """
    n, found = whole_players(players), np.asarray(positions)
    if n > MOST_PLAYERS_AT_POSITIONS:
        raise InputError(f"players: got {n}, expected at most {MOST_PLAYERS_AT_POSITIONS}")
    if found.ndim != 1 or not (found.size == 0 or np.issubdtype(found.dtype, np.integer)):
        raise InputError(
            f"positions: got {found.dtype} of shape {found.shape}, expected whole numbers in a row"
        )
    strange = (found < 0) | (found >= 2**n)
    if strange.any():
        raise InputError(f"positions: got {found[strange][0]}, expected 0 to {2**n - 1} for {n} players")
    bits = found.astype(np.int64)[:, None] >> np.arange(n, dtype=np.int64)
    return (bits & 1).astype(bool)


def tabulate(game: Game, *, most_players: int = MOST_PLAYERS_IN_A_TABLE, batch: int = 2**14) -> TableGame:
    """Ask ``game`` for all its 2**n values, in batches.

    Raises InputError beyond ``most_players``: an exact answer never costs 2**n evaluations unasked.
    """
    n = player_count(game)
    if isinstance(game, TableGame):
        return game
    if n > most_players:
        raise InputError(
            f"{n} players: a table would need 2**{n} values; the limit is {most_players} players"
        )
    values = np.empty(2**n)
    for start in range(0, 2**n, batch):
        positions = np.arange(start, min(start + batch, 2**n))
        values[positions] = worths_of(game, coalitions_at(positions, n))
    return TableGame(values)
