"""What entering copies of oneself would have earned: one line per party over the number of copies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import altair as alt

from fairpool.reports.frame.drawing import (
    FONT_SIZE,
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
    tone,
    wrapped,
)
from fairpool.reports.frame.numerals import listed
from fairpool.reports.frame.palette import LIGHT
from fairpool.reports.frame.scales import MoneyScale, money_scale, padded

_LABELLED = 8
_LABEL_WIDTH = 170
_MOST_DOTS = 150
_ABOVE_LINE = 12


def replication_chart(gains: Sequence[Mapping[str, Any]], *, key: str, currency: str) -> Chart:
    """Lines above zero (copying pays) are coloured and named, those below are grey."""
    shown = [gain for gain in gains if gain[key] is not None]
    pays = list(dict.fromkeys(str(gain["party"]) for gain in shown if gain[key] > 0))
    verdict = f"copying pays for {listed(pays)}" if pays else "copying pays for nobody"
    label = f"Line chart, gain in {currency} from entering 1 to 5 copies: {verdict}"
    scale = money_scale([gain[key] for gain in shown], currency)
    records = [_record(gain, key, pays, scale) for gain in shown]
    title = f"Gain from copying, {scale.title}"
    return in_both_widths(
        lambda size: _lines(records, pays, scale.smallest, title, size),
        label,
        Size(WIDE, 280),
        Size(NARROW, 240),
    )


def _lines(
    records: Sequence[Record], pays: Sequence[str], smallest: float, title: str, size: Size
) -> Drawing:
    most, few = max(record["copies"] for record in records), len(records) <= _MOST_DOTS
    low, high = _gain_range(records, smallest)
    copies = axis("Extra copies entered", size.width, apart=size.width / most, grid=False, tickMinStep=1)
    x = alt.X("copies:Q", scale=linear(0.15 if size.is_wide else 0.7, most + 0.3), axis=copies)
    y = alt.Y(
        "gain:Q", scale=linear(low, high), axis=axis(title, size.height, apart=50, tickMinStep=smallest)
    )
    lines = marks(records)
    layers = [
        marks([{}]).mark_rule(color=LIGHT["ink"], strokeWidth=1.5).encode(y=alt.YDatum(0)),
        lines.mark_line(strokeWidth=2 if few else 1).encode(
            x=x, y=y, detail=alt.Detail("party:N"), color=tone()
        ),
    ]
    if few:
        layers.append(lines.mark_point(filled=True, size=45, opacity=1).encode(x=x, y=y, color=tone()))
    if size.is_wide:
        layers += [_remark("▲ copying pays", -10), _remark("▼ copying costs", 12)]
    layers += _names(_named(records, pays), low, high, size)
    aside = 0.2 * _LABEL_WIDTH  # as typefaces are wider than the one that Vega-Lite measures with
    return alt.layer(*layers).properties(
        padding={"left": 2, "top": 2, "bottom": 2, "right": aside if size.is_wide else 2}
    )


def _remark(text: str, dy: int) -> alt.Chart:
    """What it means to be on this side of zero."""
    remark = marks([{"text": text}]).mark_text(align="left", dy=dy, color=LIGHT["muted"], fontSize=12.5)
    return remark.encode(x=alt.value(2), y=alt.YDatum(0), text=alt.Text("text:N"))


def _record(gain: Mapping[str, Any], key: str, pays: Sequence[str], scale: MoneyScale) -> Record:
    line, ink = ("pay", "pay") if gain["party"] in pays else ("soft", "muted")
    return {
        "party": gain["party"],
        "copies": gain["copies"],
        "gain": scale(gain[key]),
        "tone": line,
        "ink": ink,
    }


def _gain_range(records: Sequence[Record], smallest: float) -> tuple[float, float]:
    gains = [record["gain"] for record in records]
    low, high = padded(min(gains), max(gains), smallest=smallest)
    room = (high - low) * 0.09
    return low - room, high + room


def _names(ends: Sequence[Record], low: float, high: float, size: Size) -> list[alt.Chart]:
    """The names at the ends of their lines, pushed apart where they would overlap: Vega-Lite cannot.

    On a wide page they stand beside the lines, on a narrow one above them.
    """
    if not ends:
        return []
    up = 0 if size.is_wide else _ABOVE_LINE
    heights = [size.height * (high - end["gain"]) / (high - low) - up for end in ends]
    tops = _apart(heights, FONT_SIZE + 4, size.height)
    texts = [
        {"top": top, "ink": end["ink"], "text": wrapped(str(end["party"]), _LABEL_WIDTH, most=1)[0]}
        for end, top in zip(ends, tops, strict=True)
    ]
    x = alt.value({"expr": "width + 8" if size.is_wide else "width - 2"})
    y, text = alt.Y("top:Q", scale=None), alt.Text("text:N")
    align: Literal["left", "right"] = "left" if size.is_wide else "right"
    names = (
        marks(texts)
        .mark_text(align=align, baseline="middle")
        .encode(x=x, y=y, text=text, color=tone("ink:N"))
    )
    if size.is_wide:
        return [names]
    paper = LIGHT["paper"]
    ground = marks(texts).mark_text(align=align, baseline="middle", color=paper, stroke=paper, strokeWidth=4)
    return [ground.encode(x=x, y=y, text=text), names]


def _named(records: Sequence[Record], pays: Sequence[str]) -> list[Record]:
    """The ends of the lines that get a name, from the top: all if they are few, else the highest above 0."""
    last = {record["party"]: record for record in records}
    highest = sorted(last.values(), key=lambda end: -end["gain"])
    return highest if len(last) <= _LABELLED else [end for end in highest if end["party"] in pays][:_LABELLED]


def _apart(tops: Sequence[float], gap: float, height: float) -> list[float]:
    """Positions from top to bottom at least ``gap`` apart, none beyond ``height``."""
    placed: list[float] = []
    for top in tops:
        placed.append(max(top, placed[-1] + gap) if placed else top)
    for i, limit in enumerate(height - gap * i for i in range(len(placed))):
        placed[-1 - i] = min(placed[-1 - i], limit)
    return placed
