"""Price curves as steps: what was learned, beside the best fixed curve and what amounts are worth to buyers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import altair as alt

from fairpool.documents.pricing import LearnerDocument, SimulationDocument
from fairpool.reports.frame.drawing import NARROW, WIDE, Chart, Record, drawn, inline_svg, layer
from fairpool.reports.frame.magnitudes import Gauge, gauge, significant
from fairpool.reports.frame.numerals import listed
from fairpool.reports.frame.scales import axis, ticks
from fairpool.reports.pricing.lines import KeyEntry, LineStyle, key

Pairs = Sequence[Sequence[float]]

WORTH, BEST, LEARNED = LineStyle("soft", (), 1.4), LineStyle("ink", (7, 3)), LineStyle("earn")
_CARD_WIDE, _CARD_NARROW = 430, 306
_AXIS = 74
_CROWDED = 50  # times the first bundle: then amounts go on a logarithmic axis
_SHOWN_BUNDLES = 6


@dataclass(frozen=True, slots=True)
class Steps:
    """A line of a chart: from each amount on, up to the next, this much."""

    amounts: Sequence[float]
    levels: Sequence[float]
    style: LineStyle


def optimal_chart(document: SimulationDocument) -> Chart:
    """Across the page: the best fixed curve over the valuations."""
    curve = document.optimal.curve
    lines = [*_worths(document), _priced(curve, BEST)]
    entries = [KeyEntry("best fixed curve", BEST), KeyEntry("worth to a type of buyers", WORTH)]
    return _chart(
        document, lines, entries, f"the best fixed curve: {bundles(curve)}", (WIDE, 320), (NARROW, 250)
    )


def learned_chart(document: SimulationDocument, learner: LearnerDocument) -> Chart | None:
    """A card: the learner's last curve over the best fixed one; None where it plays no single curve."""
    curve = learner.curve
    if not curve:
        return None
    lines = [*_worths(document), _priced(document.optimal.curve, BEST), _priced(curve, LEARNED)]
    entries = [KeyEntry("learned", LEARNED), KeyEntry("best", BEST), KeyEntry("worth", WORTH)]
    said = f"the curve that {learner.title} learned: {bundles(curve)}"
    return _chart(document, lines, entries, said, (_CARD_WIDE, 200), (_CARD_NARROW, 190))


def bundles(curve: Pairs) -> str:
    """``100 rows for 5, 500 for 12``."""
    texts = [f"{int(n):,} for {significant(p)}" for n, p in curve]
    return listed(texts, most=_SHOWN_BUNDLES)


def _worths(document: SimulationDocument) -> list[Steps]:
    found = document.valuations
    return [Steps([0.0, *found.amounts], [0.0, *values], WORTH) for values in found.values]


def _priced(curve: Pairs, style: LineStyle) -> Steps:
    """A bundle's price holds from above the next smaller bundle up to its own amount."""
    amounts = [0.0, *(float(n) for n, _ in curve)]
    return Steps(amounts, [*(float(p) for _, p in curve), float(curve[-1][1])], style)


def _chart(
    document: SimulationDocument,
    lines: Sequence[Steps],
    entries: Sequence[KeyEntry],
    said: str,
    wide: tuple[int, int],
    narrow: tuple[int, int],
) -> Chart:
    label = f"Step chart, {said}"
    return Chart(
        inline_svg(_drawn(document, lines, entries, *wide), label=label, variant="wide"),
        inline_svg(_drawn(document, lines, entries, *narrow), label=label, variant="narrow"),
    )


def _drawn(
    document: SimulationDocument, lines: Sequence[Steps], entries: Sequence[KeyEntry], width: int, height: int
) -> alt.LayerChart:
    inner = width - _AXIS
    most = float(document.most)
    low = _left(document)
    top = max(max(steps.levels) for steps in lines) * 1.04 or 1.0
    money = gauge([0.0, top], from_zero=True)
    x, y = _x(low, most, inner), _y(money, top, height, str(document.unit))
    drawings = [
        steps.style.line(_points(steps, low, most, money), interpolate="step-after").encode(x=x, y=y)
        for steps in lines
    ]
    dots = [
        layer(
            _dots(steps, low, money), "point", filled=True, size=44, opacity=1, color=steps.style.colour
        ).encode(x=x, y=y)
        for steps in lines
        if steps.style is not WORTH
    ]
    return drawn([*drawings, *dots, *key(entries, inner)], width=inner, height=height)


def _left(document: SimulationDocument) -> float:
    """Where the axis of amounts begins: 0, or, on a logarithmic axis, one row."""
    curves = [document.optimal.curve, *(one.curve for one in document.learners if one.curve)]
    first = min(float(curve[0][0]) for curve in curves)
    return 1.0 if float(document.most) > _CROWDED * first else 0.0


def _points(steps: Steps, low: float, most: float, money: Gauge) -> list[Record]:
    points = [
        {"x": max(amount, low), "y": money(level)}
        for amount, level in zip(steps.amounts, steps.levels, strict=True)
    ]
    return [*points, {"x": most, "y": money(steps.levels[-1])}]


def _dots(steps: Steps, low: float, money: Gauge) -> list[Record]:
    """The bundles on offer: the right end of each step."""
    ends = zip(steps.amounts[1:], steps.levels, strict=False)
    return [{"x": max(amount, low), "y": money(level)} for amount, level in ends]


def _x(low: float, most: float, width: int) -> alt.X:
    if low == 0:
        scale = alt.Scale(domain=[0, most], nice=False, zero=False)
        values = ticks(0, most, most=max(2, width // 75), smallest=1.0)
        return alt.X("x:Q", scale=scale, axis=axis(values, title="Rows", columns=False))
    powers = [10.0**k for k in range(16) if 10.0**k <= most]
    step = -(-len(powers) // max(2, width // 60))
    scale = alt.Scale(type="log", domain=[low, most], nice=False, clamp=True)
    shown = alt.Axis(values=powers[::step], format="~s", title="Rows (logarithmic)", grid=False)
    return alt.X("x:Q", scale=scale, axis=shown)


def _y(money: Gauge, top: float, height: int, unit: str) -> alt.Y:
    title = money.titled(f"Price and worth, {unit}" if unit else "Price and worth")
    scale = alt.Scale(domain=[0, money(top)], nice=False, zero=False)
    return alt.Y("y:Q", scale=scale, axis=axis(ticks(0, money(top), most=height // 42), title=title))
