"""Price curves as steps: what was learned, beside the best fixed curve and what amounts are worth to buyers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import altair as alt

from fairpool.documents.pricing import LearnerDocument, SimulationDocument
from fairpool.reports.frame.drawing import (
    NARROW,
    WIDE,
    Chart,
    Drawing,
    Record,
    Size,
    axis,
    in_both_widths,
    linear,
    marks,
)
from fairpool.reports.frame.magnitudes import Gauge, gauge, significant
from fairpool.reports.frame.numerals import listed
from fairpool.reports.pricing.lines import LineStyle, decades, styled

Pairs = Sequence[Sequence[float]]

STYLES = {
    "learned": LineStyle("earn"),
    "best": LineStyle("ink", (7, 3)),
    "best fixed curve": LineStyle("ink", (7, 3)),
    "worth": LineStyle("soft", (), 1.4),
    "worth to a type of buyers": LineStyle("soft", (), 1.4),
}
_CARD_WIDE, _CARD_NARROW = 430, 306
_CROWDED = 50  # times the first bundle: then amounts go on a logarithmic axis
_SHOWN_BUNDLES = 6


@dataclass(frozen=True, slots=True)
class Steps:
    """A line of a chart: from each amount on, up to the next, this much; ``offers``: with a dot at each end."""

    name: str
    amounts: Sequence[float]
    levels: Sequence[float]
    offers: bool = False


def optimal_chart(document: SimulationDocument) -> Chart:
    """Across the page: the best fixed curve over the valuations."""
    curve = document.optimal.curve
    lines = [_priced("best fixed curve", curve), *_worths("worth to a type of buyers", document)]
    return _chart(
        document, lines, f"the best fixed curve: {bundles(curve)}", Size(WIDE, 320), Size(NARROW, 250)
    )


def learned_chart(document: SimulationDocument, learner: LearnerDocument) -> Chart | None:
    """A card: the learner's last curve over the best fixed one; None where it plays no single curve."""
    curve = learner.curve
    if not curve:
        return None
    best = _priced("best", document.optimal.curve)
    lines = [_priced("learned", curve), best, *_worths("worth", document)]
    said = f"the curve that {learner.title} learned: {bundles(curve)}"
    return _chart(document, lines, said, Size(_CARD_WIDE, 200), Size(_CARD_NARROW, 190))


def bundles(curve: Pairs) -> str:
    """``100 rows for 5, 500 for 12``."""
    texts = [f"{int(n):,} for {significant(p)}" for n, p in curve]
    return listed(texts, most=_SHOWN_BUNDLES)


def _worths(name: str, document: SimulationDocument) -> list[Steps]:
    found = document.valuations
    return [Steps(name, [0.0, *found.amounts], [0.0, *values]) for values in found.values]


def _priced(name: str, curve: Pairs) -> Steps:
    """A bundle's price holds from above the next smaller bundle up to its own amount."""
    amounts = [0.0, *(float(n) for n, _ in curve)]
    return Steps(name, amounts, [*(float(p) for _, p in curve), float(curve[-1][1])], offers=True)


def _chart(
    document: SimulationDocument, lines: Sequence[Steps], said: str, wide: Size, narrow: Size
) -> Chart:
    label = f"Step chart, {said}"
    return in_both_widths(lambda size: _drawn(document, lines, size), label, wide, narrow)


def _drawn(document: SimulationDocument, lines: Sequence[Steps], size: Size) -> Drawing:
    most, low = float(document.most), _left(document)
    top = max(max(steps.levels) for steps in lines) * 1.04 or 1.0
    money = gauge([0.0, top], from_zero=True)
    x, y = _x(low, most, size.width), _y(money, top, size.height, str(document.unit))
    names = list(dict.fromkeys(steps.name for steps in lines))
    style = styled(names, [STYLES[name] for name in names], size)
    drawn_last = lines[::-1]
    steps = marks(
        [
            one | {"step": i}
            for i, line in enumerate(drawn_last)
            for one in _points(line, names, low, most, money)
        ]
    )
    dots = marks([one for line in lines if line.offers for one in _offers(line, names, low, money)])
    return alt.layer(
        steps.mark_line(interpolate="step-after").encode(x=x, y=y, detail=alt.Detail("step:N"), **style),
        dots.mark_point(filled=True, size=44, opacity=1).encode(x=x, y=y, color=style["color"]),
    )


def _left(document: SimulationDocument) -> float:
    """Where the axis of amounts begins: 0, or, on a logarithmic axis, one row."""
    curves = [document.optimal.curve, *(one.curve for one in document.learners if one.curve)]
    first = min(float(curve[0][0]) for curve in curves)
    return 1.0 if float(document.most) > _CROWDED * first else 0.0


def _points(steps: Steps, names: Sequence[str], low: float, most: float, money: Gauge) -> list[Record]:
    line = names.index(steps.name)
    ends = zip([*steps.amounts, most], [*steps.levels, steps.levels[-1]], strict=True)
    return [{"line": line, "x": max(amount, low), "y": money(level)} for amount, level in ends]


def _offers(steps: Steps, names: Sequence[str], low: float, money: Gauge) -> list[Record]:
    """The bundles on offer: the right end of each step."""
    line = names.index(steps.name)
    ends = zip(steps.amounts[1:], steps.levels, strict=False)
    return [{"line": line, "x": max(amount, low), "y": money(level)} for amount, level in ends]


def _x(low: float, most: float, width: int) -> alt.X:
    if low == 0:
        shown = axis("Rows", width, grid=False, tickMinStep=1)
        return alt.X("x:Q", scale=linear(0, most), axis=shown)
    scale = alt.Scale(type="log", domain=[low, most], nice=False)
    return alt.X("x:Q", scale=scale, axis=decades("Rows (logarithmic)", low, most, width / 60, grid=False))


def _y(money: Gauge, top: float, height: float, unit: str) -> alt.Y:
    title = money.titled(f"Price and worth, {unit}" if unit else "Price and worth")
    return alt.Y("y:Q", scale=linear(0, money(top)), axis=axis(title, height, apart=50))
