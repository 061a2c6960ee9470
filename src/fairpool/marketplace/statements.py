"""Statements: what a contributor brought, what was found about it, what every sale brought it, what it is owed.

A contributor's statement holds nothing of the others but how many rows were sold for how much; the operator's holds
everything.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fairpool.marketplace.deposits import Receipt, receipts
from fairpool.marketplace.ledger import balance
from fairpool.marketplace.listing import Supply, supplies
from fairpool.marketplace.members import Member, MemberRole, member_named, members
from fairpool.marketplace.posted import arbitrage_document
from fairpool.marketplace.rounds import Progress, progress
from fairpool.marketplace.sales import Sale, sale_booked, sales
from fairpool.marketplace.store import reading
from fairpool.marketplace.terms import MarketTerms, read_terms
from fairpool.pricing.curves.arbitrage import Arbitrage


@dataclass(frozen=True, slots=True)
class Earning:
    """A contributor's part in a sale: of ``amount`` rows for ``charged`` how many are its own, and what it gets.

    charged: the price without what went back to the buyer; arbitrage: of the curve, if it was posted in spite of one.
    """

    sale: int
    at: str
    amount: int
    charged: int
    rows: int
    payment: int
    arbitrage: Arbitrage | None

    def document(self) -> dict[str, Any]:
        return {
            "sale": self.sale,
            "at": self.at,
            "amount": self.amount,
            "charged": self.charged,
            "rows": self.rows,
            "payment": self.payment,
            "arbitrage": arbitrage_document(self.arbitrage),
        }


@dataclass(frozen=True, slots=True, eq=False)
class Statement:
    """A contributor's view; amounts in minor units, ``balance`` is owed to it."""

    terms: MarketTerms
    supply: Supply
    deposits: tuple[Receipt, ...]
    earnings: tuple[Earning, ...]
    balance: int

    def document(self) -> dict[str, Any]:
        return {
            **self.terms.document(),
            **self.supply.document(),
            "deposits": [receipt.document() for receipt in self.deposits],
            "sales": [earning.document() for earning in self.earnings],
            "balance": self.balance,
        }


@dataclass(frozen=True, slots=True, eq=False)
class Account:
    """What a buyer has: rows, and what it paid for them after refunds."""

    buyer: str
    rows: int
    charged: int

    def document(self) -> dict[str, Any]:
        return {"buyer": self.buyer, "rows": self.rows, "charged": self.charged}


@dataclass(frozen=True, slots=True, eq=False)
class Books:
    """The operator's view: all statements, all buyers, all sales, and how prices were learned.

    commission and withheld: what the operator keeps; charged == commission + withheld + all balances, exactly.
    """

    terms: MarketTerms
    statements: tuple[Statement, ...]
    accounts: tuple[Account, ...]
    sales: tuple[Sale, ...]
    learnings: tuple[Progress, ...]

    @property
    def charged(self) -> int:
        return sum(sale.price - sale.refund for sale in self.sales)

    @property
    def commission(self) -> int:
        return sum(sale.commission for sale in self.sales)

    @property
    def withheld(self) -> int:
        return sum(sale.withheld for sale in self.sales)

    @property
    def owed(self) -> int:
        return sum(statement.balance for statement in self.statements)

    def document(self) -> dict[str, Any]:
        return {
            **self.terms.document(),
            "contributors": [statement.document() for statement in self.statements],
            "buyers": [account.document() for account in self.accounts],
            "sales": [sale.document() for sale in self.sales],
            "charged": self.charged,
            "commission_kept": self.commission,
            "withheld": self.withheld,
            "owed": self.owed,
            "learnings": [one.document() for one in self.learnings],
        }


def statement(folder: Path, contributor: str) -> Statement:
    """A contributor's statement; InputError for an unknown one."""
    with reading(folder) as connection:
        return _statement(
            connection, member_named(connection, MemberRole.CONTRIBUTOR, contributor), _all_sales(connection)
        )


def books(folder: Path) -> Books:
    """Everything, for the operator."""
    with reading(folder) as connection:
        made = _all_sales(connection)
        return Books(
            read_terms(connection),
            tuple(_statement(connection, m, made) for m in members(connection, MemberRole.CONTRIBUTOR)),
            tuple(_account(m, made) for m in members(connection, MemberRole.BUYER)),
            made,
            progress(connection),
        )


def _statement(connection: sqlite3.Connection, who: Member, made: tuple[Sale, ...]) -> Statement:
    supply = next(one for one in supplies(connection) if one.contributor == who.name)
    return Statement(
        read_terms(connection),
        supply,
        receipts(connection, who.number),
        tuple(
            _earning(sale, share.rows, share.payment)
            for sale in made
            for share in sale.shares
            if share.contributor == who.name
        ),
        balance(connection, who.number),
    )


def _earning(sale: Sale, rows: int, payment: int) -> Earning:
    charged = sale.price - sale.refund
    return Earning(sale.number, sale.at, sale.amount, charged, rows, payment, sale.arbitrage)


def _account(buyer: Member, made: tuple[Sale, ...]) -> Account:
    mine = [sale for sale in made if sale.buyer == buyer.name]
    return Account(buyer.name, sum(s.amount for s in mine), sum(s.price - s.refund for s in mine))


def _all_sales(connection: sqlite3.Connection) -> tuple[Sale, ...]:
    return tuple(sale_booked(connection, number) for number in range(1, sales(connection) + 1))
