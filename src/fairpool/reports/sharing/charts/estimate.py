"""What each agent knows about a column: from its own data alone, and with the release."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt

from fairpool.documents.sharing.mediator import AgentEntry, SharingDocument
from fairpool.reports.frame.drawing import Chart, marks
from fairpool.reports.frame.magnitudes import Gauge, gauge, with_error
from fairpool.reports.frame.numerals import beside
from fairpool.reports.frame.palette import LIGHT
from fairpool.reports.frame.rows import ROW, Axis, RowChart
from fairpool.reports.sharing.agents import Number, most_telling

ERROR_BARS = 2  # standard errors to each side: about 95 in 100 such bars cover the true value
MOST_COLUMNS = 6


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate and its standard error; the error unknown: only the estimate."""

    value: float
    error: float

    @property
    def ends(self) -> tuple[float, float]:
        return self.value - ERROR_BARS * self.error, self.value + ERROR_BARS * self.error


@dataclass(frozen=True, slots=True)
class Known:
    """What one agent knows of one column, alone and with the release."""

    name: str
    alone: Interval | None
    shared: Interval | None


def columns_shown(document: SharingDocument) -> list[int]:
    """Few columns: all that anybody estimates; of many, those in which a submission lies farthest off."""
    agents, columns = document.agents, range(len(document.columns))
    sizes = [max(abs(agent.distance[k] or 0.0) for agent in agents) for k in columns]
    found = [k for k in columns if any(agent.estimate[k] is not None for agent in agents)]
    return sorted(sorted(found, key=lambda k: -sizes[k])[:MOST_COLUMNS])


def _known(agent: AgentEntry, column: int) -> Known:
    return Known(
        agent.name,
        _interval(agent.mean[column], agent.standard_error_alone[column]),
        _interval(agent.estimate[column], agent.standard_error[column]),
    )


def _interval(value: Number, error: Number) -> Interval | None:
    return None if value is None else Interval(value, error or 0.0)


def estimate_chart(document: SharingDocument, column: int) -> Chart | None:
    """Two intervals a row; of many agents those whose own mean lies farthest off."""
    sizes = [abs(agent.distance[column] or 0.0) for agent in document.agents]
    agents = most_telling(document.agents, sizes)
    rows = [one for agent in agents if (one := _known(agent, column)).alone or one.shared]
    ends = [end for one in rows for interval in (one.alone, one.shared) if interval for end in interval.ends]
    if not ends:
        return None
    scale = gauge(ends, from_zero=False)

    layers = [
        *_intervals([one.alone for one in rows], scale, color=LIGHT["soft"], yOffset=6, strokeWidth=3),
        *_intervals([one.shared for one in rows], scale, color=LIGHT["earn"], yOffset=-5, strokeWidth=4),
    ]
    said = [_written(one) for one in rows]
    names = [one.name for one in rows]
    label = f"Intervals of {document.columns[column]}: {beside(names, said)}"
    along = _axis(scale, ends, document.columns[column])
    return RowChart(names, said, layers, along, label).drawn()


def _intervals(intervals: Sequence[Interval | None], scale: Gauge, **style: Any) -> list[alt.Chart]:
    found = marks(
        [
            {"row": i, "value": scale(one.value), "low": scale(one.ends[0]), "high": scale(one.ends[1])}
            for i, one in enumerate(intervals)
            if one
        ]
    )
    return [
        found.mark_rule(**style).encode(x=alt.X("low:Q"), x2=alt.X2("high:Q"), y=ROW),
        found.mark_point(filled=True, size=60, opacity=1, **style | {"strokeWidth": 0}).encode(
            x=alt.X("value:Q"), y=ROW
        ),
    ]


def _written(one: Known) -> str:
    """``852 ± 16``, with the release; else in brackets alone."""
    if one.shared:
        return with_error(one.shared.value, ERROR_BARS * one.shared.error)
    return f"({with_error(one.alone.value, ERROR_BARS * one.alone.error)})" if one.alone else ""


def _axis(scale: Gauge, ends: Sequence[float], name: str) -> Axis:
    low, high = scale(min(ends)), scale(max(ends))
    room = (high - low) * 0.04 or abs(high) * 0.05 or 1.0
    title = name if len(name) <= 40 else name[:39] + "…"
    return Axis(low - room, high + room, scale.titled(title), zero=False)
