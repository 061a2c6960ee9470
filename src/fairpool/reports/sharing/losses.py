"""The Cramér-von Mises check in the report: losses beside what honest rows would have, features, payments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt

from fairpool.reports.frame.drawing import Chart, marks, tone
from fairpool.reports.frame.layout import Tile
from fairpool.reports.frame.magnitudes import apart, gauge, significant
from fairpool.reports.frame.numerals import amount_of, beside, listed
from fairpool.reports.frame.palette import LIGHT
from fairpool.reports.frame.rows import ROW, Axis, RowChart
from fairpool.reports.sharing.agents import Document, Number, most_telling

_UNUSUAL = 0.01  # chance that any of the honest agents is said to stand out
_PERMUTATIONS = 999
FAR_RATIO = 4.5  # loss over expectation that one honest feature in a hundred reaches (Cramér-von Mises, large samples)
MOST_FEATURES = 8
MOST_AGENTS_IN_A_TABLE = 200


@dataclass(frozen=True, slots=True)
class Loss:
    """One agent's loss, overall and by feature; ``limit``: the p-value up to which it stands out."""

    name: str
    loss: float
    expected: Number
    upper_bound: Number
    p_value: Number
    limit: float
    payment: int | None
    rows_given: int | None
    features: list[Number]
    features_expected: list[Number]

    @property
    def excess(self) -> float:
        """Loss over its honest expectation."""
        return _ratio(self.loss, self.expected) or 0.0

    @property
    def is_unusual(self) -> bool:
        """Whether chance hardly explains the loss: by its p-value, else by the ratio to the expectation."""
        return self.excess > FAR_RATIO if self.p_value is None else self.p_value <= self.limit

    @property
    def ratios(self) -> list[Number]:
        """Loss over expectation by feature."""
        return [_ratio(a, b) for a, b in zip(self.features, self.features_expected, strict=True)]

    @property
    def most_telling(self) -> int | None:
        """The feature that exceeds its expectation by most; None where nothing does."""
        over = [
            (a - b, -k)
            for k, (a, b) in enumerate(zip(self.features, self.features_expected, strict=True))
            if a is not None and b is not None and a > b
        ]
        return -max(over)[1] if over else None


def _ratio(loss: Number, expected: Number) -> Number:
    return None if loss is None or not expected else loss / expected


def losses_of(document: Document) -> list[Loss]:
    """Everybody who has a loss, in the document's order."""
    found = document["cramer_von_mises"]
    if not found:
        return []
    smallest = 1 / (1 + (found.get("permutations") or _PERMUTATIONS))  # that so many permutations can give
    limit = max(_UNUSUAL / max(len(found["agents"]), 1), smallest)
    return [_loss(one, limit) for one in found["agents"] if one.get("loss") is not None]


def _loss(one: Mapping[str, Any], limit: float) -> Loss:
    features = list(one.get("feature_losses") or [])
    expected = list(one.get("feature_expected") or [])
    return Loss(
        str(one["name"]),
        float(one["loss"]),
        one.get("expected"),
        one.get("upper_bound"),
        one.get("p_value"),
        limit,
        one.get("payment"),
        one.get("rows_given"),
        features,
        expected if len(expected) == len(features) else [None] * len(features),
    )


def loss_chart(document: Document) -> Chart | None:
    """A dot for the loss and a line for the honest expectation, a row an agent; of many those that stand out."""
    shown = _standing_out(losses_of(document))
    if not shown:
        return None
    values = [v for one in shown for v in (one.loss, one.expected) if v is not None]
    scale = gauge(values, from_zero=True)

    losses = marks(
        [
            {"row": i, "loss": scale(one.loss), "tone": "pay" if one.is_unusual else "earn"}
            for i, one in enumerate(shown)
        ]
    )
    expected = marks(
        [{"row": i, "loss": scale(one.expected)} for i, one in enumerate(shown) if one.expected is not None]
    )
    layers = [
        losses.mark_bar(size=3, color=LIGHT["line"]).encode(x=alt.X("loss:Q"), y=ROW),
        expected.mark_tick(size=22, thickness=2, color=LIGHT["ink"]).encode(x=alt.X("loss:Q"), y=ROW),
        losses.mark_point(filled=True, size=110, opacity=1).encode(x=alt.X("loss:Q"), y=ROW, color=tone()),
    ]
    texts = apart([one.loss for one in shown])
    said = [f"{text}{times(one.excess)}" for text, one in zip(texts, shown, strict=True)]
    along = Axis(0, (max(map(scale, values)) or 1.0) * 1.05, scale.titled("Loss"))
    names = [one.name for one in shown]
    label = f"Dot chart, loss beside its honest expectation: {beside(names, said)}"
    return RowChart(names, said, layers, along, label).drawn()


def times(ratio: Number) -> str:
    """`` (2.1 ×)``, how often the expectation."""
    return "" if not ratio else f" ({significant(ratio, 2)} ×)"


def _standing_out(losses: Sequence[Loss]) -> list[Loss]:
    places = {id(one): one for one in losses}
    records = [{"place": id(one)} for one in losses]
    return [places[record["place"]] for record in most_telling(records, [one.excess for one in losses])]


def features_shown(document: Document) -> list[int]:
    """Few features: all; of many those that exceed their expectation by most, in anybody's submission."""
    count = len(document["columns"])
    worst = [0.0] * count
    for one in losses_of(document):
        worst = [max(w, r or 0.0) for w, r in zip(worst, [*one.ratios, *[None] * count], strict=False)]
    return sorted(sorted(range(count), key=lambda k: -worst[k])[:MOST_FEATURES])


def loss_sentence(document: Document) -> str:
    """Whose loss is larger than chance explains, and which feature shows it."""
    unusual = [one for one in losses_of(document) if one.is_unusual]
    if not unusual:
        return (
            "No loss is larger than honest rows would have by chance. The line is what honest rows have on"
            " average; they are not at zero, because chance keeps samples apart."
        )
    worst = max(unusual, key=lambda one: one.excess)
    column = worst.most_telling
    by = f", most of all by {document['columns'][column]}" if column is not None else ""
    return (
        f"{listed([one.name for one in unusual])}: larger than chance explains. {worst.name} stands out"
        f" most, with {significant(worst.excess, 2)} times what honest rows have on average{by}. That need not be"
        " dishonesty: other conditions give other data."
    )


def payments(document: Document) -> list[Tile]:
    """The reward in one tile."""
    found = document["cramer_von_mises"]
    if not found:
        return []
    rows = [one.rows_given for one in losses_of(document) if one.rows_given is not None]
    if found.get("budget") is None or not found.get("currency"):
        return (
            [Tile(f"{sum(rows):,}", "rows given in return")]
            if rows
            else [Tile("–", "no reward in this round")]
        )
    budget, unspent = int(found["budget"]), int(found.get("unspent") or 0)
    paid = amount_of(budget - unspent, str(found["currency"]))
    return [Tile(paid, f"paid out of {amount_of(budget, str(found['currency']))}")]


def spent(document: Document, minor: int | None) -> str:
    """An amount of the check's currency."""
    found = document["cramer_von_mises"]
    currency = found.get("currency") if found else None
    return "–" if minor is None or not currency else amount_of(int(minor), str(currency))
