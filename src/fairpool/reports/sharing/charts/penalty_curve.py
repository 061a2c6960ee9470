"""The penalty of one agent against what it collects: sharing, working alone, and where the plan is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import altair as alt

from fairpool.documents.sharing import PenaltyCurve
from fairpool.reports.frame.drawing import NARROW, WIDE, Chart, Record, drawn, inline_svg, layer, text_width
from fairpool.reports.frame.magnitudes import Gauge, gauge, plain, significant
from fairpool.reports.frame.palette import LIGHT
from fairpool.reports.frame.scales import axis, ticks

MOST_CURVES = 6
_CARD_WIDE, _CARD_NARROW = 440, 322
_SHARE = "Collected, of the plan (grey: of what is best alone)"
_ROOM = 28  # pixels for a text below a mark
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
    return _chart(curve, (WIDE, 340), (NARROW, 280))


def curve_cards(curves: Sequence[PenaltyCurve]) -> list[tuple[str, Chart]]:
    """One per agent, of many agents a selection from the first to the last of the document."""
    last = len(curves) - 1
    places = (
        range(len(curves))
        if last < MOST_CURVES
        else [round(i * last / (MOST_CURVES - 1)) for i in range(MOST_CURVES)]
    )
    charts = [(curves[i], _chart(curves[i], (_CARD_WIDE, 230), (_CARD_NARROW, 220))) for i in places]
    return [(str(curve.agent or curve.title), chart) for curve, chart in charts if chart]


def _chart(curve: PenaltyCurve, wide: tuple[int, int], narrow: tuple[int, int]) -> Chart | None:
    marks = _marks(curve)
    lines = {"penalties": _points(curve, curve.penalties), "alone": _points(curve, curve.alone)}
    if not any(lines.values()):
        return None
    label = f"Line chart, {curve.title}: {'; '.join(mark.text for mark in marks)}"
    return Chart(
        inline_svg(_drawn(curve, lines, marks, *wide), label=label, variant="wide"),
        inline_svg(_drawn(curve, lines, marks, *narrow), label=label, variant="narrow"),
    )


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
    """Where the curves are drawn: from 0 to ``right`` and ``top``, in pixels ``width`` and ``height``."""

    right: float
    top: float
    width: int
    height: int

    @property
    def along(self) -> Gauge:
        return gauge([0.0, self.right], from_zero=True)

    @property
    def up(self) -> Gauge:
        return gauge([0.0, self.top], from_zero=True)

    def placed(self, x: float, y: float) -> Record:
        return {"x": self.along(x), "y": self.up(y)}

    def x(self, words: str) -> alt.X:
        right = self.along(self.right)
        values = ticks(0, right, most=self.width // 60)
        scale = alt.Scale(domain=[0, right], nice=False, zero=False)
        return alt.X("x:Q", scale=scale, axis=axis(values, title=self.along.titled(words), columns=False))

    def y(self) -> alt.Y:
        top = self.up(self.top)
        values = ticks(0, top, most=self.height // 38)
        scale = alt.Scale(domain=[0, top], nice=False, zero=False)
        return alt.Y("y:Q", scale=scale, axis=axis(values, title=self.up.titled("Penalty")))


def _drawn(
    curve: PenaltyCurve, lines: Lines, marks: Sequence[Mark], width: int, height: int
) -> alt.LayerChart:
    plane = _plane(lines, marks, width - 78, height)
    x, y = plane.x(_SHARE if _is_share(curve) else "Samples an agent collects"), plane.y()
    dots = [plane.placed(mark.x, mark.y) | {"y2": 0, "colour": mark.colour} for mark in marks]
    colour = alt.Color("colour:N", scale=None)
    layers = [
        *(
            layer(_below_top(lines[name], plane), "line", color=LIGHT[shade], strokeWidth=2.5).encode(
                x=x, y=y
            )
            for name, shade in (("alone", "soft"), ("penalties", "earn"))
        ),
        layer(dots, "rule", strokeWidth=1, strokeDash=[3, 3]).encode(x=x, y=y, y2="y2:Q", color=colour),
        layer(dots, "point", filled=True, size=110, opacity=1).encode(x=x, y=y, color=colour),
        *(_label(mark, marks, lines, plane).encode(x=x, y=y, text="text:N") for mark in marks),
    ]
    return drawn(layers, width=plane.width, height=height)


def _plane(lines: Lines, marks: Sequence[Mark], width: int, height: int) -> PenaltyPlane:
    """As far as the curves go to the right, and up to where they only show that nothing is gained there."""
    points = [*lines["penalties"], *lines["alone"]]
    right = max([x for x, _ in points] + [mark.x for mark in marks])
    highest = max(y for _, y in points)
    limit = _ABOVE * max((mark.y for mark in marks), default=highest)
    return PenaltyPlane(right or 1.0, min(highest * 1.05, limit) or 1.0, width, height)


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


def _label(mark: Mark, marks: Sequence[Mark], lines: Lines, plane: PenaltyPlane) -> alt.Chart:
    """Beside its dot: to the right if there is room, else to the left; below it, or above where a curve is near."""
    fits = mark.x / plane.right * plane.width + 10 + text_width(mark.text) <= plane.width
    is_upper = all(_is_over(mark, other) for other in marks if other is not mark)
    above = is_upper and _is_near(mark, lines["penalties"], plane.top * _ROOM / plane.height)
    return layer(
        [plane.placed(mark.x, mark.y) | {"text": mark.text}],
        "text",
        align="left" if fits else "right",
        dx=8 if fits else -8,
        dy=-14 if above else 15,
        color=mark.colour,
        fontWeight="bold",
    )


def _is_over(mark: Mark, other: Mark) -> bool:
    """Which of two marks is the upper one; of two as high, the one that is not the plan's."""
    return mark.y > other.y or (mark.y == other.y and mark.colour == LIGHT["muted"])


def _is_near(mark: Mark, points: Sequence[Point], room: float) -> bool:
    """Whether there is no room for a text between the mark and the curve below it."""
    _, below = min(points, key=lambda point: abs(point[0] - mark.x), default=(0.0, mark.y))
    return mark.y - below < room
