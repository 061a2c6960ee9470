"""What pooling is worth in pictures: every party alone and with its model, the shares, coalitions by size."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt

from fairpool.reports.frame.drawing import (
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
)
from fairpool.reports.frame.numerals import decimal, decimals_apart, listed, percent
from fairpool.reports.frame.palette import LIGHT
from fairpool.reports.frame.rows import ROW, Axis, RowChart, error_bars

Party = Mapping[str, Any]

_MOST_DOTS = 30
ERROR_BARS = 2  # standard errors to each side: about 95 in 100 such bars cover the true value


def gain_chart(parties: Sequence[Party]) -> Chart:
    """Each party's own score and the score of the model it gets, largest step first."""
    ranked = sorted(parties, key=lambda party: party["gain_alone"] - party["gain"])

    both = marks([{"row": i, "alone": p["gain_alone"], "gain": p["gain"]} for i, p in enumerate(ranked)])
    layers = [
        both.mark_rule(color=LIGHT["soft"], strokeWidth=3).encode(
            x=alt.X("alone:Q"), x2=alt.X2("gain:Q"), y=ROW
        ),
        _dots(both, "soft").encode(x=alt.X("alone:Q"), y=ROW),
        _dots(both, "earn").encode(x=alt.X("gain:Q"), y=ROW),
    ]
    digits = max(decimals_apart(p["gain_alone"], p["gain"]) for p in ranked)
    numbers = [f"{decimal(p['gain_alone'], digits)} → {decimal(p['gain'], digits)}" for p in ranked]
    said = listed([f"{p['name']} {number}" for p, number in zip(ranked, numbers, strict=True)], most=12)
    names = [str(party["name"]) for party in ranked]
    label = f"Score alone and with the model: {said}"
    low, high = _around([p[key] for p in ranked for key in ("gain_alone", "gain")])
    return RowChart(names, numbers, layers, Axis(low, high, "Score", zero=False), label).drawn()


def share_chart(parties: Sequence[Party]) -> Chart:
    """Each party's part of the pot, largest first, with its 95 % interval; in older documents two standard errors."""
    ranked = sorted(parties, key=lambda party: -party["share"])
    ends = [_ends(party) for party in ranked]
    decimals = share_decimals(len(parties))

    records = [
        {"row": i, "share": p["share"], "low": low, "high": high}
        for i, (p, (low, high)) in enumerate(zip(ranked, ends, strict=True))
    ]
    uncertain = [record for record in records if record["high"] > record["low"]]
    bars = marks(records).mark_bar(size=14, color=LIGHT["band" if uncertain else "earn"])
    layers = [bars.encode(x=alt.X("share:Q"), y=ROW), *error_bars(uncertain)]
    numbers = [
        percent(p["share"], decimals)
        + (f" ({decimal(100 * low, decimals)} to {decimal(100 * high, decimals)})" if high > low else "")
        for p, (low, high) in zip(ranked, ends, strict=True)
    ]
    said = listed([f"{p['name']} {number}" for p, number in zip(ranked, numbers, strict=True)], most=12)
    along = Axis(
        min(0.0, *(low for low, _ in ends)),
        max(0.01, *(high for _, high in ends)),
        "Share of the pot",
        percent=True,
    )
    names = [str(p["name"]) for p in ranked]
    return RowChart(names, numbers, layers, along, f"Share of the pot: {said}").drawn()


def _ends(party: Party) -> tuple[float, float]:
    if party.get("share_interval") is not None:
        low, high = party["share_interval"]
        return low, high
    error = ERROR_BARS * party["share_se"]
    return party["share"] - error, party["share"] + error


def share_decimals(parties: int) -> int:
    """Decimals of a percentage: one more where many parties have a small share each."""
    return 1 if parties <= 20 else 2


def _dots(chart: alt.Chart, word: str) -> alt.Chart:
    return chart.mark_point(filled=True, size=110, opacity=1, color=LIGHT[word])


def _around(values: Sequence[float]) -> tuple[float, float]:
    """The range of the scores with a little room: far from 0, small steps would not be seen from there."""
    room = max(0.05 * (max(values) - min(values)), 0.01)
    return min(values) - room, max(values) + room


def size_chart(sizes: Sequence[Mapping[str, Any]]) -> Chart:
    """Mean, lowest and highest score of the coalitions of each size."""
    said = ", ".join(f"{s['size']}: {decimal(s['mean'])}" for s in sizes[:12])
    label = f"Line chart, mean score by number of parties: {said}"
    records = [dict(size) | dict(zip(("lowest", "highest"), _reach(size), strict=True)) for size in sizes]
    return in_both_widths(lambda size: _sizes(records, size), label, Size(WIDE, 300), Size(NARROW, 240))


def _sizes(records: Sequence[Record], size: Size) -> Drawing:
    first, last = records[0]["size"], records[-1]["size"]
    beside = 0.3 if last - first < 12 else 1
    low, top = _around([record[key] for record in records for key in ("lowest", "highest")])
    top += 0.12 * (top - low)  # for the numbers above the line
    apart = max(40.0, size.width / max(1, last - first))
    few = len(records) <= size.width // 40
    ticks: Record = {"values": [record["size"] for record in records]} if few else {"tickMinStep": 1}
    parties = axis("Parties pooling their data", size.width, apart=apart, grid=False, **ticks)
    x = alt.X("size:Q", scale=linear(first - beside, last + beside), axis=parties)
    score = alt.Y("mean:Q", scale=linear(low, top), axis=axis("Score", size.height, apart=60))
    found = marks(records)
    layers = [
        found.mark_area(color=LIGHT["band"], opacity=1).encode(
            x=x, y=alt.Y("lowest:Q"), y2=alt.Y2("highest:Q")
        ),
        found.mark_line(color=LIGHT["earn"], strokeWidth=2.5).encode(x=x, y=score),
    ]
    if len(records) <= _MOST_DOTS:
        layers.append(_dots(found, "earn").encode(x=x, y=score))
    if len(records) <= size.width // 48:
        numbers = marks([record | {"text": decimal(record["mean"])} for record in records])
        layers.append(
            numbers.mark_text(dy=-15, fontWeight="bold").encode(x=x, y=score, text=alt.Text("text:N"))
        )
    return alt.layer(*layers)


def _reach(record: Mapping[str, Any]) -> tuple[float, float]:
    """Lowest and highest score of a size; the mean twice where not every coalition was scored."""
    low, high = record["lowest"], record["highest"]
    return (record["mean"], record["mean"]) if low is None or high is None else (low, high)
