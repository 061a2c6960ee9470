"""The ways of sharing by their names at the door: one entry each.

A mechanism for equal agents is its own file and its entry here: what it is called, what it is told, what agents are
given, and what is known of it.  Files, commands, runs and reports ask the entry, never the name
(tests/sharing/test_adding_a_mechanism.py adds one).
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
from fairpool.sharing.mechanisms.claims import (
    BASIC,
    CHECKED,
    COST,
    HONEST,
    NORMAL,
    NOT_WORSE,
    OTHERS,
    SEARCHED,
    Claims,
)
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
    nothing_shared  what is known where no noise makes the plan a best choice, so that nothing is shared
    sigma_bounds    whether sigma is only the most that a sample varies: the spread may be smaller than it says
    weight          what a corrupted row counts in the recommended estimate
    power_of        its option ``power`` from the ratio of its plan, in the real numbers of the theory
    """

    help: str
    keys: tuple[str, ...]
    gives: Gives
    claims: Claims
    of: Callable[[SharingTerms, int], Symmetric] | None = None
    nothing_shared: Claims | None = None
    sigma_bounds: bool = False
    weight: str = "the weight in release.json: 1/(1 + noise variance/σ²)"
    power_of: Callable[[float], int] | None = None


_NOTHING_SHARED = Claims(
    "C3D, nothing shared",
    "For this number of agents and samples no noise makes it everybody's best choice to collect enough, so"
    " nothing is shared: each agent keeps its own samples.",
    proved=(
        "With four agents or fewer no strength of the noise makes the published plan everybody's best"
        " choice; where agents collect few samples, rounding to whole ones may leave none, either.",
    ),
    assumed=BASIC,
)

