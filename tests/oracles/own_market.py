"""The market of a task per party, settled by the definitions, in fractions.

G_t      ``gains_by_task[t]``  {frozenset of names: score on V_t of the model trained on them}, t a party
g_i                            G_i({i})
w_i(S)                         G_i(S + i) - g_i on the others; phi_ij = Shapley value of j in w_i
S_i      ``selected[i]``       i and the best prefix of the others sorted by phi_ij
d_i, a_i                       G_i(S_i), d_i - g_i;  fee, payment, refund as in the common market
v(S)                           sum_{j in S} [ G_j((S and S_j) + j) - g_j ], whose Shapley value,
                               normalised, is the share
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from oracles.common_market import Gains, Settlement, hand_out, positive_part_over_sum
from oracles.values import Coalition, Name, shapley

TaskGains = Mapping[Name, Gains]


@dataclass(frozen=True, slots=True)
class OwnSettlement:
    """The statement, the worth of every data set for every task, and whose data each model was trained on."""

    statement: Settlement
    phi: dict[Name, dict[Name, Any]]
    selected: dict[Name, Coalition]


def task_values(gains_by_task: TaskGains, parties: Sequence[Name], task: Name) -> dict[Name, Any]:
    """phi_ij: Shapley value of w_i(S) = G_i(S + i) - g_i among the parties other than i."""
    G = gains_by_task[task]
    own = frozenset({task})
    others = [j for j in parties if j != task]
    return shapley(others, lambda S: G[S | own] - G[own])


def selection(gains_by_task: TaskGains, parties: Sequence[Name], task: Name) -> Coalition:
    """i and the best prefix (largest G_i; shortest among equals; the empty one counts) of the sorted others.

    Sorted by phi_ij descending, only those with phi_ij > 0.  Parties of equal worth enter together or not at
    all: so the order in which parties came plays no part, and a copy never stands before its original.
    """
    G = gains_by_task[task]
    phi = task_values(gains_by_task, parties, task)
    steps = sorted({value for value in phi.values() if value > 0}, reverse=True)
    prefixes = [frozenset({task})]
    prefixes += [frozenset({task, *(j for j in phi if phi[j] >= least)}) for least in steps]
    return max(prefixes, key=lambda S: (G[S], -len(S)))


def settle_own(
    gains_by_task: TaskGains,
    parties: Sequence[Name],
    unit_price: Any = 1,
    floor_in_pot: Any = 0,
    *,
    minimum_fee: Any = 0,
) -> OwnSettlement:
    """Settle one round of own tasks; ``parties`` in the order in which they entered."""
    c, h, f = Fraction(unit_price), Fraction(floor_in_pot), Fraction(minimum_fee)
    selected = {i: selection(gains_by_task, parties, i) for i in parties}
    alone = {i: gains_by_task[i][frozenset({i})] for i in parties}
    delivered = {i: gains_by_task[i][selected[i]] for i in parties}

    def v(S: Coalition) -> Any:
        return sum((gains_by_task[j][(S & selected[j]) | {j}] - alone[j] for j in S), Fraction(0))

    share = positive_part_over_sum(shapley(parties, v))
    fee = {i: max(c * (1 - alone[i]), f, h) for i in parties}
    payment = {i: max(c * (delivered[i] - alone[i]), h) for i in parties}
    retained = {i: max(f - payment[i], 0) for i in parties}
    reward, returned = hand_out(payment, share)
    statement = Settlement(
        fee=fee,
        payment=payment,
        retained=retained,
        refund={i: fee[i] - payment[i] - retained[i] for i in parties},
        share=share,
        reward=reward,
        returned=returned,
        net={i: reward[i] + returned[i] - payment[i] for i in parties},
    )
    phi = {i: task_values(gains_by_task, parties, i) for i in parties}
    return OwnSettlement(statement, phi, selected)


def with_identity(
    gains_by_task: TaskGains, party: Name, extra: Name, task: Gains
) -> dict[Name, dict[Coalition, Any]]:
    """The market in which ``party`` enters once more, as ``extra``, with the same data.

    task: gains of the task that the extra identity declares, as {coalition of the honest parties: gain};
    its own task again (``gains_by_task[party]``), or a lie.  Copied data changes no model.
    """
    declared = dict(gains_by_task) | {extra: task}
    honest = list(max(task, key=len))
    table = {}
    for name, gains in declared.items():
        table[name] = {
            S | more: gains[S | ({party} if more else frozenset())]
            for S in gains
            for more in (frozenset(), frozenset({extra}))
        }
    assert all(len(gains) == 2 ** (len(honest) + 1) for gains in table.values())
    return table
