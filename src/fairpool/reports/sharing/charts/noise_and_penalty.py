"""One row per agent: the noise it caused, and its penalty beside that of working alone."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt

from fairpool.documents.sharing import SharingDocument
from fairpool.reports.frame.drawing import Chart, Record, layer
from fairpool.reports.frame.magnitudes import apart, gauge, significant
from fairpool.reports.frame.numerals import beside, decimal, percent, signed_decimal
from fairpool.reports.frame.palette import LIGHT
from fairpool.reports.frame.rows import Axis, Row, RowChart
from fairpool.reports.sharing.agents import (
    known,
    largest,
    most_telling,
    noise_of,
    realised_or_expected,
    saved,
)


def noise_chart(document: SharingDocument) -> Chart | None:
    """Noise (standard deviation) that each submission brought on its own release, with sigma as a line."""
    sigma = document.sigma
    sizes = [(agent.name, largest(noise_of(agent))) for agent in document.agents]
    given = [(name, size) for name, size in sizes if size is not None]
    if not sigma or not any(size for _, size in given):
        return None
    shown = most_telling(given, [size for _, size in given])
    noise = [size for _, size in shown]
    if len(document.columns) > 1:
        noise, line, words = [one / sigma for one in noise], 1.0, "Largest noise of a column, in units of σ"
        said = [f"{significant(one, 2)} σ" for one in noise]
    else:
        line, words = float(sigma), f"Standard deviation of the noise, in units of {document.columns[0]}"
        said = [f"{significant(one, 2)} ({significant(one / line, 2)} σ)" for one in noise]
    scale = gauge([*noise, line], from_zero=True)

    def marks(places: Sequence[Row], x: alt.X, y: alt.Y) -> list[alt.Chart]:
        bars = [
            {"x": 0, "x2": scale(one), "y": row.middle - 7, "y2": row.middle + 7}
            for row, one in zip(places, noise, strict=True)
        ]
        sigmas = [{"x": scale(line), "y": row.middle - 12, "y2": row.middle + 12} for row in places]
        return [
            layer(bars, "rect", color=LIGHT["pay"]).encode(x=x, x2="x2:Q", y=y, y2="y2:Q"),
            layer(sigmas, "rule", color=LIGHT["ink"], strokeWidth=2).encode(x=x, y=y, y2="y2:Q"),
        ]

    names = [name for name, _ in shown]
    top = max(scale(line), *map(scale, noise)) * 1.05
    label = f"Bar chart, noise beside sigma: {beside(names, said)}"
    return RowChart(names, said, marks, Axis(0, top, scale.titled(words)), label).drawn()


def penalty_chart(document: SharingDocument) -> Chart | None:
    """Each agent's penalty of this round (blue), of the plan (line), and alone (grey)."""
    known_ones = [(a, penalty) for a in document.agents if (penalty := realised_or_expected(a)) is not None]
    if not known_ones:
        return None
    gains = [saved(agent) for agent, _ in known_ones]
    chosen = most_telling(known_ones, [-1.0 if part is None else -part for part in gains])
    shown, found = [agent for agent, _ in chosen], [penalty for _, penalty in chosen]
    alone, planned = [a.penalty_alone for a in shown], [a.penalty for a in shown]
    drawn = known([*found, *alone, *planned])
    scale = gauge(drawn, from_zero=True)

    def marks(places: Sequence[Row], x: alt.X, y: alt.Y) -> list[alt.Chart]:
        placed = list(zip(places, found, alone, planned, strict=True))
        bars = [_bar(scale(p), row.middle - 9, 11, "earn") for row, p, _, _ in placed]
        bars += [_bar(scale(a), row.middle + 3, 6, "soft") for row, _, a, _ in placed if a is not None]
        lines = [
            {"x": scale(e), "y": row.middle - 11, "y2": row.middle + 3}
            for row, _, _, e in placed
            if e is not None
        ]
        colour = alt.Color("colour:N", scale=None)
        return [
            layer(bars, "rect").encode(x=x, x2="x2:Q", y=y, y2="y2:Q", color=colour),
            layer(lines, "rule", color=LIGHT["ink"], strokeWidth=2).encode(x=x, y=y, y2="y2:Q"),
        ]

    names = [agent.name for agent in shown]
    said = [saving_text(saved(agent)) for agent in shown]
    top = max(map(scale, drawn)) * 1.02
    texts = [f"{p} instead of {a}" for p, a in zip(apart(found), apart(alone), strict=True)]
    label = f"Bar chart, penalty with sharing and alone: {beside(names, texts)}"
    words = "Penalty: squared error plus the cost of what was collected"
    return RowChart(names, said, marks, Axis(0, top or 1.0, scale.titled(words)), label).drawn()


def _bar(end: float, top: float, height: float, colour: str) -> Record:
    return {"x": 0, "x2": end, "y": top, "y2": top + height, "colour": LIGHT[colour]}


def saving_text(part: float | None) -> str:
    """``−38 %``; where an agent cannot work alone there is nothing to compare with."""
    if part is None:
        return "only together"
    size = -100 * part
    return (
        f"{signed_decimal(size, 0 if abs(size) >= 10 else 1)}\u00a0%"
        if abs(size) < 1e4
        else f"× {decimal(1 - part, 0)}"
    )


def saving_in_words(part: float) -> str:
    """``38 % less``, ``5 % more``."""
    return f"{percent(abs(part), 0 if abs(part) >= 0.1 else 1)} {'less' if part >= 0 else 'more'}"
