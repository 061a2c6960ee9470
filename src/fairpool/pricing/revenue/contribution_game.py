"""The game behind a sale: what the rows of some contributors alone would have been worth.

    a_i   rows of contributor i in what was sold
    V     ``worths``: what 0, 1, .., sum of a rows are worth to the buyer, or cost by the price curve
    v(S)  V(sum of a_i over S): rows of one kind, told apart by their number only

Its Shapley values, exactly, for any number of contributors: with T chosen evenly between 0 and 1, and each other
contributor present with chance T independently,

    value_i = E[ V(a_i + A) - V(A) ],     A = rows of those present

(Owen's multilinear extension).  Given T the distribution of A is a product of two-point ones, and the expectation is a
polynomial in T of degree m - 1, so that ceil(m / 2) Gauss-Legendre points integrate it exactly.  Contributors are left
out one at a time by halving: O(m log m) additions of N + 1 numbers for each point, O(N m^2 log m) in all, where N is
the number of rows sold.

Where that is too much work, values are sampled (`fairpool.games.estimation.estimate`) and carry their standard errors.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fairpool.games.estimation.estimate import estimate_shapley
from fairpool.games.game import Coalitions
from fairpool.ground.arrays import Floats, Integers
from fairpool.ground.errors import InputError

MOST_STEPS = 4e9  # additions of an exact answer, a few seconds
EVALUATIONS = 50_000


@dataclass(frozen=True, slots=True, eq=False)
class SaleGame:
    """v(S) = V(rows of S).

    worths: float64 (N + 1,), V(0) .. V(N), V(0) = 0 and never falling; amounts: int64 (m,), a_i >= 0, summing to N.
    """

    worths: Floats
    amounts: Integers

    @property
    def players(self) -> int:
        return len(self.amounts)

    def worth(self, coalitions: Coalitions) -> Floats:
        return self.worths[coalitions @ self.amounts]


@dataclass(frozen=True, slots=True, eq=False)
class SaleValues:
    """Shapley values of a sale, float64 (m,), and their standard errors: zero where the values are exact."""

    values: Floats
    standard_errors: Floats

    @property
    def exact(self) -> bool:
        return not self.standard_errors.any()


def sale_game(worths: ArrayLike, amounts: ArrayLike) -> SaleGame:
    """The game of a sale; InputError for worths that fall, are not finite, start above 0 or are not N + 1 many."""
    V, a = np.asarray(worths, dtype=np.float64), np.asarray(amounts)
    if a.ndim != 1 or not a.size or a.dtype.kind not in "iu" or (a < 0).any():
        raise InputError("amounts: expected a whole number of rows, 0 or more, for each contributor")
    if V.shape != (int(a.sum()) + 1,):
        raise InputError(f"worths: got shape {V.shape}, expected one for each of 0 to {int(a.sum()):,} rows")
    if not np.isfinite(V).all() or V[0] != 0 or (np.diff(V) < 0).any():
        raise InputError("worths: expected finite numbers that start at 0 and never fall")
    return SaleGame(V, a.astype(np.int64))


def shapley_of_sale(
    game: SaleGame,
    *,
    rng: np.random.Generator,
    evaluations: int = EVALUATIONS,
    most_steps: float = MOST_STEPS,
) -> SaleValues:
    """Shapley values of a sale: exact within ``most_steps`` additions, else from ``evaluations`` sampled coalitions.

    Values are never negative, as V never falls; sampled ones below zero by their error are set to zero.
    """
    if exact_steps(game) <= most_steps:
        return SaleValues(exact_values(game), np.zeros(game.players))
    estimate = estimate_shapley(game, evaluations=max(evaluations, 2 * game.players + 2), rng=rng)
    return SaleValues(np.maximum(estimate.values, 0.0), estimate.standard_errors)


def exact_steps(game: SaleGame) -> float:
    """About how many additions `exact_values` takes."""
    m = int(np.count_nonzero(game.amounts))
    return len(game.worths) * (m + 1) / 2 * m * max(np.log2(max(m, 1)), 1.0)


def exact_values(game: SaleGame) -> Floats:
    """float64 (m,): the formula at the top; sums to V(N) up to rounding."""
    present = np.flatnonzero(game.amounts)
    values = np.zeros(game.players)
    if not present.size:
        return values
    nodes, weights = np.polynomial.legendre.leggauss((present.size + 1) // 2)
    for T, weight in zip((nodes + 1) / 2, weights / 2, strict=True):
        start = np.zeros(len(game.worths))
        start[0] = 1.0
        _add_marginals(values, game, present, start, float(T), float(weight))
    return values


def _add_marginals(
    values: Floats, game: SaleGame, group: NDArray[np.intp], outside: Floats, T: float, weight: float
) -> None:
    """Adds weight times E[V(a_i + A) - V(A)] for i of the group; ``outside``: distribution of all others' rows."""
    if len(group) == 1:
        a = int(game.amounts[group[0]])
        gains = game.worths[a:] - game.worths[:-a]
        values[group[0]] += weight * float(outside[:-a] @ gains)
        return
    half = len(group) // 2
    for inside, other in ((group[:half], group[half:]), (group[half:], group[:half])):
        _add_marginals(values, game, inside, _with_chance(outside, game.amounts[other], T), T, weight)


def _with_chance(distribution: Floats, amounts: Integers, T: float) -> Floats:
    """The distribution of a sum after adding each amount with chance T."""
    for a in amounts.tolist():
        moved = np.zeros_like(distribution)
        moved[a:] = distribution[: len(distribution) - a]
        distribution = (1 - T) * distribution + T * moved
    return distribution
