"""The money in pictures: who ends up with what, and the way there step by step.

net result   one bar per party, from 0 to its net
waterfall    fee, refund, reward (, returned) of one party, each bar starting where the one before ended, and
             then the net
statement    one row per party: what it pays left of 0, what it receives right of 0, the net as a diamond
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt

from fairpool.reports.frame.drawing import Chart, Record, layer
from fairpool.reports.frame.numerals import listed, signed_amount
from fairpool.reports.frame.palette import LIGHT
from fairpool.reports.frame.rows import Axis, Row, RowChart, wide_frame
from fairpool.reports.frame.scales import MoneyScale, money_scale, padded

Party = Mapping[str, Any]

_AT_EACH_END = 5


def net_chart(parties: Sequence[Party], currency: str) -> Chart:
    """Everybody's net, best first; of many parties those at both ends, and the sum of those between."""
    rows = [(str(party["name"]), int(party["net"])) for party in best_first(parties)]
    if len(rows) > 2 * _AT_EACH_END + 2:
        between = rows[_AT_EACH_END:-_AT_EACH_END]
        together = (f"{len(between)} other parties together", sum(net for _, net in between))
        rows = [*rows[:_AT_EACH_END], together, *rows[-_AT_EACH_END:]]
    nets = [net for _, net in rows]
    scale = money_scale(nets, currency)

    def marks(places: Sequence[Row], x: alt.X, y: alt.Y) -> list[alt.Chart]:
        bars = [
            _bar(row, 0, net, scale, soft=len(rows) < len(parties) and i == _AT_EACH_END)
            for i, (row, net) in enumerate(zip(places, nets, strict=True))
        ]
        return [_bars(bars, x, y)]

    numbers = [signed_amount(net, currency) for net in nets]
    said = listed([f"{name} {number}" for (name, _), number in zip(rows, numbers, strict=True)], most=12)
    label = f"Bar chart, net result in {currency}: {said}"
    return RowChart([name for name, _ in rows], numbers, marks, _axis(nets, scale), label).drawn()


def statement_chart(parties: Sequence[Party], currency: str) -> Chart:
    """What every party pays and receives, in the order of their nets."""
    ranked = best_first(parties)
    paid = [-int(party["improvement"]) for party in ranked]
    received = [int(party["reward"]) + int(party["returned"]) for party in ranked]
    nets = [int(party["net"]) for party in ranked]
    scale = money_scale([*paid, *received], currency)

    def marks(places: Sequence[Row], x: alt.X, y: alt.Y) -> list[alt.Chart]:
        moves = zip([*places, *places], [*paid, *received], strict=True)
        diamonds = [{"x": scale(net), "y": row.middle} for row, net in zip(places, nets, strict=True)]
        diamond = layer(
            diamonds,
            "point",
            shape="diamond",
            size=90,
            filled=True,
            opacity=1,
            color=LIGHT["ink"],
            strokeWidth=1.5,
        )
        return [
            _bars([_bar(row, 0, move, scale) for row, move in moves], x, y),
            diamond.encode(x=x, y=y, stroke=alt.value(LIGHT["paper"])),
        ]

    label = (
        f"Bar chart, paid and received by each of {len(ranked)} parties; the statement has all the numbers"
    )
    numbers = [signed_amount(net, currency) for net in nets]
    names = [str(party["name"]) for party in ranked]
    return RowChart(names, numbers, marks, _axis([*paid, *received], scale), label).drawn()


def waterfall_charts(parties: Sequence[Party], currency: str) -> list[Chart]:
    """A waterfall per party, all on the same axis."""
    reached = [level for party in parties for _, start, end in _steps(party) for level in (start, end)]
    return [_waterfall(party, reached, currency) for party in parties]


def _waterfall(party: Party, reached: Sequence[int], currency: str) -> Chart:
    steps = _steps(party)
    scale = money_scale(reached, currency)

    def marks(places: Sequence[Row], x: alt.X, y: alt.Y) -> list[alt.Chart]:
        bars = [
            _bar(row, start, end, scale, soft=name in {"Fee", "Refund"})
            for row, (name, start, end) in zip(places, steps, strict=True)
        ]
        links = [
            {"x": scale(end), "y": above.middle + 7, "y2": below.middle - 7}
            for (_, _, end), above, below in zip(steps[:-1], places[:-1], places[1:], strict=True)
        ]
        return [_bars(bars, x, y), layer(links, "rule", color=LIGHT["soft"]).encode(x=x, y=y, y2="y2:Q")]

    numbers = [signed_amount(end - start, currency) for _, start, end in steps]
    names = [name for name, *_ in steps]
    moves = ", ".join(f"{name} {number}" for name, number in zip(names, numbers, strict=True))
    chart = RowChart(
        names, numbers, marks, _axis(reached, scale), f"Waterfall of {party['name']}, {currency}: {moves}"
    )
    return chart.drawn_in(wide_frame(numbers, width=440, names=84), wide_frame(numbers, width=322, names=80))


def _steps(party: Party) -> list[tuple[str, int, int]]:
    """Name, start and end of each step, in minor units."""
    moves = [("Fee", -int(party["fee"])), ("Refund", int(party["refund"])), ("Reward", int(party["reward"]))]
    if party["returned"]:
        moves.append(("Returned", int(party["returned"])))
    steps, level = [], 0
    for name, move in moves:
        steps.append((name, level, level + move))
        level += move
    return [*steps, ("Net less fee" if party["retained"] else "Net", 0, level)]


def best_first(parties: Sequence[Party]) -> list[Party]:
    """By net, the largest first; equal ones in the order of the document."""
    return sorted(parties, key=lambda party: -int(party["net"]))


def _axis(amounts: Sequence[int], scale: MoneyScale) -> Axis:
    low, high = padded(scale(min(amounts)), scale(max(amounts)), smallest=scale.smallest)
    return Axis(low, high, scale.title, smallest=scale.smallest)


def _bar(row: Row, start: int, end: int, scale: MoneyScale, *, soft: bool = False) -> Record:
    colour = LIGHT["soft"] if soft else LIGHT["earn" if end >= start else "pay"]
    left, right = sorted((start, end))
    return {"x": scale(left), "x2": scale(right), "y": row.middle - 7, "y2": row.middle + 7, "colour": colour}


def _bars(bars: Sequence[Record], x: alt.X, y: alt.Y) -> alt.Chart:
    """Rectangles with a thin outline, so that one cent still shows; nothing shows nothing."""
    colour = alt.Color("colour:N", scale=None)
    drawn_bars = [bar for bar in bars if bar["x"] != bar["x2"]]
    return layer(drawn_bars, "rect", strokeWidth=1).encode(
        x=x, x2="x2:Q", y=y, y2="y2:Q", color=colour, stroke=alt.Stroke("colour:N", scale=None)
    )
