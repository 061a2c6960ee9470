"""Charts of one row per party.

When wide a row has three columns: name, marks, number.  When narrow the name and the number stand above the
marks, so that a long name and a long number never fight with the bars for room.  Vega-Lite places everything; only
names are wrapped here and the columns of texts measured, as it does neither for typefaces it does not know.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import altair as alt

from fairpool.reports.frame.drawing import (
    FONT_SIZE,
    LINE_HEIGHT,
    NARROW,
    WIDE,
    Chart,
    Drawing,
    Record,
    Size,
    axis,
    in_both_widths,
    linear,
    looked_up,
    marks,
    text_width,
    wrapped,
)
from fairpool.reports.frame.palette import LIGHT

ROWS_BEFORE_A_CHART_SCROLLS = 24
_WIDEST_NAME = 234  # pixels
_GAP = 12
_ABOVE, _BELOW = 12, 21  # pixels from the middle of the marks up to the name, and down to the next row

ROW = alt.Y("row:O")


@dataclass(frozen=True, slots=True)
class Axis:
    """What the marks are measured on; ``zero``: draw a line there."""

    low: float
    high: float
    title: str
    smallest: float = 0.0
    percent: bool = False
    zero: bool = True

    def scaled(self, room: float, *, stacked: bool) -> alt.XDatum:
        """At the line of zero, or at the left end where there is none."""
        shown = axis(
            self.title,
            room,
            apart=100,
            grid=not stacked,
            tickMinStep=self.smallest,
            labelFlush=stacked,
            format="%" if self.percent else alt.Undefined,
        )
        return alt.XDatum(0 if self.zero else self.low, scale=linear(self.low, self.high), axis=shown)


@dataclass(frozen=True, slots=True)
class RowChart:
    """A name and a number a row; ``layers`` have their place in ``row``, 0 at the top, and their values in x."""

    names: Sequence[str]
    numbers: Sequence[str]
    layers: Sequence[Drawing]
    along: Axis
    label: str

    def drawn(self) -> Chart:
        """Three columns on a wide page, stacked on a narrow one."""
        return self._drawn(Size(WIDE, 0), Size(NARROW, 0), stacked_width=NARROW)

    def drawn_small(self, wide: int, narrow: int) -> Chart:
        """Three columns in both widths, for short names."""
        return self._drawn(Size(wide, 0), Size(narrow, 0), stacked_width=0)

    def _drawn(self, wide: Size, narrow: Size, *, stacked_width: int) -> Chart:
        def draw(size: Size) -> Drawing:
            return self._stacked(size) if size.width == stacked_width else self._columns(size)

        chart = in_both_widths(draw, self.label, wide, narrow)
        return replace(chart, tall=len(self.names) > ROWS_BEFORE_A_CHART_SCROLLS)

    @property
    def _numbers_width(self) -> int:
        return int(max(map(text_width, self.numbers), default=0)) + 4

    def _columns(self, size: Size) -> Drawing:
        names = [wrapped(name, _WIDEST_NAME) for name in self.names]
        column = max(text_width(line) for lines in names for line in lines) + 14
        row = max(28, max(map(len, names)) * LINE_HEIGHT + 10)
        room = size.width - column - self._numbers_width - _GAP
        shown = _names(
            names, 0, LINE_HEIGHT / 2, labelBaseline="middle", labelPadding=column, minExtent=column
        )
        y = alt.Y("row:O", axis=shown, title=None)
        return self._layers(
            self.along.scaled(room, stacked=False), y, row, _GAP + self._numbers_width, baseline="middle"
        )

    def _stacked(self, size: Size) -> Drawing:
        names = [wrapped(name, size.width - self._numbers_width - _GAP) for name in self.names]
        text = max(map(len, names)) * LINE_HEIGHT
        row = text + _ABOVE + _BELOW
        down = (text + _ABOVE - _BELOW) / 2  # of the marks from the middle of their row
        shown = _names(names, -_ABOVE, LINE_HEIGHT, labelBaseline="bottom", labelPadding=0)
        scale = alt.Scale(range=[down, down + row * len(names)])
        y = alt.Y("row:O", axis=shown, title=None, scale=scale)
        return self._layers(
            self.along.scaled(size.width, stacked=True), y, row, 0, baseline="bottom", dy=-_ABOVE
        )

    def _layers(self, zero: alt.XDatum, y: alt.Y, row: float, aside: float, **text: Any) -> Drawing:
        records: list[Record] = [{"row": i, "number": number} for i, number in enumerate(self.numbers)]
        line = marks(records).mark_tick(
            color=LIGHT["muted"], thickness=1.2 if self.along.zero else 0, size=22 if "dy" in text else row
        )
        number = marks(records).mark_text(align="right", **text)
        right = alt.value({"expr": f"width + {aside}"})
        layers = [
            *self.layers,
            line.encode(x=zero, y=y),
            number.encode(x=right, y=ROW, text=alt.Text("number:N")),
        ]
        return alt.layer(*layers).properties(height=row * len(records))


def error_bars(records: Sequence[Record]) -> list[alt.LayerChart]:
    """A line from ``low`` to ``high`` in each ``row``, with a cap at each end."""
    if not records:
        return []
    bars = marks(records).mark_errorbar(
        ticks={"size": 10, "thickness": 1.5, "color": LIGHT["ink"]},
        rule={"strokeWidth": 1.5, "color": LIGHT["ink"]},
    )
    return [bars.encode(x=alt.X("low:Q", title=""), x2=alt.X2("high:Q"), y=ROW)]


def _names(names: Sequence[Sequence[str]], up: float, line: float, **options: Any) -> alt.Axis:
    """Names as the labels of the rows, every one at its own height as it has its own number of lines."""
    texts = looked_up(names)
    return alt.Axis(
        labelExpr=texts,
        labelOffset=alt.expr(f"{up} - {line} * (length({texts}) - 1)"),
        labelAlign="left",
        labelLimit=0,
        labelColor=LIGHT["ink"],
        labelFontSize=FONT_SIZE,
        grid=False,
        **options,
    )
