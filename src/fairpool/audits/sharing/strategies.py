"""What an agent may do: how much it collects, what it hands in, and how it weighs what it is given.

s_i = (n_i, f_i, h_i) of [CZK23]: ``samples``, ``report`` and ``weighing``.  Whatever was handed in, the estimate is
made from the rows that were really collected (X_i) and from the release.  For normal data no estimate is better than
`Weighing.BEST`: given X_i and Z_i the agent knows the variance of every row, and the best weights are one over it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from enum import Enum

from fairpool.audits.sharing.reports import Honest, Report
from fairpool.ground.errors import InputError


class Weighing(Enum):
    """How corrupted rows weigh beside own and clean ones: as the mechanism recommends, or 1/(1 + eta^2/sigma^2)."""

    RECOMMENDED = "recommended"
    BEST = "best"


@dataclass(frozen=True, slots=True)
class Strategy:
    """What an agent does, s_i.

    Parameters
    ----------
    samples : float
        How many it collects; a fraction, where a plan is one, for what is worked out from means and sizes only.
    report : Report
        What it makes of them: honest unless given.
    weighing : Weighing
        How it weighs what it is given.

    Raises
    ------
    InputError
        For a negative or infinite number of samples.

    Examples
    --------
    >>> from fairpool.audits.sharing.reports import Copy
    >>> Strategy(10, Copy(2)).moves_with_data
    True
    """

    samples: float
    report: Report = field(default_factory=Honest)
    weighing: Weighing = Weighing.RECOMMENDED

    def __post_init__(self) -> None:
        if not (math.isfinite(self.samples) and self.samples >= 0):
            raise InputError(f"samples: got {self.samples}, expected a number from 0")

    @property
    def whole_samples(self) -> int:
        """The number of rows; InputError for a fraction."""
        if not float(self.samples).is_integer():
            raise InputError(
                f"samples: got {self.samples}, expected a whole number: rows cannot be collected in part"
            )
        return int(self.samples)

    @property
    def moves_with_data(self) -> bool:
        """Whether the error is the same for every true mean."""
        return self.report.moves_with_data and self.samples > 0
