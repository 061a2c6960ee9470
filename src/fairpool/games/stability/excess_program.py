"""The linear program behind the least core and the nucleolus: make the largest excess as small as possible.

    minimise  epsilon
    such that x(S) + epsilon >= v(S)     for every open coalition S
              x(S)            = a_S      for every settled coalition S (at first only N)
              x              >= floor

Solved by HiGHS (scipy) with constraint generation: few coalitions are written down at first, then those the
solution treats worst are added, until no open coalition is treated worse than epsilon.  The optimum is that
of the full program, and coalitions never written down have multiplier zero, so the multipliers are right,
too.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog

from fairpool.games.game import Coalitions, coalitions_at
from fairpool.games.stability.accounts import largest, sums_over_coalitions
from fairpool.games.tolerances import SOLVED, VIOLATION
from fairpool.ground.arrays import Floats, Integers
from fairpool.ground.errors import FairpoolError


@dataclass(frozen=True, slots=True, eq=False)
class ExcessProgram:
    """One such program.

    values: float64 (2**n,), the table, scaled to |v| <= 1 and v(empty) = 0
    open: bool (2**n,), coalitions whose excess is to be made small; at least one
    settled, amounts: bool (m, n) and float64 (m,), the equations x(S) = a_S, linearly independent
    floor, ceiling: float64 (n,), bounds of x; infinite where there are none
    """

    values: Floats
    open: NDArray[np.bool_]
    settled: Coalitions
    amounts: Floats
    floor: Floats
    ceiling: Floats


@dataclass(frozen=True, slots=True, eq=False)
class LeastExcess:
    """The solution: x, epsilon, and the coalitions written down with their multipliers.

    ``multipliers`` (m,) belong to ``positions`` (m,), are >= 0 and sum to one; where one is positive, the
    coalition's excess is epsilon in *every* optimal allocation (complementary slackness).
    """

    allocation: Floats
    epsilon: float
    positions: Integers
    multipliers: Floats


def minimise_largest_excess(program: ExcessProgram, start: Integers) -> LeastExcess:
    """Solve ``program``, writing down the open coalitions at ``start`` first.

    With them the program must be bounded: singletons and their complements do that where x has no bounds.
    Cost: a few dozen small linear programs, and O(2**n) after each of them to find who is treated worst.
    """
    rows = start
    while True:
        solution = _solve(program, rows)
        excess = np.where(program.open, program.values - sums_over_coalitions(solution.allocation), -np.inf)
        excess[rows] = -np.inf
        worst = largest(excess, 2 * len(program.floor))
        added = worst[excess[worst] > solution.epsilon + VIOLATION]
        if not len(added):
            return solution
        rows = np.concatenate([rows, added])


def _solve(program: ExcessProgram, rows: Integers) -> LeastExcess:
    """The program with only the open coalitions at ``rows``; variables are x and, last, epsilon."""
    n = len(program.floor)
    coalitions = coalitions_at(rows, n).astype(np.float64)
    result = linprog(
        c=np.append(np.zeros(n), 1.0),
        A_ub=-np.column_stack([coalitions, np.ones(len(rows))]),
        b_ub=-program.values[rows],
        A_eq=np.column_stack([program.settled.astype(np.float64), np.zeros(len(program.settled))]),
        b_eq=program.amounts,
        bounds=[*zip(program.floor.tolist(), program.ceiling.tolist(), strict=True), (-np.inf, np.inf)],
        options={"primal_feasibility_tolerance": SOLVED, "dual_feasibility_tolerance": SOLVED},
    )
    if result.status != 0 or result.x is None:
        raise FairpoolError(f"HiGHS did not solve a program of {len(rows)} coalitions: {result.message}")
    return LeastExcess(
        allocation=np.asarray(result.x[:n], dtype=np.float64),
        epsilon=float(result.x[n]),
        positions=rows,
        multipliers=-np.asarray(result.ineqlin.marginals, dtype=np.float64),
    )


def singletons(players: int) -> Integers:
    """Positions of {i} for every player i."""
    return np.int64(1) << np.arange(players, dtype=np.int64)


def singletons_and_complements(players: int) -> Integers:
    """Positions of {i} and N - i for every player i, without repetitions."""
    alone = singletons(players)
    return np.unique(np.concatenate([alone, 2**players - 1 - alone]))
