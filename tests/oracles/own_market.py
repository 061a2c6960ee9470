"""The market of a task per party, settled by the definitions, in fractions.

G_t      ``gains_by_task[t]``  {frozenset of names: score on V_t of the model trained on them}, t a party
g_i                            G_i({i})
S_i      ``selected[i]``       a coalition of largest G_i, with i in it or not
d_i, a_i                       G_i(S_i), d_i - g_i;  fee, payment, refund as in the common market
v_j(S)                         for j in S: G_j(S and S_j) - g_j where j is in S_j, else the same but at least 0;
                               its Shapley value, evened out among parties that task j cannot tell apart
psi                            the sum of these values over the tasks; normalised it is the share
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from oracles.common_market import Gains, Settlement, are_replicas, hand_out, positive_part_over_sum
from oracles.values import Coalition, Name, shapley

TaskGains = Mapping[Name, Gains]


@dataclass(frozen=True, slots=True)
class OwnSettlement:
    """The statement, and whose data each model was trained on."""

    statement: Settlement
    selected: dict[Name, Coalition]


def groups_of(parties: Sequence[Name], same: Callable[[Name, Name], bool]) -> list[list[Name]]:
    """The classes of an equivalence, in the order of the parties."""
    groups: list[list[Name]] = []
    for i in parties:
        home = next((group for group in groups if same(group[0], i)), None)
        groups.append([i]) if home is None else home.append(i)
    return groups


def are_symmetric(gains: Gains, i: Name, j: Name) -> bool:
    """G(S + i) = G(S + j) for every S without i and j."""
    return all(gains[S | {i}] == gains[S | {j}] for S in gains if i not in S and j not in S)


def selection(gains_by_task: TaskGains, parties: Sequence[Name], task: Name) -> Coalition:
    """A coalition of largest gain, by: fewest others (replicas count once), own rows rather than none, most valuable
    others (Shapley value in w(S) = G(S + task), replicas as one player), first in the order of the parties.

    All replicas of a chosen party are in it.
    """
    G, own = gains_by_task[task], frozenset({task})
    others = [j for j in parties if j != task]
    classes = groups_of(others, lambda i, j: are_replicas(G, i, j))
    firsts = [group[0] for group in classes]
    phi = shapley(firsts, lambda S: G[S | own] - G[own])

    def rank(S: Coalition) -> Any:
        used = [group for group in classes if S & {*group}]
        worth = sum((phi[group[0]] for group in used), Fraction(0))
        whole = (S & own).union(*used)
        return (-G[S], len(used), task not in S, -worth, sorted(parties.index(j) for j in whole), -len(S))

    return min((S for S in G if S), key=rank)


def task_values(
    gains_by_task: TaskGains, parties: Sequence[Name], task: Name, selected: Coalition
) -> dict[Name, Any]:
    """The Shapley value of v_task, evened out among parties that the task cannot tell apart."""
    G, own = gains_by_task[task], frozenset({task})

    def v(S: Coalition) -> Any:
        if task not in S or not S & selected:
            return Fraction(0)
        improvement = G[S & selected] - G[own]
        return improvement if task in selected else max(improvement, Fraction(0))

    psi = shapley(parties, v)
    others = [j for j in parties if j != task]
    for group in groups_of(others, lambda i, j: are_symmetric(G, i, j)):
        mean = sum(psi[j] for j in group) / Fraction(len(group))
        psi |= dict.fromkeys(group, mean)
    return psi


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

    values = [task_values(gains_by_task, parties, i, selected[i]) for i in parties]
    share = positive_part_over_sum({i: sum((each[i] for each in values), Fraction(0)) for i in parties})
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
    return OwnSettlement(statement, selected)


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
