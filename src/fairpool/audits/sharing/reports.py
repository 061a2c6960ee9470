"""What an agent may hand in instead of what it collected: Y_i = f_i(X_i).

A report is worked out in two ways that follow the same law.

`Report.rows`        from real rows X_i, float64 (t, k), whose k columns are treated apart, to the rows handed in
`Report.submitted`   from the mean and the size of X_i to the mean and the size of what is handed in, for many runs at
                     once.  Exact for normal data: the mean of t samples is N(mu, sigma^2/t), their variance an
                     independent sigma^2 chi^2(t - 1)/(t - 1), and the mean of some of them is the mean of all plus an
                     independent normal.

Shifts, noise and constants are measured in units of sigma, which everybody knows.  An agent that collected nothing
guesses the mean 0 where a report needs one, and sigma where it needs a standard deviation and has fewer than two rows.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from fairpool.ground.arrays import Floats
from fairpool.ground.errors import InputError


@dataclass(frozen=True, slots=True, eq=False)
class Summary:
    """Rows by their mean, float64 (runs,), and their number; no rows have the mean 0."""

    mean: Floats
    size: float
    sigma: float


class Report(ABC):
    """moves_with_data: whether shifting X_i shifts Y_i by as much, so that the true mean makes no difference."""

    __slots__ = ()
    moves_with_data: ClassVar[bool] = True

    @abstractmethod
    def submitted(self, own: Summary, *, rng: np.random.Generator) -> Summary:
        """The mean and size of what is handed in; normal data."""

    @abstractmethod
    def rows(self, own: Floats, *, sigma: float, rng: np.random.Generator) -> Floats:
        """float64 (t, k) -> float64 (rows handed in, k)."""


@dataclass(frozen=True, slots=True)
class Honest(Report):
    """All of it, as it is."""

    def submitted(self, own: Summary, *, rng: np.random.Generator) -> Summary:  # noqa: ARG002
        return own

    def rows(self, own: Floats, *, sigma: float, rng: np.random.Generator) -> Floats:  # noqa: ARG002
        return own


@dataclass(frozen=True, slots=True)
class Scale(Report):
    """Every row times a factor; below 1 it shrinks towards 0."""

    factor: float
    moves_with_data = False

    def submitted(self, own: Summary, *, rng: np.random.Generator) -> Summary:  # noqa: ARG002
        return Summary(self.factor * own.mean, own.size, own.sigma)

    def rows(self, own: Floats, *, sigma: float, rng: np.random.Generator) -> Floats:  # noqa: ARG002
        return self.factor * own


@dataclass(frozen=True, slots=True)
class Shift(Report):
    """Every row moved by ``by`` sigma."""

    by: float

    def submitted(self, own: Summary, *, rng: np.random.Generator) -> Summary:  # noqa: ARG002
        return Summary(own.mean + self.by * own.sigma, own.size, own.sigma)

    def rows(self, own: Floats, *, sigma: float, rng: np.random.Generator) -> Floats:  # noqa: ARG002
        return own + self.by * sigma


@dataclass(frozen=True, slots=True)
class AddNoise(Report):
    """Independent normal noise of standard deviation ``sd`` sigma on every row."""

    sd: float

    def __post_init__(self) -> None:
        _refuse_below(self.sd, 0, "noise: standard deviation in units of sigma")

    def submitted(self, own: Summary, *, rng: np.random.Generator) -> Summary:
        if own.size == 0:
            return own
        scale = self.sd * own.sigma / math.sqrt(own.size)
        return Summary(own.mean + scale * rng.standard_normal(own.mean.shape), own.size, own.sigma)

    def rows(self, own: Floats, *, sigma: float, rng: np.random.Generator) -> Floats:
        return own + self.sd * sigma * rng.standard_normal(own.shape)


@dataclass(frozen=True, slots=True)
class Fabricate(Report):
    """Rows drawn from the normal distribution fitted to the own rows, appended to them."""

    made_up: int

    def __post_init__(self) -> None:
        _refuse_below(self.made_up, 0, "fabricate: rows")

    def submitted(self, own: Summary, *, rng: np.random.Generator) -> Summary:
        size = own.size + self.made_up
        if size == 0:
            return own
        drawn = _mean_of_fit(own, self.made_up, rng=rng)
        return Summary((own.size * own.mean + self.made_up * drawn) / size, size, own.sigma)

    def rows(self, own: Floats, *, sigma: float, rng: np.random.Generator) -> Floats:
        return np.concatenate((own, _rows_of_fit(own, self.made_up, sigma, rng=rng)))


@dataclass(frozen=True, slots=True)
class Substitute(Report):
    """Rows drawn from the normal distribution fitted to the own rows, in their place."""

    made_up: int

    def __post_init__(self) -> None:
        _refuse_below(self.made_up, 1, "substitute: rows")

    def submitted(self, own: Summary, *, rng: np.random.Generator) -> Summary:
        return Summary(_mean_of_fit(own, self.made_up, rng=rng), self.made_up, own.sigma)

    def rows(self, own: Floats, *, sigma: float, rng: np.random.Generator) -> Floats:
        return _rows_of_fit(own, self.made_up, sigma, rng=rng)


@dataclass(frozen=True, slots=True)
class PadKeepingMean(Report):
    """Made-up rows appended that leave the mean where it is."""

    made_up: int

    def __post_init__(self) -> None:
        _refuse_below(self.made_up, 0, "pad: rows")

    def submitted(self, own: Summary, *, rng: np.random.Generator) -> Summary:  # noqa: ARG002
        return Summary(own.mean, own.size + self.made_up, own.sigma)

    def rows(self, own: Floats, *, sigma: float, rng: np.random.Generator) -> Floats:
        made_up = sigma * rng.standard_normal((self.made_up, own.shape[1]))
        if self.made_up:
            made_up += means_of(own) - made_up.mean(axis=0)
        return np.concatenate((own, made_up))


@dataclass(frozen=True, slots=True)
class Copy(Report):
    """Every row ``times`` times."""

    times: int

    def __post_init__(self) -> None:
        _refuse_below(self.times, 1, "copy: times")

    def submitted(self, own: Summary, *, rng: np.random.Generator) -> Summary:  # noqa: ARG002
        return Summary(own.mean, self.times * own.size, own.sigma)

    def rows(self, own: Floats, *, sigma: float, rng: np.random.Generator) -> Floats:  # noqa: ARG002
        return np.tile(own, (self.times, 1))


@dataclass(frozen=True, slots=True)
class Withhold(Report):
    """A part of the rows is kept back; the rest, a whole number of rows, is handed in."""

    share: float

    def __post_init__(self) -> None:
        if not 0 <= self.share <= 1:
            raise InputError(f"withhold: got the share {self.share}, expected 0 to 1")

    def submitted(self, own: Summary, *, rng: np.random.Generator) -> Summary:
        kept = self._kept(own.size)
        if kept == 0:
            return Summary(np.zeros_like(own.mean), 0, own.sigma)
        scale = own.sigma * math.sqrt(1 / kept - 1 / own.size)
        return Summary(own.mean + scale * rng.standard_normal(own.mean.shape), kept, own.sigma)

    def rows(self, own: Floats, *, sigma: float, rng: np.random.Generator) -> Floats:  # noqa: ARG002
        return own[: round(self._kept(len(own)))]

    def _kept(self, size: float) -> float:
        return min(size, round((1 - self.share) * size))


@dataclass(frozen=True, slots=True)
class Constant(Report):
    """``made_up`` rows that all say ``value`` sigma, whatever was collected."""

    value: float
    made_up: int = 1
    moves_with_data = False

    def __post_init__(self) -> None:
        _refuse_below(self.made_up, 1, "constant: rows")

    def submitted(self, own: Summary, *, rng: np.random.Generator) -> Summary:  # noqa: ARG002
        return Summary(np.full(own.mean.shape, self.value * own.sigma), self.made_up, own.sigma)

    def rows(self, own: Floats, *, sigma: float, rng: np.random.Generator) -> Floats:  # noqa: ARG002
        return np.full((self.made_up, own.shape[1]), self.value * sigma)


def _mean_of_fit(own: Summary, size: int, *, rng: np.random.Generator) -> Floats:
    """The mean of ``size`` draws from N(mean, s^2), s^2 ~ sigma^2 chi^2(t - 1)/(t - 1)."""
    shape = own.mean.shape
    freedom = own.size - 1
    sd = own.sigma * np.sqrt(rng.chisquare(freedom, shape) / freedom) if own.size >= 2 else own.sigma
    return own.mean + sd * rng.standard_normal(shape) / math.sqrt(max(size, 1))


def _rows_of_fit(own: Floats, size: int, sigma: float, *, rng: np.random.Generator) -> Floats:
    sd = own.std(axis=0, ddof=1) if len(own) >= 2 else sigma
    return means_of(own) + sd * rng.standard_normal((size, own.shape[1]))


def means_of(rows: Floats) -> Floats:
    """Of every column; 0 where there are no rows."""
    return rows.mean(axis=0) if len(rows) else np.zeros(rows.shape[1])


def _refuse_below(value: float, least: float, name: str) -> None:
    if not value >= least:
        raise InputError(f"{name}: got {value}, expected at least {least}")
