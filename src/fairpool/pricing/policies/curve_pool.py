"""The curves that an oracle has named so far: a leader among them is found by one product of matrices.

A pool never does better than the oracle and, once it holds the curves that matter, hardly worse.  It is a value: it
belongs to a policy's state, so that what a policy posts depends on its seed and its log only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from fairpool.ground.arrays import Booleans, Floats, Positions
from fairpool.pricing.curves.curve import PriceCurve
from fairpool.pricing.policies.policy import Posted


@dataclass(frozen=True, slots=True, eq=False)
class CurvePool:
    """payments: float64 (curves, types), what each type pays; buys: bool (curves, types).

    for_all: intp (..,), places of the curves that sell to every type.
    """

    curves: tuple[PriceCurve, ...]
    payments: Floats
    buys: Booleans
    for_all: Positions

    def __len__(self) -> int:
        return len(self.curves)

    def leaders(self, weights: Floats) -> Positions:
        """Places of the curves that earn most; weights float64 (.., types).  Cost O(weights curves types)."""
        return np.argmax(weights @ self.payments.T, axis=-1)

    def leader_for_all(self, weights: Floats) -> int:
        """Place of the curve that earns most of those that sell to every type; the pool has to hold one."""
        return int(self.for_all[np.argmax(self.payments[self.for_all] @ weights)])

    def most(self, weights: Floats) -> float:
        """What the best of the pool earns; weights float64 (types,)."""
        return float((self.payments @ weights).max())

    def holds(self, payments: Floats) -> bool:
        """Whether some curve here has these payments already."""
        return bool((self.payments == payments).all(axis=1).any())

    def document(self) -> list[dict[str, object]]:
        rows = zip(self.curves, self.payments, self.buys, strict=True)
        return [Posted(*row).document() for row in rows]

    @classmethod
    def from_document(cls, document: Sequence[Mapping[str, Any]]) -> CurvePool:
        """What `document` told."""
        return pool_of([Posted.from_document(one) for one in document])


def pool_of(offers: Sequence[Posted]) -> CurvePool:
    """A pool of these, at least one."""
    return _pool(
        tuple(one.curve for one in offers),
        np.array([one.payments for one in offers]),
        np.array([one.buys for one in offers]),
    )


def joined(pool: CurvePool, one: Posted) -> CurvePool:
    """The pool with one more curve; the same pool where it brings nothing new."""
    if pool.holds(one.payments):
        return pool
    return _pool(
        (*pool.curves, one.curve),
        np.vstack([pool.payments, one.payments]),
        np.vstack([pool.buys, one.buys]),
    )


def _pool(curves: tuple[PriceCurve, ...], payments: Floats, buys: Booleans) -> CurvePool:
    return CurvePool(curves, payments, buys, np.flatnonzero(buys.all(axis=1)))
