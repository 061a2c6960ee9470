"""What each agent could hope for at most: the ideal point of the Kalai-Smorodinsky solution.

p_i^best is the least penalty of agent i over all plans in which no agent, i included, is worse off than
without an agreement.  These are m programs that share everything but whose penalty counts, so they are solved
as a batch.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from fairpool.ground.arrays import Floats
from fairpool.sharing.bargaining.interior_point import solve, start_inside
from fairpool.sharing.bargaining.newton_step import Aim, Programs
from fairpool.sharing.bargaining.scaling import ScaledProgram

ENTRIES_AT_ONCE = 200_000  # of the array (programs, m, d): some 50 arrays of that size are alive in a step


def largest_gains(program: ScaledProgram, inside: Floats) -> Iterator[tuple[Floats, Floats]]:
    """D_i - p_i^best of a few agents at a time, in order, with bounds on their relative errors: pairs (b,), (b,).

    inside: float64 (m, d), a plan that leaves every agent better off
    Cost: 10 to 40 Newton steps an agent, O(m^2 d^2 + m d^3) each for all of them.
    """
    m = len(inside)
    at_once = max(1, ENTRIES_AT_ONCE // inside.size)
    for first in range(0, m, at_once):
        agents = np.arange(first, min(m, first + at_once))
        programs = Programs(program, program.headroom, Aim.PENALTY, np.eye(m)[agents])
        start = start_inside(programs, np.repeat(inside[None], len(agents), axis=0))
        best = solve(programs, start)
        yield best.gains[np.arange(len(agents)), agents], best.gap
