"""The one file of a market: how it is made, opened, read and written.

SQLite with its rollback journal and synchronous = EXTRA: when a commit returns, it is on the disk; a process killed
before that leaves nothing, whatever it had written (the next one to open the file rolls its journal back).  Writers
come one after the other (BEGIN IMMEDIATE) and wait for each other up to `PATIENCE` seconds.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from fairpool.ground.errors import InputError
from fairpool.marketplace.file.schema import APPLICATION, VERSION, definitions

FILE = "market.sqlite"
PATIENCE = 30.0  # seconds

_DAMAGED = "is damaged; restore it from a copy"
_ADVICE = {
    sqlite3.SQLITE_BUSY: f"another command has been using the market for {PATIENCE:g} seconds; try again",
    sqlite3.SQLITE_FULL: "the disk is full; nothing of this command was booked",
    sqlite3.SQLITE_READONLY: "no permission to write there",
    sqlite3.SQLITE_PERM: "no permission to open it",
    sqlite3.SQLITE_CANTOPEN: "cannot be opened, or its folder cannot be written to",
    sqlite3.SQLITE_IOERR: "the disk fails to read or write; nothing of this command was booked",
    sqlite3.SQLITE_NOTADB: "is no file of a market",
    sqlite3.SQLITE_CORRUPT: _DAMAGED,
    sqlite3.SQLITE_ERROR: _DAMAGED,  # a table that is not there, or text that is no text
    sqlite3.SQLITE_MISMATCH: _DAMAGED,
    sqlite3.SQLITE_TOOBIG: "more than SQLite keeps in one piece; bring the rows in several deposits",
}


def market_file(folder: Path) -> Path:
    """The file of the market in ``folder``."""
    return Path(folder) / FILE


def refuse_own_file(folder: Path, place: Path) -> None:
    """InputError where ``place`` is the market's file, or one that SQLite puts beside it while it writes."""
    file = market_file(folder).resolve()
    if place.parent == file.parent and place.name.startswith(file.name):
        raise InputError("the market keeps its own records there, give another name", file=place)


@contextmanager
def reading(folder: Path) -> Iterator[sqlite3.Connection]:
    """The market at one moment; InputError where there is none, or one made by another version."""
    with _connected(folder) as connection:
        connection.execute("BEGIN")
        yield connection
        connection.execute("ROLLBACK")


@contextmanager
def writing(folder: Path) -> Iterator[sqlite3.Connection]:
    """The market to ourselves; what the block writes is booked when it ends, all of it, or nothing if it raises."""
    with _connected(folder) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield connection
        connection.execute("COMMIT")


@contextmanager
def founding(folder: Path) -> Iterator[sqlite3.Connection]:
    """A new market, booked whole when the block ends; InputError where there is one.

    Killed before that, it leaves an empty database at most, which counts as no market.
    """
    file = market_file(folder)
    try:
        Path(folder).mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise InputError(f"cannot be made: {problem.strerror}", file=folder) from problem
    with _explained(file), closing(_connect(file, mode="rwc")) as connection:
        connection.execute("BEGIN IMMEDIATE")
        if not _is_empty(connection):
            _refuse_foreign(connection, file)
            raise InputError("there is a market here already", file=file)
        for statement in definitions():
            connection.execute(statement)
        yield connection
        connection.execute("COMMIT")
    sync_folder(file.parent)


@contextmanager
def _connected(folder: Path) -> Iterator[sqlite3.Connection]:
    file = market_file(folder)
    if not file.is_file():
        raise _no_market(folder)
    with _explained(file), closing(_connect(file, mode="rw")) as connection:
        if _is_empty(connection):
            raise _no_market(folder)
        _refuse_foreign(connection, file)
        yield connection


def _no_market(folder: Path) -> InputError:
    missing = "there is no market here" if Path(folder).is_dir() else "there is no such folder"
    return InputError(f"{missing}; `open` makes one", file=folder)


def _is_empty(connection: sqlite3.Connection) -> bool:
    tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    return tables == 0 and connection.execute("PRAGMA application_id").fetchone()[0] == 0


def _connect(file: Path, *, mode: str) -> sqlite3.Connection:
    connection = sqlite3.connect(
        f"{file.resolve().as_uri()}?mode={mode}", uri=True, timeout=PATIENCE, isolation_level=None
    )
    connection.row_factory = sqlite3.Row
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA synchronous = EXTRA")
    return connection


@contextmanager
def _explained(file: Path) -> Iterator[None]:
    """What the disk and other processes do to SQLite, as InputError; a broken constraint is a bug and stays one."""
    try:
        yield
    except sqlite3.Error as problem:
        advice = _ADVICE.get(getattr(problem, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF)
        if advice is None or isinstance(problem, sqlite3.ProgrammingError):
            raise
        raise InputError(advice, file=file) from problem
    except UnicodeDecodeError as problem:
        raise InputError(_DAMAGED, file=file) from problem


def _refuse_foreign(connection: sqlite3.Connection, file: Path) -> None:
    application, version = (
        connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("application_id", "user_version")
    )
    if application != APPLICATION:
        raise InputError("is no file of a market", file=file)
    if version != VERSION:
        raise InputError(
            f"was written in format {version} by another fairpool, which this one (format {VERSION}) cannot read; "
            f"use {'the newest' if version > VERSION else 'that one'}",
            file=file,
        )


def written_moment(at: datetime) -> str:
    """When something happened, in UTC: ``2026-03-01T12:00:00Z``; InputError for a time without a time zone."""
    if at.tzinfo is None:
        raise InputError(f"time: got {at.isoformat()} without a time zone, expected one, like UTC")
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def sync_folder(folder: Path) -> None:
    """Make a renamed file survive a power cut; where the system knows no such thing, it does without."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
