"""Regret against rounds, both on logarithmic axes: a learner's line there has the power of t as its slope."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import altair as alt

from fairpool.documents.pricing import LearnerDocument, SimulationDocument
from fairpool.reports.frame.drawing import NARROW, WIDE, Chart, Record, drawn, inline_svg, layer
from fairpool.reports.frame.magnitudes import significant
from fairpool.reports.frame.numerals import beside
from fairpool.reports.frame.palette import LIGHT
from fairpool.reports.pricing.lines import KeyEntry, key, style_of

_MOST_DECADES = 7  # of regret; what is less is cut off
_AXIS = 70  # pixels for the labels at the left
_GUIDES = ((1.0, "like t"), (0.5, "like √t"))


@dataclass(frozen=True, slots=True)
class RegretPlane:
    """What is drawn, in rounds and units of money; ``top`` and ``floor`` are powers of ten."""

    first: float
    last: float
    floor: float
    top: float

    def x(self, width: int) -> alt.X:
        return alt.X(
            "x:Q", scale=_log(self.first, self.last), axis=_axis(self.first, self.last, "Rounds", width / 70)
        )

    def y(self, height: int, title: str) -> alt.Y:
        return alt.Y(
            "y:Q", scale=_log(self.floor, self.top), axis=_axis(self.floor, self.top, title, height / 30)
        )


def regret_chart(document: SimulationDocument) -> Chart | None:
    """A line a learner with its confidence band; None where nobody ever regrets anything."""
    plane = _plane(document)
    if plane is None:
        return None
    label = f"Line chart, regret after {document.rounds:,} rounds: {_ends(document)}"
    return Chart(
        inline_svg(_drawn(document, plane, WIDE, 400), label=label, variant="wide"),
        inline_svg(_drawn(document, plane, NARROW, 300), label=label, variant="narrow"),
    )


def _ends(document: SimulationDocument) -> str:
    names = [learner.title for learner in document.learners]
    return beside(names, [significant(learner.regret.mean[-1]) for learner in document.learners])


def _plane(document: SimulationDocument) -> RegretPlane | None:
    rounds = document.marks
    regrets = [value for learner in document.learners for value in learner.regret.mean if value > 0]
    if not regrets:
        return None
    highest = max(value for learner in document.learners for value in learner.regret.high)
    top = 10.0 ** math.ceil(math.log10(highest) - 1e-9)
    floor = 10.0 ** math.floor(math.log10(min(regrets)) + 1e-9)
    floor = max(floor, top / 10.0**_MOST_DECADES)
    return RegretPlane(rounds[0], max(rounds[-1], rounds[0] * 1.01), min(floor, top / 10), top)


def _drawn(document: SimulationDocument, plane: RegretPlane, width: int, height: int) -> alt.LayerChart:
    unit = f", {document.unit}" if document.unit else ""
    inner = width - _AXIS
    x, y = plane.x(inner), plane.y(height, f"Regret{unit}")
    bands, lines, entries = [], [], []
    for place, learner in enumerate(document.learners):
        style = style_of(place)
        bands += [
            layer(part, "area", color=style.colour, fillOpacity=0.16).encode(x=x, y=y, y2="y2:Q")
            for part in _band(document.marks, learner, plane)
        ]
        lines += [
            style.line(part, strokeJoin="round").encode(x=x, y=y)
            for part in _line(document.marks, learner, plane)
        ]
        entries.append(KeyEntry(str(learner.title), style))
    layers = [*_guides(plane, x, y), *bands, *lines, *key(entries, inner)]
    return drawn(layers, width=inner, height=height)


def _line(rounds: Sequence[int], learner: LearnerDocument, plane: RegretPlane) -> list[list[Record]]:
    """The pieces of the line that are above the floor."""
    points = [{"x": t, "y": value} for t, value in zip(rounds, learner.regret.mean, strict=True)]
    return _pieces(points, plane)


def _band(rounds: Sequence[int], learner: LearnerDocument, plane: RegretPlane) -> list[list[Record]]:
    found = learner.regret
    points = [
        {"x": t, "y": high, "y2": max(low, plane.floor)}
        for t, low, high in zip(rounds, found.low, found.high, strict=True)
    ]
    return _pieces(points, plane)


def _pieces(points: Sequence[Record], plane: RegretPlane) -> list[list[Record]]:
    pieces: list[list[Record]] = [[]]
    for point in points:
        if point["y"] > plane.floor:
            pieces[-1].append(point)
        elif pieces[-1]:
            pieces.append([])
    return [piece for piece in pieces if len(piece) > 1]


def _guides(plane: RegretPlane, x: alt.X, y: alt.Y) -> list[alt.Chart]:
    """Dotted lines of slope 1 and 1/2 above all others, to compare slopes with."""
    found = []
    for power, words in _GUIDES:
        end = plane.top if power == 1 else plane.top / 2
        start = (
            plane.first
            if end * (plane.first / plane.last) ** power >= plane.floor
            else _reaches(plane, end, power)
        )
        points = [
            {"x": start, "y": end * (start / plane.last) ** power},
            {"x": plane.last, "y": end},
        ]
        middle = math.sqrt(start * plane.last)
        text = [{"x": middle, "y": end * (middle / plane.last) ** power, "text": words}]
        found.append(
            layer(points, "line", color=LIGHT["soft"], strokeWidth=1, strokeDash=[1, 4]).encode(x=x, y=y)
        )
        found.append(
            layer(text, "text", color=LIGHT["muted"], align="right", dx=-8, dy=-6).encode(
                x=x, y=y, text="text:N"
            )
        )
    return found


def _reaches(plane: RegretPlane, end: float, power: float) -> float:
    """The round at which a guide crosses the floor."""
    return plane.last * (plane.floor / end) ** (1 / power)


def _log(low: float, high: float) -> alt.Scale:
    return alt.Scale(type="log", domain=[low, high], nice=False, clamp=True)


def _axis(low: float, high: float, title: str, room: float) -> alt.Axis:
    """Ticks at powers of ten, every second or third of them where they would stand too close."""
    first, last = math.ceil(math.log10(low) - 1e-9), math.floor(math.log10(high) + 1e-9)
    step = max(1, math.ceil((last - first + 1) / max(2.0, room)))
    values = [10.0**power for power in range(first, last + 1, step)]
    form = ",~f" if last <= 5 and first >= -4 else "~s" if first >= 0 else "~e"
    return alt.Axis(values=values, format=form, title=title, grid=True, labelOverlap=False)
