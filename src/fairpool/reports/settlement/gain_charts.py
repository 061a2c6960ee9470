"""What pooling is worth in pictures: every party alone and with its model, the shares, coalitions by size."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt

from fairpool.reports.frame.drawing import NARROW, WIDE, Chart, Record, drawn, inline_svg, layer
from fairpool.reports.frame.numerals import decimal, decimals_apart, listed, percent
from fairpool.reports.frame.palette import LIGHT
from fairpool.reports.frame.rows import Axis, Row, RowChart
from fairpool.reports.frame.scales import axis, ticks

Party = Mapping[str, Any]

_MOST_DOTS = 30
ERROR_BARS = 2  # standard errors to each side: about 95 in 100 such bars cover the true value


def gain_chart(parties: Sequence[Party]) -> Chart:
    """Each party's own score and the score of the model it gets, largest step first."""
    ranked = sorted(parties, key=lambda party: party["gain_alone"] - party["gain"])

    def marks(places: Sequence[Row], x: alt.X, y: alt.Y) -> list[alt.Chart]:
        both = [
            {"x": p["gain_alone"], "x2": p["gain"], "y": row.middle}
            for row, p in zip(places, ranked, strict=True)
        ]
        ends = [{"x": end["x2"], "y": end["y"]} for end in both]
        return [
            layer(both, "rule", color=LIGHT["soft"], strokeWidth=3).encode(x=x, x2="x2:Q", y=y),
            _dots(both, LIGHT["soft"]).encode(x=x, y=y),
            _dots(ends, LIGHT["earn"]).encode(x=x, y=y),
        ]

    digits = max(decimals_apart(p["gain_alone"], p["gain"]) for p in ranked)
    numbers = [f"{decimal(p['gain_alone'], digits)} → {decimal(p['gain'], digits)}" for p in ranked]
    said = listed([f"{p['name']} {number}" for p, number in zip(ranked, numbers, strict=True)], most=12)
    names = [str(party["name"]) for party in ranked]
    return RowChart(
        names, numbers, marks, _from_zero(ranked, "gain", "Score"), f"Score alone and with the model: {said}"
    ).drawn()


def share_chart(parties: Sequence[Party]) -> Chart:
    """Each party's part of the pot, largest first, with error bars where it is an estimate."""
    ranked = sorted(parties, key=lambda party: -party["share"])
    errors = [ERROR_BARS * party["share_se"] for party in ranked]
    decimals = share_decimals(len(parties))

    def marks(places: Sequence[Row], x: alt.X, y: alt.Y) -> list[alt.Chart]:
        placed = list(zip(places, ranked, errors, strict=True))
        bars = [{"x": 0, "x2": p["share"], "y": row.middle - 7, "y2": row.middle + 7} for row, p, _ in placed]
        whiskers = [_whisker(row.middle, p["share"], error) for row, p, error in placed if error > 0]
        return [
            layer(bars, "rect", color=LIGHT["band" if whiskers else "earn"]).encode(
                x=x, x2="x2:Q", y=y, y2="y2:Q"
            ),
            *_error_bars(whiskers, x, y),
        ]

    numbers = [
        percent(p["share"], decimals) + (f" ± {decimal(100 * error, decimals)}" if error > 0 else "")
        for p, error in zip(ranked, errors, strict=True)
    ]
    said = listed([f"{p['name']} {number}" for p, number in zip(ranked, numbers, strict=True)], most=12)
    along = Axis(
        min(0.0, *(p["share"] - e for p, e in zip(ranked, errors, strict=True))),
        max(0.01, *(p["share"] + e for p, e in zip(ranked, errors, strict=True))),
        "Share of the pot",
        percent=True,
    )
    return RowChart(
        [str(p["name"]) for p in ranked], numbers, marks, along, f"Share of the pot: {said}"
    ).drawn()


def share_decimals(parties: int) -> int:
    """Decimals of a percentage: one more where many parties have a small share each."""
    return 1 if parties <= 20 else 2


def _whisker(y: float, share: float, error: float) -> Record:
    return {"x": share - error, "x2": share + error, "y": y}


