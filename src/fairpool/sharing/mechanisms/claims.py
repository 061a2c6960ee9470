"""What is known of a way of sharing, and how: sentences for people who were not there when it was chosen."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Claims:
    """Its name in words, how it works, and what is proved of it, tested, and assumed."""

    title: str
    works: str
    proved: tuple[str, ...] = ()
    tested: tuple[str, ...] = ()
    assumed: tuple[str, ...] = ()


# ---- sentences that several entries of the catalogue share

NORMAL = (
    "Samples are independent and normal, with the same mean for all agents and the standard deviation σ"
    " that was agreed on."
)
OTHERS = "The others follow the plan: honesty is the best answer to honesty, not to everything the others might do."
COST = (
    "The cost of a sample and the squared error count in the same unit, as agreed: that decides how much is"
    " worth collecting."
)
BASIC = (NORMAL, OTHERS, COST)
SEARCHED = (
    "For the numbers of this round: whether another amount would pay (section “What was checked” and the curve).",
    "By the project's tests, in simulation: reports that are scaled, shifted, made noisier, made up from an own fit,"
    " copied or withheld.",
)
CHECKED = (
    "Each submission is compared with a few clean rows of the others. Those the agent gets as they are; the"
    " rest it gets with noise, and the farther its own submission lies from the clean rows, the more of it."
    " A made-up or sloppy submission spoils what comes back."
)
HONEST = (
    "If the others follow the plan, no agent does better by collecting another amount or by submitting"
    " anything but its data as they are."
)
NOT_WORSE = "Nobody is worse off than working alone, as long as all follow the plan."
