"""summary.json of a sharing, looked at agent by agent: numbers per column, of which any may be unknown (null).

In the document an unknown number is null, and a number that is the same in every column may stand there once.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scipy.stats import norm

Document = Mapping[str, Any]
Agent = Mapping[str, Any]
Number = float | None

_FAR = 4.0  # standard errors: one honest submission in 16,000 lies farther from the others'
_CHANCE = 0.001  # that any honest distance of the round is farther than `far`
MOST_ROWS = 24  # agents in a chart; of more, those that stand out
USUAL = 0.95  # part of the honest agents that lie inside the band of the distance chart


@dataclass(frozen=True, slots=True)
class Farthest:
    """The column in which a submission lies farthest from the others', and how far, in standard errors."""

    column: int
    distance: float


def per_column(agent: Agent, key: str, columns: int) -> list[Any]:
    """What the document says of an agent, a value a column."""
    found = agent.get(key)
    values = list(found) if isinstance(found, (list, tuple)) else [found]
    return values if len(values) == columns else [values[0] if values else None] * columns


def numbers(document: Document, agent: Agent, key: str) -> list[Number]:
    """`per_column` for numbers; what is not a finite number is unknown."""
    return [_known(value) for value in per_column(agent, key, len(document["columns"]))]


def known(value: Any) -> float:
    """A number that is known to be there."""
    return float(value)


def _known(value: Any) -> Number:
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return float(value) if is_number and math.isfinite(value) else None


def number(agent: Agent, key: str) -> Number:
    """A number of the agent as a whole."""
    return _known(agent.get(key))


def rows(document: Document, agent: Agent, key: str) -> str:
    """``20``, or ``3 to 40`` where columns differ; a dash for nothing known."""
    found = [value for value in numbers(document, agent, key) if value is not None]
    if not found:
        return "–"
    least, most = min(found), max(found)
    return f"{_count(least)} to {_count(most)}" if least != most else _count(least)


def _count(amount: float) -> str:
    return f"{amount:,.0f}" if amount == round(amount) else f"{amount:,.1f}"


def rows_in_all(document: Document, key: str) -> int:
    """Rows of all agents: in every column the same, or the sum over columns where they differ."""
    total = 0.0
    for agent in document["agents"]:
        found = [value for value in numbers(document, agent, key) if value is not None]
        total += found[0] if len(set(found)) == 1 else sum(found)
    return round(total)


def farthest(document: Document, agent: Agent) -> Farthest | None:
    """Where the submission lies farthest from the others'; None where no distance is known."""
    found = [(abs(d), k) for k, d in enumerate(numbers(document, agent, "distance")) if d is not None]
    if not found:
        return None
    _, column = max(found, key=lambda one: (one[0], -one[1]))
    return Farthest(column, known(numbers(document, agent, "distance")[column]))


def compared_columns(document: Document) -> int:
    """The most columns in which any agent was compared with the others."""
    counts = [
        sum(d is not None for d in numbers(document, agent, "distance")) for agent in document["agents"]
    ]
    return max(counts, default=0)


def usual_distance(columns: int) -> float:
    """Inside which 95 in 100 honest agents have all their distances: 1.96 for one column."""
    return float(norm.ppf((1 + USUAL ** (1 / max(columns, 1))) / 2))


def far(document: Document) -> float:
    """The distance that chance hardly explains, in standard errors: more where many are looked at."""
    looked_at = sum(
        distance is not None
        for agent in document["agents"]
        for distance in numbers(document, agent, "distance")
    )
    return max(_FAR, float(norm.isf(_CHANCE / (2 * max(looked_at, 1)))))


def noise_of(document: Document, agent: Agent) -> list[Number]:
    """Standard deviation of the noise on the agent's corrupted rows."""
    found = numbers(document, agent, "noise_variance")
    return [None if variance is None else math.sqrt(max(variance, 0.0)) for variance in found]


def largest(values: Sequence[Number]) -> Number:
    """The largest of the known ones; None where there is none."""
    return max((value for value in values if value is not None), default=None)


def sharpening(document: Document, agent: Agent) -> Number:
    """The standard error with the release over that of its own data alone, median over columns."""
    pairs = zip(
        numbers(document, agent, "standard_error"),
        numbers(document, agent, "standard_error_alone"),
        strict=True,
    )
    ratios = [after / before for after, before in pairs if after is not None and before]
    return statistics.median(ratios) if ratios else None


def without_own(document: Document) -> tuple[int, int]:
    """Of how many numbers agents know something without a sample of their own, and of how many they do at all."""
    found = [
        alone is None
        for agent in document["agents"]
        for alone, error in zip(
            numbers(document, agent, "standard_error_alone"),
            numbers(document, agent, "standard_error"),
            strict=True,
        )
        if error is not None
    ]
    return sum(found), len(found)


def realised_or_expected(agent: Agent) -> Number:
    """The penalty as it turned out, or else the one of the plan; None for an agent that handed in nothing."""
    realised = number(agent, "penalty_realised")
    if realised is None and _handed_in_nothing(agent):
        return None
    return number(agent, "penalty") if realised is None else realised


def _handed_in_nothing(agent: Agent) -> bool:
    collected = agent.get("collected") or [None]
    return all(rows == 0 for rows in collected)


def saved(agent: Agent) -> Number:
    """Part of the penalty of working alone that sharing saves; None where the agent cannot work alone."""
    penalty, alone = realised_or_expected(agent), number(agent, "penalty_alone")
    return None if penalty is None or not alone else 1 - penalty / alone


def better_off(agent: Agent) -> bool | None:
    """Whether the agent is better off than alone; one that could not do alone is, with any penalty."""
    penalty, alone = realised_or_expected(agent), number(agent, "penalty_alone")
    if penalty is None:
        return None
    return alone is None or penalty < alone * (1 - 1e-9)


def most_telling(agents: Sequence[Agent], sizes: Sequence[float]) -> list[Agent]:
    """All agents in their order if they fit in a chart, else those of the largest sizes first."""
    if len(agents) <= MOST_ROWS:
        return list(agents)
    order = sorted(range(len(agents)), key=lambda i: -sizes[i])
    return [agents[i] for i in order[:MOST_ROWS]]
