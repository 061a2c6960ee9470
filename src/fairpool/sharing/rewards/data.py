"""Rewards in data: Algorithm 6 of [CCZ25].

    v_i    ``value``: what n rows are worth to agent i, increasing, v(0) = 0
    T_i    v_i(|Y_-i|), what all rows of the others are worth
    z_i    rows agent i is given, drawn at random from the others': worth (1 - alpha_i L_i) T_i
    alpha  (1 - v_i(|X_i|) / T_i) / E L_i, at most 1 and at least 0

With this alpha an honest agent is given, on average, rows worth v_i(|X_i|): as much as it brought, and more where
alpha is cut down to 1.  Where its own rows are worth as much as all the others' (v_i(|X_i|) >= T_i) nothing can be
taken off: alpha is 0, it gets everything whatever it reports, and the check does not bind it.

Two departures from the paper:

*   |X_i| is what agent i was ``agreed`` to bring, not what it submitted.  With submitted sizes copies can pay: they
    leave the loss as it is and may lower alpha.
*   (1 - alpha L) T is rarely the worth of a whole number of rows.  The number is drawn from its two neighbours such
    that the *worth* is right on average, so the expected reward stays linear in the loss.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

import numpy as np
from numpy.typing import NDArray

from fairpool.comparing.cramer_von_mises import CramerVonMisesCheck
from fairpool.ground.errors import InputError
from fairpool.ground.seeds import Chance, chance
from fairpool.sharing.rewards.value_curves import ValueCurve


@dataclass(frozen=True, slots=True, eq=False)
class Grant:
    """What an agent is given.

    rows: int64 (z,), ascending, positions in the rows of all agents stacked in their order; never the agent's own.
    worth: (1 - alpha L) T, which v of the number of rows is on average.  alpha: between 0 and 1.
    """

    rows: NDArray[np.int64]
    worth: float
    alpha: float


@dataclass(frozen=True, slots=True)
class DataReward:
    """Agents are rewarded with rows of the others.

    Parameters
    ----------
    value : ValueCurve or sequence of ValueCurve
        v, what a number of rows is worth, in any unit: one for all agents, or one for each.

    Notes
    -----
    `grant` costs O(N) per agent, for N rows in all.

    References
    ----------
    [CCZ25], algorithm 6.

    Examples
    --------
    >>> import numpy as np
    >>> from fairpool.comparing.cramer_von_mises import cramer_von_mises_check
    >>> from fairpool.sharing import DataReward
    >>> from fairpool.sharing.rewards.value_curves import Logarithmic
    >>> rng = np.random.default_rng(1)
    >>> checks = cramer_von_mises_check([rng.normal(mean, size=(40, 1)) for mean in (0.0, 0.0, 3.0)])
    >>> grants = DataReward(Logarithmic(10.0, 5.0)).grant(checks, [40, 40, 40], rng=rng)
    >>> len(grants[2].rows) < len(grants[0].rows)
    True
    """

    value: ValueCurve | Sequence[ValueCurve]

    def grant(
        self, checks: Sequence[CramerVonMisesCheck], agreed: Sequence[int], *, rng: Chance
    ) -> tuple[Grant, ...]:
        """The rows each agent gets.

        checks: of all agents.  agreed: rows each was to bring, at least 1, fixed before anybody submits.
        Cost O(N) per agent.  Raises InputError if the three do not match, or the curve does not start at 0.
        """
        rng = chance(rng)
        curves = self._curves(len(checks))
        if len(agreed) != len(checks) or any(rows < 1 for rows in agreed):
            raise InputError(
                f"agreed: got {list(agreed)}, expected {len(checks)} numbers of rows, each at least 1"
            )
        ends = np.cumsum([check.rows for check in checks])
        grants = []
        for check, v, rows, end in zip(checks, curves, agreed, ends.tolist(), strict=True):
            alpha = deduction(check, v, rows)
            worth = (1 - alpha * check.loss) * v(check.others)
            drawn = rng.choice(check.others, _number_of_rows(worth, v, check.others, rng), replace=False)
            drawn.sort()
            grants.append(Grant(drawn + check.rows * (drawn >= end - check.rows), worth, alpha))
        return tuple(grants)

    def _curves(self, agents: int) -> list[ValueCurve]:
        curves = list(self.value) if isinstance(self.value, Sequence) else [self.value] * agents
        if len(curves) != agents:
            raise InputError(f"value: got {len(curves)} curves, expected {agents}, one for each agent")
        for agent, v in enumerate(curves):
            if v(0) != 0:
                raise InputError(f"value: got v(0) = {v(0)} for agent {agent}, expected 0")
        return curves


def deduction(check: CramerVonMisesCheck, value: ValueCurve, agreed: int) -> float:
    """alpha = (1 - v(agreed) / v(others)) / E L, between 0 and 1.

    E L is that of ``agreed`` honest rows against the others' rows; its c is estimated from these alone, so that the
    agent's report does not move alpha (as long as psi, too, ignores how many rows it submits).
    """
    everything = value(check.others)
    spare = 1 - value(agreed) / everything if everything > 0 else 0.0
    expected = check.spread * (1 / (agreed + check.withheld) + 1 / check.other_side)
    return min(1.0, max(0.0, spare) / expected) if expected > 0 else float(spare > 0)


def _number_of_rows(worth: float, v: ValueCurve, most: int, rng: np.random.Generator) -> int:
    """One of the two whole numbers around v^-1(worth), such that v of it is ``worth`` on average."""
    if worth >= v(most):
        return most
    above = min(max(ceil(v.inverse(worth)), 1), most)
    low, high = v(above - 1), v(above)
    return above - int(rng.random() * (high - low) >= worth - low)
