"""Deposits: rows are brought, verified, and kept with what was found about them."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pandas as pd
import pyarrow as pa

from fairpool.documents.marketplace import Receipt, VerificationDocument, verification_document
from fairpool.ground.errors import InputError
from fairpool.marketplace.deposits.appraising import (
    Holding,
    StockAppraisal,
    appraise,
    holdings,
    verify_deposit,
)
from fairpool.marketplace.deposits.row_table import (
    Brought,
    RowColumn,
    columns_of,
    fingerprint,
    table_of,
    to_parquet,
)
from fairpool.marketplace.file.store import reading, writing, written_moment
from fairpool.marketplace.membership import Member, MemberRole, member_named, members
from fairpool.marketplace.sales.stock import bits
from fairpool.marketplace.terms import MarketTerms, read_terms
from fairpool.pricing.verification.report import VerificationReport


def deposit(
    folder: Path,
    contributor: str,
    rows: pd.DataFrame,
    *,
    at: datetime,
    file: str = "rows",
    first_row: int = 0,
) -> Receipt:
    """Verify and keep rows of a registered contributor.

    Every row is kept, those that do not pass as well, and the report names each of them; the first deposit fixes the
    columns and their kinds (`row_table`).

    Parameters
    ----------
    folder : Path
    contributor : str
        Its name.
    rows : DataFrame of shape (rows, columns)
    at : datetime
        When, with a time zone; kept in UTC, to the second.
    file : str
        What the rows are called in messages and statements.
    first_row : int
        The row number in ``file`` of index 0 of ``rows``.

    Returns
    -------
    Receipt
        The deposit's number, the ``rows`` brought, those ``verified``, the fingerprint ``sha256`` and the ``report``.

    Raises
    ------
    InputError
        For an unknown contributor, other columns, a cell of another kind (file, row and column), rows that this
        contributor has deposited already, a time without a time zone, and where there is no market in ``folder``.

    Notes
    -----
    Cost: two runs of `fairpool.pricing.verify`, on all rows deposited so far: the new rows are held against all earlier
    ones, then all that passed are judged beside each other.  The work is done beside the market, and done again where
    somebody else deposited in the meantime, so that nobody waits for it.

    Examples
    --------
    >>> import tempfile
    >>> from datetime import UTC, datetime
    >>> from fractions import Fraction
    >>> from pathlib import Path
    >>> import pandas as pd
    >>> from fairpool.marketplace import MarketTerms, add_contributor, deposit, open_market
    >>> from fairpool.pricing import price_curve
    >>> at = datetime(2026, 3, 1, 12, tzinfo=UTC)
    >>> place = tempfile.TemporaryDirectory()
    >>> shop = Path(place.name) / "shop"
    >>> opened = open_market(shop, MarketTerms("EUR", Fraction(1, 10)), price_curve([(10, 4.0), (60, 8.0)]), at=at)
    >>> member = add_contributor(shop, "North", at=at)
    >>> receipt = deposit(shop, "North", pd.DataFrame({"age": [float(a) for a in range(20, 60)]}), at=at)
    >>> receipt.rows, receipt.verified
    (40, 40)
    >>> place.cleanup()
    """
    moment, brought = written_moment(at), Brought(_plain(rows), file, first_row)
    while True:
        with reading(folder) as connection:
            known = _Known.of(connection, contributor)
        prepared = _prepare(known, brought)
        with writing(folder) as connection:
            if _deposits(connection) == len(known.deposits):
                return _keep(connection, known, prepared, file, moment)


def receipts(connection: sqlite3.Connection, contributor: int) -> tuple[Receipt, ...]:
    """All deposits of a contributor, in order."""
    found = connection.execute(
        "SELECT d.id AS deposit, c.name AS contributor, file, rows, verified, sha256, made_at AS at, report "
        "FROM deposit d JOIN contributor c ON c.id = d.contributor WHERE c.id = ? ORDER BY d.id",
        (contributor,),
    )
    return tuple(Receipt(**dict(row) | {"report": json.loads(row["report"])}) for row in found)


def columns_for_sale(connection: sqlite3.Connection) -> tuple[RowColumn, ...]:
    """The columns of every row; none before the first deposit."""
    rows = connection.execute("SELECT name, kind FROM row_column ORDER BY place")
    return tuple(RowColumn(row["name"], row["kind"]) for row in rows)


@dataclass(frozen=True, slots=True, eq=False)
class _Known:
    """The market before a deposit."""

    terms: MarketTerms
    columns: tuple[RowColumn, ...]
    who: Member
    everybody: tuple[Member, ...]
    deposits: tuple[Holding, ...]

    @classmethod
    def of(cls, connection: sqlite3.Connection, contributor: str) -> _Known:
        return cls(
            read_terms(connection),
            columns_for_sale(connection),
            member_named(connection, MemberRole.CONTRIBUTOR, contributor),
            members(connection, MemberRole.CONTRIBUTOR),
            holdings(connection),
        )


@dataclass(frozen=True, slots=True, eq=False)
class _Prepared:
    columns: tuple[RowColumn, ...]
    rows: pa.Table
    content: bytes
    sha256: str
    verification: VerificationReport
    report: VerificationDocument
    appraisal: StockAppraisal


def _prepare(known: _Known, brought: Brought) -> _Prepared:
    columns = known.columns or columns_of(brought, known.terms.columns)
    rows = table_of(brought, columns)
    sha256 = fingerprint(rows)
    _refuse_again(known, sha256, brought.file)
    found = verify_deposit(known.deposits, known.who, known.everybody, rows, seed=known.terms.seed)
    new = Holding(len(known.deposits) + 1, known.who.number, rows, found.verified, sha256)
    appraisal = appraise([*known.deposits, new], known.everybody, seed=known.terms.seed)
    return _Prepared(columns, rows, to_parquet(rows), sha256, found, _in_lines(found, brought), appraisal)


def _keep(connection: sqlite3.Connection, known: _Known, prepared: _Prepared, file: str, at: str) -> Receipt:
    if not known.columns:
        connection.executemany(
            "INSERT INTO row_column (place, name, kind) VALUES (?, ?, ?)",
            [(place, column.name, column.kind) for place, column in enumerate(prepared.columns)],
        )
    number, verified = len(known.deposits) + 1, int(prepared.verification.verified.sum())
    kept = (
        bits(prepared.verification.verified),
        prepared.content,
        prepared.sha256,
        _json(prepared.report),
        at,
    )
    connection.execute(
        "INSERT INTO deposit (id, contributor, file, rows, verified, passed, content, sha256, report, made_at) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (number, known.who.number, file, prepared.rows.num_rows, verified, *kept),
    )
    _keep_appraisal(connection, number, prepared.appraisal)
    return receipts(connection, known.who.number)[-1]


def _keep_appraisal(connection: sqlite3.Connection, number: int, appraisal: StockAppraisal) -> None:
    connection.executemany(
        "INSERT INTO appraisal (deposit, contributor, report) VALUES (?, ?, ?)",
        [(number, one.contributor.number, _json(one.document())) for one in appraisal.contributors],
    )
    connection.executemany(
        "INSERT INTO for_sale (appraisal, deposit, passed) VALUES (?, ?, ?)",
        [(number, held, bits(passed)) for held, passed in appraisal.passed.items()],
    )


def _deposits(connection: sqlite3.Connection) -> int:
    return int(connection.execute("SELECT count(*) FROM deposit").fetchone()[0])


def _refuse_again(known: _Known, sha256: str, file: str) -> None:
    """A command that was stopped after its work was done may be given again without harm."""
    for held in known.deposits:
        if held.contributor == known.who.number and held.sha256 == sha256:
            raise InputError(
                f"got exactly the rows of deposit {held.number} of {known.who.name!r}; they are in the market already",
                file=file,
            )


def _in_lines(found: VerificationReport, brought: Brought) -> VerificationDocument:
    """The report with rows counted as the file counts them."""
    lines = [int(place) + brought.first_row for place in brought.rows.index]
    document = verification_document(found)
    told = [one.model_copy(update={"rows": tuple(lines[r] for r in one.rows)}) for one in document.findings]
    return document.model_copy(update={"findings": tuple(told)})


def _plain(rows: pd.DataFrame) -> pd.DataFrame:
    """Columns called by text, rows by whole numbers."""
    named = rows.set_axis([str(name).strip() for name in rows.columns], axis=1)
    return named if pd.api.types.is_integer_dtype(named.index.dtype) else named.reset_index(drop=True)


def _json(document: VerificationDocument) -> str:
    return json.dumps(document.model_dump(), ensure_ascii=False, allow_nan=False)
