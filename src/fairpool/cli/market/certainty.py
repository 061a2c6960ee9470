"""The second table of the terminal's statement: a share in its two parts, and how certain share and net are."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from fairpool.documents.settlement import PartyStatement, SettlementDocument
from fairpool.reports.settlement.certainty import (
    errors_in_words,
    known,
    pooling_in_words,
    signs_in_words,
)

_PARTS = ("for data", "as buyer")
_INTERVALS = ("share, 95 %", "net, 95 %")


def certainty_rows(
    document: SettlementDocument, parties: Sequence[PartyStatement], amount: Callable[[int], str]
) -> list[list[str]]:
    """Head and a row per party; no rows where the document has neither."""
    parts, intervals = all(p.share_parts is not None for p in parties), known(document)
    if not parts and not intervals:
        return []
    head = ["party", *(_PARTS if parts else ()), *(_INTERVALS if intervals else ())]
    return [head, *([party.name, *_parts(party), *_ends(party, amount)] for party in parties)]


def _parts(party: PartyStatement) -> list[str]:
    parts = party.share_parts
    return [] if parts is None else [f"{parts.data:.1%}", f"{parts.buyer:.1%}"]


def _ends(party: PartyStatement, amount: Callable[[int], str]) -> list[str]:
    if party.share_interval is None or party.net_interval is None:
        return []
    low, high = party.share_interval
    least, most = map(amount, party.net_interval)
    return [f"{100 * low:.1f} to {high:.1%}", f"{least} to {most}"]


def certainty_sentences(document: SettlementDocument) -> Iterator[str]:
    """What is not certain, and which errors the intervals hold."""
    if not known(document):
        return
    if document.task == "common" and (pooling := pooling_in_words(document)):
        yield f"The model of all against the best alone: {pooling}"
    if signs := signs_in_words(document):
        yield signs
    yield errors_in_words(document)
