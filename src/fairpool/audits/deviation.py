"""What one participant might do instead of what is asked of it, in one language for all mechanisms."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum
from itertools import pairwise
from typing import Generic, TypeVar

Action = TypeVar("Action")


class Deviator(Enum):
    """Who deviates, and what its actions are.

    An agent's action is a `Report`, a contributor's a `RowStrategy`, a party's a `PartyStrategy`, a seller's a
    `ColumnStrategy`, and a buyer's a bid.

    Examples
    --------
    >>> from fairpool.audits import Deviator, deviations_of
    >>> {one.name: len(deviations_of(one)) for one in Deviator}
    {'AGENT': 10, 'CONTRIBUTOR': 9, 'PARTY': 1, 'SELLER': 4, 'BUYER': 1}
    """

    AGENT = "an agent that shares samples"
    CONTRIBUTOR = "a contributor that deposits rows"
    PARTY = "a party of a market for models"
    SELLER = "a seller of a feature"
    BUYER = "a buyer of features"


@dataclass(frozen=True, slots=True)
class Deviation(Generic[Action]):
    """Something that a deviator might do, more or less of it.

    Parameters
    ----------
    name : str
        What trials and findings call it.
    deviator : Deviator
        Who might do it.
    words : str
        What it does, in words that complete "the deviator ...".
    parameters : tuple of float
        How much of it is tried, in increasing order.
    make : callable
        ``make(parameter, honest)`` is the action.  ``honest`` is the number that honesty brings: an agent's samples,
        the rows of a contributor, a party or a seller, a buyer's value.
    subset : bool
        Whether nothing is handed in but a part of what is true: possible even where nothing can be made up.

    Examples
    --------
    >>> half = Deviation("another bid", Deviator.BUYER, "bids half its value", (0.5,), lambda p, value: p * value)
    >>> half.actions(30.0)
    {'another bid': 15.0}
    """

    name: str
    deviator: Deviator
    words: str
    parameters: tuple[float, ...]
    make: Callable[[float, float], Action]
    subset: bool = False

    def actions(self, honest: float) -> dict[str, Action]:
        """The action of every parameter, by the deviation's name and the parameter where there are several."""
        several = len(self.parameters) > 1
        return {f"{self.name} {p:g}" if several else self.name: self.make(p, honest) for p in self.parameters}

    def finer(self) -> Deviation[Action]:
        """With a parameter halfway between each two."""
        between = [(low + high) / 2 for low, high in pairwise(self.parameters)]
        return replace(self, parameters=tuple(sorted((*self.parameters, *between))))

    def around(self, parameter: float) -> tuple[float, ...]:
        """A parameter and its neighbours."""
        place = self.parameters.index(parameter)
        return self.parameters[max(0, place - 1) : place + 2]
