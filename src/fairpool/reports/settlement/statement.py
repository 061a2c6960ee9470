"""The columns of the full statement: the words of the terminal, and what statement.csv calls them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from fairpool.documents.settlement import PartyStatement, SettlementDocument
from fairpool.reports.frame.numerals import amount, decimal, percent, signed_amount


@dataclass(frozen=True, slots=True)
class StatementColumn:
    """Its title, its name in statement.csv, how it is written of a party, and of all (empty where it has no sum)."""

    title: str
    key: str
    of: Callable[[PartyStatement], str]
    sum: str = ""


def statement_columns(document: SettlementDocument, share_decimals: int) -> list[StatementColumn]:
    """Those that say something in this round."""
    parties, currency = document.parties, document.currency

    def money(title: str, key: str, write: Callable[[int, str], str] = amount) -> StatementColumn:
        total = sum(getattr(party, key) for party in parties)
        return StatementColumn(
            title, key, lambda party: write(getattr(party, key), currency), write(total, currency)
        )

    def share(title: str, key: str, total: str = "") -> StatementColumn:
        return StatementColumn(title, key, lambda party: percent(getattr(party, key), share_decimals), total)

    def score(title: str, key: str) -> StatementColumn:
        return StatementColumn(title, key, lambda party: decimal(getattr(party, key), 3))

    return [
        score("Alone", "gain_alone"),
        score("Delivered", "gain"),
        money("Fee", "fee"),
        money("Refund", "refund"),
        money("Pays", "improvement"),
        *([money("Kept as minimum fee", "retained")] if any(p.retained for p in parties) else []),
        share("Share", "share", percent(sum(party.share for party in parties))),
        *([share("Standard error", "share_se")] if any(p.share_se > 0 for p in parties) else []),
        money("Is paid", "reward"),
        *([money("Returned", "returned")] if any(p.returned for p in parties) else []),
        money("Net", "net", signed_amount),
    ]
