"""Regret against rounds, both on logarithmic axes: a learner's line there has the power of t as its slope."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import altair as alt

from fairpool.documents.pricing import LearnerDocument, SimulationDocument
from fairpool.reports.frame.drawing import NARROW, WIDE, Chart, Drawing, Record, Size, in_both_widths, marks
from fairpool.reports.frame.magnitudes import significant
from fairpool.reports.frame.numerals import beside
from fairpool.reports.frame.palette import LIGHT
from fairpool.reports.pricing.lines import decades, styled, styles_of

_MOST_DECADES = 7  # of regret; what is less is cut off
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
            "x:Q",
            scale=_log(self.first, self.last),
            axis=decades("Rounds", self.first, self.last, width / 75),
        )

    def y(self, height: float, title: str) -> alt.Y:
        return alt.Y(
            "y:Q", scale=_log(self.floor, self.top), axis=decades(title, self.floor, self.top, height / 30)
        )

    def shown(self, value: float) -> float | None:
        """What is not above the floor interrupts its line."""
        return value if value > self.floor else None


def regret_chart(document: SimulationDocument) -> Chart | None:
    """A line a learner with its confidence band; None where nobody ever regrets anything."""
    plane = _plane(document)
    if plane is None:
        return None
    label = f"Line chart, regret after {document.rounds:,} rounds: {_ends(document)}"
    return in_both_widths(
        lambda size: _drawn(document, plane, size), label, Size(WIDE, 400), Size(NARROW, 300)
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


def _drawn(document: SimulationDocument, plane: RegretPlane, size: Size) -> Drawing:
    unit = f", {document.unit}" if document.unit else ""
    x, y = plane.x(size.width), plane.y(size.height, f"Regret{unit}")
    titles = [str(learner.title) for learner in document.learners]
    style = styled(titles, styles_of(len(titles)), size)
    found = marks(
        [point for i, one in enumerate(document.learners) for point in _points(i, document.marks, one, plane)]
    )
    band = found.mark_area(fillOpacity=0.16).encode(
        x=x, y=alt.Y("high:Q"), y2=alt.Y2("low:Q"), color=style["color"]
    )
    line = found.mark_line(strokeJoin="round").encode(x=x, y=y, **style)
    return alt.layer(*_guides(plane, x, y), band, line)


def _points(
    place: int, rounds: Sequence[int], learner: LearnerDocument, plane: RegretPlane
) -> Iterator[Record]:
    found = learner.regret
    for t, mean, low, high in zip(rounds, found.mean, found.low, found.high, strict=True):
        yield {
            "line": place,
            "x": t,
            "y": plane.shown(mean),
            "high": plane.shown(high),
            "low": max(low, plane.floor),
        }


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
        line = marks(points).mark_line(color=LIGHT["soft"], strokeWidth=1, strokeDash=[1, 4])
        word = marks(text).mark_text(color=LIGHT["muted"], align="right", dx=-8, dy=-6)
        found += [line.encode(x=x, y=y), word.encode(x=x, y=y, text=alt.Text("text:N"))]
    return found


def _reaches(plane: RegretPlane, end: float, power: float) -> float:
    """The round at which a guide crosses the floor."""
    return plane.last * (plane.floor / end) ** (1 / power)


def _log(low: float, high: float) -> alt.Scale:
    return alt.Scale(type="log", domain=[low, high], nice=False, clamp=True)
