"""Payments out of a fixed budget for submissions that pass the Cramér-von Mises check: Algorithm 4 of [CCZ25].

    B, m  ``budget`` and the number of agents
    L_i   ``CramerVonMisesCheck.loss``
    pi_i  payment of agent i: (B/m) (1 - L_i)

Payments are linear in the loss, so they are as truthful as the check.  They are never negative (0 <= L_i <= 1), and
together never more than B: what the losses take off, (B/m) (L_1 + .. + L_m), stays with the payer.  Whole minor units
by largest remainder, the payer's part being one of the parts: each is within one unit of its formula, and payments and
what is unspent add up to B exactly.

Rewards for collecting data at a cost are in `CollectionCost`, rewards in data in `DataReward`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fairpool.comparing.cramer_von_mises import CramerVonMisesCheck
from fairpool.ground.errors import InputError
from fairpool.ground.money import LARGEST_AMOUNT, whole


@dataclass(frozen=True, slots=True)
class Payout:
    """Whole minor units: a payment per agent, and what stays with the payer."""

    payments: tuple[int, ...]
    unspent: int

    @property
    def total(self) -> int:
        """What the payer set aside: payments and ``unspent`` together."""
        return sum(self.payments) + self.unspent


@dataclass(frozen=True, slots=True)
class Budget:
    """Pay agents for data they have already.

    Parameters
    ----------
    budget : int
        B in whole minor units (cents), not negative.

    Raises
    ------
    InputError
        For a budget that is negative or larger than can be counted.

    Notes
    -----
    `pay` divides by largest remainder: O(m log m).

    References
    ----------
    [CCZ25], algorithm 4.

    Examples
    --------
    >>> from fairpool.comparing.cramer_von_mises import cramer_von_mises_check
    >>> from fairpool.sharing import Budget
    >>> rows = [[[1.0], [2.0], [3.0]], [[1.5], [2.5], [3.5]], [[7.0], [8.0], [9.0]]]
    >>> payout = Budget(90_000).pay(cramer_von_mises_check(rows))
    >>> payout.payments[2] == min(payout.payments), payout.total
    (True, 90000)
    """

    budget: int

    def __post_init__(self) -> None:
        if not 0 <= self.budget <= LARGEST_AMOUNT:
            raise InputError(f"budget: got {self.budget}, expected 0 to {LARGEST_AMOUNT} minor units")

    def pay(self, checks: Sequence[CramerVonMisesCheck]) -> Payout:
        """pi_i = (B/m) (1 - L_i) for the checks of all m agents."""
        return pay_out(self.budget, [check.loss for check in checks])


def pay_out(amount: int, losses: Sequence[float]) -> Payout:
    """(amount/m) (1 - loss) to each of m agents in whole units, the rest unspent; losses between 0 and 1."""
    if not losses:
        raise InputError("checks: got none, expected one for each agent")
    *payments, unspent = whole(amount, [*(1 - loss for loss in losses), sum(losses)]).tolist()
    return Payout(tuple(payments), unspent)
