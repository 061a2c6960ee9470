"""Names that others chose, made safe: as names of files, and as cells that a spreadsheet opens."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import TypeVar

from fairpool.tables.cells import is_number

T = TypeVar("T")

_LONGEST = 120  # bytes; file systems take 255, and suffixes come on top
_RESERVED = re.compile(
    r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?|readme", re.IGNORECASE
)  # devices of Windows, and our own README.txt
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def file_names(names: Sequence[str]) -> dict[str, str]:
    """A file name for every party, without a suffix, each different also where case does not count.

    >>> file_names(["New York", "../etc/passwd", ".._etc_passwd", "new york"])
    {'New York': 'New York', '../etc/passwd': '_._etc_passwd', '.._etc_passwd': '_._etc_passwd-2', 'new york': 'new york-2'}
    """  # noqa: E501
    found: dict[str, str] = {}
    taken: set[str] = set()
    for name in names:
        plain = _plain(name)
        number, unique = 1, plain
        while unique.casefold() in taken:
            number += 1
            unique = f"{plain}-{number}"
        taken.add(unique.casefold())
        found[name] = unique
    return found


def _plain(name: str) -> str:
    composed = unicodedata.normalize("NFC", name)
    kept = "".join(c if c.isalnum() or c in " -_.," else "_" for c in composed)
    short = kept.encode()[:_LONGEST].decode(errors="ignore").strip()
    if not short or short[0] in "-.":
        return f"_{short[1:]}"
    return f"_{short}" if _RESERVED.fullmatch(short) else short


def spreadsheet_text(cell: T) -> T | str:
    """A text that a spreadsheet would take for a formula, with an apostrophe before it; anything else as it is.

    >>> [spreadsheet_text(cell) for cell in ("=SUM(A1)", "-1", "North", 2.5)]
    ["'=SUM(A1)", '-1', 'North', 2.5]
    """
    if isinstance(cell, str) and cell.startswith(_FORMULA) and not is_number(cell):
        return f"'{cell}"
    return cell
