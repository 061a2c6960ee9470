"""Every way of sharing in plain words: how it works, what is proved of it, what is tested,"
" what is assumed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Document = Mapping[str, Any]

CRAMER_VON_MISES = "cramer-von-mises"


@dataclass(frozen=True, slots=True)
class Claims:
    """What is known of a mechanism, and how."""

    title: str
    works: str
    proved: tuple[str, ...]
    tested: tuple[str, ...]
    assumed: tuple[str, ...]


def claims_of(document: Document) -> Claims:
    """Of the document's mechanism; where it shared nothing, of that."""
    name = str(document["mechanism"])
    plan = document["plan"]
    if name in _CORRUPTING and plan is not None and plan.get("alpha") is None:
        return _NOTHING_SHARED
    return _ALL.get(name, Claims(name, f"This round followed the mechanism {name}.", (), (), ()))


def corrupts_rows(document: Document) -> bool:
    """Whether agents are given rows, some of them with noise."""
    return document["mechanism"] in _CORRUPTING and claims_of(document) is not _NOTHING_SHARED


def releases_rows(document: Document) -> bool:
    """Whether agents are given rows at all."""
    return corrupts_rows(document) or document["mechanism"] in _OPEN


def releases_estimates(document: Document) -> bool:
    """Whether agents are given estimates in place of rows."""
    return document["mechanism"] in {"estimate-only", "heterogeneous"}


def checks_distributions(document: Document) -> bool:
    """Whether the round is a Cramér-von Mises check."""
    return document["mechanism"] == CRAMER_VON_MISES or document["cramer_von_mises"] is not None


_CORRUPTING = {"c3d", "c3d-tuned", "bounded-variance"}
_OPEN = {"pool-and-share", "quota", "no-fabrication"}

_NORMAL = (
    "Samples are independent and normal, with the same mean for all agents and the standard deviation σ"
    " that was agreed on."
)
_SAME_MEAN = (
    "Samples are independent, with the same mean for all agents, and no column varies more than σ says."
)
_OTHERS = "The others follow the plan: honesty is the best answer to honesty, not to everything the others might do."
_COST = (
    "The cost of a sample and the squared error count in the same unit, as agreed: that decides how much is"
    " worth collecting."
)
_BASIC = (_NORMAL, _OTHERS, _COST)
_SEARCHED = (
    (
        "For the numbers of this round: whether another amount would pay (section “What was checked”"
        " and the curve)."
    ),
    (
        "By the project's tests, in simulation: reports that are scaled, shifted, made noisier, made up from"
        " an own fit, copied or withheld."
    ),
)
_CHECKED = (
    "Each submission is compared with a few clean rows of the others. Those the agent gets as they are; the"
    " rest it gets with noise, and the farther its own submission lies from the clean rows, the more of it."
    " A made-up or sloppy submission spoils what comes back."
)
_HONEST = (
    "If the others follow the plan, no agent does better by collecting another amount or by submitting"
    " anything but its data as they are."
)
_NOT_WORSE = "Nobody is worse off than working alone, as long as all follow the plan."

_NOTHING_SHARED = Claims(
    "C3D, nothing shared",
    (
        "For this number of agents and samples no noise makes it everybody's best choice to collect enough, so"
        " nothing is shared: each agent keeps its own samples."
    ),
    (
        (
            "With four agents or fewer no strength of the noise makes the published plan everybody's best"
            " choice; where agents collect few samples, rounding to whole ones may leave none, either."
        ),
    ),
    (),
    _BASIC,
)

