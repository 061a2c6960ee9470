"""The tables of a simulation of prices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fairpool.documents.pricing import LearnerDocument, SimulationDocument
from fairpool.reports.frame.magnitudes import NOTHING, plain, significant, with_error
from fairpool.reports.frame.numerals import decimal, percent


@dataclass(frozen=True, slots=True)
class PriceTable:
    """Rows with a name each; ``first`` is what the names are."""

    first: str
    heads: Sequence[str]
    rows: Sequence[tuple[str, Sequence[str]]]


def learner_table(document: SimulationDocument) -> PriceTable:
    """Least regret first."""
    ordered = document.by_regret
    heads = ["Regret at the end", "Slope", "Revenue a round", "Of the best", "Time a round"]
    return PriceTable("Learner", heads, [(str(one.title), _learner(document, one)) for one in ordered])


def _learner(document: SimulationDocument, learner: LearnerDocument) -> list[str]:
    regret, part, slope = learner.regret, learner.part_of_best, learner.slope
    error = regret.standard_error[-1] if document.replications > 1 else None
    return [
        with_error(regret.mean[-1], error),
        NOTHING if slope is None else with_slope_error(slope, learner.slope_standard_error),
        significant(learner.revenue[-1] / document.rounds, 4),
        NOTHING if part is None else percent(part),
        duration(learner.seconds_a_round),
    ]


def with_slope_error(slope: float, error: float | None) -> str:
    """``0.52 ± 0.01``."""
    return decimal(slope) if error is None else f"{decimal(slope)} ± {decimal(error)}"


def duration(seconds: float | None) -> str:
    """``35 µs``, ``1.2 ms``."""
    if seconds is None:
        return NOTHING
    for factor, unit in ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs")):
        if seconds >= factor:
            return f"{significant(seconds / factor, 2)}\u00a0{unit}"
    return f"{significant(seconds / 1e-9, 2)}\u00a0ns"


def type_table(document: SimulationDocument) -> PriceTable:
    """How often each comes, what it is worth to it, and what it takes of the best fixed curve."""
    heads = ["How often", f"Worth of {document.most:,} rows", "Buys of the best curve", "Pays"]
    rows = [
        (
            str(one.name),
            [
                plain(one.frequency, 4),
                significant(one.worth, 4),
                f"{one.buys:,}" if one.buys else "nothing",
                significant(one.pays, 4) if one.buys else NOTHING,
            ],
        )
        for one in document.types
    ]
    return PriceTable("Type", heads, rows)
