"""Payments that make agents collect as much as the buyer should want: Algorithm 5 of [CCZ25].

    v(n)   ``value``: what n rows are worth to the buyer, in minor units
    c      ``cost`` of collecting a row, the same for all agents, in minor units (a fraction will do)
    n_OPT  argmax v(n) - c n; each of m agents is asked for n = n_OPT / m rows
    pi_i   (v(n_OPT)/m) (1 - alpha L_i)
    C      ``spread``: E[F(T) (1 - F(T))], 1/6 for continuous data (`cramer_von_mises`)

The check with nothing withheld has E L_i = C (1/n_i + 1/z) for n_i honest rows, z = (m-1) n - 1.  An agent's profit
E pi_i - c n_i is then concave in n_i, and largest at n_i = n for

    alpha = c / ((v(n_OPT)/m) (-dE L_i/dn_i)) = c m n^2 / (C v(m n))

which gives, with r = alpha C,

    expected payment  (v/m) (1 - r (1/n + 1/z)),      expected profit  (v/m) (1 - r (2/n + 1/z))

**alpha must not exceed 1**, or payments could be negative.  That asks for much: the data must be worth n/C times what
they cost.  Where they are not, this module asks for the n that is best among those with alpha <= 1 and says so
(``status`` "limited").  With alpha <= 1 every agent's expected profit is positive, and the buyer, who pays v(m n) less
what the losses take off, never pays more than the data are worth.

What no alpha mends: an agent that knows the distribution can collect nothing and invent rows.  It then saves c n of
cost and, at alpha, another c n of loss.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf, isfinite
from typing import Literal

import numpy as np

from fairpool.comparing.cramer_von_mises import (
    FEWEST_AGENTS,
    FEWEST_OTHER_ROWS,
    LARGEST_SPREAD,
    CramerVonMisesCheck,
)
from fairpool.ground.errors import InputError
from fairpool.ground.money import LARGEST_AMOUNT
from fairpool.sharing.rewards.budget import Payout, pay_out

Status = Literal["optimal", "limited", "not worth it"]

CONTINUOUS_SPREAD = 1 / 6
DENSE = 1024  # every number of rows up to here is looked at, a geometric grid of them beyond
RATIO = 1.01
AT_ONCE = 200  # rows looked at in a refinement


@dataclass(frozen=True, slots=True)
class CollectionPlan:
    """What each agent should collect, and how its payment depends on its loss.

    agents m; rows_each n; optimal_rows_each: n_OPT / m, ignoring alpha <= 1; value: v(m n); alpha in (0, 1].
    status: "optimal"; "limited", where alpha <= 1 allows only fewer rows than the optimum; or "not worth it", where no
    number of rows is worth its cost, or none has alpha <= 1: then rows_each and alpha are 0.
    """

    agents: int
    cost: float
    spread: float
    rows_each: int
    optimal_rows_each: int
    value: float
    alpha: float
    status: Status

    @property
    def expected_loss(self) -> float:
        """E L_i if everybody collects and reports as asked; 0 where nobody is asked."""
        if self.rows_each == 0:
            return 0.0
        return self.spread * (1 / self.rows_each + 1 / ((self.agents - 1) * self.rows_each - 1))

    @property
    def expected_payment(self) -> float:
        """Of each agent, in minor units."""
        return self.value / self.agents * (1 - self.alpha * self.expected_loss)

    @property
    def expected_profit(self) -> float:
        """Payment less the cost of collecting, of each agent."""
        return self.expected_payment - self.cost * self.rows_each

    @property
    def expected_surplus(self) -> float:
        """What the buyer keeps of the value."""
        return self.value - self.agents * self.expected_payment

    def pay(self, checks: Sequence[CramerVonMisesCheck]) -> Payout:
        """pi_i = (v/m) (1 - alpha L_i) in whole units; what is unspent of v, rounded down, stays with the buyer.

        Alpha comes from the plan, never from the sizes submitted: rows that were not asked for change a payment only
        through the loss, and copies do not change the loss.
        Raises InputError for another number of agents, checks with rows withheld, and a plan that asks for nothing.
        """
        if self.status == "not worth it":
            raise InputError("plan: got one that asks nobody for rows; there is nothing to pay for")
        if len(checks) != self.agents:
            raise InputError(f"checks: got {len(checks)}, expected {self.agents} as planned")
        for agent, check in enumerate(checks):
            if check.withheld:
                raise InputError(
                    f"checks: got {check.withheld} rows withheld for agent {agent}, expected none"
                )
        return pay_out(int(self.value), [self.alpha * check.loss for check in checks])


@dataclass(frozen=True, slots=True)
class CollectionCost:
    """A buyer, and agents who collect rows at a cost.

    Parameters
    ----------
    value : callable
        v, minor units of money for any number of rows, best increasing and concave.  If it is not concave, a narrow
        peak beyond 1,024 rows per agent can be overlooked; what is promised of the plan holds all the same.
    cost : float
        c > 0 of collecting a row, in minor units.
    agents : int
        m, at least 3.
    spread : float
        C of the data, in (0, 5/24]; 1/6 where values never tie.
    most_rows : int
        No agent is asked for more.

    Raises
    ------
    InputError
        For a number out of range.

    Notes
    -----
    `plan` looks at some 2,500 numbers of rows, and refines around the best.

    References
    ----------
    [CCZ25], algorithm 5.

    Examples
    --------
    >>> from fairpool.sharing import CollectionCost
    >>> from fairpool.sharing.rewards.value_curves import PowerLaw
    >>> plan = CollectionCost(PowerLaw(600_000, 900_000), cost=100.0, agents=6).plan()
    >>> plan.rows_each, plan.optimal_rows_each, plan.status
    (11, 45, 'limited')
    """

    value: Callable[[float], float]
    cost: float
    agents: int
    spread: float = CONTINUOUS_SPREAD
    most_rows: int = 10**9

    def __post_init__(self) -> None:
        if self.agents < FEWEST_AGENTS:
            raise InputError(f"agents: got {self.agents}, expected at least {FEWEST_AGENTS}")
        if not (isfinite(self.cost) and self.cost > 0):
            raise InputError(f"cost: got {self.cost}, expected a positive number of minor units")
        if not 0 < self.spread <= LARGEST_SPREAD:
            raise InputError(f"spread: got {self.spread}, expected above 0 and at most 5/24")
        if self.most_rows < self._fewest_rows:
            raise InputError(f"most_rows: got {self.most_rows}, expected at least {self._fewest_rows}")

    def plan(self) -> CollectionPlan:
        """The welfare-optimal number of rows, or the best one that alpha <= 1 allows.

        Raises InputError for values that are not finite or too large, and where the rows are still worth collecting at
        ``most_rows``.
        """
        optimal = self._best(self.surplus)
        if optimal == self.most_rows:
            raise InputError(
                f"value: rows are still worth their cost at {self.most_rows:,} an agent; "
                "expected a value that levels off, or another most_rows"
            )
        chosen = self._best(self._allowed_surplus) if self.alpha(optimal) > 1 else optimal
        if self._allowed_surplus(chosen) <= 0:
            return self._planned(0, optimal, "not worth it")
        return self._planned(chosen, optimal, "optimal" if chosen == optimal else "limited")

    def surplus(self, rows: int) -> float:
        """v(m n) - c m n for n rows from each agent."""
        return self._value(rows) - self.cost * self.agents * rows

    def alpha(self, rows: int) -> float:
        """c m n^2 / (C v(m n)): makes n rows each agent's best choice; inf where they are worth nothing."""
        value = self._value(rows)
        return self.cost * self.agents * rows**2 / (self.spread * value) if value > 0 else inf

    @property
    def _fewest_rows(self) -> int:
        """Of each agent, so that the others have enough to compare with."""
        return -(-FEWEST_OTHER_ROWS // (self.agents - 1))

    def _planned(self, rows: int, optimal: int, status: Status) -> CollectionPlan:
        value = self._value(rows) if rows else 0.0
        alpha = self.alpha(rows) if rows else 0.0
        return CollectionPlan(
            self.agents,
            self.cost,
            self.spread,
            rows,
            optimal if self.surplus(optimal) > 0 else 0,
            value,
            alpha,
            status,
        )

    def _value(self, rows: int) -> float:
        value = float(self.value(float(self.agents * rows)))
        if not value <= LARGEST_AMOUNT or value < 0:
            raise InputError(
                f"value: got {value} for {self.agents * rows:,} rows, "
                f"expected a number from 0 to {LARGEST_AMOUNT} minor units"
            )
        return value

    def _allowed_surplus(self, rows: int) -> float:
        return self.surplus(rows) if self.alpha(rows) <= 1 else -inf

    def _best(self, objective: Callable[[int], float]) -> int:
        """The number of rows with the largest objective: on a grid, then on finer ones around its best."""
        candidates = self._grid()
        while True:
            best = int(np.argmax([objective(rows) for rows in candidates]))
            low, high = candidates[max(best - 1, 0)], candidates[min(best + 1, len(candidates) - 1)]
            step = max(1, (high - low) // AT_ONCE)
            finer = sorted({*range(low, high, step), high, candidates[best]})
            if len(finer) <= 3 and step == 1:
                return candidates[best]
            candidates = finer

    def _grid(self) -> list[int]:
        """Every number up to `DENSE`, then steps of one per cent."""
        last = max(self.most_rows / DENSE, 1.0)
        beyond = DENSE * RATIO ** np.arange(np.ceil(np.log(last) / np.log(RATIO)) + 1)
        everything = {*range(self._fewest_rows, DENSE), *beyond.astype(int).tolist(), self.most_rows}
        return sorted(rows for rows in everything if self._fewest_rows <= rows <= self.most_rows)
