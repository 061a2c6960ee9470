"""Submissions in, releases and estimates out: the records of one sharing round.

X_i    what an agent collected          float64 (rows, d), known to it alone
Y_i    ``Submissions``                  what it handed in, float64 (rows_i, d) each
A_i    ``Release``                      what it is given
h_i    ``Estimate``                     what it makes of both
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import ArrayLike

from fairpool.ground.arrays import Float, Floats
from fairpool.ground.errors import InputError
from fairpool.sharing.chance_of_release import ReleaseChance
from fairpool.sharing.terms import Plan

Submissions = Sequence[ArrayLike]


@dataclass(frozen=True, slots=True, eq=False)
class Release:
    """The rows an agent is given.

    clean           float64 (z, d): others' rows as they were submitted
    corrupted       float64 (w, d): others' rows with noise
    noise_variance  float64 (d,): eta^2, the variance of that noise
    weight          float64 (d,): of a corrupted row in the recommended mean, where own and clean rows weigh 1
    """

    clean: Floats
    corrupted: Floats
    noise_variance: Floats
    weight: Floats


@dataclass(frozen=True, slots=True, eq=False)
class MeanRelease:
    """An estimate that an agent is given where rows are not handed out.

    mean, standard_error, noise_variance, weight: float64 (d,); nan where the agent gets nothing.
    """

    mean: Floats
    standard_error: Floats
    noise_variance: Floats
    weight: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Estimate:
    """An estimate of the d means and its standard error (given the release), float64 (d,); nan without data."""

    mean: Floats
    standard_error: Floats


R = TypeVar("R")


class Mechanism(Protocol[R]):
    """What every way of sharing can do: say what to collect, hand out, and make an estimate of what was got."""

    def plan(self) -> Plan:
        """What every agent should collect, and what that is worth."""
        ...

    def releases(self, submissions: Submissions, chance: ReleaseChance) -> Iterable[R]:
        """What every agent is given, one after the other; InputError as `checked_submissions`."""
        ...

    def estimate(self, own: ArrayLike, release: R) -> Estimate:
        """The recommended estimate from the agent's own rows and its release."""
        ...


def checked_submissions(submissions: Submissions, *, agents: int, coordinates: int) -> tuple[Floats, ...]:
    """float64 (rows_i, d) each; a list of numbers is one coordinate, an empty one a submission of no rows.

    Raises InputError for another number of agents or coordinates, and for a cell that is not a finite number.
    """
    if len(submissions) != agents:
        raise InputError(
            f"submissions: got {len(submissions)}, expected {agents}, one per agent (it may be empty)"
        )
    return tuple(checked_rows(one, coordinates, f"agent {i}") for i, one in enumerate(submissions, start=1))


def checked_rows(rows: ArrayLike, coordinates: int, owner: str) -> Float[Floats, "rows coordinates"]:
    """Finite numbers; InputError names the row."""
    try:
        found = np.asarray(rows, dtype=np.float64)
    except (TypeError, ValueError):
        raise InputError(
            f"{owner}: expected rows of {coordinates} numbers each, got something else"
        ) from None
    if found.ndim <= 2 and len(np.atleast_1d(found)) == 0:
        return np.empty((0, coordinates))
    found = found[:, None] if found.ndim == 1 else found
    if found.ndim != 2 or found.shape[1] != coordinates:
        raise InputError(f"{owner}: got rows of shape {found.shape}, expected (rows, {coordinates})")
    if not np.isfinite(found).all():
        row, column = (int(place[0]) for place in np.nonzero(~np.isfinite(found)))
        got = found[row, column]
        raise InputError(
            f"{owner}: got {got} in row {row + 1}, coordinate {column + 1}, expected a finite number"
        )
    return found


def with_others(rows: Sequence[Floats]) -> Iterator[tuple[Floats, Floats]]:
    """Every agent's rows and the pooled rows of the others."""
    pooled = np.concatenate(rows)
    ends = np.cumsum([len(one) for one in rows])
    for one, end in zip(rows, ends, strict=True):
        yield one, np.concatenate((pooled[: end - len(one)], pooled[end:]))


def nothing_released(coordinates: int) -> Release:
    """For an agent that submitted nothing, and for agents that work alone."""
    none = np.empty((0, coordinates))
    return Release(none, none, np.zeros(coordinates), np.ones(coordinates))


def all_released(others: Float[Floats, "rows coordinates"]) -> Release:
    """Everything the others submitted, as it is."""
    coordinates = others.shape[1]
    return Release(others, np.empty((0, coordinates)), np.zeros(coordinates), np.ones(coordinates))


def weighted_estimate(
    own: Float[Floats, "rows coordinates"], release: Release, *, variance: Float[Floats, " coordinates"]
) -> Estimate:
    """Weight 1 on own and clean rows, ``release.weight`` on corrupted ones ([CZK23], recommended estimator).

    variance: of an uncorrupted sample.  The standard error is that of the weighted mean given the noise
    variance that was added; with the weight 1/(1 + eta^2/variance) it is the least possible.
    """
    weight, untouched = release.weight, len(own) + len(release.clean)
    total = untouched + weight * len(release.corrupted)
    if not np.all(total > 0):
        nothing = np.full(release.weight.shape, np.nan)
        return Estimate(nothing, nothing)
    sums = own.sum(axis=0) + release.clean.sum(axis=0) + weight * release.corrupted.sum(axis=0)
    spread = untouched * variance + weight**2 * len(release.corrupted) * (variance + release.noise_variance)
    return Estimate(sums / total, np.sqrt(spread) / total)
