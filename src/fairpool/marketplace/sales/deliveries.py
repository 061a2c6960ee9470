"""Deliveries: the rows of a sale as a Parquet file.

A sale that is booked says where its file goes.  The file is written under another name and renamed once it is whole,
and only then is the delivery recorded; all of that while no other command writes to the market.  Killed anywhere on the
way, the next command finds a sale without a delivery and writes the file (`complete_all`); nothing else was lost,
because the rows are in the market.  A file of another content that stands at the place is never touched.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet

from fairpool.ground.arrays import Integers
from fairpool.ground.errors import InputError
from fairpool.marketplace.deposits.depositing import columns_for_sale
from fairpool.marketplace.deposits.row_table import fingerprint, from_parquet, gathered, to_frame, to_parquet
from fairpool.marketplace.file.store import reading, refuse_own_file, sync_folder, writing, written_moment
from fairpool.marketplace.sales.stock import sold
from fairpool.pricing.stock import Stock

DELIVERIES = "deliveries"


@dataclass(frozen=True, slots=True)
class DeliveredRows:
    """Rows of a sale in a file."""

    sale: int
    file: Path


def default_place(folder: Path, sale: int) -> Path:
    """Where rows go if nobody says where."""
    return Path(folder) / DELIVERIES / f"sale-{sale:06}.parquet"


def take_place(folder: Path, out: Path | None) -> str | None:
    """A place for a file as the market records it; InputError where one cannot be written, or something stands."""
    if out is None:
        return None
    try:
        place = Path(out).resolve()
        if place.exists():
            raise InputError(
                "there is something already; rows are never written over it, give another name", file=out
            )
        known = next(one for one in place.parents if one.exists())
    except OSError as problem:
        raise InputError(f"cannot write there: {problem.strerror}", file=out) from problem
    if not known.is_dir() or not os.access(known, os.W_OK | os.X_OK):
        raise InputError(f"cannot write there: no permission to write in {known}", file=out)
    refuse_own_file(folder, place)
    return str(place)


def refuse_taken_place(connection: sqlite3.Connection, place: str | None) -> None:
    """InputError where another sale is about to be written to this place, or just was."""
    if place is None:
        return
    waiting = connection.execute(
        "SELECT id FROM sale WHERE place = ? AND id NOT IN (SELECT sale FROM delivery)", (place,)
    ).fetchone()
    if waiting is not None or Path(place).exists():
        whose = f"sale {waiting['id']} is delivered there" if waiting else "there is something already"
        raise InputError(f"{whose}; rows are never written over it, give another name", file=place)


def rows_of_sale(folder: Path, sale: int) -> pd.DataFrame:
    """The rows a buyer bought, in the order in which they are delivered."""
    with reading(folder) as connection:
        return to_frame(_rows(connection, sale))


def complete(folder: Path, sale: int, *, at: datetime) -> DeliveredRows:
    """Write the file of a sale that is booked, unless it is there.

    Raises InputError, which says that the sale is booked, where the file cannot be written.
    """
    moment = written_moment(at)
    try:
        with writing(folder) as connection:
            place = connection.execute("SELECT place FROM sale WHERE id = ?", (sale,)).fetchone()["place"]
            return _deliver(connection, folder, sale, None if place is None else Path(place), moment)
    except InputError as problem:
        raise InputError(f"{problem.problem}. {_safe(sale)}", file=problem.file) from problem


def complete_all(folder: Path, *, at: datetime) -> Iterator[DeliveredRows | InputError]:
    """Write the files of all sales that a killed command left without; what stands in the way of one is yielded."""
    with reading(folder) as connection:
        left = connection.execute(
            "SELECT id FROM sale WHERE id NOT IN (SELECT sale FROM delivery) ORDER BY id"
        )
        waiting = [row["id"] for row in left]
    for sale in waiting:
        try:
            yield complete(folder, sale, at=at)
        except InputError as problem:
            yield problem


def deliver(folder: Path, sale: int, *, at: datetime, out: Path | None = None) -> DeliveredRows:
    """Write the file of an earlier sale again.

    Parameters
    ----------
    folder : Path
    sale : int
        Its number, counted from 1.
    at : datetime
        When, with a time zone; kept in UTC, to the second.
    out : Path, optional
        The file; if not given, where the sale's rows went.

    Returns
    -------
    DeliveredRows
        The number of the ``sale`` and the ``file``.

    Raises
    ------
    InputError
        For a sale that is not booked, a place where something else stands or nothing can be written, rows in the
        market's file that are not those sold, a time without a time zone, and where there is no market in ``folder``.

    Examples
    --------
    >>> import tempfile
    >>> from datetime import UTC, datetime
    >>> from fractions import Fraction
    >>> from pathlib import Path
    >>> import pandas as pd
    >>> from fairpool.marketplace import MarketTerms, add_buyer, add_contributor, buy, deliver, deposit, open_market
    >>> from fairpool.pricing import price_curve
    >>> at = datetime(2026, 3, 1, 12, tzinfo=UTC)
    >>> place = tempfile.TemporaryDirectory()
    >>> shop = Path(place.name) / "shop"
    >>> opened = open_market(shop, MarketTerms("EUR", Fraction(1, 10)), price_curve([(10, 4.0), (60, 8.0)]), at=at)
    >>> member = add_contributor(shop, "North", at=at)
    >>> receipt = deposit(shop, "North", pd.DataFrame({"age": [float(a) for a in range(20, 60)]}), at=at)
    >>> member = add_buyer(shop, "Ada", at=at)
    >>> sale, delivery = buy(shop, "Ada", 10, at=at)
    >>> deliver(shop, 1, at=at, out=shop / "again.parquet").sale
    1
    >>> place.cleanup()
    """
    moment = written_moment(at)
    if out is not None:
        refuse_own_file(folder, Path(out).resolve())
    with writing(folder) as connection:
        row = connection.execute("SELECT place FROM sale WHERE id = ?", (sale,)).fetchone()
        if row is None:
            booked = connection.execute("SELECT count(*) FROM sale").fetchone()[0]
            raise InputError(f"sale: got {sale}, expected one of the {booked} sales, counted from 1")
        place = Path(out).resolve() if out is not None else row["place"]
        return _deliver(connection, folder, sale, None if place is None else Path(place), moment)


def rows_of_stock(connection: sqlite3.Connection, rows: Stock) -> pa.Table:
    """The cells of rows, in their order."""
    return gathered(_parts(connection, rows), columns_for_sale(connection))


def _parts(connection: sqlite3.Connection, rows: Stock) -> Iterator[tuple[pa.Table, Integers, Integers]]:
    for deposit in np.unique(rows.deposits).tolist():
        content = connection.execute("SELECT content FROM deposit WHERE id = ?", (deposit,)).fetchone()
        table = from_parquet(content["content"])
        places = np.flatnonzero(rows.deposits == deposit).astype(np.int64)
        if rows.positions[places].max() >= table.num_rows:
            raise InputError(
                f"deposit {deposit}: the market's file is damaged, a row that was sold is not there"
            )
        yield table, rows.positions[places], places


def _rows(connection: sqlite3.Connection, sale: int) -> pa.Table:
    """The rows of a sale; InputError where they are not those that were sold."""
    row = connection.execute("SELECT sha256 FROM sale WHERE id = ?", (sale,)).fetchone()
    table = rows_of_stock(connection, sold(connection, sale))
    if row is None or fingerprint(table) != row["sha256"]:
        raise InputError(f"sale {sale}: the market's file is damaged, its rows are not those that were sold")
    return table


def _deliver(
    connection: sqlite3.Connection, folder: Path, sale: int, place: Path | None, at: str
) -> DeliveredRows:
    target = default_place(folder, sale) if place is None else place
    table = _rows(connection, sale)
    try:
        if not _is_there(target, fingerprint(table)):
            _write(target, to_parquet(table, {"sale": str(sale), "sha256": fingerprint(table)}))
    except OSError as problem:
        raise InputError(f"cannot be written: {problem.strerror or problem}", file=target) from problem
    connection.execute(
        "INSERT INTO delivery (sale, place, made_at) VALUES (?, ?, ?)",
        (sale, None if place is None else str(place), at),
    )
    return DeliveredRows(sale, target)


def _is_there(target: Path, sha256: str) -> bool:
    """Whether the file holds these rows; FileExistsError where something else stands there."""
    if not target.exists():
        return False
    try:
        same = target.is_file() and fingerprint(from_parquet(target.read_bytes())) == sha256
    except InputError:
        same = False
    if not same:
        raise FileExistsError(0, "something else is there, and rows are never written over it")
    return True


def _write(target: Path, content: bytes) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_name(f".{target.name}.unfinished")
    try:
        with unfinished.open("wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        unfinished.replace(target)
        sync_folder(target.parent)
    finally:
        with suppress(OSError):
            unfinished.unlink()


def _safe(sale: int) -> str:
    return (
        f"Sale {sale} is booked and its rows are safe in the market: `deliver {sale} --out FILE` writes them"
    )
