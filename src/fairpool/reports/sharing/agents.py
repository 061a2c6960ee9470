"""summary.json of a sharing, looked at agent by agent: numbers by column, of which any may be unknown (None)."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from scipy.stats import norm

from fairpool.documents.sharing.mediator import AgentEntry, SharingDocument

Number = float | None
T = TypeVar("T")

_FAR = 4.0  # standard errors: one honest submission in 16,000 lies farther from the others'
_CHANCE = 0.001  # that any honest distance of the round is farther than `far`
MOST_ROWS = 24  # agents in a chart; of more, those that stand out
USUAL = 0.95  # part of the honest agents that lie inside the band of the distance chart


@dataclass(frozen=True, slots=True)
class Farthest:
    """The column in which a submission lies farthest from the others', and how far, in standard errors."""

    column: int
    distance: float


def known(values: Sequence[Number]) -> list[float]:
    """Those that are known."""
    return [float(value) for value in values if value is not None]


def rows(amounts: Sequence[Number]) -> str:
    """``20``, or ``3 to 40`` where columns differ; a dash for nothing known."""
    found = known(amounts)
    if not found:
        return "–"
    least, most = min(found), max(found)
    return f"{_count(least)} to {_count(most)}" if least != most else _count(least)


def _count(amount: float) -> str:
    return f"{amount:,.0f}" if amount == round(amount) else f"{amount:,.1f}"


def rows_in_all(document: SharingDocument) -> int:
    """Rows of all agents: in every column the same, or the sum over columns where they differ."""
    return sum(
        agent.collected[0] if len(set(agent.collected)) == 1 else sum(agent.collected)
        for agent in document.agents
    )


def farthest(agent: AgentEntry) -> Farthest | None:
    """Where the submission lies farthest from the others'; None where no distance is known."""
    found = [(abs(d), -k, d) for k, d in enumerate(agent.distance) if d is not None]
    if not found:
        return None
    _, column, distance = max(found)
    return Farthest(-column, distance)


def compared_columns(document: SharingDocument) -> int:
    """The most columns in which any agent was compared with the others."""
    return max((len(known(agent.distance)) for agent in document.agents), default=0)


def usual_distance(columns: int) -> float:
    """Inside which 95 in 100 honest agents have all their distances: 1.96 for one column."""
    return float(norm.ppf((1 + USUAL ** (1 / max(columns, 1))) / 2))


def far(document: SharingDocument) -> float:
    """The distance that chance hardly explains, in standard errors: more where many are looked at."""
    looked_at = sum(len(known(agent.distance)) for agent in document.agents)
    return max(_FAR, float(norm.isf(_CHANCE / (2 * max(looked_at, 1)))))


def noise_of(agent: AgentEntry) -> list[Number]:
    """Standard deviation of the noise on the agent's corrupted rows."""
    return [None if variance is None else math.sqrt(max(variance, 0.0)) for variance in agent.noise_variance]


def largest(values: Sequence[Number]) -> Number:
    """The largest of the known ones; None where there is none."""
    return max(known(values), default=None)


def errors_of(agent: AgentEntry) -> Iterator[tuple[Number, Number]]:
    """Standard errors with the release, and from its own data alone."""
    return zip(agent.standard_error, agent.standard_error_alone, strict=True)


def sharpening(agent: AgentEntry) -> Number:
    """The standard error with the release over that of its own data alone, median over columns."""
    ratios = [after / alone for after, alone in errors_of(agent) if after is not None and alone]
    return statistics.median(ratios) if ratios else None


def without_own(document: SharingDocument) -> tuple[int, int]:
    """Of how many numbers agents know something without a sample of their own, and of how many they do at all."""
    found = [
        alone is None for agent in document.agents for error, alone in errors_of(agent) if error is not None
    ]
    return sum(found), len(found)


def realised_or_expected(agent: AgentEntry) -> Number:
    """The penalty as it turned out, or else the one of the plan; None for an agent that handed in nothing."""
    if agent.penalty_realised is None and any(agent.collected):
        return agent.penalty
    return agent.penalty_realised


def saved(agent: AgentEntry) -> Number:
    """Part of the penalty of working alone that sharing saves; None where the agent cannot work alone."""
    penalty, alone = realised_or_expected(agent), agent.penalty_alone
    return None if penalty is None or not alone else 1 - penalty / alone


def better_off(agent: AgentEntry) -> bool | None:
    """Whether the agent is better off than alone; one that could not do alone is, with any penalty."""
    penalty, alone = realised_or_expected(agent), agent.penalty_alone
    if penalty is None:
        return None
    return alone is None or penalty < alone * (1 - 1e-9)


def most_telling(agents: Sequence[T], sizes: Sequence[float]) -> list[T]:
    """All agents in their order if they fit in a chart, else those of the largest sizes first."""
    if len(agents) <= MOST_ROWS:
        return list(agents)
    order = sorted(range(len(agents)), key=lambda i: -sizes[i])
    return [agents[i] for i in order[:MOST_ROWS]]
