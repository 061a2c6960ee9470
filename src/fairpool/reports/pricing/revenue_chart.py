"""What every learner earned, as a part of what the best fixed curve earns from the same buyers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import altair as alt

from fairpool.reports.frame.drawing import Chart, marks
from fairpool.reports.frame.numerals import beside, percent
from fairpool.reports.frame.palette import LIGHT
from fairpool.reports.frame.rows import ROW, Axis, RowChart

Document = Mapping[str, Any]


def revenue_chart(document: Document) -> Chart | None:
    """A bar a learner, least regret first; the line is the best fixed curve."""
    ordered = sorted(document["learners"], key=lambda learner: learner["regret"]["mean"][-1])
    learners = [learner for learner in ordered if learner["part_of_best"] is not None]
    if not learners:
        return None
    parts = [float(learner["part_of_best"]) for learner in learners]

    bars = marks([{"row": i, "part": part} for i, part in enumerate(parts)])
    layers = [
        bars.mark_bar(size=16, color=LIGHT["earn"]).encode(x=alt.X("part:Q"), y=ROW),
        bars.mark_tick(size=24, thickness=2, color=LIGHT["ink"]).encode(x=alt.XDatum(1), y=ROW),
    ]
    names = [str(learner["title"]) for learner in learners]
    said = [percent(part) for part in parts]
    top = max(1.0, *parts) * 1.02
    label = f"Bar chart, revenue as a part of the best fixed curve's: {beside(names, said)}"
    words = "Revenue, of that of the best fixed curve"
    return RowChart(names, said, layers, Axis(min(0.0, *parts), top, words, percent=True), label).drawn()
