"""What a contributor might hand in instead of its rows.

fabricate   `ResampledWithNoise`, `IndependentColumns`, `NormalFit`: made-up rows beside the true ones
            `DrawnFromTruth`: made up by somebody who knows the distribution; no look at rows can tell these
pad         `CopiedRows`, `NoisyCopies` of its own rows
poison      `Shifted`, `Flipped`, `FarOut`: true rows, some of them damaged
withhold    `Subsample`

Each is a value with one method, ``submit(rows, rng=..)``, that leaves the rows given as they are.  Numeric columns are
those pandas calls numbers, without truth values; other columns are drawn from the contributor's own cells.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pandas as pd

from fairpool.ground.arrays import Bool, Booleans
from fairpool.ground.errors import InputError

RowSource = Callable[[int, np.random.Generator], pd.DataFrame]


class RowStrategy(Protocol):
    """What is handed in, given the true rows."""

    def submit(self, rows: pd.DataFrame, *, rng: np.random.Generator) -> pd.DataFrame: ...


@dataclass(frozen=True, slots=True)
class TrueRows:
    """The rows as they are."""

    def submit(self, rows: pd.DataFrame, *, rng: np.random.Generator) -> pd.DataFrame:  # noqa: ARG002
        return rows


@dataclass(frozen=True, slots=True)
class ResampledWithNoise:
    """The rows, and as many times as many drawn from them, with normal noise on numbers.

    noise: its standard deviation, as a part of each column's.
    """

    times: float = 1.0
    noise: float = 0.3

    def submit(self, rows: pd.DataFrame, *, rng: np.random.Generator) -> pd.DataFrame:
        made = _drawn(rows, _more(rows, self.times), rng)
        return _together(rows, _noisy(made, rows, self.noise, rng))


@dataclass(frozen=True, slots=True)
class IndependentColumns:
    """The rows, and as many times as many whose columns are drawn from the contributor's one by one."""

    times: float = 1.0

    def submit(self, rows: pd.DataFrame, *, rng: np.random.Generator) -> pd.DataFrame:
        return _together(rows, _shuffled(rows, _more(rows, self.times), rng))


@dataclass(frozen=True, slots=True)
class NormalFit:
    """The rows, and as many times as many whose numbers are drawn from a normal fitted to all numeric columns."""

    times: float = 1.0

    def submit(self, rows: pd.DataFrame, *, rng: np.random.Generator) -> pd.DataFrame:
        made = _shuffled(rows, _more(rows, self.times), rng)
        numeric = _numeric(rows)
        table = rows[numeric].to_numpy(dtype=np.float64)
        covariance = np.atleast_2d(np.cov(table, rowvar=False))
        drawn = rng.multivariate_normal(table.mean(axis=0), covariance, size=len(made))
        return _together(rows, made.assign(**{name: drawn[:, k] for k, name in enumerate(numeric)}))


@dataclass(frozen=True, slots=True)
class DrawnFromTruth:
    """The rows, and as many times as many from the true distribution, which cost nothing to collect."""

    population: RowSource
    times: float = 1.0

    def submit(self, rows: pd.DataFrame, *, rng: np.random.Generator) -> pd.DataFrame:
        return _together(rows, self.population(_more(rows, self.times), rng))


@dataclass(frozen=True, slots=True)
class CopiedRows:
    """The rows, and as many times as many copies of rows."""

    times: float = 1.0

    def submit(self, rows: pd.DataFrame, *, rng: np.random.Generator) -> pd.DataFrame:
        return _together(rows, _drawn(rows, _more(rows, self.times), rng))


@dataclass(frozen=True, slots=True)
class NoisyCopies(ResampledWithNoise):
    """Copies with just enough noise to be different: a thousandth of each column's standard deviation."""

    noise: float = 1e-3


@dataclass(frozen=True, slots=True)
class Shifted:
    """Numbers of a share of the rows moved up by so many standard deviations of their column."""

    share: float = 0.5
    by: float = 1.0

    def submit(self, rows: pd.DataFrame, *, rng: np.random.Generator) -> pd.DataFrame:
        chosen = _chosen(rows, self.share, rng)
        return _changed(rows, lambda cells: cells + self.by * cells.std() * chosen)


@dataclass(frozen=True, slots=True)
class Flipped:
    """Numbers of a share of the rows mirrored at their column's median."""

    share: float = 0.5

    def submit(self, rows: pd.DataFrame, *, rng: np.random.Generator) -> pd.DataFrame:
        chosen = _chosen(rows, self.share, rng)
        return _changed(rows, lambda cells: cells.where(~chosen, 2 * cells.median() - cells))


@dataclass(frozen=True, slots=True)
class FarOut:
    """A share of the rows with numbers so many standard deviations from the mean, on either side."""

    share: float = 0.1
    by: float = 30.0

    def submit(self, rows: pd.DataFrame, *, rng: np.random.Generator) -> pd.DataFrame:
        chosen = _chosen(rows, self.share, rng)
        sides = rng.choice([-1.0, 1.0], size=len(rows))
        return _changed(
            rows, lambda cells: cells.where(~chosen, cells.mean() + self.by * cells.std() * sides)
        )


@dataclass(frozen=True, slots=True)
class Subsample:
    """Only so large a share of the rows, chosen at random, at least one."""

    share: float = 0.5

    def submit(self, rows: pd.DataFrame, *, rng: np.random.Generator) -> pd.DataFrame:
        kept = rng.choice(len(rows), max(round(self.share * len(rows)), 1), replace=False)
        return rows.iloc[np.sort(kept)]


def _more(rows: pd.DataFrame, times: float) -> int:
    if not 0 <= times <= 1_000:
        raise InputError(f"times: got {times}, expected how many made-up rows for each true one, 0 to 1,000")
    return round(times * len(rows))


def _together(rows: pd.DataFrame, made: pd.DataFrame) -> pd.DataFrame:
    return pd.concat([rows, made], ignore_index=True)


def _numeric(rows: pd.DataFrame) -> list[str]:
    return [str(name) for name in rows.select_dtypes("number").columns]


def _changed(rows: pd.DataFrame, change: Callable[[pd.Series], pd.Series]) -> pd.DataFrame:
    return rows.assign(**{name: change(rows[name]) for name in _numeric(rows)})


def _drawn(rows: pd.DataFrame, number: int, rng: np.random.Generator) -> pd.DataFrame:
    return rows.iloc[rng.integers(0, len(rows), number)]


def _shuffled(rows: pd.DataFrame, number: int, rng: np.random.Generator) -> pd.DataFrame:
    return pd.DataFrame({name: _drawn(rows, number, rng)[name].array for name in rows.columns})


def _noisy(made: pd.DataFrame, rows: pd.DataFrame, noise: float, rng: np.random.Generator) -> pd.DataFrame:
    sd = {name: noise * float(rows[name].std()) for name in _numeric(rows)}
    return made.assign(**{name: made[name] + rng.normal(0.0, sd[name], len(made)) for name in sd})


def _chosen(rows: pd.DataFrame, share: float, rng: np.random.Generator) -> Bool[Booleans, " rows"]:
    if not 0 <= share <= 1:
        raise InputError(f"share: got {share}, expected a share of the rows from 0 to 1")
    chosen = np.zeros(len(rows), dtype=np.bool_)
    chosen[rng.choice(len(rows), round(share * len(rows)), replace=False)] = True
    return chosen
