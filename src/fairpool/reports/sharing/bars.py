"""One row an agent: the noise it caused, and its penalty beside that of working alone."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt

from fairpool.reports.frame.drawing import Chart, marks
from fairpool.reports.frame.magnitudes import apart, gauge, significant
from fairpool.reports.frame.numerals import beside, decimal, percent, signed_decimal
from fairpool.reports.frame.palette import LIGHT
from fairpool.reports.frame.rows import ROW, Axis, RowChart
from fairpool.reports.sharing.agents import (
    Document,
    Number,
    known,
    largest,
    most_telling,
    noise_of,
    number,
    realised_or_expected,
    saved,
)


def noise_chart(document: Document) -> Chart | None:
    """Noise (standard deviation) that each submission brought on its own release, with sigma as a line."""
    sigma = document["sigma"]
    sizes = {str(id(agent)): largest(noise_of(document, agent)) for agent in document["agents"]}
    given = [agent for agent in document["agents"] if sizes[str(id(agent))] is not None]
    if not given or not sigma or not any(sizes[str(id(agent))] for agent in given):
        return None
    shown = most_telling(given, [known(sizes[str(id(agent))]) for agent in given])
    noise = [known(sizes[str(id(agent))]) for agent in shown]
    if len(document["columns"]) > 1:
        noise, line, words = [one / sigma for one in noise], 1.0, "Largest noise of a column, in units of σ"
        said = [f"{significant(one, 2)} σ" for one in noise]
    else:
        line, words = float(sigma), f"Standard deviation of the noise, in units of {document['columns'][0]}"
        said = [f"{significant(one, 2)} ({significant(one / line, 2)} σ)" for one in noise]
    scale = gauge([*noise, line], from_zero=True)

    bars = marks([{"row": i, "noise": scale(one), "sigma": scale(line)} for i, one in enumerate(noise)])
    layers = [
        bars.mark_bar(size=14, color=LIGHT["pay"]).encode(x=alt.X("noise:Q"), y=ROW),
        bars.mark_tick(size=24, thickness=2, color=LIGHT["ink"]).encode(x=alt.X("sigma:Q"), y=ROW),
    ]
    names = [str(agent["name"]) for agent in shown]
    top = max(scale(line), *map(scale, noise)) * 1.05
    label = f"Bar chart, noise beside sigma: {beside(names, said)}"
    return RowChart(names, said, layers, Axis(0, top, scale.titled(words)), label).drawn()


def penalty_chart(document: Document) -> Chart | None:
    """Each agent's penalty of this round (blue), of the plan (line), and alone (grey)."""
    known_ones = [agent for agent in document["agents"] if realised_or_expected(agent) is not None]
    if not known_ones:
        return None
    shown = most_telling(
        known_ones, [-(1.0 if (part := saved(agent)) is None else part) for agent in known_ones]
    )
    found = [known(realised_or_expected(agent)) for agent in shown]
    alone, planned = [number(a, "penalty_alone") for a in shown], [number(a, "penalty") for a in shown]
    scale = gauge([v for v in [*found, *alone, *planned] if v is not None], from_zero=True)

    def side_by_side(values: Sequence[Number]) -> alt.Chart:
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
    names = [str(agent["name"]) for agent in shown]
    said = [saving_text(saved(agent)) for agent in shown]
    top = max(scale(v) for v in [*found, *alone, *planned] if v is not None) * 1.02
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
