"""Which rows are for sale, and which of them somebody may still get.

A row is for sale if it passed verification when it was deposited and passes now, beside all that came later.
In an exclusive market a row that was sold is gone; else it is gone only for the buyer who has it.
"""

from __future__ import annotations

import sqlite3

import numpy as np

from fairpool.documents.marketplace import VerificationDocument
from fairpool.ground.arrays import Booleans
from fairpool.pricing.stock import Stock

NOBODY = 0  # the holder of rows that are sold once only


def latest_appraisal(connection: sqlite3.Connection) -> int:
    """The deposit after which all were appraised last; 0 before the first one."""
    return int(connection.execute("SELECT ifnull(max(deposit), 0) FROM appraisal").fetchone()[0])


def appraised(connection: sqlite3.Connection, appraisal: int) -> dict[int, VerificationDocument]:
    """The reports of an appraisal, by the contributor's number."""
    found = connection.execute("SELECT contributor, report FROM appraisal WHERE deposit = ?", (appraisal,))
    return {row["contributor"]: VerificationDocument.model_validate_json(row["report"]) for row in found}


def for_sale(connection: sqlite3.Connection, appraisal: int) -> Stock:
    """All rows that passed an appraisal, in the order of deposits."""
    found = connection.execute(
        "SELECT f.deposit, f.passed, d.rows, d.contributor FROM for_sale f JOIN deposit d ON d.id = f.deposit "
        "WHERE f.appraisal = ? ORDER BY f.deposit",
        (appraisal,),
    )
    return _stacked([(r["deposit"], r["contributor"], flags(r["passed"], r["rows"])) for r in found])


def held(connection: sqlite3.Connection, holder: int, *, before: int | None = None) -> Stock:
    """The rows sold to a holder; ``before``: in sales of a smaller number only."""
    return _listed(connection, "s.holder = ? AND (? IS NULL OR s.sale < ?)", (holder, before, before))


def sold(connection: sqlite3.Connection, sale: int) -> Stock:
    """The rows of a sale, in the order in which they are delivered."""
    return _listed(connection, "s.sale = ? ORDER BY s.place", (sale,))


def bits(passed: Booleans) -> bytes:
    """One bit per row, as the file keeps them."""
    return np.packbits(passed).tobytes()


def flags(kept: bytes, rows: int) -> Booleans:
    """bool (rows,) from `bits`."""
    return np.unpackbits(np.frombuffer(kept, dtype=np.uint8), count=rows).astype(np.bool_)


def _stacked(parts: list[tuple[int, int, Booleans]]) -> Stock:
    positions = [np.flatnonzero(passed).astype(np.int64) for _, _, passed in parts]
    counts = [len(some) for some in positions]
    return Stock(
        np.repeat(np.array([deposit for deposit, _, _ in parts], dtype=np.int64), counts),
        np.concatenate([np.empty(0, dtype=np.int64), *positions]),
        np.repeat(np.array([contributor for _, contributor, _ in parts], dtype=np.int64), counts),
    )


def _listed(connection: sqlite3.Connection, where: str, given: tuple[int | None, ...]) -> Stock:
    found = connection.execute(
        "SELECT s.deposit, s.position, d.contributor FROM sold_row s JOIN deposit d ON d.id = s.deposit "
        f"WHERE {where}",
        given,
    ).fetchall()
    table = np.array([tuple(row) for row in found], dtype=np.int64).reshape(-1, 3)
    return Stock(table[:, 0], table[:, 1], table[:, 2])
