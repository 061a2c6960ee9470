"""What entering copies of oneself would have earned: one line per party over the number of copies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt

from fairpool.reports.frame.drawing import (
    FONT_SIZE,
    NARROW,
    WIDE,
    Chart,
    Record,
    drawn,
    inline_svg,
    layer,
    text_width,
)
from fairpool.reports.frame.numerals import listed
from fairpool.reports.frame.palette import LIGHT
from fairpool.reports.frame.scales import MoneyScale, axis, money_scale, padded, ticks

_LABELLED = 8
_LABEL_WIDTH = 170
_MOST_DOTS = 150


def replication_chart(gains: Sequence[Mapping[str, Any]], *, key: str, currency: str) -> Chart:
    """Lines above zero (copying pays) are coloured and named, those below are grey."""
    shown = [gain for gain in gains if gain[key] is not None]
    pays = list(dict.fromkeys(str(gain["party"]) for gain in shown if gain[key] > 0))
    verdict = f"copying pays for {listed(pays)}" if pays else "copying pays for nobody"
    label = f"Line chart, gain in {currency} from entering 1 to 5 copies: {verdict}"
    return Chart(
        inline_svg(_lines(shown, key, pays, currency, WIDE, 280), label=label, variant="wide"),
        inline_svg(_lines(shown, key, pays, currency, NARROW, 240), label=label, variant="narrow"),
    )


def _lines(
    gains: Sequence[Mapping[str, Any]], key: str, pays: Sequence[str], currency: str, width: int, height: int
) -> alt.LayerChart:
    scale = money_scale([gain[key] for gain in gains], currency)
    records = [_record(gain, key, pays, scale) for gain in gains]
    named = _named(records, pays)
    room = 0 if width < WIDE or not named else _LABEL_WIDTH
    few = len(gains) <= _MOST_DOTS
    x, y = _copies_axis(records, 0.15 if width == WIDE else 0.7), _gain_axis(records, scale)
    colour = alt.Color("colour:N", scale=None)
    zero = layer([{"gain": 0}], "rule", color=LIGHT["ink"], strokeWidth=1.5)
    layers = [
        zero.encode(y=y),
        layer(records, "line", strokeWidth=2 if few else 1).encode(x=x, y=y, detail="party:N", color=colour),
    ]
    if few:
        dots = layer(records, "point", filled=True, size=45, opacity=1)
        layers.append(dots.encode(x=x, y=y, color=colour))
    if width == WIDE:
        layers += [_remark("▲ copying pays", -10, y), _remark("▼ copying costs", 12, y)]
    if room:
        layers.append(_names(named, y, _gain_range(records, scale), (width - 86 - room + 8, height)))
    return drawn(layers, width=width - 86 - room, height=height)


def _remark(text: str, dy: int, y: alt.Y) -> alt.Chart:
    """What it means to be on this side of zero."""
    remark = layer(
        [{"gain": 0, "text": text}], "text", align="left", dy=dy, color=LIGHT["muted"], fontSize=12
    )
    return remark.encode(x=alt.value(2), y=y, text="text:N")


def _record(gain: Mapping[str, Any], key: str, pays: Sequence[str], scale: MoneyScale) -> Record:
    line, ink = (LIGHT["pay"], LIGHT["pay"]) if gain["party"] in pays else (LIGHT["soft"], LIGHT["muted"])
    return {
        "party": gain["party"],
        "copies": gain["copies"],
        "gain": scale(gain[key]),
        "colour": line,
        "ink": ink,
    }


def _copies_axis(records: Sequence[Record], first: float) -> alt.X:
    most = max(record["copies"] for record in records)
    scale = alt.Scale(domain=[first, most + 0.3], nice=False, zero=False)
    axis_ = axis([float(k) for k in range(1, most + 1)], title="Extra copies entered", columns=False)
    return alt.X("copies:Q", scale=scale, axis=axis_)


def _gain_range(records: Sequence[Record], scale: MoneyScale) -> tuple[float, float]:
    low, high = padded(
        min(record["gain"] for record in records),
        max(record["gain"] for record in records),
        smallest=scale.smallest,
    )
    room = (high - low) * 0.09
    return low - room, high + room


def _gain_axis(records: Sequence[Record], scale: MoneyScale) -> alt.Y:
    low, high = _gain_range(records, scale)
    values = ticks(low, high, most=6, smallest=scale.smallest)
    title = f"Gain from copying, {scale.title}"
    return alt.Y(
        "gain:Q", scale=alt.Scale(domain=[low, high], nice=False, zero=False), axis=axis(values, title=title)
    )


def _names(
    ends: Sequence[Record],
    y: alt.Y,
    gains: tuple[float, float],
    place: tuple[int, int],
) -> alt.Chart:
    """The names at the ends of their lines, pushed apart where they would overlap."""
    (low, high), (left, height) = gains, place
    tops = _apart([height * (high - end["gain"]) / (high - low) for end in ends], FONT_SIZE + 4, height)
    texts = [
        end | {"gain": high - top / height * (high - low), "text": _fitted(end["party"], _LABEL_WIDTH)}
        for end, top in zip(ends, tops, strict=True)
    ]
    text = layer(texts, "text", align="left", baseline="middle")
    return text.encode(x=alt.value(left), y=y, text="text:N", color=alt.Color("ink:N", scale=None))


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


def _fitted(name: str, width: float) -> str:
    if text_width(name) <= width:
        return name
    return next(
        name[:end] + "…" for end in range(len(name), 0, -1) if text_width(name[:end]) <= width - FONT_SIZE
    )
