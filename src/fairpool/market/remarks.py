"""Sentences for people about a settlement: where it departs from the paper's assumptions, and what follows."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from fairpool.learning.schema import Schema
from fairpool.market.agreement import Agreement
from fairpool.market.payments import Payments
from fairpool.market.valuation import Findings


def remarks(agreement: Agreement, findings: Findings, payments: Payments) -> tuple[str, ...]:
    """One sentence for each thing worth saying; none where all is as the paper has it."""
    return tuple(_remarks(agreement, findings, payments))


def _remarks(agreement: Agreement, findings: Findings, payments: Payments) -> Iterator[str]:
    names = np.array(agreement.names)
    standing = findings.valuation.standing
    drop = findings.largest_drop
    if drop is not None and drop > 0.0:
        yield f"Gains are not monotone: adding a party's data lowered a coalition's gain by up to {drop:.3f}."
    if not agreement.own_tasks:
        kept = names[standing.gains > standing.gains.min()]
        if len(kept):
            yield f"Better off with its own model than with the pooled one, and keeps it: {', '.join(kept)}."
    useless = names[standing.shares <= 0.0]
    if len(useless) and payments.improvement.sum():
        yield f"Data that were worth nothing to the others, and so are paid nothing: {', '.join(useless)}."
    if payments.returned.sum():
        yield (
            "This division hands out only part of the pot; the rest went back to the payers in proportion to what "
            "they paid (column returned)."
        )
    if agreement.terms.minimum_fee:
        yield "Payments are at least the minimum fee, also for a party that gained nothing."
    yield from _columns(agreement.treatment.schema)


def _columns(schema: Schema) -> Iterator[str]:
    if schema.dropped:
        yield f"Not used, as they are blank in every validation row: {', '.join(schema.dropped)}."
    if schema.unshared:
        yield f"Not used, as not every file has them: {', '.join(schema.unshared)}."
