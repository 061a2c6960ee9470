"""Learning curves: how the score of a model grows with the rows it is trained on.

    n     ``amounts``   rows
    s(n)  ``at(n)``     score = a - b exp(-c g(n))
    a     ``asymptote`` the score of endless rows
    b     ``b``         see below
    c     ``rate``

    power law     g(n) = ln n    s(n) = a - b n^-c
    exponential   g(n) = n       s(n) = a - b exp(-c n)

Both rise and stay below a for b, c > 0.  A power law is what most learners show (Viering and Loog, "The shape of
learning curves: a review", IEEE TPAMI 2023); an exponential levels off sooner and is the other extreme.

b is the gap to a where g is 0, at one row or none, far below what anybody measures, and moves wildly with c.  So a
curve is kept by its ``gap`` r = a - s(n_1) at the smallest measured amount n_1 (``first``):

    s(n) = a - r exp(-c (g(n) - g(n_1)))
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike

from fairpool.ground.arrays import Floats, Integers
from fairpool.ground.errors import InputError

FEWEST_AMOUNTS = 4  # three parameters, and one amount to contradict them
_ROUNDING = 1e-12
_STEEPEST = 100.0  # e^100 below the asymptote is as bad as minus infinity, and can be squared


class CurveFamily(StrEnum):
    """The shapes a learning curve may have."""

    POWER_LAW = "power-law"
    EXPONENTIAL = "exponential"

    def progress(self, amounts: ArrayLike) -> Floats:
        """g(n); minus infinity for the power law of no rows."""
        n = np.asarray(amounts, dtype=np.float64)
        if self is CurveFamily.EXPONENTIAL:
            return n
        with np.errstate(divide="ignore"):
            return np.log(n)


@dataclass(frozen=True, slots=True)
class LearningCurve:
    """s(n) = a - r exp(-c (g(n) - g(n_1))): never falling, at most a."""

    family: CurveFamily
    asymptote: float
    gap: float
    rate: float
    first: float

    @property
    def b(self) -> float:
        """The b of a - b n^-c or a - b exp(-c n)."""
        return self.gap * float(np.exp(self.rate * self.family.progress(self.first)))

    def at(self, amounts: ArrayLike) -> Floats:
        """s(n); far below n_1, where a power law falls without end, it is cut off at a - r exp(100)."""
        return self.asymptote - self._left(self._beyond_first(amounts))

    def gradient(self, amounts: ArrayLike) -> Floats:
        """float64 (*shape of amounts, 3): derivatives of s(n) by a, ln r and ln c.  Amounts above 0."""
        beyond = self._beyond_first(amounts)
        left = self._left(beyond)
        return np.stack([np.ones_like(left), -left, left * self.rate * beyond], axis=-1)

    def _left(self, beyond: Floats) -> Floats:
        """What is left to the asymptote."""
        return self.gap * np.exp(np.minimum(-self.rate * beyond, _STEEPEST))

    def _beyond_first(self, amounts: ArrayLike) -> Floats:
        return self.family.progress(amounts) - self.family.progress(self.first)


@dataclass(frozen=True, slots=True, eq=False)
class MeasuredCurve:
    """Scores measured at some amounts.

    amounts: int64 (points,), at least 1, ascending, repeats allowed; scores: float64 (points,);
    errors: standard errors of the scores, above 0, or None where they are not known;
    alone: the score without any row, None where it is not known.
    Raises InputError for fewer than four distinct amounts and for scores that do not rise.
    """

    name: str
    amounts: Integers
    scores: Floats
    errors: Floats | None = None
    alone: float | None = None

    def __post_init__(self) -> None:
        arrays = [self.amounts, self.scores] + ([] if self.errors is None else [self.errors])
        if self.amounts.ndim != 1 or len({array.shape for array in arrays}) > 1:
            shapes = ", ".join(str(array.shape) for array in arrays)
            raise InputError(
                f"{self._called}: got arrays of shapes {shapes}, expected one score for each amount"
            )
        self._refuse_amounts()
        self._refuse_scores()
        if self.weighted_slope <= _ROUNDING * np.abs(self.scores).max():
            raise InputError(
                f"{self._called}: the scores do not rise with the amount, expected a model that learns from more rows"
            )

    @property
    def _called(self) -> str:
        return f"learning curve of {self.name!r}"

    @property
    def weights(self) -> Floats:
        """float64 (points,): 1 / errors squared, or all 1."""
        return np.ones(len(self.scores)) if self.errors is None else 1 / self.errors**2

    @property
    def weighted_slope(self) -> float:
        """Of the least-squares line of the scores over ln n."""
        progress, w = np.log(self.amounts), self.weights
        apart = progress - np.average(progress, weights=w)
        return float((w * apart) @ self.scores / ((w * apart) @ apart))

    def between(self, least: int, most: int) -> MeasuredCurve:
        """The points of ``least`` to ``most`` rows.

        Curves of a few rows often bend otherwise than later ones; what is for sale is more than a few.
        """
        kept = (self.amounts >= least) & (self.amounts <= most)
        errors = None if self.errors is None else self.errors[kept]
        return MeasuredCurve(self.name, self.amounts[kept], self.scores[kept], errors, self.alone)

    def _refuse_amounts(self) -> None:
        if (self.amounts < 1).any() or (np.diff(self.amounts) < 0).any():
            raise InputError(f"{self._called}: expected amounts that ascend from 1 row or more")
        distinct = len(np.unique(self.amounts))
        if distinct < FEWEST_AMOUNTS:
            raise InputError(
                f"{self._called}: got scores at {distinct} amounts, expected at least {FEWEST_AMOUNTS}: "
                "a curve of three parameters goes through any three"
            )

    def _refuse_scores(self) -> None:
        for n, score in zip(self.amounts, self.scores, strict=True):
            if not np.isfinite(score):
                raise InputError(f"{self._called}: got the score {score} at {n:,} rows, expected a number")
        if self.alone is not None and not np.isfinite(self.alone):
            raise InputError(f"{self._called}: got the score {self.alone} without rows, expected a number")
        if self.errors is not None and not ((self.errors > 0) & np.isfinite(self.errors)).all():
            place = int(np.argmin((self.errors > 0) & np.isfinite(self.errors)))
            raise InputError(
                f"{self._called}: got the standard error {self.errors[place]:g} at {self.amounts[place]:,} rows, "
                "expected a number above 0; leave the errors out where they are not known"
            )


def measured_curve(
    amounts: ArrayLike,
    scores: ArrayLike,
    *,
    name: str,
    errors: ArrayLike | None = None,
    alone: float | None = None,
) -> MeasuredCurve:
    """A curve from its points in any order; InputError as for `MeasuredCurve`, and for amounts that are not whole."""
    n, s = np.atleast_1d(np.asarray(amounts, float)), np.atleast_1d(np.asarray(scores, float))
    if not (np.isfinite(n) & (n == np.floor(n))).all():
        raise InputError(f"learning curve of {name!r}: expected amounts that are whole numbers of rows")
    if n.shape != s.shape or (errors is not None and n.shape != np.shape(errors)):
        raise InputError(
            f"learning curve of {name!r}: got {n.size} amounts and {s.size} scores, "
            "expected one score, and one error if any, for each amount"
        )
    order = np.argsort(n, kind="stable")
    se = None if errors is None else np.asarray(errors, float)[order]
    return MeasuredCurve(name, n[order].astype(np.int64), s[order], se, alone)
