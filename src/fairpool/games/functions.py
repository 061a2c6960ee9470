"""A game from a plain function of a set."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Hashable, Iterable, Iterator, MutableMapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from joblib import Parallel, delayed

from fairpool.games.game import Coalitions, ValuesByName, numbers, whole_players
from fairpool.ground.arrays import Bool, Float, Floats
from fairpool.ground.errors import InputError

WorthOf = Callable[[frozenset[Any]], float]
Cache = MutableMapping[str, float]
CHUNKS_FOR_EACH_WORKER = 4


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class FunctionGame(ValuesByName):
    """What `game` makes: ``names`` of the n players, and their worths asked of a function, each once."""

    names: tuple[Hashable, ...]
    function: WorthOf
    workers: int
    cache: Cache

    @property
    def players(self) -> int:
        return len(self.names)

    def worth(self, coalitions: Bool[Coalitions, "batch players"]) -> Float[Floats, " batch"]:
        """v(S) of every row; what the cache holds is not asked again, and what is new is kept at once."""
        keys = self._keys(coalitions)
        new = {key: row for row, key in enumerate(keys) if key not in self.cache}
        sets = [frozenset(self.names[i] for i in np.flatnonzero(coalitions[row])) for row in new.values()]
        for key, members, found in zip(new, sets, self._asked(sets), strict=True):
            self.cache[key] = _worth(found, members)
        return np.array([self.cache[key] for key in keys], dtype=np.float64)

    def __repr__(self) -> str:
        return f"FunctionGame({self.players} players, {len(self.cache)} worths known)"

    def _asked(self, sets: list[frozenset[Any]]) -> Iterator[float]:
        if self.workers == 1 or len(sets) < 2:
            yield from map(self.function, sets)
            return
        size = math.ceil(len(sets) / (self.workers * CHUNKS_FOR_EACH_WORKER))
        chunks = [sets[start : start + size] for start in range(0, len(sets), size)]
        parallel = Parallel(n_jobs=self.workers, return_as="generator")
        for found in parallel(delayed(_all)(self.function, chunk) for chunk in chunks):
            yield from found

    def _keys(self, coalitions: Coalitions) -> list[str]:
        """Who the players are, and which of them are in: the same in every process."""
        told = "\n".join(repr(name) for name in self.names)
        room = hashlib.sha256(told.encode()).hexdigest()[:16]
        return [f"{room}-{row.tobytes().hex()}" for row in np.packbits(coalitions, axis=1)]


def game(
    function: WorthOf, *, players: int | Iterable[Hashable], workers: int = 1, cache: Cache | object = None
) -> FunctionGame:
    """Make a game from a plain function of a set.

    Parameters
    ----------
    function : callable
        What a coalition is worth, in any unit: takes a frozenset of names, returns one number.  It should give the same
        for the same set; with ``workers`` it must be one that can be sent to another process.
    players : collection of names, or int
        The n players; a number means the names 0 .. n-1.
    workers : int
        Processes that ask the function at the same time.
    cache : path or mutable mapping
        Where worths are kept: a file, so that a computation that was killed goes on where it stopped, or any mapping of
        str to float; default: in memory.  A file is of one function: it knows the players, not the function.

    Returns
    -------
    FunctionGame
        A game whose ``names`` are kept in estimates and accounts; ``to_frame`` puts values beside them.

    Raises
    ------
    InputError
        For names that stand twice or cannot be hashed, a worth that is no number, a file that cannot be used.

    Examples
    --------
    >>> from fairpool.games.values.shapley import shapley_value
    >>> skills = {"Ann": {"code"}, "Bob": {"code", "design"}, "Eve": {"sales"}}
    >>> firm = game(lambda team: float(len(set().union(*(skills[p] for p in team)))), players=skills)
    >>> firm.to_frame(shapley=shapley_value(firm))["shapley"].round(9).to_dict()
    {'Ann': 0.5, 'Bob': 1.5, 'Eve': 1.0}
    """
    if not callable(function):
        raise InputError(f"function: got {type(function).__name__}, expected a function of a set of names")
    if isinstance(workers, bool) or not isinstance(workers, int | np.integer) or workers < 1:
        raise InputError(f"workers: got {workers!r}, expected a whole number from 1 up")
    return FunctionGame(_names(players), function, int(workers), _opened(cache))


def _names(players: int | Iterable[Hashable]) -> tuple[Hashable, ...]:
    if isinstance(players, str | bytes) or not isinstance(players, Iterable):
        return tuple(range(whole_players(players)))
    names = tuple(players)
    try:
        seen = set(names)
    except TypeError:
        raise InputError(
            "players: got a name that cannot be hashed, expected text, numbers or the like"
        ) from None
    if len(seen) < len(names):
        twice = next(name for place, name in enumerate(names) if name in names[:place])
        raise InputError(f"players: {twice!r} stands twice")
    return names


def _opened(cache: Cache | object) -> Cache:
    """A mapping as it is, nothing as a new one in memory, and a path as a file: the one place where a game looks
    upstairs, when it is called."""
    if cache is None:
        return {}
    if isinstance(cache, MutableMapping):
        return cache
    from fairpool.runs.worth_file import WorthFile

    return WorthFile(cache)


def _all(function: WorthOf, sets: list[frozenset[Any]]) -> list[float]:
    return [function(each) for each in sets]


def _worth(found: object, members: frozenset[Any]) -> float:
    number = numbers(found, f"the worth of {_told(members)}")
    if number.size != 1:
        raise InputError(f"the worth of {_told(members)}: got {number.size} numbers, expected one")
    if not np.isfinite(number).all():
        raise InputError(f"the worth of {_told(members)}: got {number.item()}, expected a finite number")
    return float(number.item())


def _told(members: frozenset[Any]) -> str:
    return "{" + ", ".join(sorted(map(str, members))) + "}"
