"""How far each submission lies from the others', in standard errors of that difference under honesty.

For an honest agent it is standard normal (`fairpool.sharing.collected`), so the band of the chart is the same for
everybody: 95 in 100 honest agents lie inside (with several columns: in all of them).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import altair as alt
from scipy.stats import norm

from fairpool.documents.sharing import SharingDocument
from fairpool.reports.frame.drawing import NARROW, WIDE, Chart, Record, drawn, inline_svg, layer
from fairpool.reports.frame.numerals import beside, signed_decimal
from fairpool.reports.frame.palette import LIGHT
from fairpool.reports.frame.rows import Axis, Row, RowChart
from fairpool.reports.frame.scales import axis, ticks
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

    def marks(places: Sequence[Row], x: alt.X, y: alt.Y) -> list[alt.Chart]:
        band = [{"x": -usual, "x2": usual, "y": row.middle - 10, "y2": row.middle + 10} for row in places]
        dots = [_dot(row, found.distance, limit) for row, (_, found) in zip(places, placed, strict=True)]
        return [
            layer(band, "rect", color=LIGHT["band"]).encode(x=x, x2="x2:Q", y=y, y2="y2:Q"),
            layer(dots, "point", filled=True, size=110, opacity=1).encode(
                x=x,
                y=y,
                color=alt.Color("colour:N", scale=None),
                shape=alt.Shape("shape:N", scale=None),
            ),
        ]

    along = Axis(-reach * 1.06, reach * 1.06, "Distance from the others' mean, in standard errors")
    names = [agent.name for agent, _ in placed]
    said = [_written(document, found, limit) for _, found in placed]
    label = f"Dot chart, distance in standard errors: {beside(names, said)}"
    return RowChart(names, said, marks, along, label).drawn()


def _all(document: SharingDocument) -> list[Farthest | None]:
    return [farthest(agent) for agent in document.agents]


def _dot(row: Row, distance: float, limit: float) -> Record:
    beyond = "triangle-right" if distance > 0 else "triangle-left"
    return {
        "x": math.copysign(min(abs(distance), EDGE), distance),
        "y": row.middle,
        "colour": LIGHT["pay" if abs(distance) > limit else "earn"],
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
    counts: dict[float, int] = {}
    for distance in found:
        left = min(max(math.floor(distance / _BIN) * _BIN, -EDGE), EDGE - _BIN)
        counts[left] = counts.get(left, 0) + 1
    label = f"Histogram of the distances of {len(found)} agents, beside the bell curve of honest agents"
    return Chart(
        inline_svg(_histogram(counts, len(found), WIDE, 240), label=label, variant="wide"),
        inline_svg(_histogram(counts, len(found), NARROW, 200), label=label, variant="narrow"),
    )


def _histogram(counts: dict[float, int], agents: int, width: int, height: int) -> alt.LayerChart:
    reach = max(_BIN * 8, *(max(-left, left + _BIN) for left in counts))
    top = max(*counts.values(), agents * _BIN * 0.4) * 1.08
    bars = [{"x": left, "x2": left + _BIN, "y": 0, "y2": count} for left, count in counts.items()]
    steps = [reach * (i / 60 - 1) for i in range(121)]
    bell = [{"x": at, "y": agents * _BIN * float(norm.pdf(at))} for at in steps]
    x = alt.X(
        "x:Q",
        scale=alt.Scale(domain=[-reach, reach], nice=False, zero=False),
        axis=axis(
            ticks(-reach, reach, most=width // 60), title="Distance, in standard errors", columns=False
        ),
    )
    y = alt.Y(
        "y:Q",
        scale=alt.Scale(domain=[0, top], nice=False, zero=False),
        axis=axis(ticks(0, top, most=5, smallest=1.0), title="Agents"),
    )
    return drawn(
        [
            layer(bars, "rect", color=LIGHT["earn"], stroke=LIGHT["paper"]).encode(
                x=x, x2="x2:Q", y=y, y2="y2:Q"
            ),
            layer(bell, "line", color=LIGHT["ink"], strokeWidth=1.5).encode(x=x, y=y),
        ],
        width=width - 60,
        height=height,
    )
