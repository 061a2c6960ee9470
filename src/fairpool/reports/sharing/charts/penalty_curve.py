"""The penalty of one agent against what it collects: sharing, working alone, and where the plan is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import altair as alt

from fairpool.documents.sharing.plans import PenaltyCurve
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
)
from fairpool.reports.frame.magnitudes import Gauge, gauge, plain, significant
from fairpool.reports.frame.palette import LIGHT

MOST_CURVES = 6
_CARD_WIDE, _CARD_NARROW = 440, 322
_SHARE = "Collected, of the plan (grey: of what is best alone)"
_LABELS = 50  # pixels at the left
_ABOVE = 2.2  # times the larger of both marked penalties: curves go to infinity where nothing is collected

Point = tuple[float, float]
Lines = Mapping[str, list[Point]]


@dataclass(frozen=True, slots=True)
class Mark:
    """A point of a curve that has a name."""

    x: float
    y: float
    text: str
    colour: str


def curve_chart(curve: PenaltyCurve) -> Chart | None:
    """Across the page."""
    return _chart(curve, Size(WIDE, 340), Size(NARROW, 280))


def curve_cards(curves: Sequence[PenaltyCurve]) -> list[tuple[str, Chart]]:
    """One per agent, of many agents a selection from the first to the last of the document."""
    last = len(curves) - 1
    places = (
        range(len(curves))
        if last < MOST_CURVES
        else [round(i * last / (MOST_CURVES - 1)) for i in range(MOST_CURVES)]
    )
    charts = [(curves[i], _chart(curves[i], Size(_CARD_WIDE, 230), Size(_CARD_NARROW, 220))) for i in places]
    return [(str(curve.agent or curve.title), chart) for curve, chart in charts if chart]


def _chart(curve: PenaltyCurve, wide: Size, narrow: Size) -> Chart | None:
    named = _marks(curve)
    lines = {"penalties": _points(curve, curve.penalties), "alone": _points(curve, curve.alone)}
    if not any(lines.values()):
        return None
    label = f"Line chart, {curve.title}: {'; '.join(mark.text for mark in named)}"
    words = _SHARE if _is_share(curve) else "Samples an agent collects"
    plane = _plane(lines, named)
    return in_both_widths(lambda size: _drawn(plane, lines, named, words, size), label, wide, narrow)


def _points(curve: PenaltyCurve, penalties: Sequence[float | None]) -> list[Point]:
    return [(x, y) for x, y in zip(curve.amounts, penalties, strict=True) if y is not None]


def _is_share(curve: PenaltyCurve) -> bool:
    return "share" in curve.unit


def _marks(curve: PenaltyCurve) -> list[Mark]:
    """The equilibrium and the best amount alone, where they are known."""
    share = _is_share(curve)
    return [
        Mark(
            x,
            y,
            f"{words}: {significant(y)}" if share else f"{words}: {plain(x)}, penalty {significant(y)}",
            colour,
        )
        for x, y, words, colour in (
            (curve.equilibrium, curve.equilibrium_penalty, "plan", LIGHT["earn"]),
            (curve.alone_samples, curve.alone_penalty, "alone", LIGHT["muted"]),
        )
        if y is not None
    ]


@dataclass(frozen=True, slots=True)
class PenaltyPlane:
    """Where the curves are drawn: from 0 to ``right`` and ``top``."""

    right: float
    top: float

    @property
    def along(self) -> Gauge:
        return gauge([0.0, self.right], from_zero=True)

    @property
    def up(self) -> Gauge:
        return gauge([0.0, self.top], from_zero=True)

    def placed(self, x: float, y: float) -> Record:
        return {"x": self.along(x), "y": self.up(y)}


def _drawn(plane: PenaltyPlane, lines: Lines, named: Sequence[Mark], words: str, size: Size) -> Drawing:
    samples = axis(plane.along.titled(words), size.width - _LABELS, grid=False)
    x = alt.X("x:Q", scale=linear(0, plane.along(plane.right)), axis=samples)
    penalties = axis(plane.up.titled("Penalty"), size.height, apart=45)
    y = alt.Y("y:Q", scale=linear(0, plane.up(plane.top)), axis=penalties)
    dots = marks([plane.placed(mark.x, mark.y) | {"text": mark.text} for mark in named])
    key = alt.Legend(
        symbolType="circle", symbolSize=110, orient="top", columns=0 if size.width > 400 else 1, labelLimit=0
    )
    colours = alt.Scale(domain=[mark.text for mark in named], range=[mark.colour for mark in named])
    colour = alt.Color("text:N", scale=colours, legend=key)
    layers = [
        marks(_below_top(lines[name], plane)).mark_line(color=LIGHT[shade], strokeWidth=2.5).encode(x=x, y=y)
        for name, shade in (("alone", "soft"), ("penalties", "earn"))
    ]
    layers += [
        dots.mark_rule(strokeWidth=1, strokeDash=[3, 3]).encode(x=x, y=y, y2=alt.Y2Datum(0), color=colour),
        dots.mark_point(filled=True, size=110, opacity=1).encode(x=x, y=y, color=colour),
    ]
    return alt.layer(*layers)


def _plane(lines: Lines, named: Sequence[Mark]) -> PenaltyPlane:
    """As far as the curves go to the right, and up to where they only show that nothing is gained there."""
    points = [*lines["penalties"], *lines["alone"]]
    right = max([x for x, _ in points] + [mark.x for mark in named])
    highest = max(y for _, y in points)
    limit = _ABOVE * max((mark.y for mark in named), default=highest)
    return PenaltyPlane(right or 1.0, min(highest * 1.05, limit) or 1.0)


def _below_top(points: Sequence[Point], plane: PenaltyPlane) -> list[Record]:
    """The points below the upper edge, and where the line crosses it."""
    found: list[Record] = []
    for i, (x, y) in enumerate(points):
        if y <= plane.top:
            found.append(plane.placed(x, y))
        elif i + 1 < len(points) and points[i + 1][1] < plane.top:
            after_x, after_y = points[i + 1]
            found.append(plane.placed(x + (after_x - x) * (y - plane.top) / (y - after_y), plane.top))
    return found
