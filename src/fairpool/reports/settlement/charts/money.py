"""The money in pictures: who ends up with what.

net result   one bar per party, from 0 to its net, with its 95 % interval where that is known
statement    one row per party: what it pays left of 0, what it receives right of 0, the net as a diamond
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt

from fairpool.reports.frame.drawing import Chart, Drawing, Record, marks, tone
from fairpool.reports.frame.numerals import listed, signed_amount
from fairpool.reports.frame.palette import LIGHT
from fairpool.reports.frame.rows import ROW, Axis, RowChart, error_bars
from fairpool.reports.frame.scales import MoneyScale, money_scale, padded

Party = Mapping[str, Any]

_AT_EACH_END = 5


def net_chart(parties: Sequence[Party], currency: str) -> Chart:
    """Everybody's net, best first; of many parties those at both ends, and the sum of those between."""
    rows = [(str(party["name"]), int(party["net"]), _interval(party)) for party in best_first(parties)]
    if len(rows) > 2 * _AT_EACH_END + 2:
        between = rows[_AT_EACH_END:-_AT_EACH_END]
        together = (f"{len(between)} other parties together", sum(net for _, net, _ in between), None)
        rows = [*rows[:_AT_EACH_END], together, *rows[-_AT_EACH_END:]]
    nets = [net for _, net, _ in rows]
    reached = [*nets, *(end for *_, ends in rows if ends for end in ends)]
    scale = money_scale(reached, currency)
    together_at = _AT_EACH_END if len(rows) < len(parties) else None
    bars = [bar_of(i, 0, net, scale, soft=i == together_at) for i, net in enumerate(nets)]
    ranges = [{"row": i, "low": scale(e[0]), "high": scale(e[1])} for i, (*_, e) in enumerate(rows) if e]
    numbers = [signed_amount(net, currency) for net in nets]
    said = listed([f"{name} {number}" for (name, *_), number in zip(rows, numbers, strict=True)], most=12)
    label = f"Bar chart, net result in {currency}: {said}"
    layers: list[Drawing] = [bars_of(bars), *error_bars(ranges)]
    return RowChart([name for name, *_ in rows], numbers, layers, axis_of(reached, scale), label).drawn()


def _interval(party: Party) -> tuple[int, int] | None:
    ends = party.get("net_interval")
    return None if ends is None else (int(ends[0]), int(ends[1]))


def statement_chart(parties: Sequence[Party], currency: str) -> Chart:
    """What every party pays and receives, in the order of their nets."""
    ranked = best_first(parties)
    paid = [-int(party["improvement"]) for party in ranked]
    received = [int(party["reward"]) + int(party["returned"]) for party in ranked]
    nets = [int(party["net"]) for party in ranked]
    scale = money_scale([*paid, *received], currency)
    moves = [bar_of(i, 0, move, scale) for amounts in (paid, received) for i, move in enumerate(amounts)]
    diamonds = marks([{"row": i, "net": scale(net)} for i, net in enumerate(nets)]).mark_point(
        shape="diamond",
        size=90,
        filled=True,
        opacity=1,
        color=LIGHT["ink"],
        stroke=LIGHT["paper"],
        strokeWidth=1.5,
    )
    label = (
        f"Bar chart, paid and received by each of {len(ranked)} parties; the statement has all the numbers"
    )
    numbers = [signed_amount(net, currency) for net in nets]
    names = [str(party["name"]) for party in ranked]
    layers = [bars_of(moves), diamonds.encode(x=alt.X("net:Q"), y=ROW)]
    return RowChart(names, numbers, layers, axis_of([*paid, *received], scale), label).drawn()


def best_first(parties: Sequence[Party]) -> list[Party]:
    """By net, the largest first; equal ones in the order of the document."""
    return sorted(parties, key=lambda party: -int(party["net"]))


def axis_of(amounts: Sequence[int], scale: MoneyScale) -> Axis:
    low, high = padded(scale(min(amounts)), scale(max(amounts)), smallest=scale.smallest)
    return Axis(low, high, scale.title, smallest=scale.smallest)


def bar_of(row: int, start: int, end: int, scale: MoneyScale, *, soft: bool = False) -> Record:
    word = "soft" if soft else "earn" if end >= start else "pay"
    return {"row": row, "start": scale(start), "end": scale(end), "tone": word}


def bars_of(bars: Sequence[Record]) -> alt.Chart:
    """With a thin outline, so that one cent still shows; nothing shows nothing."""
    moves = marks([bar for bar in bars if bar["start"] != bar["end"]])
    return moves.mark_bar(size=14, strokeWidth=1).encode(
        x=alt.X("start:Q"), x2=alt.X2("end:Q"), y=ROW, color=tone(), stroke=tone()
    )
