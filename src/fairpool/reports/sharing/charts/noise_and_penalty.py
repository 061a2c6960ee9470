"""One row per agent: the noise it caused, and its penalty beside that of working alone."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt

from fairpool.documents.sharing.mediator import SharingDocument
from fairpool.reports.frame.drawing import Chart, marks
from fairpool.reports.frame.magnitudes import apart, gauge, significant
from fairpool.reports.frame.numerals import beside, decimal, percent, signed_decimal
from fairpool.reports.frame.palette import LIGHT
from fairpool.reports.frame.rows import ROW, Axis, RowChart
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

    bars = marks([{"row": i, "noise": scale(one), "sigma": scale(line)} for i, one in enumerate(noise)])
    layers = [
        bars.mark_bar(size=14, color=LIGHT["pay"]).encode(x=alt.X("noise:Q"), y=ROW),
        bars.mark_tick(size=24, thickness=2, color=LIGHT["ink"]).encode(x=alt.X("sigma:Q"), y=ROW),
    ]
    names = [name for name, _ in shown]
    top = max(scale(line), *map(scale, noise)) * 1.05
    label = f"Bar chart, noise beside sigma: {beside(names, said)}"
    return RowChart(names, said, layers, Axis(0, top, scale.titled(words)), label).drawn()


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

    def side_by_side(values: Sequence[float | None]) -> alt.Chart:
        return marks([{"row": i, "penalty": scale(v)} for i, v in enumerate(values) if v is not None])

    layers = [
        side_by_side(found)
        .mark_bar(size=11, yOffset=-3.5, color=LIGHT["earn"])
        .encode(x=alt.X("penalty:Q"), y=ROW),
        side_by_side(alone)
        .mark_bar(size=6, yOffset=6, color=LIGHT["soft"])
        .encode(x=alt.X("penalty:Q"), y=ROW),
        side_by_side(planned)
        .mark_tick(size=14, yOffset=-4, thickness=2, color=LIGHT["ink"])
        .encode(x=alt.X("penalty:Q"), y=ROW),
    ]
    names = [agent.name for agent in shown]
    said = [saving_text(saved(agent)) for agent in shown]
    top = max(map(scale, drawn)) * 1.02
    texts = [f"{p} instead of {a}" for p, a in zip(apart(found), apart(alone), strict=True)]
    label = f"Bar chart, penalty with sharing and alone: {beside(names, texts)}"
    words = "Penalty: squared error plus the cost of what was collected"
    return RowChart(names, said, layers, Axis(0, top or 1.0, scale.titled(words)), label).drawn()


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
