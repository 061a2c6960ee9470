"""Which files of a folder hold rows, which of them the validation rows, and which are the same file twice."""

from __future__ import annotations

import gzip
import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from fairpool.ground.errors import InputError

_SUFFIXES = (".csv", ".csv.gz", ".data", ".dat", ".txt", ".tsv", ".parquet")
_SHEETS = (".xlsx", ".xls", ".xlsm", ".ods", ".numbers")
_HIDDEN = (".", "~$")  # hidden files, among them what macOS keeps beside a file (._a.csv); Excel's locks
_VALIDATION = re.compile(r"valid|hold.?out|test|eval|task", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class FilesSeen:
    """rows: files of rows, in order of name; reasons: a sentence for each that is left out."""

    rows: tuple[Path, ...]
    reasons: tuple[str, ...]


def files_seen(folder: Path) -> FilesSeen:
    """The files of a folder by their names; InputError where fewer than two are left."""
    paths = sorted(
        path for path in folder.iterdir() if path.is_file() and path.name.lower().endswith(_SUFFIXES)
    )
    left = tuple(
        f"{path.name} is left out: a hidden file, or one that a program keeps beside another"
        for path in paths
        if path.name.startswith(_HIDDEN)
    )
    left += tuple(
        f"{path.name} is left out: a spreadsheet, which is not read; save its sheet as CSV"
        for path in sorted(folder.iterdir())
        if path.is_file() and path.name.lower().endswith(_SHEETS) and not path.name.startswith(_HIDDEN)
    )
    rows = tuple(path for path in paths if not path.name.startswith(_HIDDEN))
    if len(rows) < 2:
        more = "".join(f"; {reason}" for reason in left)
        raise InputError(
            f"got {len(rows)} files of rows, expected one with validation rows and one of each party{more}",
            file=folder,
        )
    return FilesSeen(rows, left)


def likely_validation(names: Sequence[str]) -> tuple[str | None, str]:
    """The file whose name says that it holds the validation rows, None where not one does; and why."""
    likely = [name for name in names if _VALIDATION.search(name)]
    if len(likely) == 1:
        return likely[0], "by its name"
    if not likely:
        return None, "no name says so"
    return None, f"{', '.join(likely[:-1])} and {likely[-1]} may be it by their names"


def same_contents(paths: Sequence[Path]) -> Iterator[str]:
    """A sentence for files that hold the same, byte for byte, packed or not."""
    alike: dict[bytes, list[str]] = {}
    for path in paths:
        alike.setdefault(_digest(path), []).append(path.name)
    for names in (sorted(names) for names in alike.values() if len(names) > 1):
        yield f"{', '.join(names[:-1])} and {names[-1]} hold the same rows: one file, under {len(names)} names?"


def _digest(path: Path) -> bytes:
    opened = gzip.open if path.name.lower().endswith(".gz") else open
    with opened(path, "rb") as stream:
        return hashlib.file_digest(stream, "sha256").digest()
