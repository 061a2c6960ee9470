"""The bargaining programs as written down in the paper, handed to cvxpy and Clarabel.

Written from the definitions only, in the samples each agent collects; the one liberty is to count money in units of
the disagreement and samples of k in sigma / sqrt(min_i c_ik), for interior-point solvers measure accuracy absolutely.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np

with (
    warnings.catch_warnings()
):  # cvxpy looks for solvers that are not installed, and some of those warn on import
    warnings.simplefilter("ignore")
    import cvxpy as cp

ACCURACY = {"tol_gap_abs": 1e-11, "tol_gap_rel": 1e-11, "tol_feas": 1e-11}


@dataclass(frozen=True)
class Optimum:
    """The least social penalty, the largest sum of logarithms, gain or fraction; and the penalties there."""

    value: float
    penalties: np.ndarray


def disagreement(costs, sigma):
    """What an agent has alone; without that, what it has when only the cheapest agents collect."""
    d = []
    for i, own in enumerate(costs):
        if np.isfinite(own).all():
            d.append(sum(2 * sigma * np.sqrt(c) for c in own))
            continue
        d.append(0.0)
        for k, c in enumerate(own):
            collector = list(costs[:, k]).index(min(costs[:, k]))
            d[i] += sigma * np.sqrt(costs[collector, k])
            d[i] += sigma * np.sqrt(c) if collector == i else 0.0
    return np.array(d)


class Plan:
    """Unknown samples with the penalties they give, as cvxpy expressions."""

    def __init__(self, costs, sigma):
        self.unit = sum(sigma * np.sqrt(min(column)) for column in costs.T)
        amounts = sigma / np.sqrt(costs.min(axis=0))
        self.samples = cp.Variable(costs.shape, nonneg=True)
        totals = cp.sum(self.samples, axis=0)
        error = cp.sum(cp.multiply(sigma**2 / amounts / self.unit, cp.inv_pos(totals)))
        price = np.where(np.isfinite(costs), costs, 0.0) * amounts / self.unit
        self.penalties = error + cp.sum(cp.multiply(price, self.samples), axis=1)
        self.rules = [self.samples[np.isinf(costs)] == 0] if np.isinf(costs).any() else []


def _solved(plan, objective, rules):
    problem = cp.Problem(objective, plan.rules + rules)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Solution may be inaccurate")
        problem.solve(solver=cp.CLARABEL, **ACCURACY)
    return Optimum(float(problem.value), np.asarray(plan.penalties.value, dtype=float) * plan.unit)


def social(costs, sigma):
    """min sum p such that nobody who can work alone is worse off."""
    plan = Plan(costs, sigma)
    alone = np.flatnonzero(np.isfinite(costs).all(axis=1))
    bound = disagreement(costs, sigma)[alone] / plan.unit
    rules = [plan.penalties[alone] <= bound] if len(alone) else []
    found = _solved(plan, cp.Minimize(cp.sum(plan.penalties)), rules)
    return Optimum(found.value * plan.unit, found.penalties)


def nash(costs, sigma):
    """max sum log(D - p)."""
    plan = Plan(costs, sigma)
    gains = disagreement(costs, sigma) / plan.unit - plan.penalties
    found = _solved(plan, cp.Maximize(cp.sum(cp.log(gains))), [])
    return Optimum(found.value + len(costs) * np.log(plan.unit), found.penalties)


def egalitarian(costs, sigma):
    """max min (D - p)."""
    plan = Plan(costs, sigma)
    found = _solved(plan, cp.Maximize(cp.min(disagreement(costs, sigma) / plan.unit - plan.penalties)), [])
    return Optimum(found.value * plan.unit, found.penalties)


def ideal(costs, sigma):
    """min p_i such that nobody is worse off than D, for every agent i."""
    bound, best = disagreement(costs, sigma), []
    for i in range(len(costs)):
        plan = Plan(costs, sigma)
        found = _solved(plan, cp.Minimize(plan.penalties[i]), [plan.penalties <= bound / plan.unit])
        best.append(found.value * plan.unit)
    return np.array(best)


def kalai_smorodinsky(costs, sigma):
    """max min (D - p) / (D - p^best)."""
    plan = Plan(costs, sigma)
    bound = disagreement(costs, sigma)
    hopes = (bound - ideal(costs, sigma)) / plan.unit
    gains = bound / plan.unit - plan.penalties
    return _solved(plan, cp.Maximize(cp.min(cp.multiply(1 / hopes, gains))), [])
