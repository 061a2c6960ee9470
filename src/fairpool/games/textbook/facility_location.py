"""Facility location: every customer is served by the best member of the coalition [HWROT22].

u_id  ``utilities``   what player i is worth to customer d, >= 0
v(C)  ``worth``       sum over d of  max over i in C of u_id

Monotone and submodular, with closed forms for every semivalue, so it is a test bed with exact answers at any
size.

Sort the players' utilities for one customer, u_1 <= ... <= u_n, u_0 = 0.  Then v is a sum of "somebody of the
n - j + 1 best is there" games with stakes u_j - u_{j-1}; in each, a member of that group is paid when it
comes first,

    value of the player at rank r  =  sum over j <= r of  (u_j - u_{j-1}) p_j,
    p_j = sum_c binom(j-1, c) w_c       the chance that nobody of the group is there

For the Shapley value p_j = 1 / (n - j + 1), for the Banzhaf value 2**-(n - j); these are the closed forms of
[HWROT22] (section 3.3), which are stated there with the sorted utilities of the others.

[HWROT22] Han, Wooldridge, Rogers, Ohrimenko, Tschiatschek: Replication-robust payoff allocation in submodular
          cooperative games, arXiv:2006.14583.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from fairpool.games.game import Coalitions, numbers
from fairpool.games.values.semivalues import Weights, weights_at
from fairpool.ground.arrays import Bool, Float, Floats
from fairpool.ground.errors import InputError


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class FacilityLocationGame:
    """v(C) = sum over customers of the best utility in C.

    utilities: float64 (n, customers), >= 0 and finite; InputError otherwise.
    """

    utilities: Floats

    def __init__(self, utilities: ArrayLike) -> None:
        u = numbers(utilities, "utilities")
        if u.ndim != 2:
            raise InputError(f"utilities: got shape {u.shape}, expected (players, customers)")
        if not (np.isfinite(u) & (u >= 0)).all():
            raise InputError("utilities: expected finite numbers, none of them negative")
        u.setflags(write=False)
        object.__setattr__(self, "utilities", u)

    def __repr__(self) -> str:
        return f"FacilityLocationGame({self.players} players, {self.utilities.shape[1]} customers)"

    @property
    def players(self) -> int:
        return len(self.utilities)

    def worth(self, coalitions: Bool[Coalitions, "batch players"]) -> Float[Floats, " batch"]:
        """bool (b, n) -> float64 (b,).  Cost O(b n customers), memory O(b customers)."""
        best = np.zeros((len(coalitions), self.utilities.shape[1]))
        for i, utility in enumerate(self.utilities):
            np.maximum(best, np.where(coalitions[:, i, None], utility, 0.0), out=best)
        total: Floats = best.sum(axis=1)
        return total

    def shapley_value(self) -> Float[Floats, " players"]:
        """Closed form: float64 (n,).  Cost O(customers n log n)."""
        return self._value_of_firsts(1 / np.arange(self.players, 0, -1))

    def banzhaf_value(self) -> Float[Floats, " players"]:
        """Closed form: float64 (n,).  Cost O(customers n log n)."""
        return self._value_of_firsts(np.exp2(-np.arange(self.players - 1.0, -1.0, -1.0)))

    def semivalue(self, weights: Weights) -> Float[Floats, " players"]:
        """Closed form for weights, a function of n or w_c, float64 (n,), as in `fairpool.games.values.semivalues`.

        Cost O(n**2 + customers n log n).  Raises InputError for weights of another shape.
        """
        w = weights_at(weights, self.players)
        return self._value_of_firsts(_chance_of_coming_first(w))

    def _value_of_firsts(self, chance: Floats) -> Floats:
        """Sum over the customers of cumsum_j (u_j - u_{j-1}) p_j, put back at the players' places."""
        order = np.argsort(self.utilities, axis=0)
        stakes = np.diff(np.take_along_axis(self.utilities, order, axis=0), axis=0, prepend=0.0)
        by_rank = np.cumsum(stakes * chance[:, None], axis=0)
        values = np.empty_like(by_rank)
        np.put_along_axis(values, order, by_rank, axis=0)
        return np.asarray(values.sum(axis=1), dtype=np.float64)


def _chance_of_coming_first(weights: Floats) -> Floats:
    """p_j = sum_c binom(j-1, c) w_c for j = 1 .. n, by Pascal's rule: w_c + w_{c+1} are the weights for n - 1 players.

    Only additions of terms of one sign where w >= 0, so no digits are lost.
    """
    chances = np.empty(len(weights))
    for j in range(len(weights)):
        chances[j] = weights[0]
        weights = weights[:-1] + weights[1:]
    return chances
