"""Finished replications of a simulation, kept in a folder: the same command goes on from there.

A replication's file is named by a hash of all that decides it, so one of other settings is not found; one that is cut
short is not believed.  Replication k is the same however many there are, so more of them can be asked for later.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

import numpy as np

from fairpool import __version__
from fairpool.files.pricing.price_file import PriceFile
from fairpool.learning.checkpoint import Store
from fairpool.pricing.curves.curve import PriceCurve, price_curve
from fairpool.pricing.simulator.regret import Path


@dataclass(frozen=True, slots=True, eq=False)
class PriceReplication:
    """What was recorded, and the curve that was posted last."""

    path: Path
    last: PriceCurve

    def document(self) -> dict[str, Any]:
        return {"path": self.path.document(), "last": self.last.pairs()}

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> PriceReplication:
        return cls(
            Path.from_document(document["path"]), price_curve((int(n), p) for n, p in document["last"])
        )


@dataclass(frozen=True, slots=True)
class FinishedReplications:
    """Those of one policy, in the store of a checkpoint."""

    store: Store
    fingerprint: str

    def read(self, place: int) -> PriceReplication | None:
        """The replication, or None where it is not there or not to be trusted."""
        try:
            found = json.loads(self.store.read(self._name(place)) or b"")
            believed = found["hash"] == _hash(found["content"])
            return PriceReplication.from_document(found["content"]) if believed else None
        except (ValueError, KeyError, TypeError):
            return None

    def write(self, place: int, replication: PriceReplication) -> None:
        """Keep a replication; raises InputError where the store cannot."""
        content = replication.document()
        self.store.write(self._name(place), json.dumps({"content": content, "hash": _hash(content)}).encode())

    def _name(self, place: int) -> str:
        return f"{self.fingerprint[:32]}-{place}.json"


def fingerprint(price: PriceFile, policy: str, records: int) -> str:
    """Of everything that a replication depends on."""
    buyers = price.buyers
    decisive = [__version__, policy, price.seed, price.rounds, records, buyers.kind, buyers.settings]
    digest = hashlib.sha256(json.dumps(decisive).encode())
    for numbers in (buyers.valuations.amounts, buyers.valuations.values, buyers.first, buyers.later):
        digest.update(b"" if numbers is None else np.ascontiguousarray(numbers).tobytes())
    return digest.hexdigest()


def _hash(content: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
