"""The best an agent can do by strategies whose penalty has a closed form; normal data, the others follow the plan.

Amounts      any number of samples, submitted as they are; padded where a quota asks for more.  The penalty is convex in
             the amount, apart from the jump at a quota.
Perturbed    the mean moved by a constant, or by independent noise.
Made up      a submission that does not depend on the data (or scales them).  As the true mean goes to infinity its
             distance from the others' rows does, corrupted rows become worthless, and sigma^2/(t + z) + c t is left.
             For made-up constants that is the penalty, for other scales than 1 a lower bound.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import minimize_scalar

from fairpool.audits.sharing.release_law import law_of
from fairpool.audits.sharing.reports import AddNoise, Constant, Honest, PadKeepingMean, Report, Shift
from fairpool.audits.sharing.simulation import SharingMechanism
from fairpool.audits.sharing.strategies import Strategy, Weighing
from fairpool.audits.trial import Trial
from fairpool.ground.arrays import Floats
from fairpool.sharing.mechanisms.bounded_variance import BoundedVariance
from fairpool.sharing.mechanisms.c3d import C3D
from fairpool.sharing.mechanisms.estimate_only import EstimateOnly
from fairpool.sharing.mechanisms.pooling import Quota
from fairpool.sharing.terms import Plan

_AMOUNTS = 400
_SHIFTS = np.array([0.0, 0.001, 0.01, 0.05, 0.1, 0.2, 0.5, 1.0])  # of sigma
_NOISES = np.array([0.0, 0.001, 0.01, 0.1, 0.5, 1.0, 3.0])  # on every row, of sigma


class ClosedForm(SharingMechanism, Protocol):
    """A mechanism for equal agents whose penalties have a closed form."""

    def plan(self) -> Plan: ...

    def expected_penalty(self, samples: ArrayLike) -> Floats: ...


def exact_trials(mechanism: ClosedForm, honest_penalty: float) -> tuple[Trial[Strategy], ...]:
    """The best of each kind, against an honest agent's penalty."""
    found = [best_amount(mechanism), *_perturbed(mechanism), *_made_up(mechanism)]
    return tuple(
        Trial(
            deviation=kind,
            action=replace(strategy, weighing=Weighing.BEST),
            honest=honest_penalty,
            deviating=penalty,
            gain=honest_penalty - penalty,
        )
        for kind, strategy, penalty in found
    )


def best_amount(mechanism: ClosedForm) -> tuple[str, Strategy, float]:
    """A global search over t >= 0; over whole numbers where the plan's number is whole."""

    def penalty(t: ArrayLike) -> Floats:
        found = mechanism.expected_penalty(t)
        return np.where(np.isnan(found), np.inf, found)  # no samples, no estimate

    amounts = _amounts(mechanism)
    place = int(penalty(amounts).argmin())
    low, high = amounts[max(0, place - 1)], amounts[min(place + 1, len(amounts) - 1)]
    fine = minimize_scalar(
        lambda t: float(penalty(t)), bounds=(low, high), method="bounded", options={"xatol": 1e-9 * high}
    )
    candidates = np.array([amounts[place], fine.x])
    if _is_whole(mechanism):
        candidates = np.unique(np.concatenate((np.floor(candidates), np.ceil(candidates))))
    t = float(candidates[penalty(candidates).argmin()])
    return "amount", Strategy(t, _submitted(mechanism, t)), float(penalty(t))


def _amounts(mechanism: ClosedForm) -> Floats:
    """0, a logarithmic grid around the plan, the plan, and its neighbours."""
    n = mechanism.plan().samples
    top = 10 * max(n, mechanism.terms.samples_alone)
    near = n * np.array([1 - 1e-3, 1 - 1e-6, 1.0, 1 + 1e-6, 1 + 1e-3])
    grid = np.unique(np.concatenate(([0.0], near, np.geomspace(1e-6 * n, top, _AMOUNTS))))
    return np.unique(np.rint(grid)) if _is_whole(mechanism) else grid


def _is_whole(mechanism: ClosedForm) -> bool:
    return float(mechanism.plan().samples).is_integer()


def _submitted(mechanism: ClosedForm, t: float) -> Report:
    """A report that is good enough to be given everything; made up where nothing was collected."""
    asked = mechanism.samples if isinstance(mechanism, Quota) and mechanism.fabrication else 0
    if t == 0:
        return Constant(0.0, max(1, math.ceil(asked)))
    return PadKeepingMean(math.ceil(asked - t)) if t < asked else Honest()


def _perturbed(mechanism: ClosedForm) -> list[tuple[str, Strategy, float]]:
    if not isinstance(mechanism, C3D | BoundedVariance | EstimateOnly) or law_of(mechanism).clean == 0:
        return []
    sigma = mechanism.terms.sigma
    amounts = _amounts(mechanism)[1:, None]
    shifted = mechanism.expected_penalty(amounts, shift=_SHIFTS[1:] * sigma)
    noisy = mechanism.expected_penalty(amounts, jitter=(_NOISES[1:] * sigma) ** 2 / amounts)
    return [
        ("shift", *_least(shifted, amounts, lambda place: Shift(float(_SHIFTS[1 + place])))),
        ("noise", *_least(noisy, amounts, lambda place: AddNoise(float(_NOISES[1 + place])))),
    ]


def _least(penalties: Floats, amounts: Floats, report: Callable[[int], Report]) -> tuple[Strategy, float]:
    row, column = np.unravel_index(penalties.argmin(), penalties.shape)
    return Strategy(float(amounts[row, 0]), report(int(column))), float(penalties[row, column])


def _made_up(mechanism: ClosedForm) -> list[tuple[str, Strategy, float]]:
    """The least of sigma^2/(t + z) + c t over t >= 0, where a made-up submission is answered by corruption."""
    if not isinstance(mechanism, C3D | BoundedVariance) or mechanism.alpha is None:
        return []
    clean = law_of(mechanism).clean
    amount = max(0.0, mechanism.terms.samples_alone - clean)
    near = {math.floor(amount), math.ceil(amount)} if _is_whole(mechanism) else {amount}
    penalties = {t: mechanism.terms.penalty(mechanism.terms.sigma**2 / (t + clean), t) for t in near}
    t = min(penalties, key=penalties.__getitem__)
    return [("constant", Strategy(float(t), Constant(0.0)), penalties[t])]
