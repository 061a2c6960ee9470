"""Charts of one row per party.

When wide a row has three columns: name, marks, number.  When narrow the name and the number stand above the
marks, so that a long name and a long number never fight with the bars for room.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import altair as alt

from fairpool.reports.frame.drawing import (
    LINE_HEIGHT,
    NARROW,
    WIDE,
    Chart,
    drawn,
    inline_svg,
    layer,
    text_width,
    wrapped,
)
from fairpool.reports.frame.palette import LIGHT
from fairpool.reports.frame.scales import axis, ticks

ROWS_BEFORE_A_CHART_SCROLLS = 24


@dataclass(frozen=True, slots=True)
class Frame:
    """The columns of a chart of rows, in pixels; ``stacked``: name and number stand above the marks."""

    width: int
    names: int
    numbers: int
    stacked: bool

    @property
    def plot(self) -> tuple[int, int]:
        """Left and right end of the marks."""
        return (4, self.width - 4) if self.stacked else (self.names, self.width - self.numbers - 12)

    @property
    def name_width(self) -> int:
        return self.width - self.numbers - 12 if self.stacked else self.names - 14


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its wrapped name, the top of the name and the middle of the marks."""

    lines: list[str]
    top: float
    middle: float


def wide_frame(numbers: Sequence[str], *, names: int, width: int = WIDE) -> Frame:
    """Three columns, the last as wide as the longest number."""
    return Frame(width, names, _column(numbers), stacked=False)


def narrow_frame(numbers: Sequence[str], *, width: int = NARROW) -> Frame:
    """Name and number above the marks."""
    return Frame(width, width, _column(numbers), stacked=True)


def _column(numbers: Sequence[str]) -> int:
    return int(max((text_width(text) for text in numbers), default=0)) + 4


@dataclass(frozen=True, slots=True)
class Axis:
    """What the marks are measured on; ``zero``: draw a line there."""

    low: float
    high: float
    title: str
    smallest: float = 0.0
    percent: bool = False
    zero: bool = True


Marks = Callable[[Sequence[Row], alt.X, alt.Y], list[alt.Chart]]


@dataclass(frozen=True, slots=True)
class RowChart:
    """A chart before it has a width."""

    names: Sequence[str]
    numbers: Sequence[str]
    marks: Marks
    along: Axis
    label: str

    def drawn_in(self, wide: Frame, narrow: Frame) -> Chart:
        """Both variants."""
        tall = len(self.names) > ROWS_BEFORE_A_CHART_SCROLLS
        wide_svg = inline_svg(self._layers(wide), label=self.label, variant="wide")
        return Chart(wide_svg, inline_svg(self._layers(narrow), label=self.label, variant="narrow"), tall)

    def drawn(self) -> Chart:
        """Both variants in the page's two widths."""
        names = min(250, max(map(text_width, self.names), default=0) + 16)
        return self.drawn_in(wide_frame(self.numbers, names=int(names)), narrow_frame(self.numbers))

    def _layers(self, frame: Frame) -> alt.LayerChart:
        rows, height = placed(self.names, frame)
        x, y = self._x(frame), row_scale(height)
        through = [{"x": 0, "y": 0, "y2": height}]
        beside_marks = [{"x": 0, "y": row.middle - 11, "y2": row.middle + 11} for row in rows]
        zero = layer(
            beside_marks if frame.stacked else through, "rule", color=LIGHT["muted"], strokeWidth=1.2
        )
        texts = row_texts(rows, self.numbers, frame, y)
        line = [zero.encode(x=x, y=y, y2="y2:Q")] if self.along.zero else []
        layers = [*self.marks(rows, x, y), *line, *texts]
        return drawn(layers, width=frame.width, height=height)

    def _x(self, frame: Frame) -> alt.X:
        low, high = self.along.low, self.along.high
        left, right = frame.plot
        values = ticks(low, high, most=max(2, (right - left) // 80), smallest=self.along.smallest)
        scale = alt.Scale(domain=[low, high], range=[left, right], nice=False, zero=False)
        return alt.X(
            "x:Q",
            scale=scale,
            axis=axis(values, title=self.along.title, percent=self.along.percent, columns=not frame.stacked),
        )


def placed(names: Sequence[str], frame: Frame) -> tuple[list[Row], float]:
    """Rows from top to bottom, and the height they take together."""
    rows, top = [], 0.0
    for name in names:
        lines = wrapped(name, frame.name_width)
        text = len(lines) * LINE_HEIGHT
        if frame.stacked:
            rows.append(Row(lines, top + 2, top + text + 12))
            top += text + 33
        else:
            height = max(28, text + 10)
            rows.append(Row(lines, top + (height - text) / 2 + 2, top + height / 2))
            top += height
    return rows, top


def row_texts(rows: Sequence[Row], numbers: Sequence[str], frame: Frame, y: alt.Y) -> list[alt.Chart]:
    """The name and the number of every row."""
    named = [{"y": row.top, "text": row.lines} for row in rows]
    counted = [
        {"y": row.top if frame.stacked else row.middle, "text": number}
        for row, number in zip(rows, numbers, strict=True)
    ]
    baseline = "top" if frame.stacked else "middle"
    return [
        layer(named, "text", align="left", baseline="top", lineHeight=LINE_HEIGHT).encode(
            x=alt.value(0), y=y, text="text:N"
        ),
        layer(counted, "text", align="right", baseline=baseline).encode(
            x=alt.value(frame.width), y=y, text="text:N"
        ),
    ]


def row_scale(height: float) -> alt.Y:
    """Pixels from the top as they are."""
    return alt.Y(
        "y:Q", axis=None, scale=alt.Scale(domain=[0, height], range=[0, height], nice=False, zero=False)
    )
