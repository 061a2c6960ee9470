"""Finished chunks of an experiment's coalitions, kept where the caller says.

A chunk is named by a hash of the experiment's fingerprint and the coalitions, and carries a hash of its name and its
numbers: one of another experiment is not found, and one that is damaged or cut short is not believed.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from fairpool.games.game import CountedCoalitions
from fairpool.ground.arrays import Floats

_DIGEST = hashlib.sha256().digest_size


class Store(Protocol):
    """Keeps bytes by name, for as long as a run that was killed may want to go on."""

    def read(self, name: str) -> bytes | None:
        """What is kept under this name; None where nothing is."""

    def write(self, name: str, content: bytes) -> None:
        """Keep all of the content or nothing.  Raises InputError where it cannot be kept."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Finished chunks of the experiment with this fingerprint."""

    store: Store
    fingerprint: str

    def read(self, chunk: CountedCoalitions) -> Floats | None:
        """Gains (b, tasks) of this chunk, or None where they are not there or not to be trusted."""
        name = self._name(chunk)
        content = self.store.read(_short(name))
        if content is None:
            return None
        numbers = content[_DIGEST:]
        if content[:_DIGEST] != _digest(name, numbers):
            return None
        return np.frombuffer(numbers, dtype=np.float64).reshape(len(chunk), -1).copy()

    def write(self, chunk: CountedCoalitions, gains: Floats) -> None:
        """Keep the gains of this chunk.  Raises InputError where the store cannot."""
        name, numbers = self._name(chunk), np.ascontiguousarray(gains, dtype=np.float64).tobytes()
        self.store.write(_short(name), _digest(name, numbers) + numbers)

    def _name(self, chunk: CountedCoalitions) -> str:
        shape = repr(chunk.shape).encode()
        coalitions = chunk.astype(np.int16).tobytes()
        return hashlib.sha256(self.fingerprint.encode() + shape + coalitions).hexdigest()


def _short(name: str) -> str:
    return f"{name[:32]}.gains"


def _digest(name: str, numbers: bytes) -> bytes:
    return hashlib.sha256(name.encode() + numbers).digest()