def _error_bars(whiskers: Sequence[Record], x: alt.X, y: alt.Y) -> list[alt.Chart]:
    """A line with a cap at each end."""
    caps = [{"x": w[end], "y": w["y"] - 5, "y2": w["y"] + 5} for w in whiskers for end in ("x", "x2")]
    if not whiskers:
        return []
    return [
        layer(whiskers, "rule", color=LIGHT["ink"], strokeWidth=1.5).encode(x=x, x2="x2:Q", y=y),
        layer(caps, "rule", color=LIGHT["ink"], strokeWidth=1.5).encode(x=x, y=y, y2="y2:Q"),
    ]


def _dots(records: Sequence[Record], colour: str) -> alt.Chart:
    return layer(records, "point", filled=True, size=110, opacity=1, color=colour)


def _from_zero(parties: Sequence[Party], key: str, title: str) -> Axis:
    highest = max(max(party[key], party["gain_alone"]) for party in parties)
    lowest = min(0.0, *(min(party[key], party["gain_alone"]) for party in parties))
    return Axis(lowest, max(0.1, highest * 1.02), title)


def size_chart(sizes: Sequence[Mapping[str, Any]]) -> Chart:
    """Mean, lowest and highest score of the coalitions of each size."""
    said = ", ".join(f"{s['size']}: {decimal(s['mean'])}" for s in sizes[:12])
    label = f"Line chart, mean score by number of parties: {said}"
    return Chart(
        inline_svg(_sizes(sizes, WIDE, 300), label=label, variant="wide"),
        inline_svg(_sizes(sizes, NARROW, 240), label=label, variant="narrow"),
    )


def _sizes(sizes: Sequence[Mapping[str, Any]], width: int, height: int) -> alt.LayerChart:
    records = [dict(size) | dict(zip(("lowest", "highest"), _reach(size), strict=True)) for size in sizes]
    x, y = _size_axis(records, width), _score_axis(records)
    step = layer(records, "line", color=LIGHT["earn"], strokeWidth=2.5)
    reach = layer(records, "area", color=LIGHT["band"], opacity=1)
    layers = [
        reach.encode(x=x, y=_score("lowest", y), y2="highest:Q"),
        step.encode(x=x, y=_score("mean", y)),
    ]
    if len(records) <= _MOST_DOTS:
        layers.append(_dots(records, LIGHT["earn"]).encode(x=x, y=_score("mean", y)))
    if len(records) <= width // 48:
        values = [record | {"text": decimal(record["mean"])} for record in records]
        numbers = layer(values, "text", dy=-15, fontWeight="bold").encode(
            x=x, y=_score("mean", y), text="text:N"
        )
        layers.append(numbers)
    return drawn(layers, width=width - 52, height=height)


def _size_axis(records: Sequence[Record], width: int) -> alt.X:
    first, last = records[0]["size"], records[-1]["size"]
    values = ticks(first, last, most=width // 40, smallest=1.0) if last > first else [first]
    domain = [first - 0.3, last + 0.3] if last - first < 12 else [first - 1, last + 1]
    scale = alt.Scale(domain=domain, nice=False, zero=False)
    return alt.X("size:Q", scale=scale, axis=axis(values, title="Parties pooling their data", columns=False))


def _score_axis(records: Sequence[Record]) -> tuple[list[float], list[float]]:
    """The domain and the ticks of the score."""
    top = min(1.0, max(0.1, max(record["highest"] for record in records) * 1.12))
    low = min(0.0, *(record["lowest"] for record in records))
    return [low, top], ticks(low, top, most=6)


def _reach(record: Mapping[str, Any]) -> tuple[float, float]:
    """Lowest and highest score of a size; the mean twice where not every coalition was scored."""
    low, high = record["lowest"], record["highest"]
    return (record["mean"], record["mean"]) if low is None or high is None else (low, high)


def _score(field: str, domain_and_ticks: tuple[list[float], list[float]]) -> alt.Y:
    domain, values = domain_and_ticks
    scale = alt.Scale(domain=domain, nice=False, zero=False)
    return alt.Y(f"{field}:Q", scale=scale, axis=axis(values, title="Score"))
