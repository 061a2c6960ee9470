"""Where the numbers of a column lie and how far they spread: in any unit, and whatever a few rows hold.

    m         the median
    R         the median distance from m of the values that are not m
    fences    m - `REACH` R and m + `REACH` R; a value beyond counts as if it stood there
    centre    mean of the values so held back (winsorised)
    spread    their standard deviation; 1 where all values are equal

For columns without far outliers these are the plain mean and standard deviation: of normal values the fences stand 5.4
standard deviations out.  R is taken over the values that differ from m, so columns of 0 and 1 and columns that are
mostly one value have a spread like any other.

What foreign rows can do, with h honest values that are not m, W their range and m's together, and b < h foreign values
of any size: m lies among the honest values, R <= W, and so spread <= W sqrt(1 + REACH^2 b / (h + b)), however large the
foreign values are (docs/decisions/0004-one-treatment-for-a-round.md has the proof, and what h foreign values can do).

Nothing is squared before it is divided by the largest distance: numbers of 1e-300 and of 1e300 have a spread, too.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fairpool.ground.arrays import Float, Floats

REACH = 8.0


@dataclass(frozen=True, slots=True)
class Standardisation:
    """Numbers as distances from ``centre`` in units of ``spread``, and back.

    The centre is ``origin`` + ``offset``, and they are taken off one after the other: numbers far from 0 beside their
    spread have exact distances from an origin among them, which their mean, rounded as they are, would not leave.

    Examples
    --------
    >>> import numpy as np
    >>> hours = Standardisation.of(np.array([1.0, 2.0, 3.0]))
    >>> hours.centre, round(hours.spread, 3)
    (2.0, 0.816)
    >>> round(Standardisation.of(np.array([*range(100), 1e9])).spread)
    35
    """

    origin: float = 0.0
    spread: float = 1.0
    offset: float = 0.0

    @classmethod
    def of(cls, values: Float[Floats, " rows"]) -> Standardisation:
        """Learn it from finite numbers (rows,), at least one.  Cost: two medians."""
        middle = float(np.median(values))
        apart = values - middle
        away = np.abs(apart)
        if not away.any():
            return cls(middle, 1.0)
        fence = REACH * float(np.median(away[away > 0]))
        held = np.clip(apart, -fence, fence)
        unit = float(np.abs(held).max())
        held = np.sort(held) / unit
        return cls(middle, unit * float(held.std()), unit * float(held.mean()))

    @property
    def centre(self) -> float:
        return self.origin + self.offset

    def taken(self, values: Float[Floats, " rows"]) -> Float[Floats, " rows"]:
        """(values - centre) / spread"""
        return (values - self.origin - self.offset) / self.spread

    def restored(self, values: Float[Floats, " rows"]) -> Float[Floats, " rows"]:
        """centre + spread * values"""
        return self.origin + (self.offset + self.spread * values)


UNSCALED = Standardisation()
