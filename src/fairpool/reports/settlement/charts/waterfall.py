"""The waterfall of one party: fee, refund, what it is paid (, returned), each from where the last ended; the net."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt

from fairpool.reports.frame.drawing import Chart, marks
from fairpool.reports.frame.numerals import signed_amount
from fairpool.reports.frame.palette import LIGHT
from fairpool.reports.frame.rows import ROW, RowChart
from fairpool.reports.frame.scales import money_scale
from fairpool.reports.settlement.charts.money import Party, axis_of, bar_of, bars_of


def waterfall_charts(parties: Sequence[Party], currency: str) -> list[Chart]:
    """A waterfall per party, all on the same axis."""
    reached = [level for party in parties for _, start, end in _steps(party) for level in (start, end)]
    return [_waterfall(party, reached, currency) for party in parties]


def _waterfall(party: Party, reached: Sequence[int], currency: str) -> Chart:
    steps = _steps(party)
    scale = money_scale(reached, currency)
    bars = [
        bar_of(i, start, end, scale, soft=name in {"Fee", "Refund"})
        for i, (name, start, end) in enumerate(steps)
    ]
    links = [{"row": i, "next": i + 1, "end": scale(end)} for i, (_, _, end) in enumerate(steps[:-1])]
    link = marks(links).mark_rule(color=LIGHT["soft"]).encode(x=alt.X("end:Q"), y=ROW, y2=alt.Y2("next:O"))
    numbers = [signed_amount(end - start, currency) for _, start, end in steps]
    names = [name for name, *_ in steps]
    moves = ", ".join(f"{name} {number}" for name, number in zip(names, numbers, strict=True))
    label = f"Waterfall of {party['name']}, {currency}: {moves}"
    chart = RowChart(names, numbers, [link, bars_of(bars)], axis_of(reached, scale), label)
    return chart.drawn_small(440, 322)


def _steps(party: Party) -> list[tuple[str, int, int]]:
    """Name, start and end of each step, in minor units."""
    moves = [("Fee", -int(party["fee"])), ("Refund", int(party["refund"])), ("Is paid", int(party["reward"]))]
    if party["returned"]:
        moves.append(("Returned", int(party["returned"])))
    steps, level = [], 0
    for name, move in moves:
        steps.append((name, level, level + move))
        level += move
    return [*steps, ("Net less fee" if party["retained"] else "Net", 0, level)]
