"""How far each submission lies from the others', in standard errors of that difference under honesty.

For an honest agent it is standard normal (`fairpool.sharing.collected`), so the band of the chart is the same for
everybody: 95 in 100 honest agents lie inside (with several columns: in all of them).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import altair as alt
from scipy.stats import norm

from fairpool.documents.sharing.mediator import SharingDocument
from fairpool.reports.frame.drawing import (
    NARROW,
    WIDE,
    Chart,
    Drawing,
    Record,
    Size,
    axis,
    in_both_widths,
    linear,
    marks,
    tone,
)
from fairpool.reports.frame.numerals import beside, signed_decimal
from fairpool.reports.frame.palette import LIGHT
from fairpool.reports.frame.rows import ROW, Axis, RowChart
from fairpool.reports.sharing.agents import (
    Farthest,
    compared_columns,
    far,
    farthest,
    most_telling,
    usual_distance,
)

EDGE = 10.0  # what lies farther is drawn here, as an arrow
_BIN = 0.5


def distance_chart(document: SharingDocument) -> Chart | None:
    """One dot per agent, at its largest distance; of many agents the farthest ones first."""
    sizes = [abs(found.distance) if found else -1.0 for found in _all(document)]
    shown = most_telling(document.agents, sizes)
    placed = [(agent, found) for agent in shown if (found := farthest(agent))]
    if not placed:
        return None
    limit = far(document)
    reach = min(EDGE, max(limit, *(abs(found.distance) for _, found in placed)))
    usual = usual_distance(compared_columns(document))

    dots = marks([_dot(i, found.distance, limit) for i, (_, found) in enumerate(placed)])
    layers = [
        dots.mark_bar(size=20, color=LIGHT["band"]).encode(
            x=alt.XDatum(-usual), x2=alt.X2Datum(usual), y=ROW
        ),
        dots.mark_point(filled=True, size=110, opacity=1).encode(
            x=alt.X("distance:Q"), y=ROW, color=tone(), shape=alt.Shape("shape:N", scale=None)
        ),
    ]
    along = Axis(-reach * 1.06, reach * 1.06, "Distance from the others' mean, in standard errors")
    names = [agent.name for agent, _ in placed]
    said = [_written(document, found, limit) for _, found in placed]
    label = f"Dot chart, distance in standard errors: {beside(names, said)}"
    return RowChart(names, said, layers, along, label).drawn()


def _all(document: SharingDocument) -> list[Farthest | None]:
    return [farthest(agent) for agent in document.agents]


def _dot(row: int, distance: float, limit: float) -> Record:
    beyond = "triangle-right" if distance > 0 else "triangle-left"
    return {
        "row": row,
        "distance": min(max(distance, -EDGE), EDGE),
        "tone": "pay" if abs(distance) > limit else "earn",
        "shape": beyond if abs(distance) > EDGE else "circle",
    }


def _written(document: SharingDocument, found: Farthest, limit: float) -> str:
    """``+1.3``; with several columns the column, too."""
    distance = f"{'▲ ' if abs(found.distance) > limit else ''}{distance_text(found.distance)}"
    return distance if len(document.columns) == 1 else f"{distance} {_short(document.columns[found.column])}"


def distance_text(distance: float) -> str:
    """``+1.3``, ``−312``."""
    return (
        signed_decimal(distance, 1 if abs(distance) < 100 else 0)
        if abs(distance) < 1e6
        else f"{distance:+.0e}"
    )


def _short(name: str, most: int = 16) -> str:
    return name if len(name) <= most else name[: most - 1] + "…"


def distance_histogram(document: SharingDocument) -> Chart | None:
    """How many agents lie how far, beside what honest agents would do; one column only."""
    found = [one.distance for one in _all(document) if one]
    if len(found) < 2 or len(document.columns) > 1:
        return None
    label = f"Histogram of the distances of {len(found)} agents, beside the bell curve of honest agents"
    return in_both_widths(lambda size: _histogram(found, size), label, Size(WIDE, 240), Size(NARROW, 200))


def _histogram(distances: Sequence[float], size: Size) -> Drawing:
    """Half a standard error a bar; what is beyond the edge stands in the last one."""
    inside = [min(max(distance, -EDGE), EDGE - _BIN / 2) for distance in distances]
    reach = max(8 * _BIN, _BIN * math.ceil(max(map(abs, inside)) / _BIN + 1e-9))
    steps = [reach * (i / 60 - 1) for i in range(121)]
    bell = marks([{"at": at, "agents": len(distances) * _BIN * float(norm.pdf(at))} for at in steps])
    away = axis("Distance, in standard errors", size.width, grid=False)
    x = alt.X("distance:Q", bin=alt.Bin(step=_BIN), scale=linear(-reach, reach), axis=away)
    y = alt.Y("count():Q", axis=axis("Agents", size.height, apart=50, tickMinStep=1))
    return alt.layer(
        marks([{"distance": one} for one in inside])
        .mark_bar(color=LIGHT["earn"], stroke=LIGHT["paper"], binSpacing=0)
        .encode(x=x, y=y),
        bell.mark_line(color=LIGHT["ink"], strokeWidth=1.5).encode(x=alt.X("at:Q"), y=alt.Y("agents:Q")),
    )
