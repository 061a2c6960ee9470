"""Shapley values of training rows for the K nearest neighbours of one task row, in closed form ([JDW19]).

[JDW19]  Jia, Dao, Wang, Hubis, Gurel, Li, Zhang, Spanos, Song: Efficient Task-Specific Data Valuation for
         Nearest Neighbor Algorithms.  PVLDB 12(11), 2019.

K          ``neighbours``
alpha_i    the i-th nearest training row, i = 1 .. n: the last axis of every array here
y_i        the label of alpha_i, y_t the label of the task row
s_i        the value of alpha_i

A set S of rows predicts from its min(K, |S|) nearest rows; a neighbour that is missing counts as zero:

    U(S) = (1/K) sum of 1[y_j = y_t]                  classification (its theorem 1)
    U(S) = - ( (1/K) sum of y_j  -  y_t )^2           regression

Both come as one recursion from the farthest row inwards, with a row n+1 of label zero added,

    s_i = s_{i+1} + (y_i - y_{i+1}) A_i,     s_{n+1} = 0,

so neighbours in the order with equal labels have values equal to the last bit.  With k_i = min(K, i) the
factor is A_i = k_i / (i K) for classification; for regression see `squared_error_values`.  The paper states
the end of the recursion for n >= K; the factor k_n / n makes it hold for every n.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from fairpool.ground.arrays import Bool, Booleans, Float, Floats


def right_label_values(right: Bool[Booleans, "batch rows"], neighbours: int) -> Float[Floats, "batch rows"]:
    """Values for the share of right labels among the K nearest: bool (b, n), nearest first -> float64 (b, n).

    s_i = s_{i+1} + (1[y_i = y_t] - 1[y_{i+1} = y_t]) / K * min(K, i) / i.  Sums to U(all); U(empty) = 0.
    Cost O(b n).
    """
    steps = right.astype(np.float64)
    steps[:, :-1] -= steps[:, 1:]
    steps *= _chances(right.shape[1], neighbours)[0] / neighbours
    return _inwards(steps)


def squared_error_values(
    labels: Float[Floats, "batch rows"], task_labels: Float[Floats, " batch"], neighbours: int
) -> Float[Floats, "batch rows"]:
    """Values for minus the squared error of the K-NN mean: float64 (b, n), nearest first, and (b,) -> (b, n).

    A set S of the other rows, drawn by letting each in with probability t and t uniform on [0, 1], holds B of
    the i - 1 rows nearer than alpha_i; B is uniform on 0 .. i-1.  Exchanging alpha_{i+1} for alpha_i matters
    only if B < K, and then changes U by -(y_i - y_{i+1})/K * ((y_i + y_{i+1})/K - 2 y_t + 2T/K), where T is
    the sum of the K - 1 nearest labels of S.  The mean of that is (y_i - y_{i+1}) A_i with

        A_i = -(1/K) [ (k_i/i) ((y_i + y_{i+1})/K - 2 y_t) + (2/K) E_i ]
        E_i = c_i sum_{l < i} y_l + sum_{m > i+1} c_{m-1} y_m          = E[T; B < K]
        c_i = k_i (k_i - 1) / (2 i (i - 1)),  c_1 = 0                  = Pr[alpha_l in S, B < K]

    Sums to U(all) - U(empty) with U(empty) = -y_t^2.  Cost O(b n).
    """
    K = neighbours
    among, both = _chances(labels.shape[1], K)
    farther_label = _moved_up(labels)
    nearer = np.cumsum(labels, axis=1) - labels
    T = both * nearer + _moved_up(_inwards(both * farther_label))
    pair = (labels + farther_label) / K - 2 * task_labels[:, None]
    return _inwards((labels - farther_label) * (among * pair + 2 / K * T) / -K)


@lru_cache(maxsize=4)
def _chances(rows: int, neighbours: int) -> tuple[Floats, Floats]:
    """k_i / i = Pr[B < K] and c_i = Pr[alpha_l in S, B < K], for i = 1 .. rows."""
    rank = np.arange(1.0, rows + 1)
    k = np.minimum(neighbours, rank)
    return k / rank, k * (k - 1) / (2 * rank * np.maximum(rank - 1, 1))


def _moved_up(lines: Floats) -> Floats:
    """Every entry replaced by the next one, the last by zero."""
    moved = np.zeros_like(lines)
    moved[:, :-1] = lines[:, 1:]
    return moved


def _inwards(steps: Floats) -> Floats:
    """Sum of each entry and all that follow it."""
    return np.cumsum(steps[:, ::-1], axis=1)[:, ::-1]
