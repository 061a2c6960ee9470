"""A learner's state in the market's file: after every round, in full, and yet small.

A state is its document, as compressed JSON.  What a resampled leader's state holds most of is its pool of curves, which
only ever gets longer: of that each round adds what is new (table ``learned_curve``), so a round costs a kilobyte or so.
Nothing has to be computed again to go on, also by a program whose random numbers or sums come out differently.
"""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections.abc import Mapping
from typing import Any

_POOL, _LENGTH = "pool", "pool_length"


def kept(document: object) -> bytes:
    """A document as the file keeps it; floats come back to the last bit."""
    return zlib.compress(json.dumps(document, separators=(",", ":")).encode(), 9)


def read(content: bytes) -> Any:
    """What `kept` has kept."""
    return json.loads(zlib.decompress(content))


def without_pool(document: Mapping[str, Any]) -> dict[str, Any]:
    """A state's document with the length of its pool in the place of it, if it has one."""
    rest = {name: value for name, value in document.items() if name != _POOL}
    return {**rest, _LENGTH: len(document[_POOL])} if _POOL in document else rest


def write_pool(connection: sqlite3.Connection, learning: int, document: Mapping[str, Any]) -> None:
    """Record the curves of a state's pool that are not recorded yet."""
    pool = document.get(_POOL, [])
    known = connection.execute("SELECT count(*) FROM learned_curve WHERE learning = ?", (learning,))
    first = int(known.fetchone()[0])
    connection.executemany(
        "INSERT INTO learned_curve (learning, place, document) VALUES (?, ?, ?)",
        [(learning, place, kept(one)) for place, one in enumerate(pool[first:], start=first)],
    )


def with_pool(connection: sqlite3.Connection, learning: int, content: bytes) -> dict[str, Any]:
    """The document of a state again."""
    document: dict[str, Any] = read(content)
    length = document.pop(_LENGTH, None)
    return document if length is None else {**document, _POOL: pool(connection, learning)[:length]}


def pool(connection: sqlite3.Connection, learning: int) -> list[Any]:
    """The documents of all curves that a learner keeps."""
    found = connection.execute(
        "SELECT document FROM learned_curve WHERE learning = ? ORDER BY place", (learning,)
    )
    return [read(row["document"]) for row in found]
