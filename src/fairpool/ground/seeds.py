"""Every stream of chance by its name.

What is decided at random again and again, in a file that outlives the process, draws from a generator of its own,
keyed by the file's seed, the stream and a running number: so any decision can be made again from the file alone, and
no two decisions share their chance.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Any

import numpy as np

from fairpool.ground.errors import InputError


class Stream(IntEnum):
    """What a generator is for.  The numbers are part of the marketplace's file format: they never change."""

    DEPOSITED = 0
    """Rows verified when they are deposited; numbered by the deposits made before."""
    APPRAISED = 1
    """All contributors verified beside each other; numbered by the deposits made so far."""
    DRAWN = 2
    """Which rows a sale delivers, and in which order; numbered by the sale."""
    COALITIONS = 3
    """Coalitions sampled to split the price of a sale; numbered by the sale."""
    LEARNT = 4
    """All that a learner of prices draws; numbered by the learning."""
    VALIDATION_ROWS = 5
    """How the validation rows of a settled round are grouped, numbered from 1 by the tasks in the order of what their
    parties brought, and weighed, 0."""


def raw_bits(seed: int, stream: Stream, number: int) -> np.random.PCG64:
    """The raw bits that one decision draws from."""
    return np.random.PCG64([seed, int(stream), number])


def generator(seed: int, stream: Stream, number: int) -> np.random.Generator:
    """The chance of one decision."""
    return np.random.Generator(raw_bits(seed, stream, number))


Chance = int | np.integer[Any] | np.random.Generator
"""All chance of a computation, or the seed of it."""


def chance(rng: Chance) -> np.random.Generator:
    """The generator itself, or a new one from a seed.  Raises InputError for anything else."""
    if isinstance(rng, np.random.Generator):
        return rng
    if isinstance(rng, int | np.integer) and not isinstance(rng, bool) and rng >= 0:
        return np.random.default_rng(int(rng))
    raise InputError(
        f"rng: got {rng!r}, expected a seed (a whole number from 0 up) or a numpy.random.Generator"
    )
