"""The files a round was settled from, so that an auditor can tell them from others: names, rows, SHA-256."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from fairpool.documents.settlement import InputFile
from fairpool.files.market.market_file import MarketFile
from fairpool.ground.errors import InputError
from fairpool.market.settlement import Settlement


def described_files(market: MarketFile, settlement: Settlement) -> tuple[InputFile, ...]:
    """MARKET.toml and every table it names; rows: those that the round used.  Raises InputError."""
    return tuple(_each_file(market, settlement))


def _each_file(market: MarketFile, settlement: Settlement) -> Iterator[InputFile]:
    yield _described(market, market.path, None, "market", None)
    if market.validation is not None:
        yield _described(market, market.validation, None, "validation", settlement.validation_rows[0])
    for i, party in enumerate(market.parties):
        yield _described(market, party.train, party.name, "train", settlement.rows[i])
        if party.validation is not None:
            rows = settlement.validation_rows[i]
            yield _described(market, party.validation, party.name, "validation", rows)
        if party.queries is not None:
            yield _described(market, party.queries, party.name, "queries", None)


def _described(market: MarketFile, file: Path, party: str | None, role: str, rows: int | None) -> InputFile:
    folder = market.path.parent
    name = file.relative_to(folder) if file.is_relative_to(folder) else file
    try:
        with file.open("rb") as content:
            digest = hashlib.file_digest(content, "sha256").hexdigest()
    except OSError as problem:
        raise InputError(f"cannot be read: {problem.strerror}", file=file) from problem
    return InputFile(party=party, role=role, file=str(name), rows=rows, sha256=digest)
