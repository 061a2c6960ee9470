"""From an Altair chart to a small piece of SVG inside the page.

Every chart is drawn twice, for a wide and for a narrow page, and the style sheet shows one of them: text is
never scaled down to fit.
"""

from __future__ import annotations

import json
import re
import unicodedata
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import altair as alt
import vl_convert
from altair.utils.schemapi import debug_mode
from markupsafe import Markup

from fairpool.reports.frame.palette import LIGHT

FONT_SIZE = 13.5
LINE_HEIGHT = 17
WIDE, NARROW = 800, 330  # pixels; on A4, text of a wide chart keeps nine tenths of its size
TONES = alt.Scale(domain=list(LIGHT), range=list(LIGHT.values()))
_SMALL = 12.5
_STYLE = {
    "background": "transparent",
    "padding": 2,
    "autosize": {"type": "fit-x", "contains": "padding"},
    "view": {"stroke": None},
    "text": {"fontSize": FONT_SIZE, "color": LIGHT["ink"]},
    "axis": {
        "domain": False,
        "ticks": False,
        "gridColor": LIGHT["line"],
        "labelColor": LIGHT["muted"],
        "labelFontSize": _SMALL,
        "labelPadding": 6,
        "labelLineHeight": LINE_HEIGHT,
        "titleColor": LIGHT["muted"],
        "titleFontSize": _SMALL,
        "titleFontWeight": "normal",
    },
    "axisY": {"titlePadding": 10},
    "legend": {
        "title": None,
        "labelColor": LIGHT["ink"],
        "labelFontSize": FONT_SIZE,
        "symbolSize": 400,
        "symbolOpacity": 1,
        "columnPadding": 34,
    },
}
_EM_PER_CHARACTER = 0.58  # wider than most typefaces, so that what is made to fit here fits everywhere
_DROPPED = {
    "role",
    "class",
    "pointer-events",
    "font-family",
    "stroke-miterlimit",
    "version",
    "transform-origin",
}
_LONG_NUMBER = re.compile(r"-?\d+\.\d{3,}")

Record = dict[str, Any]
Drawing = alt.Chart | alt.LayerChart | alt.FacetChart


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart as the page shows it: both variants; a ``tall`` one scrolls in a box of its own."""

    wide: Markup
    narrow: Markup
    tall: bool = False


@dataclass(frozen=True, slots=True)
class Size:
    """Pixels."""

    width: int
    height: float

    @property
    def is_wide(self) -> bool:
        return self.width == WIDE


def text_width(text: str, size: float = FONT_SIZE) -> float:
    """Pixels a text needs at most; East Asian characters are as wide as high."""
    ems = (1.0 if unicodedata.east_asian_width(c) in "WF" else _EM_PER_CHARACTER for c in text)
    return sum(ems) * size


def wrapped(text: str, width: float, most: int = 4) -> list[str]:
    """``text`` in at most ``most`` lines no wider than ``width``; what is left over ends in an ellipsis."""
    lines = [""]
    for piece in _pieces(text, width):
        if text_width(lines[-1] + piece.rstrip()) <= width:
            lines[-1] += piece
        else:
            lines.append(piece)
    shown = [line.strip() for line in lines if line.strip()] or [""]
    return shown if len(shown) <= most else [*shown[: most - 1], shown[most - 1][:-1] + "…"]


def _pieces(text: str, width: float) -> list[str]:
    """Where a line may end: after a space or a hyphen, and inside what is too long for a line of its own."""
    pieces: list[str] = []
    for word in re.findall(r"[^\s-]*-?\s*", text):
        while text_width(word.rstrip()) > width:
            end = max(1, next(i for i in range(len(word)) if text_width(word[: i + 1]) > width))
            pieces.append(word[:end])
            word = word[end:]
        pieces.append(word)
    return pieces


def marks(records: Sequence[Record]) -> alt.Chart:
    """A chart of plain records; say ``.mark_bar().encode(...)`` of it."""
    return alt.Chart(alt.InlineData(values=list(records)))


def tone(field: str = "tone:N", **options: Any) -> alt.Color:
    """A colour told by its word in the palette."""
    return alt.Color(field, scale=TONES, legend=None, **options)


def looked_up(texts: Sequence[str] | Sequence[Sequence[str]]) -> str:
    """Labels for an axis or a legend over the places 0, 1, 2, .. of ``texts``; a list is a label of several lines.

    Names that look alike, or are alike, keep a place each.
    """
    return f"{json.dumps(texts)}[datum.value]"


def in_both_widths(draw: Callable[[Size], Drawing], label: str, wide: Size, narrow: Size) -> Chart:
    """One drawing at two sizes: ``width`` is that of the whole picture, ``height`` that of the plot in it."""
    return Chart(
        inline_svg(draw(wide), wide, label, "wide"), inline_svg(draw(narrow), narrow, label, "narrow")
    )


@contextmanager
def unchecked() -> Iterator[None]:
    """What is drawn inside is not checked against Vega-Lite's schema by Altair: tests look at it, not every run."""
    with debug_mode(False):
        yield


def axis(title: str, room: float, *, apart: float = 80, grid: bool = True, **options: Any) -> alt.Axis:
    """An axis ``room`` pixels long with ticks at round numbers about as far ``apart``, or farther."""
    count = max(2, int(room // apart))
    return alt.Axis(title=wrapped(title, room), tickCount=count, grid=grid, labelOverlap=True, **options)


def linear(low: float, high: float) -> alt.Scale:
    """Exactly from ``low`` to ``high``."""
    return alt.Scale(domain=[low, high], nice=False, zero=False)


def inline_svg(chart: Drawing, size: Size, label: str, variant: str) -> Markup:
    """SVG to stand in a page, labelled for readers who do not see it; no ids, scripts, links or typefaces."""
    spec = chart.properties(width=size.width, config=_STYLE).to_dict(validate=False)
    spec.setdefault("height", size.height)
    root = ElementTree.fromstring(vl_convert.vegalite_to_svg(spec))
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
        _trim(element)
    width, height = root.get("width", "0"), root.get("height", "0")
    root.attrib.clear()
    root.attrib |= {"class": variant, "role": "img", "aria-label": label, "width": width, "height": height}
    root.set("viewBox", f"0 0 {width} {height}")
    return Markup(ElementTree.tostring(root, encoding="unicode"))


def _trim(element: ElementTree.Element) -> None:
    """Drop what shows nothing: empty frames, labels of single marks, default values."""
    for child in list(element):
        if child.get("class") in {"background", "foreground"} or child.tag.endswith("defs"):
            element.remove(child)
    for key in [k for k in element.attrib if k in _DROPPED or k.startswith("aria-")]:
        del element.attrib[key]
    if element.get("opacity") == "1":
        del element.attrib["opacity"]
    for key, value in element.attrib.items():
        element.set(key, _LONG_NUMBER.sub(lambda match: f"{float(match[0]):.2f}", value))
