"""The ways of sharing by their names at the door: one entry each.

A mechanism for equal agents is its own file and its entry here: what it is called, what it is told, what agents are
given, and what is known of it (its claims; None where reports have them in claims.toml).  Files, commands, runs and
reports ask the entry, never the name (tests/sharing/test_adding_a_mechanism.py adds one).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any, Protocol

from numpy.typing import ArrayLike

from fairpool.ground.arrays import Floats
from fairpool.ground.errors import InputError
from fairpool.sharing.mechanisms.bounded_variance import BoundedVariance
from fairpool.sharing.mechanisms.c3d import C3D
from fairpool.sharing.mechanisms.claims import Claims
from fairpool.sharing.mechanisms.estimate_only import EstimateOnly, power_of
from fairpool.sharing.mechanisms.pooling import PoolAndShare, Quota, WorkingAlone
from fairpool.sharing.release import Mechanism
from fairpool.sharing.terms import SharingTerms

HETEROGENEOUS = "heterogeneous"
CRAMER_VON_MISES = "cramer-von-mises"
EQUAL = ("sigma", "cost", "agents", "coordinates")


class Symmetric(Mechanism[Any], Protocol):
    """A mechanism for equal agents: it can be counted in whole samples, and knows what departing from it costs."""

    @property
    def terms(self) -> SharingTerms:
        """What the agents agreed on."""
        ...

    def whole(self) -> Symmetric:
        """The same in whole samples: the one to run."""
        ...

    def expected_penalty(self, samples: ArrayLike) -> Floats:
        """Of an agent that collects ``samples`` (any shape) while the others follow the plan."""
        ...


class Gives(Enum):
    """What agents are given."""

    NOTHING = "nothing"
    ROWS = "rows of the others as they were submitted"
    NOISY_ROWS = "rows of the others, some as they were submitted, some with noise"
    ESTIMATES = "estimates in place of rows"
    REWARDS = "money or rows, the more the better its rows agree with the others'"


@dataclass(frozen=True, slots=True)
class Entry:
    """One way of sharing.

    help            a line of ``fairpool share plan --help``; empty where there are no amounts to plan
    keys            what it is told: keys of [sharing] in SHARE.toml, options of ``fairpool share plan``
    gives, claims   what agents are given, and what is known of it
    of              for equal agents, the mechanism from what they agreed on and its option ``power`` (1 unless told)
    nothing_shared  whether nothing is shared where no noise makes the plan a best choice
    sigma_bounds    whether sigma is only the most that a sample varies: the spread may be smaller than it says
    weight          what a corrupted row counts in the recommended estimate
    power_of        its option ``power`` from the ratio of its plan, in the real numbers of the theory
    """

    help: str
    keys: tuple[str, ...]
    gives: Gives
    of: Callable[[SharingTerms, int], Symmetric] | None = None
    claims: Claims | None = None
    nothing_shared: bool = False
    sigma_bounds: bool = False
    weight: str = "the weight in release.json: 1/(1 + noise variance/σ²)"
    power_of: Callable[[float], int] | None = None


MECHANISMS: dict[str, Entry] = {
    "alone": Entry(
        "nobody shares",
        EQUAL,
        Gives.NOTHING,
        lambda terms, _: WorkingAlone.of(terms),
    ),
    "pool-and-share": Entry(
        "everybody gets everything; nobody wants to collect",
        EQUAL,
        Gives.ROWS,
        lambda terms, _: PoolAndShare.of(terms),
    ),
    "quota": Entry(
        "the same for whoever submits enough, made up or not",
        EQUAL,
        Gives.ROWS,
        lambda terms, _: Quota.of(terms, fabrication=True),
    ),
    "no-fabrication": Entry(
        "the same where rows cannot be made up",
        EQUAL,
        Gives.ROWS,
        lambda terms, _: Quota.of(terms, fabrication=False),
    ),
    "c3d": Entry(
        "clean rows and noisy ones; the paper's plan, truthful",
        EQUAL,
        Gives.NOISY_ROWS,
        lambda terms, _: C3D.published(terms),
        nothing_shared=True,
    ),
    "c3d-tuned": Entry(
        "the same with the plan of the least penalty",
        EQUAL,
        Gives.NOISY_ROWS,
        lambda terms, _: C3D.tuned(terms),
        nothing_shared=True,
    ),
    "bounded-variance": Entry(
        "the same for data that are not normal",
        EQUAL,
        Gives.NOISY_ROWS,
        lambda terms, _: BoundedVariance.of(terms),
        nothing_shared=True,
        sigma_bounds=True,
        weight="1/3",
    ),
    "estimate-only": Entry(
        "the mechanism's estimate has to be used",
        (*EQUAL, "power"),
        Gives.ESTIMATES,
        lambda terms, power: EstimateOnly.of(terms, power=power),
        power_of=power_of,
    ),
    HETEROGENEOUS: Entry(
        "costs of their own, several distributions",
        ("sigma", "costs", "objective"),
        Gives.ESTIMATES,
    ),
    CRAMER_VON_MISES: Entry(
        "",
        ("reward", "withheld", "budget", "row-cost", "value", "spread", "agreed"),
        Gives.REWARDS,
    ),
}

SYMMETRIC = tuple(name for name, entry in MECHANISMS.items() if entry.of)


def planned() -> tuple[str, ...]:
    """The names of those that plan how much to collect."""
    return tuple(name for name, entry in MECHANISMS.items() if entry.help)


def mechanism_named(name: str, terms: SharingTerms, *, power: int = 1) -> Symmetric:
    """The mechanism for equal agents of that name, in the real numbers of the theory.

    Parameters
    ----------
    name : str
        alone, pool-and-share, quota, no-fabrication, c3d, c3d-tuned, bounded-variance, or estimate-only.
    terms : SharingTerms
        What the agents agreed on.
    power : int
        The option of a mechanism that has one: k of "estimate-only", whose noise grows as distance^2k.

    Returns
    -------
    Symmetric
        ``plan()``, ``release(..)`` and ``estimate(..)``; its ``whole()`` counts samples and is the one to run.

    Raises
    ------
    InputError
        For an unknown name, and for a power out of range.

    Notes
    -----
    As `plan`.

    References
    ----------
    [CZK23]: pooling and why it fails, C3D (algorithm 1), its case in high dimensions, the two restricted settings.

    Examples
    --------
    >>> from fairpool.sharing import SharingTerms, mechanism_named
    >>> mechanism_named("c3d", SharingTerms(10, 1.0, 0.0025)).whole().plan().samples
    6.0
    """
    entry = MECHANISMS.get(name)
    if entry is None or entry.of is None:
        names = ", ".join(name for name, one in MECHANISMS.items() if one.of)
        raise InputError(f"mechanism: got {name!r}, expected one of {names}")
    return entry.of(terms, power)
