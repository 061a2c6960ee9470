"""What every learner earned, as a part of what the best fixed curve earns from the same buyers."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt

from fairpool.documents.pricing import SimulationDocument
from fairpool.reports.frame.drawing import Chart, layer
from fairpool.reports.frame.numerals import beside, percent
from fairpool.reports.frame.palette import LIGHT
from fairpool.reports.frame.rows import Axis, Row, RowChart


def revenue_chart(document: SimulationDocument) -> Chart | None:
    """A bar a learner, least regret first; the line is the best fixed curve."""
    known = [(one, one.part_of_best) for one in document.by_regret if one.part_of_best is not None]
    if not known:
        return None
    learners, parts = [one for one, _ in known], [part for _, part in known]

    def marks(places: Sequence[Row], x: alt.X, y: alt.Y) -> list[alt.Chart]:
        bars = [
            {"x": 0, "x2": part, "y": row.middle - 8, "y2": row.middle + 8}
            for row, part in zip(places, parts, strict=True)
        ]
        best = [{"x": 1, "y": row.middle - 12, "y2": row.middle + 12} for row in places]
        return [
            layer(bars, "rect", color=LIGHT["earn"]).encode(x=x, x2="x2:Q", y=y, y2="y2:Q"),
            layer(best, "rule", color=LIGHT["ink"], strokeWidth=2).encode(x=x, y=y, y2="y2:Q"),
        ]

    names = [str(learner.title) for learner in learners]
    said = [percent(part) for part in parts]
    top = max(1.0, *parts) * 1.02
    label = f"Bar chart, revenue as a part of the best fixed curve's: {beside(names, said)}"
    words = "Revenue, of that of the best fixed curve"
    return RowChart(names, said, marks, Axis(min(0.0, *parts), top, words, percent=True), label).drawn()
