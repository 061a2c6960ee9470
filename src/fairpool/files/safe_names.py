"""File names for parties: their own names, without whatever a file system could stumble over."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

_LONGEST = 120  # bytes; file systems take 255, and suffixes come on top
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)  # devices of Windows


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
