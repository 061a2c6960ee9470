"""The page of `fairpool value`: a pure function of its document, in the frame of all reports.

It is for the owner of the rows: it shows rows' numbers and labels.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import version

import altair as alt
import numpy as np

from fairpool.documents.row_values import RowValuesDocument
from fairpool.reports.frame.cleaning import cleaned
from fairpool.reports.frame.drawing import (
    NARROW,
    WIDE,
    Chart,
    Drawing,
    Size,
    axis,
    in_both_widths,
    marks,
    tone,
    unchecked,
)
from fairpool.reports.frame.layout import Tile, by_name, rendered

_MOST_POINTS = 400
_TYPICAL = 0.005  # worths smaller than this are written with their power of ten


@dataclass(frozen=True, slots=True)
class PlainTable:
    """What the frame's table shows: a name and cells in each row."""

    heads: tuple[str, ...]
    rows: tuple[tuple[str, tuple[str, ...]], ...]


def row_values_page(document: RowValuesDocument) -> str:
    """The page as HTML."""
    found = RowValuesDocument.model_validate(cleaned(document.model_dump()))
    return rendered(
        "row_values/template.html",
        {},
        d=found,
        kind="What rows are worth",
        version=version("fairpool"),
        source="two files of rows",
        command=f"fairpool value {found.name} --task {found.task} --label {found.label} --report report.html",
        settings=f"kind = {found.kind}, neighbours = {found.neighbours}",
        glossary=_WORDS,
        **by_name(found, headline, tiles, worst_table, ordered_chart),
    )


def headline(document: RowValuesDocument) -> str:
    """What to do about it, in a sentence."""
    summary = document.summary
    if not summary.harmful:
        return "No row harms: every row is worth at least 0 to the task."
    rows = "1 row is" if summary.harmful == 1 else f"{summary.harmful:,} of {summary.rows:,} rows are"
    return f"{rows} worth less than 0: look at the worst first, for a wrong label, unit or population."


def tiles(document: RowValuesDocument) -> list[Tile]:
    """The numbers of the summary."""
    summary = document.summary
    return [
        Tile(f"{summary.rows:,}", "rows valued"),
        Tile(worth_text(document.sum), "worth of all rows together"),
        Tile(f"{summary.harmful:,}", "rows worth less than 0"),
        Tile(worth_text(summary.harm), "what those are worth together"),
    ]


def worst_table(document: RowValuesDocument) -> PlainTable:
    """The rows that harm most."""
    rows = tuple((str(one.row), (one.label, worth_text(one.worth))) for one in document.worst)
    return PlainTable((document.label, "worth"), rows)


def worth_text(worth: float) -> str:
    """Three digits that mean something, with a true minus sign."""
    text = f"{worth:.3g}" if 0 < abs(worth) < _TYPICAL else f"{worth:.3f}"
    return text.replace("-", "−")


@unchecked()
def ordered_chart(document: RowValuesDocument) -> Chart:
    """Worths from the least to the largest; of many rows, as many as can be told apart."""
    worths = np.sort([one.worth for one in document.rows])
    places = np.unique(np.linspace(0, len(worths) - 1, _MOST_POINTS).round().astype(int))
    points = [
        {
            "place": int(place) + 1,
            "worth": float(worths[place]),
            "tone": "pay" if worths[place] < 0 else "earn",
        }
        for place in places
    ]

    def draw(size: Size) -> Drawing:
        x = alt.X("place:Q", axis=axis("rows, from the least worth to the most", size.width), title=None)
        y = alt.Y("worth:Q", axis=axis("worth", size.height, apart=50))
        line = marks(points).mark_circle(size=26, opacity=0.9).encode(x=x, y=y, color=tone())
        zero = marks([{"worth": 0.0}]).mark_rule(strokeDash=[4, 4]).encode(y="worth:Q")
        return alt.layer(zero, line)

    label = f"Worths of {len(worths):,} rows in order, {document.summary.harmful:,} of them below 0"
    return in_both_widths(draw, label, Size(WIDE, 260), Size(NARROW, 220))


_WORDS = (
    (
        "worth",
        "the row's Shapley value: what it adds to the score of the K nearest neighbours, averaged over all orders in "
        "which the rows could have come; the worths of all rows add up to the score",
    ),
    ("task", "the rows that are to be predicted"),
    ("harms", "a worth below 0: averaged over all orders, the task is better off without the row"),
)
