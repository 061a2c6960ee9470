"""Finished chunks of a round's coalitions, kept in a folder.

A chunk's file is named by a hash of the round's fingerprint and the coalitions, and carries a hash of its name and
its numbers: a file of another round is not found, and one that is damaged or cut short is not believed.  It is written
under another name and renamed, so that a killed run leaves whole files or none.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fairpool.ground.errors import InputError
from fairpool.learning.experiment import Copies

_DIGEST = hashlib.sha256().digest_size


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Finished chunks of the round with this fingerprint."""

    folder: Path
    fingerprint: str

    def read(self, chunk: Copies) -> NDArray[np.float64] | None:
        """Gains (b, tasks) of this chunk, or None where they are not there or not to be trusted."""
        name = self._name(chunk)
        try:
            content = self._file(name).read_bytes()
        except OSError:
            return None
        numbers = content[_DIGEST:]
        if content[:_DIGEST] != _digest(name, numbers):
            return None
        return np.frombuffer(numbers, dtype=np.float64).reshape(len(chunk), -1).copy()

    def write(self, chunk: Copies, gains: NDArray[np.float64]) -> None:
        """Keep the gains of this chunk.  Raises InputError where the folder cannot be written to, or is full."""
        name, numbers = self._name(chunk), np.ascontiguousarray(gains, dtype=np.float64).tobytes()
        unfinished = self._file(name).with_suffix(f".{os.getpid()}.tmp")
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            try:
                unfinished.write_bytes(_digest(name, numbers) + numbers)
                unfinished.replace(self._file(name))
            finally:
                unfinished.unlink(missing_ok=True)
        except OSError as problem:
            raise InputError(f"cannot write a checkpoint: {problem.strerror}", file=self.folder) from problem

    def _file(self, name: str) -> Path:
        return self.folder / f"{name[:32]}.gains"

    def _name(self, chunk: Copies) -> str:
        shape = repr(chunk.shape).encode()
        coalitions = chunk.astype(np.int16).tobytes()
        return hashlib.sha256(self.fingerprint.encode() + shape + coalitions).hexdigest()


def _digest(name: str, numbers: bytes) -> bytes:
    return hashlib.sha256(name.encode() + numbers).digest()