_ALL = {
    "c3d": Claims(
        "C3D (cross-check collected data and corrupt accordingly)",
        _CHECKED,
        (_HONEST, _NOT_WORSE, "All penalties together are less than twice the least possible."),
        _SEARCHED,
        _BASIC,
    ),
    "c3d-tuned": Claims(
        "C3D, tuned",
        f"{_CHECKED} How much is collected and how much comes clean is chosen to make the penalty least.",
        (
            _HONEST,
            _NOT_WORSE,
            (
                "With as many clean rows as collected ones, all penalties together are at most √3 times the"
                " least possible."
            ),
        ),
        (
            (
                "With the number of clean rows chosen freely, as here, below 1.51 times the least possible:"
                " measured."
            ),
            *_SEARCHED,
        ),
        _BASIC,
    ),
    "bounded-variance": Claims(
        "C3D for data that are not normal",
        f"{_CHECKED} Every corrupted row has the weight 1/3.",
        (
            (
                "For every distribution whose variance is at most σ²: the standard errors given are upper"
                " bounds."
            ),
            "All penalties together are less than twice the least possible, if all follow the plan.",
        ),
        (
            (
                "Normal data: collecting less gains a factor of at most 1.042 with five agents, 1.0004 with a"
                " hundred, for agents that weigh the rows as well as possible."
            ),
            "Not proved: that no made-up submission gains when data are not normal.",
        ),
        (_SAME_MEAN, _OTHERS, _COST),
    ),
    "alone": Claims(
        "Working alone",
        (
            "Nothing is shared. Every agent keeps its own samples; this is what other ways of sharing are"
            " measured by."
        ),
        ("Collecting σ/√cost samples is best for an agent that has nothing else.",),
        (),
        (_NORMAL, _COST),
    ),
    "pool-and-share": Claims(
        "Pool and share",
        "Everybody gets everything that everybody submitted, with no check and no noise.",
        (
            "If all follow the plan, all penalties together are the least possible.",
            "Nothing makes them follow it: collecting nothing saves the cost and loses little.",
        ),
        ("The curve shows what an agent would gain by collecting less.",),
        (_NORMAL, "Everybody follows the plan although it would pay not to.", _COST),
    ),
    "quota": Claims(
        "Pool and share with a quota",
        "Whoever submits as many rows as asked for gets everything that the others submitted.",
        (
            "If all follow the plan, all penalties together are the least possible.",
            (
                "Where rows can be made up the quota is a formality: made-up rows are as good for passing it,"
                " and the one who made them up knows to leave them out."
            ),
        ),
        ("The curve shows what an agent would gain by collecting less and making up the rest.",),
        (_NORMAL, "Nobody makes rows up although it would pay.", _COST),
    ),
    "no-fabrication": Claims(
        "Pool and share with a quota, where rows cannot be made up",
        "Whoever submits as many rows as asked for gets everything that the others submitted.",
        (
            "Collecting and submitting what is asked for is everybody's best choice.",
            "All penalties together are the least possible.",
        ),
        _SEARCHED[:1],
        (
            _NORMAL,
            "Rows cannot be made up or altered: agents can only collect less, or withhold.",
            _OTHERS,
            _COST,
        ),
    ),
    "estimate-only": Claims(
        "One estimate that everybody must use",
        (
            "Agents are given no rows, only the mean of all submissions, with noise. The farther a submission"
            " lies from the others', the more noise is in the estimate its owner gets."
        ),
        (
            _HONEST,
            (
                "Nobody is worse off than working alone, as long as all follow the plan and are three or more"
                " (two agents: from the power 2 on)."
            ),
            (
                "All penalties together are 1 + 1/(2k) times the least possible, where k is the power of the"
                " noise."
            ),
        ),
        _SEARCHED,
        (
            "Agents must use the estimate they are given, for instance because the operator deploys it.",
            *_BASIC,
        ),
    ),
    "heterogeneous": Claims(
        "Sharing among agents with different costs",
        (
            "Who collects what follows from what a sample costs whom. Agents are given estimates, not rows."
            " Whoever collects a part is checked against the others: the farther its submission lies from"
            " theirs, the noisier its estimate."
        ),
        (
            _HONEST,
            "Nobody is worse off than working alone.",
            (
                "Where no agent is asked for more than it would collect alone and all together collect at"
                " least "
                "as much as any would alone (a “favourable” quantity), no penalty is more than four times"
                " that"
                " of the plan bargained for."
            ),
        ),
        (
            (
                "For the numbers of this round: other amounts of every quantity, shifted and noisier reports"
                " (section “What was checked”)."
            ),
        ),
        (_NORMAL, "The costs are known to all and true.", _OTHERS, _COST),
    ),
    CRAMER_VON_MISES: Claims(
        "Cramér-von Mises check",
        (
            "Every agent's rows are compared with the pooled rows of the others, one feature at a time:"
            " how far"
            " the two distributions are apart is the agent's loss. Nothing about the data has to be known"
            " beforehand, and no chance is involved: anybody can repeat it."
        ),
        (
            (
                "If all report honestly, the expected loss of a and z rows that are compared is"
                " c (1/a + 1/z), whatever the distribution; c is 1/6 where values never tie."
            ),
            "More honest rows mean a lower expected loss.",
            "No report brings the expected loss below c/z: lying can save at most c/a.",
        ),
        (
            (
                "The loss of this round beside its honest expectation, and how often honest rows would reach"
                " it (the p-value)."
            ),
        ),
        (
            "All agents draw rows independently of each other from the same distribution.",
            _OTHERS,
            "The features say what matters: what they do not hold, the check does not see.",
        ),
    ),
}
