"""What a party's column looks like beside the same column of the validation data.

Nothing here shows a cell: a range is given as the 5th to the 95th percentile, each a mean of ten rows' values, and only
where ten rows lie beyond it; all else is counts, shares and names of columns.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fairpool.ground.arrays import Bool, Booleans, Float, Floats
from fairpool.ground.privacy import FEWEST_ROWS

TAIL = 0.05  # of the rows beyond each end of a range
FAR = 5.0  # ranges of the validation data beyond them: no measurement of the same thing
MOST_BY_CHANCE = 1e-6  # chance at which something honest is told of a column
CONVERSIONS = {
    2.54: "centimetres and inches",
    2.2046: "kilograms and pounds",
    38.67: "mg/dl and mmol/l of cholesterol",
    18.016: "mg/dl and mmol/l of glucose",
    88.4: "mg/dl and µmol/l of creatinine",
    88.57: "mg/dl and mmol/l of triglycerides",
    7.5006: "mmHg and kPa",
    12.0: "months and years",
    60.0: "minutes and hours",
    365.25: "days and years",
} | {10.0**k: f"a power of ten, {10**k:,}" for k in range(1, 7)}
FACTOR_ERROR = 0.2  # of the logarithm: how far the middle may be from a conversion
SPREAD_ERROR = 0.5  # and the spread
SENTINELS = (-999.0, -99.0, -9.0, 999.0, 9999.0)  # numbers that files have for missing


@dataclass(frozen=True, slots=True)
class ColumnSheet:
    """One column of one party.

    missing   share of rows without a value
    low, high 5th and 95th percentile; None where that would show fewer than ten rows, and of texts
    constant  whether all values are one
    outside   share of values outside the validation data's range, or texts that no validation row has
    far       how many values lie far outside it: `FAR` times its width, or are a number that often means missing
    unit      what it may be measured in instead: the conversion that fits best; None where nothing speaks for one
    """

    name: str
    missing: float
    low: float | None
    high: float | None
    constant: bool
    outside: float
    far: int
    unit: str | None


def numeric_sheet(
    name: str, values: Float[Floats, " rows"], task: Float[Floats, " task_rows"]
) -> ColumnSheet:
    """Of a column of numbers, NaN where missing, beside the validation data's."""
    mine, theirs = values[~np.isnan(values)], task[~np.isnan(task)]
    low, high = _range(mine)
    if not len(mine) or not len(theirs):
        return ColumnSheet(name, float(np.isnan(values).mean()), low, high, False, 0.0, 0, None)
    unit = _unit(mine, theirs)
    return ColumnSheet(
        name=name,
        missing=float(np.isnan(values).mean()),
        low=low,
        high=high,
        constant=bool((mine == mine[0]).all()) and len(mine) > 1,
        outside=float(np.mean((mine < theirs.min()) | (mine > theirs.max()))),
        far=0 if unit else int(np.count_nonzero(_far(mine, theirs))),
        unit=unit,
    )


def text_sheet(name: str, texts: list[str], known: frozenset[str]) -> ColumnSheet:
    """Of a column of texts, "" where missing."""
    mine = [text for text in texts if text]
    return ColumnSheet(
        name=name,
        missing=1 - len(mine) / len(texts),
        low=None,
        high=None,
        constant=len(set(mine)) == 1 and len(mine) > 1,
        outside=sum(text not in known for text in mine) / max(len(mine), 1),
        far=0,
        unit=None,
    )


def _range(values: Floats) -> tuple[float | None, float | None]:
    """Where the outermost twentieth begins; a mean of ten neighbouring values, never a cell, to three digits."""
    beyond = int(TAIL * len(values))
    if beyond < FEWEST_ROWS:
        return None, None
    ordered, half = np.sort(values), FEWEST_ROWS // 2
    low, high = ordered[beyond - half : beyond + half], ordered[::-1][beyond - half : beyond + half]
    return _rounded(float(low.mean())), _rounded(float(high.mean()))


def _rounded(value: float) -> float:
    return float(f"{value:.3g}")


def _far(mine: Floats, theirs: Floats) -> Bool[Booleans, " rows"]:
    """What lies beyond the validation data by many of their ranges, below all their positive numbers by a hundredth, or
    outside of them at a number that stands for missing in many files."""
    low, high = float(theirs.min()), float(theirs.max())
    outside = (mine < low) | (mine > high)
    if low == high:
        return np.zeros(len(mine), dtype=bool)
    reach = FAR * (high - low)
    tiny = (mine < low / 100) & (mine != 0) & (low > 0)
    stands_for_missing = outside & np.isin(mine, SENTINELS) & (np.abs(mine) > 2 * max(abs(low), abs(high)))
    return (mine < low - reach) | (mine > high + reach) | tiny | stands_for_missing


def _unit(mine: Floats, theirs: Floats) -> str | None:
    """A conversion after which the column would lie as the validation data do; None where it may lie as they do now."""
    if len(mine) < FEWEST_ROWS or len(theirs) < FEWEST_ROWS:
        return None
    quantiles = [0.1, 0.25, 0.5, 0.75, 0.9]
    a, b = np.quantile(mine, quantiles), np.quantile(theirs, quantiles)
    if not (a[0] > b[4] or a[4] < b[0]) or a[3] == a[1] or b[3] == b[1]:
        return None
    found = [one for one in _CHANGES if one.explains(a, b)]
    return min(found, key=lambda one: one.apart(a, b)).name if found else None


@dataclass(frozen=True, slots=True)
class _Change:
    """A value v of the validation data as slope v + shift; a and b below are five quantiles of theirs and of those."""

    name: str
    slope: float
    shift: float = 0.0

    def apart(self, a: Floats, b: Floats) -> float:
        """How far the middle is from where it would lie, in widths of the middle half."""
        return float(abs(a[2] - self.slope * b[2] - self.shift) / (abs(self.slope) * (b[3] - b[1])))

    def explains(self, a: Floats, b: Floats) -> bool:
        wider = float(np.log((a[3] - a[1]) / (abs(self.slope) * (b[3] - b[1]))))
        if self.shift or self.slope < 0:
            return self.apart(a, b) <= 1 and abs(wider) <= SPREAD_ERROR / 2
        ratio = float(np.log(a[2] / (self.slope * b[2]))) if min(a[0], b[0]) > 0 else np.inf
        return abs(ratio) <= FACTOR_ERROR and abs(wider - ratio) <= SPREAD_ERROR


_CHANGES = (
    *(_Change(name, factor) for factor, name in CONVERSIONS.items()),
    *(_Change(name, 1 / factor) for factor, name in CONVERSIONS.items()),
    _Change("°F and °C", 1.8, 32.0),
    _Change("°F and °C", 1 / 1.8, -32 / 1.8),
    _Change("the opposite sign", -1.0),
)
