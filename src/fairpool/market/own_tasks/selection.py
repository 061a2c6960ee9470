"""Which parties' data the model for a task is trained on (derived; the paper's full version was not available).

G_t(S)   gain on party t's task of the model trained on the data of S
S_t      the data chosen for task t: a coalition with the largest G_t, t's own rows in it or not

The paper lets S_t be any subset of the parties, the one "that best fits its task".  An exact round holds the model of
every coalition, so nobody is delivered less than the best there is.  Of the coalitions that reach the largest gain

1. the fewest other parties: no data travel without reason; functional replicas (`fairpool.market.copies`) are one here;
2. with t's own rows rather than without: they travel nowhere;
3. the largest sum of Shapley values phi_tj of the task game w_t(S) = G_t(S + t) - G_t({t}), replicas as one player;
4. the earlier parties in the market file, where nothing else is left.

and then functional replicas of a chosen party enter with it: they change no gain, and so it does not matter who came
first.  A party that enters copies of itself changes nobody's S_t but for the copies that stand in it beside the party,
and nobody's gain (proven: 1 to 3 see the classes of replicas only).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fairpool.games.game import TableGame
from fairpool.games.values.shapley import shapley_value
from fairpool.ground.arrays import Float, Floats, Integers
from fairpool.market.copies.functional_replicas import are_replicas, classes_of, collapsed_table
from fairpool.market.tolerances import GRAIN, SAME
from fairpool.market.valuation import are_symmetric

Parties = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Selection:
    """The data chosen for one task, and the gain reached with them.

    members   the parties, in the order of the market file
    uneven    groups of other parties that the task cannot tell apart and of which only some are members
    """

    task: int
    members: Parties
    gain: float
    uneven: tuple[Parties, ...] = ()

    @property
    def others(self) -> Parties:
        return tuple(j for j in self.members if j != self.task)

    @property
    def holds_own(self) -> bool:
        return self.task in self.members


def select(gains: Float[Floats, " coalitions"], task: int) -> Selection:
    """Choose the data for one task from its table of gains.

    Cost: one pass over the table; for parties that are equally good alone, comparisons of it.
    """
    classes = _replicas_among_others(gains, task)
    masks = [mask_of(np.flatnonzero(classes == c)) for c in np.unique(classes) if c != task]
    best = np.flatnonzero(gains[1:] >= gains[1:].max() - SAME) + 1
    used = sum((np.int64(best & mask > 0) for mask in masks), start=np.zeros(len(best), dtype=np.int64))
    best = best[used == used.min()]
    own = best >> task & 1 == 1
    best = best[own] if own.any() else best
    closed = {(int(b) & 1 << task) | sum(mask for mask in masks if b & mask) for b in best.tolist()}
    members = _foremost(gains, task, classes, [parties_in(position) for position in closed])
    return Selection(task, members, float(gains[mask_of(members)]), _uneven(gains, task, members))


def as_equals_have_it(
    selections: Sequence[Selection], equal: Sequence[tuple[int, int]]
) -> tuple[Selection, ...]:
    """Parties of equal rows and an equal task have the selection of the first of them, each with its own rows."""
    found = list(selections)
    for i, j in equal:
        found[j] = _swapped(found[i], i, j)
    return tuple(found)


def swapped_in(members: Sequence[int], i: int, j: int) -> Parties:
    """The members with party i for j and j for i."""
    other = {i: j, j: i}
    return tuple(sorted(other.get(k, k) for k in members))


def mask_of(members: Sequence[int] | Integers) -> int:
    """The position of a coalition in a table."""
    return sum(1 << int(j) for j in members)


def parties_in(position: int) -> Parties:
    """The members of the coalition at a position of a table."""
    return tuple(j for j in range(position.bit_length()) if position >> j & 1)


def _swapped(found: Selection, i: int, j: int) -> Selection:
    groups = tuple(swapped_in(group, i, j) for group in found.uneven)
    return Selection(j, swapped_in(found.members, i, j), found.gain, groups)


def _replicas_among_others(gains: Floats, task: int) -> Integers:
    """Classes of functional replicas on this task, named by their first member; the task's own party stands alone."""

    def same(i: int, j: int) -> bool:
        alone, together = gains[[1 << i, 1 << j]], gains[1 << i | 1 << j]
        equal = task not in (i, j) and abs(alone - together).max() <= SAME
        return equal and are_replicas(gains[:, None], i, j)

    return classes_of((len(gains) - 1).bit_length(), same)


def _foremost(gains: Floats, task: int, classes: Integers, tied: Sequence[Parties]) -> Parties:
    """Of equally good coalitions the one of most valuable data, else of the earlier parties."""
    if len(tied) == 1:
        return tied[0]
    members = np.unique(classes)
    place = int(np.searchsorted(members, task))
    table = collapsed_table(gains[:, None], classes)[:, 0]
    phi = np.insert(shapley_value(TableGame(table[_holding(place, len(table))])), place, 0.0)
    worth = dict(zip(members.tolist(), phi.tolist(), strict=True))
    return min(tied, key=lambda one: (-round(sum(worth.get(j, 0.0) for j in one) / GRAIN), one))


def _holding(task: int, coalitions: int) -> Integers:
    """Positions of the coalitions that hold a party: those of its task game, which is w_t but for a constant."""
    positions = np.arange(coalitions)
    return positions[(positions >> task & 1).astype(bool)]


def _uneven(gains: Floats, task: int, members: Parties) -> tuple[Parties, ...]:
    n = (len(gains) - 1).bit_length()
    others = [j for j in range(n) if j != task]
    groups: dict[int, list[int]] = {}
    for j in others:
        first = next((i for i in groups if are_symmetric(gains, i, j)), j)
        groups.setdefault(first, []).append(j)
    return tuple(tuple(group) for group in groups.values() if 0 < len({*group} & {*members}) < len(group))
