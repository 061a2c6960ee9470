"""The nucleolus [Sch69]: make the largest excess as small as possible, then the second largest, and so on.

    e(S, x) = v(S) - x(S)

    x is the nucleolus if its excesses, sorted from the largest down, are lexicographically least
    among the imputations: x(N) = v(N), x_i >= v({i})

1.  Solve the excess program over the open coalitions (`fairpool.games.stability.excess_program`).
2.  A coalition with a positive multiplier has the same excess in every solution: settle it, x(S) = v(S) - epsilon.
3.  Coalitions that are sums of settled ones have no say any more: they are no longer open.
4.  Repeat until the settled coalitions determine x, at most n - 1 times (Maschler, Peleg, Shapley 1979;
    Kopelowitz 1967).

It lies in the least core, hence in the core where that is not empty, and treats equals equally.  Without
x_i >= v({i}) it is the prenucleolus, which exists for every game.  v is read as v - v(empty).

[Sch69] D. Schmeidler: The nucleolus of a characteristic function game, SIAM Journal on Applied Mathematics 17, 1969.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from fairpool.games.costs import as_gains, gains_table, is_of_costs
from fairpool.games.game import Coalitions, Game, TableGame, coalitions_at
from fairpool.games.stability.accounts import largest, scale_of, sums_over_coalitions
from fairpool.games.stability.core import first_program
from fairpool.games.stability.excess_program import (
    ExcessProgram,
    LeastExcess,
    minimise_largest_excess,
    singletons,
    singletons_and_complements,
)
from fairpool.games.tolerances import BINDING, DEPENDENT, SAME_EXCESS
from fairpool.games.values.sums_by_size import MOST_PLAYERS_EXACT
from fairpool.ground.arrays import Float, Floats, Integers
from fairpool.ground.errors import InputError


def nucleolus(game: Game, *, most_players: int = MOST_PLAYERS_EXACT) -> Float[Floats, " players"]:
    """The nucleolus: the largest excess as small as possible, then the second largest, and so on.

    Parameters
    ----------
    game : Game
        n players.
    most_players : int
        More players than this are refused, unless the game is a `TableGame`.

    Returns
    -------
    float64 (n,)
        In the units of the game, with sum v(N) - v(empty) and x_i >= v({i}); in a game of costs
        (`fairpool.games.costs.CostGame`) what each pays, x_i <= v({i}).

    Raises
    ------
    InputError
        Where the players alone are worth more than together, so that no imputation exists, and beyond
        ``most_players`` players.

    Notes
    -----
    2**n evaluations unless ``game`` is a `TableGame`, then at most n - 1 excess programs and O(2**n) after each.
    Right to about 1e-9 of the largest |v|.

    References
    ----------
    [Sch69]_

    .. [Sch69] D. Schmeidler: The nucleolus of a characteristic function game, 1969.

    Examples
    --------
    The Talmud's rule for an estate of 200 and claims of 100, 200 and 300.

    >>> from fairpool.games.textbook.classical import BankruptcyGame
    >>> nucleolus(BankruptcyGame(200, [100, 200, 300])).round(6).tolist()
    [50.0, 75.0, 75.0]
    """
    table = gains_table(game, most_players=most_players)
    alone = table.values[singletons(table.players)] - table.values[0]
    together = float(table.values[-1] - table.values[0])
    missing = float(alone.sum()) - together
    if missing > SAME_EXCESS * scale_of(table):
        raise InputError(_no_imputation(game, float(alone.sum()), together))
    # Within rounding the players alone may exceed the whole; the programs are solved more closely than that.
    return as_gains(game, _lexicographic_least(table, floor=alone - max(missing, 0.0) / max(len(alone), 1)))


def _no_imputation(game: Game, alone: float, together: float) -> str:
    if is_of_costs(game):
        told = f"alone the players pay {-alone:.6g}, together {-together:.6g}"
    else:
        told = f"alone the players are worth {alone:.6g}, together {together:.6g}"
    told += f" ({alone - together:.2g} less)" if f"{alone:.6g}" == f"{together:.6g}" else ""
    costs = "" if is_of_costs(game) else "; if these are costs, say so (fairpool.games.costs.CostGame)"
    return f"no imputation exists: {told}; the prenucleolus is defined for such games, too{costs}"


def prenucleolus(game: Game, *, most_players: int = MOST_PLAYERS_EXACT) -> Float[Floats, " players"]:
    """The prenucleolus: float64 (n,), with sum v(N) - v(empty).  Cost and accuracy as `nucleolus`."""
    table = gains_table(game, most_players=most_players)
    return as_gains(game, _lexicographic_least(table, floor=np.full(table.players, -np.inf)))


def _lexicographic_least(table: TableGame, floor: Floats) -> Floats:
    n, scale = table.players, scale_of(table)
    program = first_program((table.values - table.values[0]) / scale, floor / scale)
    start = singletons_and_complements(n)
    while len(program.settled) < n:
        solution = minimise_largest_excess(program, start)
        program = _settle(program, solution)
        start = _treated_worst(program, solution.allocation)
    allocation = np.linalg.solve(program.settled.astype(np.float64), program.amounts)
    return np.asarray(allocation * scale + 0.0, dtype=np.float64)  # + 0.0: no negative zeros


def _settle(program: ExcessProgram, solution: LeastExcess) -> ExcessProgram:
    """Steps 2 and 3: fix what every solution of ``program`` agrees on."""
    n = len(program.floor)
    settled, amounts = program.settled, program.amounts
    for position in _binding(solution):
        coalition = coalitions_at([position], n)
        if not _lies_in_span(settled, n)[position]:
            settled = np.vstack([settled, coalition])
            amounts = np.append(amounts, program.values[position] - solution.epsilon)
    floor, ceiling = _bounds(program, solution.epsilon)
    still_open = program.open & ~_lies_in_span(settled, n)
    return replace(program, open=still_open, settled=settled, amounts=amounts, floor=floor, ceiling=ceiling)


def _binding(solution: LeastExcess) -> Integers:
    """Coalitions with a positive multiplier, largest first."""
    by_size = np.argsort(-solution.multipliers, kind="stable")
    return solution.positions[by_size[solution.multipliers[by_size] > BINDING]]


def _lies_in_span(settled: Coalitions, players: int) -> NDArray[np.bool_]:
    """Whether each coalition of the table is a linear combination of ``settled``: bool (2**n,).

    With P the projection onto the complement of the span, |P 1_S|^2 = sum over i, j in S of P_ij, built up by
    doubling: adding player i to a coalition of earlier players adds P_ii + 2 sum_j P_ij.  Cost O(2**n).
    """
    basis = np.linalg.qr(settled.T.astype(np.float64))[0]
    P = np.eye(players) - basis @ basis.T
    distance = np.zeros(2**players)
    for i in range(players):
        cross = sums_over_coalitions(2 * P[i, :i])
        distance[2**i : 2 ** (i + 1)] = distance[: 2**i] + cross + P[i, i]
    return distance < DEPENDENT


def _bounds(program: ExcessProgram, epsilon: float) -> tuple[Floats, Floats]:
    """Bounds that keep later programs bounded and never bind.

    x_i >= v({i}) - epsilon and x(N - i) >= v(N - i) - epsilon hold from here on; each is given away by 1.
    """
    if np.isfinite(program.ceiling).all():
        return program.floor, program.ceiling
    alone = program.values[singletons(len(program.floor))]
    without = program.values[::-1][singletons(len(program.floor))]
    return np.maximum(program.floor, alone - epsilon - 1), program.values[-1] - without + epsilon + 1


def _treated_worst(program: ExcessProgram, allocation: Floats) -> Integers:
    excess = np.where(program.open, program.values - sums_over_coalitions(allocation), -np.inf)
    worst = largest(excess, 2 * len(allocation))
    return worst[program.open[worst]]
