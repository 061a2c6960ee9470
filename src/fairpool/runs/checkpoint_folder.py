"""A folder of finished work: a file is written under another name and renamed, so that a killed run leaves whole files
or none.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from fairpool.ground.errors import InputError


@dataclass(frozen=True, slots=True)
class CheckpointFolder:
    """The store (`fairpool.learning.checkpoint.Store`) in this folder; it is made when something is first kept."""

    folder: Path

    def read(self, name: str) -> bytes | None:
        """The content of a file; None where it is not there or cannot be read."""
        try:
            return (self.folder / name).read_bytes()
        except OSError:
            return None

    def write(self, name: str, content: bytes) -> None:
        """Keep a file whole.  Raises InputError where the folder cannot be written to, or is full."""
        file = self.folder / name
        unfinished = file.with_suffix(f".{os.getpid()}.tmp")
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            try:
                unfinished.write_bytes(content)
                unfinished.replace(file)
            finally:
                unfinished.unlink(missing_ok=True)
        except OSError as problem:
            raise InputError(f"cannot write a checkpoint: {problem.strerror}", file=self.folder) from problem