MECHANISMS: dict[str, Entry] = {
    "alone": Entry(
        "nobody shares",
        EQUAL,
        Gives.NOTHING,
        Claims(
            "Working alone",
            "Nothing is shared. Every agent keeps its own samples; this is what other ways of sharing are"
            " measured by.",
            proved=("Collecting σ/√cost samples is best for an agent that has nothing else.",),
            assumed=(NORMAL, COST),
        ),
        lambda terms, _: WorkingAlone.of(terms),
    ),
    "pool-and-share": Entry(
        "everybody gets everything; nobody wants to collect",
        EQUAL,
        Gives.ROWS,
        Claims(
            "Pool and share",
            "Everybody gets everything that everybody submitted, with no check and no noise.",
            proved=(
                "If all follow the plan, all penalties together are the least possible.",
                "Nothing makes them follow it: collecting nothing saves the cost and loses little.",
            ),
            tested=("The curve shows what an agent would gain by collecting less.",),
            assumed=(NORMAL, "Everybody follows the plan although it would pay not to.", COST),
        ),
        lambda terms, _: PoolAndShare.of(terms),
    ),
    "quota": Entry(
        "the same for whoever submits enough, made up or not",
        EQUAL,
        Gives.ROWS,
        Claims(
            "Pool and share with a quota",
            "Whoever submits as many rows as asked for gets everything that the others submitted.",
            proved=(
                "If all follow the plan, all penalties together are the least possible.",
                "Where rows can be made up the quota is a formality: made-up rows are as good for passing it,"
                " and the one who made them up knows to leave them out.",
            ),
            tested=("The curve shows what an agent would gain by collecting less and making up the rest.",),
            assumed=(NORMAL, "Nobody makes rows up although it would pay.", COST),
        ),
        lambda terms, _: Quota.of(terms, fabrication=True),
    ),
    "no-fabrication": Entry(
        "the same where rows cannot be made up",
        EQUAL,
        Gives.ROWS,
        Claims(
            "Pool and share with a quota, where rows cannot be made up",
            "Whoever submits as many rows as asked for gets everything that the others submitted.",
            proved=(
                "Collecting and submitting what is asked for is everybody's best choice.",
                "All penalties together are the least possible.",
            ),
            tested=SEARCHED[:1],
            assumed=(
                NORMAL,
                "Rows cannot be made up or altered: agents can only collect less, or withhold.",
                OTHERS,
                COST,
            ),
        ),
        lambda terms, _: Quota.of(terms, fabrication=False),
    ),
    "c3d": Entry(
        "clean rows and noisy ones; the paper's plan, truthful",
        EQUAL,
        Gives.NOISY_ROWS,
        Claims(
            "C3D (cross-check collected data and corrupt accordingly)",
            CHECKED,
            proved=(HONEST, NOT_WORSE, "All penalties together are less than twice the least possible."),
            tested=SEARCHED,
            assumed=BASIC,
        ),
        lambda terms, _: C3D.published(terms),
        _NOTHING_SHARED,
    ),
    "c3d-tuned": Entry(
        "the same with the plan of the least penalty",
        EQUAL,
        Gives.NOISY_ROWS,
        Claims(
            "C3D, tuned",
            f"{CHECKED} How much is collected and how much comes clean is chosen to make the penalty least.",
            proved=(
                HONEST,
                NOT_WORSE,
                "With as many clean rows as collected ones, all penalties together are at most √3 times the"
                " least possible.",
            ),
            tested=(
                "With the number of clean rows chosen freely, as here, below 1.51 times the least possible:"
                " measured.",
                *SEARCHED,
            ),
            assumed=BASIC,
        ),
        lambda terms, _: C3D.tuned(terms),
        _NOTHING_SHARED,
    ),
    "bounded-variance": Entry(
        "the same for data that are not normal",
        EQUAL,
        Gives.NOISY_ROWS,
        Claims(
            "C3D for data that are not normal",
            f"{CHECKED} Every corrupted row has the weight 1/3.",
            proved=(
                "For every distribution whose variance is at most σ²: the standard errors given are upper bounds.",
                "All penalties together are less than twice the least possible, if all follow the plan.",
            ),
            tested=(
                "Normal data: collecting less gains a factor of at most 1.042 with five agents, 1.0004 with a"
                " hundred, for agents that weigh the rows as well as possible.",
                "Not proved: that no made-up submission gains when data are not normal.",
            ),
            assumed=(
                "Samples are independent, with the same mean for all agents, and no column varies more than σ says.",
                OTHERS,
                COST,
            ),
        ),
        lambda terms, _: BoundedVariance.of(terms),
        _NOTHING_SHARED,
        sigma_bounds=True,
        weight="1/3",
    ),
    "estimate-only": Entry(
        "the mechanism's estimate has to be used",
        (*EQUAL, "power"),
        Gives.ESTIMATES,
        Claims(
            "One estimate that everybody must use",
            "Agents are given no rows, only the mean of all submissions, with noise. The farther a submission"
            " lies from the others', the more noise is in the estimate its owner gets.",
            proved=(
                HONEST,
                "Nobody is worse off than working alone, as long as all follow the plan and are three or more"
                " (two agents: from the power 2 on).",
                "All penalties together are 1 + 1/(2k) times the least possible, where k is the power of the noise.",
            ),
            tested=SEARCHED,
            assumed=(
                "Agents must use the estimate they are given, for instance because the operator deploys it.",
                *BASIC,
            ),
        ),
        lambda terms, power: EstimateOnly.of(terms, power=power),
        power_of=power_of,
    ),
    HETEROGENEOUS: Entry(
        "costs of their own, several distributions",
        ("sigma", "costs", "objective"),
        Gives.ESTIMATES,
        Claims(
            "Sharing among agents with different costs",
            "Who collects what follows from what a sample costs whom. Agents are given estimates, not rows."
            " Whoever collects a part is checked against the others: the farther its submission lies from"
            " theirs, the noisier its estimate.",
            proved=(
                HONEST,
                "Nobody is worse off than working alone.",
                "Where no agent is asked for more than it would collect alone and all together collect at least as"
                " much as any would alone (a “favourable” quantity), no penalty is more than four times that"
                " of the plan bargained for.",
            ),
            tested=(
                "For the numbers of this round: other amounts of every quantity, shifted and noisier reports"
                " (section “What was checked”).",
            ),
            assumed=(NORMAL, "The costs are known to all and true.", OTHERS, COST),
        ),
    ),
    CRAMER_VON_MISES: Entry(
        "",
        ("reward", "withheld", "budget", "row-cost", "value", "spread", "agreed"),
        Gives.REWARDS,
        Claims(
            "Cramér-von Mises check",
            "Every agent's rows are compared with the pooled rows of the others, one feature at a time: how far"
            " the two distributions are apart is the agent's loss. Nothing about the data has to be known"
            " beforehand, and no chance is involved: anybody can repeat it.",
            proved=(
                "If all report honestly, the expected loss of a and z rows that are compared is"
                " c (1/a + 1/z), whatever the distribution; c is 1/6 where values never tie.",
                "More honest rows mean a lower expected loss.",
                "No report brings the expected loss below c/z: lying can save at most c/a.",
            ),
            tested=(
                "The loss of this round beside its honest expectation, and how often honest rows would reach"
                " it (the p-value).",
            ),
            assumed=(
                "All agents draw rows independently of each other from the same distribution.",
                OTHERS,
                "The features say what matters: what they do not hold, the check does not see.",
            ),
        ),
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
