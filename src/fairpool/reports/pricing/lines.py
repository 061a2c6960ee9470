"""How the lines of several learners are told apart: a colour, a dash, and a key above the chart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import altair as alt

from fairpool.reports.frame.drawing import layer, text_width
from fairpool.reports.frame.palette import LIGHT

KEY_ROW = 21  # pixels
_SWATCH, _GAP = 30, 22


@dataclass(frozen=True, slots=True)
class LineStyle:
    """A colour of the palette and a dash; no two of `STYLES` look alike without colour or without dashes alone."""

    word: str
    dash: tuple[int, ...] = ()
    width: float = 2.4

    @property
    def colour(self) -> str:
        return LIGHT[self.word]

    def line(self, points: Sequence[dict[str, float]], **options: object) -> alt.Chart:
        return layer(
            points, "line", color=self.colour, strokeWidth=self.width, strokeDash=list(self.dash), **options
        )


STYLES = (
    LineStyle("earn"),
    LineStyle("pay"),
    LineStyle("ink", (7, 3)),
    LineStyle("muted", (2, 3)),
    LineStyle("earn", (7, 3)),
    LineStyle("pay", (7, 3)),
    LineStyle("ink", (2, 3)),
    LineStyle("soft"),
    LineStyle("earn", (2, 3)),
    LineStyle("pay", (2, 3)),
)


def style_of(place: int) -> LineStyle:
    return STYLES[place % len(STYLES)]


@dataclass(frozen=True, slots=True)
class KeyEntry:
    """What a line of a chart is."""

    name: str
    style: LineStyle


def key(entries: Sequence[KeyEntry], width: float) -> list[alt.Chart]:
    """A line and a name each, in rows above the plot (y below 0)."""
    rows = _rows(entries, width)
    found = []
    for number, row in enumerate(rows):
        y = alt.value(-14 - KEY_ROW * (len(rows) - 1 - number))
        left = 0.0
        for entry in row:
            found.append(_swatch(entry, left, y))
            found.append(
                layer([{"text": entry.name}], "text", align="left", baseline="middle").encode(
                    x=alt.value(left + _SWATCH + 6), y=y, text="text:N"
                )
            )
            left += _room(entry)
    return found


def _swatch(entry: KeyEntry, left: float, y: alt.Value) -> alt.Chart:
    style = entry.style
    mark = layer([{}], "rule", color=style.colour, strokeWidth=style.width, strokeDash=list(style.dash))
    return mark.encode(x=alt.value(left), x2=alt.value(left + _SWATCH), y=y)


def _rows(entries: Sequence[KeyEntry], width: float) -> list[list[KeyEntry]]:
    rows: list[list[KeyEntry]] = [[]]
    for entry in entries:
        if rows[-1] and sum(map(_room, rows[-1])) + _room(entry) - _GAP > width:
            rows.append([])
        rows[-1].append(entry)
    return rows


def _room(entry: KeyEntry) -> float:
    return _SWATCH + 6 + text_width(entry.name) + _GAP
