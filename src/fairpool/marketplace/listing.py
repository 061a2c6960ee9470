"""What is for sale: columns, rows, who brought them, at which prices."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fairpool.marketplace.deposits import columns_for_sale
from fairpool.marketplace.division import appraised
from fairpool.marketplace.members import MemberRole, members
from fairpool.marketplace.posted import PostedCurve, arbitrage_document, posted
from fairpool.marketplace.rounds import Progress, progress_now
from fairpool.marketplace.row_table import RowColumn
from fairpool.marketplace.sales import sales
from fairpool.marketplace.stock import NOBODY, for_sale, held, latest_appraisal
from fairpool.marketplace.store import reading
from fairpool.marketplace.terms import MarketTerms, read_terms


@dataclass(frozen=True, slots=True)
class Supply:
    """What a contributor has in the market.

    rows brought; for_sale: those verified now; quality and its standard error; p_value: chance that honest rows differ
    as much from the others', None where there was nobody to compare with.
    """

    contributor: str
    rows: int
    for_sale: int
    quality: float
    quality_error: float
    p_value: float | None

    def document(self) -> dict[str, Any]:
        return {
            "contributor": self.contributor,
            "rows": self.rows,
            "for_sale": self.for_sale,
            "quality": self.quality,
            "quality_error": self.quality_error,
            "p_value": self.p_value,
        }


@dataclass(frozen=True, slots=True, eq=False)
class Listing:
    """A market at one moment; ``left``: rows that a new buyer can have; ``learning``: how far prices are learned."""

    terms: MarketTerms
    columns: tuple[RowColumn, ...]
    supplies: tuple[Supply, ...]
    buyers: tuple[str, ...]
    rows: int
    left: int
    posted: PostedCurve
    sales: int
    learning: Progress | None

    def document(self) -> dict[str, Any]:
        return {
            **self.terms.document(),
            "rows": self.rows,
            "left": self.left,
            "columns": [{"name": column.name, "kind": column.kind} for column in self.columns],
            "contributors": [supply.document() for supply in self.supplies],
            "buyers": list(self.buyers),
            "sales": self.sales,
            "curve": self.posted.number,
            "prices": self.posted.pairs(),
            "arbitrage": arbitrage_document(self.posted.arbitrage),
            "learning": None if self.learning is None else self.learning.document(),
        }


def listing(folder: Path) -> Listing:
    """What is for sale now."""
    with reading(folder) as connection:
        terms = read_terms(connection)
        stock = for_sale(connection, latest_appraisal(connection))
        gone = len(stock) - len(stock.without(held(connection, NOBODY))) if terms.exclusive else 0
        return Listing(
            terms,
            columns_for_sale(connection),
            supplies(connection),
            tuple(buyer.name for buyer in members(connection, MemberRole.BUYER)),
            len(stock),
            len(stock) - gone,
            posted(connection),
            sales(connection),
            progress_now(connection),
        )


def supplies(connection: sqlite3.Connection) -> tuple[Supply, ...]:
    """Of every registered contributor, in the order of registration."""
    known = appraised(connection, latest_appraisal(connection))
    return tuple(
        _supply(m.name, known[m.number]) if m.number in known else Supply(m.name, 0, 0, 0.0, 0.0, None)
        for m in members(connection, MemberRole.CONTRIBUTOR)
    )


def _supply(name: str, report: Any) -> Supply:
    return Supply(
        name,
        report["rows"],
        report["verified_rows"],
        report["quality"],
        report["quality_error"],
        report["p_value"],
    )
