"""Verification as the market does it: a deposit when it is brought, and all contributors beside each other after it.

When rows are deposited, they are held against everything deposited before: the rows of the others, and those the same
contributor brought earlier.  A row that does not pass then never is for sale, so whoever copies a row after somebody
else cannot take its place.  Then all rows that passed are verified beside each other, one frame per contributor: that
is the appraisal sales go by, of quality, and of which rows are for sale as long as nothing else is deposited.  Quality
counts the rows that did not pass when they were deposited as rows that do not pass now:

    quality = quality of the rows that passed at deposit * (their number / rows brought)

Both are decided by the rows and the market's seed alone.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa

from fairpool.documents.marketplace import VerificationDocument, verification_document
from fairpool.ground.arrays import Booleans
from fairpool.ground.seeds import Stream, generator
from fairpool.marketplace.deposits.row_table import from_parquet, to_frame
from fairpool.marketplace.membership import EARLIER, Member
from fairpool.marketplace.sales.stock import flags
from fairpool.pricing.verification.report import VerificationReport, verify


@dataclass(frozen=True, slots=True, eq=False)
class Holding:
    """A deposit as the market keeps it: whose, its rows, and which of them passed when they were brought."""

    number: int
    contributor: int
    rows: pa.Table
    passed: Booleans
    sha256: str


@dataclass(frozen=True, slots=True, eq=False)
class Appraised:
    """A contributor beside all others.

    brought: its rows, in all deposits; report: on those that passed when they were deposited, None where none did.
    """

    contributor: Member
    brought: int
    report: VerificationReport | None

    def document(self) -> VerificationDocument:
        """What the file keeps of it."""
        nothing = np.zeros(0, dtype=np.bool_)
        report = self.report or VerificationReport(self.contributor.name, 0, nothing, 0.0, 0.0, ())
        passed = report.rows / self.brought
        quality = {"quality": report.quality * passed, "quality_error": report.quality_error * passed}
        return verification_document(report).model_copy(update={"rows": self.brought, **quality})


@dataclass(frozen=True, slots=True, eq=False)
class StockAppraisal:
    """All contributors with deposits; ``passed``: of each deposit, by its number, which rows are for sale."""

    contributors: tuple[Appraised, ...]
    passed: Mapping[int, Booleans]


def holdings(connection: sqlite3.Connection) -> tuple[Holding, ...]:
    """All deposits, in order."""
    found = connection.execute(
        "SELECT id, contributor, content, passed, rows, sha256 FROM deposit ORDER BY id"
    )
    return tuple(
        Holding(
            r["id"], r["contributor"], from_parquet(r["content"]), flags(r["passed"], r["rows"]), r["sha256"]
        )
        for r in found
    )


def verify_deposit(
    earlier: Sequence[Holding], who: Member, everybody: Sequence[Member], rows: pa.Table, *, seed: int
) -> VerificationReport:
    """The report on rows that ``who`` is about to deposit after the ``earlier`` ones."""
    frames = [(m, _together([h.rows for h in earlier if h.contributor == m.number])) for m in everybody]
    names = [f"{m.name}{EARLIER}" if m == who else m.name for m, frame in frames if frame is not None]
    known = [frame for _, frame in frames if frame is not None]
    rng = generator(seed, Stream.DEPOSITED, len(earlier))
    return verify([*known, to_frame(rows)], [*names, who.name], rng=rng)[-1]


def appraise(deposits: Sequence[Holding], everybody: Sequence[Member], *, seed: int) -> StockAppraisal:
    """All who have deposited, beside each other; ``deposits`` in order, at least one."""
    depositors = [m for m in everybody if any(h.contributor == m.number for h in deposits)]
    kept = {m.number: [h for h in deposits if h.contributor == m.number] for m in depositors}
    frames = {m: _together([h.rows.filter(pa.array(h.passed)) for h in kept[m.number]]) for m in depositors}
    heard = {m: frame for m, frame in frames.items() if frame is not None and len(frame)}
    rng = generator(seed, Stream.APPRAISED, len(deposits))
    found = verify(list(heard.values()), [m.name for m in heard], rng=rng) if heard else ()
    reports = dict(zip(heard, found, strict=True))
    passed: dict[int, Booleans] = {}
    for m in depositors:
        passed |= _spread(kept[m.number], reports.get(m))
    brought = {m: sum(h.rows.num_rows for h in kept[m.number]) for m in depositors}
    return StockAppraisal(tuple(Appraised(m, brought[m], reports.get(m)) for m in depositors), passed)


def _together(tables: Sequence[pa.Table]) -> pd.DataFrame | None:
    return to_frame(pa.concat_tables(tables)) if tables else None


def _spread(held: Sequence[Holding], report: VerificationReport | None) -> dict[int, Booleans]:
    """The verdict on the rows that passed before, put back where they stand in their deposits."""
    verdicts = np.empty(0, dtype=np.bool_) if report is None else report.verified
    ends = np.cumsum([int(h.passed.sum()) for h in held])
    found = {}
    for h, verdict in zip(held, np.split(verdicts, ends[:-1]), strict=True):
        flags_of = h.passed.copy()
        flags_of[h.passed] = verdict
        found[h.number] = flags_of
    return found
