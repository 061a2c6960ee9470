"""The ledger: of every sale, who paid and who is owed, in whole minor units that sum to zero.

buyer        -price
refund       what goes back to the buyer: `Split.refund`
commission   the operator's part
withheld     what the operator keeps beside it
contributor  one entry each, also of nothing
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from fairpool.ground.errors import InputError
from fairpool.marketplace.members import Member
from fairpool.pricing.revenue.splits import Split


def book(connection: sqlite3.Connection, sale: int, split: Split, contributors: Sequence[Member]) -> None:
    """Write the entries of a sale; ``contributors`` in the order of the split's payments."""
    market = [
        ("buyer", None, -split.price),
        ("refund", None, split.refund),
        ("commission", None, split.commission),
        ("withheld", None, split.withheld),
    ]
    owed = [("contributor", m.number, pay) for m, pay in zip(contributors, split.payments, strict=True)]
    connection.executemany(
        "INSERT INTO entry (sale, account, contributor, amount) VALUES (?, ?, ?, ?)",
        [(sale, *entry) for entry in (*market, *owed)],
    )


def booked(connection: sqlite3.Connection, sale: int) -> tuple[Split, tuple[Member, ...]]:
    """The entries of a sale, and whose its payments are; InputError where the file has lost one."""
    found = connection.execute(
        "SELECT e.account, e.amount, c.id, c.name FROM entry e LEFT JOIN contributor c ON c.id = e.contributor "
        "WHERE e.sale = ? ORDER BY c.id",
        (sale,),
    ).fetchall()
    market = {row["account"]: row["amount"] for row in found if row["id"] is None}
    if market.keys() != {"buyer", "refund", "commission", "withheld"}:
        raise InputError(f"sale {sale}: the market's file is damaged, not all of its entries are there")
    owed = [row for row in found if row["id"] is not None]
    split = Split(
        price=-market["buyer"],
        commission=market["commission"],
        payments=tuple(row["amount"] for row in owed),
        withheld=market["withheld"],
        refund=market["refund"],
    )
    return split, tuple(Member(row["id"], row["name"]) for row in owed)


def balance(connection: sqlite3.Connection, contributor: int) -> int:
    """What a contributor is owed for all sales."""
    row = connection.execute("SELECT ifnull(sum(amount), 0) FROM entry WHERE contributor = ?", (contributor,))
    return int(row.fetchone()[0])
