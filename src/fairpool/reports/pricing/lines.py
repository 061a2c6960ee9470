"""How the lines of several learners are told apart: a colour, a dash, and a key above the chart."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt

from fairpool.reports.frame.drawing import Size, looked_up, text_width
from fairpool.reports.frame.palette import LIGHT

_SWATCH = 70  # pixels, with the gap to the next


@dataclass(frozen=True, slots=True)
class LineStyle:
    """A colour of the palette and a dash; no two of `STYLES` look alike without colour or without dashes alone."""

    word: str
    dash: tuple[int, ...] = ()
    width: float = 2.4


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


def styles_of(count: int) -> list[LineStyle]:
    return [STYLES[place % len(STYLES)] for place in range(count)]


def styled(names: Sequence[str], styles: Sequence[LineStyle], size: Size) -> dict[str, Any]:
    """Encodings of ``line``, the place of a line in ``names``: a colour, a dash and a width each, and the key."""
    columns = max(1, int(size.width // (_SWATCH + max(map(text_width, names)))))
    places = list(range(len(names)))
    key = alt.Legend(
        labelExpr=looked_up(names),
        labelLimit=size.width - _SWATCH,
        columns=columns,
        orient="top",
        symbolType="stroke",
    )
    ranges: dict[str, list[Any]] = {
        "color": [LIGHT[style.word] for style in styles],
        "strokeDash": [list(style.dash) or [1, 0] for style in styles],
        "strokeWidth": [style.width for style in styles],
    }
    kinds = {"color": alt.Color, "strokeDash": alt.StrokeDash, "strokeWidth": alt.StrokeWidth}
    return {
        name: kinds[name]("line:N", scale=alt.Scale(type="ordinal", domain=places, range=shown), legend=key)
        for name, shown in ranges.items()
    }


def decades(title: str, low: float, high: float, room: float, *, grid: bool = True) -> alt.Axis:
    """Ticks at powers of ten, every second or third of them where they would stand too close."""
    first, last = math.ceil(math.log10(low) - 1e-9), math.floor(math.log10(high) + 1e-9)
    step = max(1, math.ceil((last - first + 1) / max(2.0, room)))
    values = [10.0**power for power in range(first, last + 1, step)]
    form = ",~f" if last <= 5 and first >= -4 else "~s" if first >= 0 else "~e"
    return alt.Axis(values=values, format=form, title=title, grid=grid, labelOverlap=False)
