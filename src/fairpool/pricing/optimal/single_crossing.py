"""The best curve where types are ordered: a dynamic program (Mussa, Rosen 1978; Maskin, Riley 1984, for finitely many
types).

Types have single crossing if, in some order, each gains at least as much from any further row as the one before it:
v_{i+1} - v_i never falls in n.  Then amounts rise with the type, a type envies only the next lower one, and with

    Q_i     sum of q_j over j >= i: buyers of type i or above
    h_i(n)  Q_i v_i(n) - Q_{i+1} v_{i+1}(n), what type i's amount adds to revenue, rents of higher types taken off

the best curve maximises sum over i of h_i(n_i) over n_1 <= n_2 <= .. <= n_m.  Cost O(m N), exact.
"""

from __future__ import annotations

import numpy as np

from fairpool.ground.arrays import Floats, Positions


def crossing_order(values: Floats) -> Positions | None:
    """An order of the types with single crossing, or None; values float64 (types, amounts), the first of 0 rows.

    If there is one, types are ordered by their value of the largest amount.  Cost O(types amounts).
    """
    order = np.argsort(values[:, -1], kind="stable")
    steps = np.diff(values, axis=1)[order]
    return order if (np.diff(steps, axis=0) >= 0).all() else None


def best_ordered_places(values: Floats, weights: Floats, order: Positions) -> Positions:
    """The place of each type's amount in a best curve.

    values: float64 (types, amounts), the first of 0 rows; weights: float64 (types,), not negative;
    order: as `crossing_order` found it.  Returns intp (types,).  Of equal maxima the largest amount is taken.
    """
    v, q = values[order], weights[order]
    Q = np.append(np.cumsum(q[::-1])[::-1], 0.0)
    above = np.vstack([v[1:], np.zeros(v.shape[1])])
    h = Q[:-1, None] * v - Q[1:, None] * above
    best, taken = np.zeros(v.shape[1]), []
    for i in range(len(v)):
        best, arrived = _largest_so_far(best + h[i])
        taken.append(arrived)
    places = np.empty(len(v), dtype=np.intp)
    place = v.shape[1] - 1
    for i in reversed(range(len(v))):
        place = taken[i][place]
        places[order[i]] = place
    return places


def _largest_so_far(sums: Floats) -> tuple[Floats, Positions]:
    """The running maximum, and where it was last reached."""
    best = np.maximum.accumulate(sums)
    return best, np.maximum.accumulate(np.where(sums == best, np.arange(len(sums)), 0))
