"""One Newton step of the equations in ``interior_point``, for a batch of plans at once.

With (x, t) the plan and the level, lambda the multipliers, D = x / z, E'' = 2 e / X^3, eps = e / X^2 (what one
more unit of samples of k saves everybody) and c_ik = e_k r_ik, the step (dx, dt, dlambda) solves

    dx_ik / D_ik + M E''_k dX_k + c_ik dlambda_i - eps_k sum_j dlambda_j = R_ik
    sum_k c_ik dx_ik - sum_k eps_k dX_k + w_i dt - (s_i / lambda_i) dlambda_i = -h_i
    sum_i w_i dlambda_i = 1 - sum_i w_i lambda_i                                          (a LEVEL only)

D is diagonal and everything else touches x only through the d totals X_k and the m costs of the agents, so
dx, then dlambda (diagonal), are eliminated by hand, and a system in d + 1 unknowns is left (d + 2 for
a LEVEL): what a unit of each distribution is worth, and the common change of the error.  It is symmetric
quasi-definite, scaled to a unit diagonal and solved by LU.  The diagonal of the eliminated block is summed from
positive terms, never as a difference: near the optimum D ranges over twenty orders of magnitude.

Cost of a step, per plan: 4 m d^2 operations for the matrix and, for each of predictor and corrector with two
refinements, 3 times 2/3 (d + 2)^3 + O(m d).
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from fairpool.ground.arrays import Floats
from fairpool.sharing.bargaining.scaling import ScaledProgram

REFINEMENTS = 2  # of each solution of the linear equations


class Aim(Enum):
    """What a program makes small or large; see ``interior_point``."""

    PENALTY = "penalty"
    LEVEL = "level"
    PRODUCT = "product"


@dataclass(frozen=True, slots=True, eq=False)
class Programs:
    """b programs about the same agents.

    headroom: float64 (m,), see ``ScaledProgram.headroom``
    weights: float64 (b, m), u of a PENALTY (>= 0), w of a LEVEL (> 0), zeros for a PRODUCT
    """

    scaled: ScaledProgram
    headroom: Floats
    aim: Aim
    weights: Floats

    @property
    def costs_of_penalty(self) -> Floats:
        """u: float64 (b, m)."""
        return self.weights if self.aim is Aim.PENALTY else np.zeros_like(self.weights)

    @property
    def stakes(self) -> Floats:
        """w: float64 (b, m)."""
        return self.weights if self.aim is Aim.LEVEL else np.zeros_like(self.weights)

    def only(self, chosen: NDArray[np.bool_]) -> Programs:
        """The programs where ``chosen`` (b,) is True."""
        return Programs(self.scaled, self.headroom, self.aim, self.weights[chosen])


@dataclass(frozen=True, slots=True, eq=False)
class Point:
    """Where b searches are, or a step of theirs.

    samples, reduced: float64 (b, m, d), x and z (x = 0 and z > 0 where not allowed)
    level: float64 (b,), t
    slack, multipliers: float64 (b, m), s and lambda
    """

    samples: Floats
    level: Floats
    slack: Floats
    multipliers: Floats
    reduced: Floats

    def only(self, chosen: NDArray[np.bool_]) -> Point:
        """The searches where ``chosen`` (b,) is True."""
        return Point(*(getattr(self, field.name)[chosen] for field in fields(self)))

    def moved(self, step: Point, length: Floats) -> Point:
        """This point after ``length`` (b,) times ``step``."""
        return Point(
            self.samples + length[:, None, None] * step.samples,
            self.level + length * step.level,
            self.slack + length[:, None] * step.slack,
            self.multipliers + length[:, None] * step.multipliers,
            self.reduced + length[:, None, None] * step.reduced,
        )


@dataclass(frozen=True, slots=True, eq=False)
class Products:
    """What x z (b, m, d) and lambda s (b, m) should be after the step."""

    entries: Floats
    rows: Floats


@dataclass(frozen=True, slots=True, eq=False)
class NewtonSystem:
    """The linear equations at ``point``; ``missed`` (b, m) is s - (g - w t).

    inverse: float64 (b, m, d), D; ``priced`` D c
    saving: float64 (b, d), eps
    flat: float64 (b, d), 1 / (M E'')
    pivots: float64 (b, m), sum_k D c^2 + s / lambda, by which dlambda is eliminated
    matrix: float64 (b, d + 1, d + 1), or d + 2 for a LEVEL; see ``_eliminated``
    """

    programs: Programs
    point: Point
    missed: Floats
    inverse: Floats
    priced: Floats
    saving: Floats
    flat: Floats
    pivots: Floats
    matrix: Floats

    def step(self, products: Products) -> Point:
        """The step towards ``products``."""
        point, allowed = self.point, self.programs.scaled.allowed
        wanted = _over(products.entries, point.samples, allowed)
        pull = np.where(allowed, wanted - self._slope(), 0.0)
        short = self.missed + products.rows / point.multipliers - point.slack
        lacking = 1.0 - (self.programs.stakes * point.multipliers).sum(axis=1)
        samples, level, multipliers = self._refined(pull, short, lacking)
        slack = -self._rows(samples, level) - self.missed
        back = _over(point.reduced * samples, point.samples, allowed)
        reduced = wanted - np.where(allowed, point.reduced, 0.0) - back
        return Point(samples, level, slack, multipliers, reduced)

    def _slope(self) -> Floats:
        """mu_i e_k r_ik - M eps_k."""
        mu = self.programs.costs_of_penalty + self.point.multipliers
        return mu[:, :, None] * self.programs.scaled.prices - (mu.sum(axis=1)[:, None] * self.saving)[:, None]

    def _rows(self, samples: Floats, level: Floats) -> Floats:
        """By how much dx and dt lower the linearised slacks: float64 (b, m)."""
        saved = (self.saving * samples.sum(axis=1)).sum(axis=1)[:, None]
        return (
            (self.programs.scaled.prices * samples).sum(axis=2)
            - saved
            + self.programs.stakes * level[:, None]
        )

    def _refined(self, pull: Floats, short: Floats, lacking: Floats) -> tuple[Floats, Floats, Floats]:
        """dx, dt, dlambda of the equations above for R, h and the last right-hand side, with iterative refinement.

        What is left of the agents' rows counts: slacks may be a millionth of the terms they are the difference of.
        """
        samples, level, multipliers = self._eliminated(pull, short, lacking)
        prices, allowed = self.programs.scaled.prices, self.programs.scaled.allowed
        loose = self.point.slack / self.point.multipliers
        for _ in range(REFINEMENTS):
            curved = samples.sum(axis=1) / self.flat - self.saving * multipliers.sum(axis=1)[:, None]
            along = _over(samples * self.point.reduced, self.point.samples, allowed)
            lifted = along + prices * multipliers[:, :, None] + curved[:, None, :]
            more = self._eliminated(
                np.where(allowed, pull - lifted, 0.0),
                short + self._rows(samples, level) - loose * multipliers,
                lacking - (self.programs.stakes * multipliers).sum(axis=1),
            )
            samples, level, multipliers = samples + more[0], level + more[1], multipliers + more[2]
        return samples, level, multipliers

    def _eliminated(self, pull: Floats, short: Floats, lacking: Floats) -> tuple[Floats, Floats, Floats]:
        """The same without refinement.

        Unknowns: v_k = M E''_k dX_k - eps_k S with S = sum_j dlambda_j, then tau = sum_k eps_k dX_k, then dt.
        """
        d, stakes = len(self.programs.scaled.error), self.programs.stakes
        held = (self.priced * pull).sum(axis=2) + short
        share = held / self.pivots
        parts = [(self.inverse * pull).sum(axis=1) - (share[:, None, :] @ self.priced)[:, 0]]
        parts.append(-share.sum(axis=1)[:, None])
        if self.programs.aim is Aim.LEVEL:
            parts.append((lacking - (stakes * share).sum(axis=1))[:, None])
        unknowns = self._solved(np.concatenate(parts, axis=1))
        worth, saved = unknowns[:, :d], unknowns[:, d]
        level = unknowns[:, d + 1] if self.programs.aim is Aim.LEVEL else np.zeros(len(saved))
        known = held + stakes * level[:, None] - saved[:, None]
        multipliers = (known - (self.priced @ worth[:, :, None])[:, :, 0]) / self.pivots
        prices = self.programs.scaled.prices
        samples = self.inverse * (pull - worth[:, None, :] - prices * multipliers[:, :, None])
        return samples, level, multipliers

    def _solved(self, right_hand_side: Floats) -> Floats:
        """By LU after scaling to a unit diagonal; not-a-numbers if the matrix is singular to the last bit."""
        scale = 1.0 / np.sqrt(np.abs(np.diagonal(self.matrix, axis1=1, axis2=2)))
        even = self.matrix * scale[:, :, None] * scale[:, None, :]
        try:
            return np.linalg.solve(even, (right_hand_side * scale)[:, :, None])[:, :, 0] * scale
        except np.linalg.LinAlgError:
            return np.full_like(right_hand_side, np.nan)


def _over(numerator: Floats, samples: Floats, allowed: NDArray[np.bool_]) -> Floats:
    return np.where(allowed, numerator / np.where(allowed, samples, 1.0), 0.0)


def linearise(programs: Programs, point: Point, missed: Floats) -> NewtonSystem:
    """The equations at ``point``, with all that predictor and corrector share: 4 m d^2 operations a plan."""
    scaled = programs.scaled
    mu = programs.costs_of_penalty + point.multipliers
    totals = point.samples.sum(axis=1)
    inverse = np.where(scaled.allowed, point.samples / point.reduced, 0.0)
    priced = inverse * scaled.prices
    loose = point.slack / point.multipliers
    saving = scaled.error / totals**2
    flat = totals**3 / (2.0 * mu.sum(axis=1)[:, None] * scaled.error)
    pivots = (priced * scaled.prices).sum(axis=2) + loose
    matrix = _matrix(programs, inverse, priced, loose, pivots, saving, flat)
    return NewtonSystem(programs, point, missed, inverse, priced, saving, flat, pivots, matrix)


def _matrix(
    programs: Programs,
    inverse: Floats,
    priced: Floats,
    loose: Floats,
    pivots: Floats,
    saving: Floats,
    flat: Floats,
) -> Floats:
    b, d = flat.shape
    size = d + 1 + (programs.aim is Aim.LEVEL)
    matrix = np.zeros((b, size, size))
    shared = priced / pivots[:, :, None]
    strength = (saving**2 * flat).sum(axis=1)
    direction = saving * flat
    block = _block(programs.scaled, inverse, priced, loose, pivots)
    block[:, np.arange(d), np.arange(d)] += flat
    matrix[:, :d, :d] = block - direction[:, :, None] * (direction / strength[:, None])[:, None, :]
    matrix[:, :d, d] = matrix[:, d, :d] = direction / strength[:, None] - shared.sum(axis=1)
    matrix[:, d, d] = -1.0 / strength - (1.0 / pivots).sum(axis=1)
    if programs.aim is Aim.LEVEL:
        staked = programs.weights / pivots
        matrix[:, :d, d + 1] = (staked[:, None, :] @ priced)[:, 0]
        matrix[:, d, d + 1] = staked.sum(axis=1)
        matrix[:, d + 1, : d + 1] = -matrix[:, : d + 1, d + 1]
        matrix[:, d + 1, d + 1] = (staked * programs.weights).sum(axis=1)
    return matrix


def _block(scaled: ScaledProgram, inverse: Floats, priced: Floats, loose: Floats, pivots: Floats) -> Floats:
    """sum_i (diag(D_i) - (D c)_i (D c)_i^T / pivot_i): its diagonal as a sum of positive terms."""
    d = len(scaled.error)
    block = -np.swapaxes(priced / pivots[:, :, None], 1, 2) @ priced
    elsewhere = (priced * scaled.prices) @ (1.0 - np.eye(d)) + loose[:, :, None]
    block[:, np.arange(d), np.arange(d)] = (inverse * elsewhere / pivots[:, :, None]).sum(axis=1)
    return block
