"""What every learner earned, as a part of what the best fixed curve earns from the same buyers."""

from __future__ import annotations

import altair as alt

from fairpool.documents.pricing import SimulationDocument
from fairpool.reports.frame.drawing import Chart, marks
from fairpool.reports.frame.numerals import beside, percent
from fairpool.reports.frame.palette import LIGHT
from fairpool.reports.frame.rows import ROW, Axis, RowChart


def revenue_chart(document: SimulationDocument) -> Chart | None:
    """One bar per learner, least regret first; the line is the best fixed curve."""
    known = [(one, one.part_of_best) for one in document.by_regret if one.part_of_best is not None]
    if not known:
        return None
    learners, parts = [one for one, _ in known], [part for _, part in known]
    bars = marks([{"row": i, "part": part} for i, part in enumerate(parts)])
    layers = [
        bars.mark_bar(size=16, color=LIGHT["earn"]).encode(x=alt.X("part:Q"), y=ROW),
        bars.mark_tick(size=24, thickness=2, color=LIGHT["ink"]).encode(x=alt.XDatum(1), y=ROW),
    ]
    names = [str(learner.title) for learner in learners]
    said = [percent(part) for part in parts]
    top = max(1.0, *parts) * 1.02
    label = f"Bar chart, revenue as a part of the best fixed curve's: {beside(names, said)}"
    words = "Revenue, of that of the best fixed curve"
    return RowChart(names, said, layers, Axis(min(0.0, *parts), top, words, percent=True), label).drawn()
