"""What a simulation of policies tells: regret with its error bars, and the slope it grows with.

    R(t)   best fixed curve's revenue up to round t less the policy's; log R(t) against log t has slope 1/2 for sqrt(t)

The slope is fitted by least squares to the mean of the replications over the last decade of rounds; its standard error
is the jackknife's, leaving out one replication at a time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from fairpool.ground.arrays import Floats, Integers
from fairpool.ground.tabular import Tabular

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, eq=False)
class Path:
    """One replication, at the recorded rounds.

    rounds: int64 (records,); revenue, hindsight: float64 (records,), cumulated; pseudo: likewise, the pseudo-regret, or
    None where buyers follow no fixed law.  questions: asked of the oracle; curves: how often the posted curve changed;
    seconds: the policy's and its oracle's, or None without a clock.
    """

    rounds: Integers
    revenue: Floats
    hindsight: Floats
    pseudo: Floats | None
    questions: int
    curves: int
    seconds: float | None

    def document(self) -> dict[str, object]:
        return {
            "rounds": self.rounds.tolist(),
            "revenue": self.revenue.tolist(),
            "hindsight": self.hindsight.tolist(),
            "pseudo": None if self.pseudo is None else self.pseudo.tolist(),
            "questions": self.questions,
            "curves": self.curves,
            "seconds": self.seconds,
        }

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Path:
        pseudo, seconds = document["pseudo"], document["seconds"]
        return cls(
            np.array(document["rounds"], dtype=np.int64),
            np.array(document["revenue"], dtype=np.float64),
            np.array(document["hindsight"], dtype=np.float64),
            None if pseudo is None else np.array(pseudo, dtype=np.float64),
            int(document["questions"]),
            int(document["curves"]),
            None if seconds is None else float(seconds),
        )


@dataclass(frozen=True, slots=True)
class Slope:
    """Of log regret against log rounds; error is None with a single replication."""

    value: float
    error: float | None


@dataclass(frozen=True, slots=True, eq=False)
class Band:
    """Of the replications at each recorded round, float64 (records,); error is None with a single replication."""

    mean: Floats
    error: Floats | None
    low: Floats
    high: Floats


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Regret(Tabular):
    """The replications of one policy; at least one, all with the same recorded rounds."""

    paths: tuple[Path, ...]

    @property
    def rounds(self) -> Integers:
        """The recorded rounds, int64 (records,)."""
        return self.paths[0].rounds

    @property
    def in_hindsight(self) -> Floats:
        """float64 (replications, records)."""
        return np.array([path.hindsight - path.revenue for path in self.paths])

    @property
    def pseudo(self) -> Floats | None:
        """float64 (replications, records), or None where buyers follow no fixed law."""
        known = [path.pseudo for path in self.paths if path.pseudo is not None]
        return np.array(known) if len(known) == len(self.paths) else None

    @property
    def revenue(self) -> Floats:
        """Earned by the last round, float64 (replications,)."""
        return np.array([path.revenue[-1] for path in self.paths])

    @property
    def best_fixed_revenue(self) -> Floats:
        """Earned by the best fixed curve by the last round, float64 (replications,)."""
        return np.array([path.hindsight[-1] for path in self.paths])

    @property
    def seconds_per_round(self) -> float | None:
        """On average over the replications; None without a clock."""
        timed = [path.seconds for path in self.paths if path.seconds is not None]
        return sum(timed) / (len(timed) * int(self.rounds[-1])) if len(timed) == len(self.paths) else None

    def to_frame(self) -> pd.DataFrame:
        """One row per recorded round: ``in_hindsight`` and, where it is known, ``pseudo``, means over replications."""
        import pandas as pd

        means = {"in_hindsight": self.in_hindsight.mean(axis=0)}
        if self.pseudo is not None:
            means["pseudo"] = self.pseudo.mean(axis=0)
        return pd.DataFrame(means, index=pd.Index(self.rounds, name="round"))

    def headline(self) -> str:
        """The regret by the last round."""
        last = f"{self.in_hindsight[:, -1].mean():.6g} by round {int(self.rounds[-1])}"
        return f"regret in hindsight {last}, mean of {len(self.paths)} replications"


def band(regrets: Floats, *, coverage: float = 0.9) -> Band:
    """Mean, standard error and quantiles of float64 (replications, records)."""
    replications = len(regrets)
    error = regrets.std(axis=0, ddof=1) / np.sqrt(replications) if replications > 1 else None
    low, high = np.quantile(regrets, [(1 - coverage) / 2, (1 + coverage) / 2], axis=0)
    return Band(regrets.mean(axis=0), error, low, high)


def fitted_slope(rounds: Integers, regrets: Floats, *, since: float = 0.1) -> Slope | None:
    """The slope over the rounds from ``since`` of the last one on; None where a mean regret there is not positive."""
    late = rounds >= since * rounds[-1]
    kept, number = regrets[:, late], len(regrets)
    value = _slope(rounds[late], kept.mean(axis=0))
    if value is None or number == 1:
        return None if value is None else Slope(value, None)
    left_out = [_slope(rounds[late], np.delete(kept, k, axis=0).mean(axis=0)) for k in range(number)]
    known = np.array([one for one in left_out if one is not None])
    if len(known) < number:
        return Slope(value, None)
    return Slope(value, float(np.sqrt((number - 1) / number * ((known - known.mean()) ** 2).sum())))


def _slope(rounds: Integers, regret: Floats) -> float | None:
    if (regret <= 0).any() or len(rounds) < 2:
        return None
    return float(np.polyfit(np.log(rounds), np.log(regret), 1)[0])
