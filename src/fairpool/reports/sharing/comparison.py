"""The Cramér-von Mises check in the report: losses beside what honest rows would have, features, payments."""

from __future__ import annotations

from dataclasses import dataclass

import altair as alt

from fairpool.documents.sharing.mediator import LossEntry, SharingDocument
from fairpool.reports.frame.drawing import Chart, marks, tone
from fairpool.reports.frame.layout import Tile
from fairpool.reports.frame.magnitudes import apart, gauge, significant
from fairpool.reports.frame.numerals import amount_of, beside, listed
from fairpool.reports.frame.palette import LIGHT
from fairpool.reports.frame.rows import ROW, Axis, RowChart
from fairpool.reports.sharing.agents import Number, most_telling

_UNUSUAL = 0.01  # chance that any of the honest agents is said to stand out
FAR_RATIO = 4.5  # loss over expectation that one honest feature in a hundred reaches (Cramér-von Mises, large samples)
MOST_FEATURES = 8
MOST_AGENTS_IN_A_TABLE = 200


@dataclass(frozen=True, slots=True)
class Loss:
    """One agent's loss beside what honest rows would have; ``limit``: the p-value up to which it stands out."""

    entry: LossEntry
    limit: float

    @property
    def excess(self) -> float:
        """Loss over its honest expectation."""
        return _ratio(self.entry.loss, self.entry.expected) or 0.0

    @property
    def is_unusual(self) -> bool:
        """Whether chance hardly explains the loss: by its p-value, else by the ratio to the expectation."""
        p_value = self.entry.p_value
        return self.excess > FAR_RATIO if p_value is None else p_value <= self.limit

    @property
    def ratios(self) -> list[Number]:
        """Loss over expectation by feature."""
        entry = self.entry
        return [_ratio(a, b) for a, b in zip(entry.feature_losses, entry.feature_expected, strict=True)]

    @property
    def most_telling(self) -> int | None:
        """The feature that exceeds its expectation by most; None where nothing does."""
        entry = self.entry
        both = enumerate(zip(entry.feature_losses, entry.feature_expected, strict=True))
        over = [(a - b, -k) for k, (a, b) in both if b is not None and a > b]
        return -max(over)[1] if over else None


def _ratio(loss: float, expected: Number) -> Number:
    return loss / expected if expected else None


def losses_of(document: SharingDocument) -> list[Loss]:
    """Everybody's loss, in the document's order."""
    found = document.cramer_von_mises
    if found is None:
        return []
    smallest = 1 / (1 + found.permutations)  # that so many permutations can give
    limit = max(_UNUSUAL / max(len(found.agents), 1), smallest)
    return [Loss(entry, limit) for entry in found.agents]


def loss_chart(document: SharingDocument) -> Chart | None:
    """A dot for the loss and a line for the honest expectation, one row per agent; of many those that stand out."""
    found = losses_of(document)
    shown = most_telling(found, [one.excess for one in found])
    if not shown:
        return None
    values = [v for one in shown for v in (one.entry.loss, one.entry.expected) if v is not None]
    scale = gauge(values, from_zero=True)

    losses = marks(
        [
            {"row": i, "loss": scale(one.entry.loss), "tone": "pay" if one.is_unusual else "earn"}
            for i, one in enumerate(shown)
        ]
    )
    expected = marks(
        [
            {"row": i, "loss": scale(one.entry.expected)}
            for i, one in enumerate(shown)
            if one.entry.expected is not None
        ]
    )
    layers = [
        losses.mark_bar(size=3, color=LIGHT["line"]).encode(x=alt.X("loss:Q"), y=ROW),
        expected.mark_tick(size=22, thickness=2, color=LIGHT["ink"]).encode(x=alt.X("loss:Q"), y=ROW),
        losses.mark_point(filled=True, size=110, opacity=1).encode(x=alt.X("loss:Q"), y=ROW, color=tone()),
    ]
    texts = apart([one.entry.loss for one in shown])
    said = [f"{text}{times(one.excess)}" for text, one in zip(texts, shown, strict=True)]
    along = Axis(0, (max(map(scale, values)) or 1.0) * 1.05, scale.titled("Loss"))
    names = [one.entry.name for one in shown]
    label = f"Dot chart, loss beside its honest expectation: {beside(names, said)}"
    return RowChart(names, said, layers, along, label).drawn()


def times(ratio: Number) -> str:
    """`` (2.1 ×)``, how often the expectation."""
    return "" if not ratio else f" ({significant(ratio, 2)} ×)"


def features_shown(document: SharingDocument) -> list[int]:
    """Few features: all; of many those that exceed their expectation by most, in anybody's submission."""
    columns, ratios = range(len(document.columns)), [one.ratios for one in losses_of(document)]
    worst = [max((one[k] or 0.0 for one in ratios), default=0.0) for k in columns]
    return sorted(sorted(columns, key=lambda k: -worst[k])[:MOST_FEATURES])


def loss_sentence(document: SharingDocument) -> str:
    """Whose loss is larger than chance explains, and which feature shows it."""
    unusual = [one for one in losses_of(document) if one.is_unusual]
    if not unusual:
        return (
            "No loss is larger than honest rows would have by chance. The line is what honest rows have on"
            " average; they are not at zero, because chance keeps samples apart."
        )
    worst = max(unusual, key=lambda one: one.excess)
    column = worst.most_telling
    by = f", most of all by {document.columns[column]}" if column is not None else ""
    return (
        f"{listed([one.entry.name for one in unusual])}: larger than chance explains. {worst.entry.name} stands out"
        f" most, with {significant(worst.excess, 2)} times what honest rows have on average{by}. That need not be"
        " dishonesty: other conditions give other data."
    )


def payments(document: SharingDocument) -> list[Tile]:
    """The reward in one tile."""
    found = document.cramer_von_mises
    if found is None:
        return []
    if found.budget is None or not found.currency:
        rows = [one.rows_given for one in found.agents if one.rows_given is not None]
        return [
            Tile(f"{sum(rows):,}", "rows given in return") if rows else Tile("–", "no reward in this round")
        ]
    paid = amount_of(found.budget - (found.unspent or 0), found.currency)
    return [Tile(paid, f"paid out of {amount_of(found.budget, found.currency)}")]
