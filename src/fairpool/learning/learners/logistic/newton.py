"""Newton's method for a batch of penalised softmax regressions (`fairpool.learning.learners.logistic.softmax`).

The merit of a step is the norm of the gradient, each entry as a share of 1 + the sum of |x| over the coalition's rows.
Along a Newton step it falls at a known rate, so no loss is ever evaluated; a step under which it does not fall is
halved.  Close to the solution the Hessian of the step before is kept (the chord method): that slows the last steps
down a little, but a gradient costs a tenth of a Hessian.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fairpool.ground.arrays import Booleans, Floats, Positions
from fairpool.learning.learners.logistic.softmax import Derivatives, Softmax

TOLERANCE = 1e-10  # the norm at which a solution is one
_CLOSE = 1e-3  # below this norm the Hessian is kept
_SLOW = 0.1  # a step that leaves more than this share of the norm asks for a new Hessian
_STEPS = 200
_LEAST_SHARE = 1e-9  # of a step; where not even this makes the norm fall, rounding has been reached
_JITTER = 1e-10  # keeps a Hessian regular where classes are separated or numbers are huge; moves steps, not solutions


def solutions(problem: Softmax, counts: Floats, start: Floats, at_start: Derivatives | None = None) -> Floats:
    """theta of every coalition: counts (b, blocks), start (F, d) -> (b, F, d).

    at_start: derivatives at ``start`` of each block alone, without penalty, (blocks, ...).  They add up, so the first
    step of every coalition that has rows of all classes costs one small matrix product.
    """
    search = _Search.at(start, problem, counts)
    everyone = np.arange(len(counts))
    whole = ~search.absent.any(axis=1) & (at_start is not None)
    if at_start is not None:
        search.stand(everyone[whole], at_start.summed(counts[whole]))
    search.stand(everyone[~whole])
    for _ in range(_STEPS):
        active = np.flatnonzero((search.norm > TOLERANCE) & (search.share > _LEAST_SHARE))
        if not len(active):
            break
        close = search.norm[active] < _CLOSE
        search.newton_step(active[~close])
        search.chord_step(active[close])
    return search.theta


@dataclass(frozen=True, slots=True, eq=False)
class _Search:
    """Where each of b searches stands, changed in place.

    theta, step  (b, F, d)       where it is, and the step to try next
    share        (b,)            how much of the step
    norm         (b,)            of the gradient at theta
    hessian      (b, F d, F d)   at theta, or at a place before
    """

    problem: Softmax
    counts: Floats
    absent: Booleans
    fixed: Booleans
    scale: Floats
    theta: Floats
    step: Floats
    share: NDArray[np.float64]
    norm: NDArray[np.float64]
    hessian: Floats

    @classmethod
    def at(cls, start: Floats, problem: Softmax, counts: Floats) -> _Search:
        b, (free, d) = len(counts), start.shape
        absent = problem.absent(counts)
        fixed = problem.fixed(absent)
        return cls(
            problem=problem,
            counts=counts,
            absent=absent,
            fixed=fixed,
            scale=1.0 + counts @ problem.reach,
            theta=np.where(fixed[:, :, None], 0.0, start),
            step=np.zeros((b, free, d)),
            share=np.ones(b),
            norm=np.zeros(b),
            hessian=np.empty((b, free * d, free * d)),
        )

    def newton_step(self, some: Positions) -> None:
        """Try the next step, and take it where the norm falls, with a new Hessian; else try half of it next."""
        if len(some):
            trial = self._trial(some)
            found = self._derivatives(some, trial)
            falls = self._falls(some, self._gradient(some, trial, found))
            self.share[some[~falls]] /= 2
            self.theta[some[falls]] = trial[falls]
            self.share[some[falls]] = 1.0
            self.stand(some[falls], found.take(falls))

    def chord_step(self, some: Positions) -> None:
        """Try the next step without a new Hessian; one that does not pay well is followed by a new one."""
        if len(some):
            trial = self._trial(some)
            gradient = self._gradient(some, trial, self._derivatives(some, trial, hessian=False))
            falls = self._falls(some, gradient)
            slow = ~falls | (self._norm(some, gradient) > np.maximum(_SLOW * self.norm[some], TOLERANCE))
            self.share[some[~falls]] /= 2
            self.theta[some[falls]] = trial[falls]
            self.stand(some[slow])
            self._aim(some[~slow], gradient[~slow])

    def stand(self, some: Positions, found: Derivatives | None = None) -> None:
        """Take the derivatives at theta, and aim a Newton step."""
        if len(some):
            found = found or self._derivatives(some, self.theta[some])
            self.hessian[some] = self._regular(some, found)
            self._aim(some, self._gradient(some, self.theta[some], found))

    def _aim(self, some: Positions, gradient: Floats) -> None:
        self.norm[some] = self._norm(some, gradient)
        flat = gradient.reshape(len(some), self.hessian.shape[1], 1)
        self.step[some] = -np.linalg.solve(self.hessian[some], flat).reshape(gradient.shape)

    def _trial(self, some: Positions) -> Floats:
        return self.theta[some] + self.share[some, None, None] * self.step[some]

    def _falls(self, some: Positions, gradient: Floats) -> Booleans:
        return self._norm(some, gradient) <= (1 - 1e-4 * self.share[some]) * self.norm[some]

    def _norm(self, some: Positions, gradient: Floats) -> NDArray[np.float64]:
        return np.asarray(
            np.sqrt(((gradient / self.scale[some, None]) ** 2).sum(axis=(1, 2))), dtype=np.float64
        )

    def _derivatives(self, some: Positions, theta: Floats, *, hessian: bool = True) -> Derivatives:
        return self.problem.unpenalised(theta, self.counts[some], self.absent[some], hessian=hessian)

    def _gradient(self, some: Positions, theta: Floats, found: Derivatives) -> Floats:
        gradient = found.gradient.copy()
        gradient[:, :, 1:] += self.problem.penalty * theta[:, :, 1:]
        gradient[self.fixed[some]] = 0.0
        return gradient

    def _regular(self, some: Positions, found: Derivatives) -> Floats:
        """The Hessian (b, F d, F d) with its penalty; parameters that are held stay where they are."""
        free, d = self.problem.shape
        full = found.full_hessian()
        diagonal = np.arange(free * d)
        full[:, diagonal, diagonal] *= 1 + _JITTER
        full[:, diagonal, diagonal] += np.tile(np.append(0.0, np.full(d - 1, self.problem.penalty)), free)
        shifting = (~self.fixed[some]).sum(axis=1) > 1  # all intercepts together: hold their mean where it is
        full[:, ::d, ::d] += np.where(shifting, 1.0, _JITTER * self.scale[some, 0])[:, None, None]
        fixed = np.repeat(self.fixed[some], d, axis=1)
        full[fixed[:, :, None] | fixed[:, None, :]] = 0.0
        full[:, diagonal, diagonal] += fixed
        return full
