"""Worths of coalitions in a file, so that a computation that was killed goes on where it stopped.

One line for each, ``key worth checksum``: added at the end, at once.  A line that is cut short, as a kill or a full
disk leaves it, or otherwise damaged, is not believed; its worth is computed anew.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterator, MutableMapping
from pathlib import Path

from fairpool.ground.errors import InputError

_HEADER = "fairpool worths 1\n"


class WorthFile(MutableMapping[str, float]):
    """The mapping (`fairpool.games.functions.Cache`) in this file; it is made when something is first kept."""

    def __init__(self, path: object) -> None:
        if not isinstance(path, str | os.PathLike):
            raise InputError(f"cache: got {type(path).__name__}, expected a path or a mutable mapping")
        self._path = Path(path)
        self._known: dict[str, float] = {}
        self._read()

    def __getitem__(self, key: str) -> float:
        return self._known[key]

    def __setitem__(self, key: str, worth: float) -> None:
        """Keep it at once.  Raises InputError where the file cannot be written to."""
        told = f"{key} {float(worth).hex()}"
        self._append(f"{told} {_checksum(told)}\n")
        self._known[key] = float(worth)

    def __delitem__(self, key: str) -> None:
        raise InputError(f"worths are only added, not taken away: got {key!r}", file=self._path)

    def __iter__(self) -> Iterator[str]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)

    def _read(self) -> None:
        try:
            if not self._path.exists():
                return
            lines = self._path.read_text(encoding="utf-8", errors="replace").splitlines(keepends=True)
        except OSError as problem:
            raise InputError(f"cannot be read: {problem.strerror}", file=self._path) from problem
        if lines and lines[0] != _HEADER and not _HEADER.startswith(lines[0]):
            raise InputError(
                f"got {lines[0].strip()[:40]!r}, expected {_HEADER.strip()!r}", file=self._path, row=1
            )
        for line in lines[1:]:
            told, _, checksum = line.rstrip("\n").rpartition(" ")
            if line.endswith("\n") and checksum == _checksum(told):
                key, _, worth = told.partition(" ")
                self._known[key] = float.fromhex(worth)

    def _append(self, line: str) -> None:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("ab") as file:
                if file.tell() == 0:
                    file.write(_HEADER.encode())
                elif self._cut_short():
                    file.write(b"\n")
                file.write(line.encode())
        except OSError as problem:
            raise InputError(f"cannot be written to: {problem.strerror}", file=self._path) from problem

    def _cut_short(self) -> bool:
        with self._path.open("rb") as file:
            file.seek(-1, os.SEEK_END)
            return file.read() != b"\n"


def _checksum(told: str) -> str:
    return f"{zlib.crc32(told.encode()):08x}"
