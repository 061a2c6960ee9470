"""The mechanisms for equal agents by their names at the door."""

from __future__ import annotations

from collections.abc import Callable

from fairpool.ground.errors import InputError
from fairpool.sharing.mechanisms.bounded_variance import BoundedVariance
from fairpool.sharing.mechanisms.c3d import C3D
from fairpool.sharing.mechanisms.estimate_only import EstimateOnly
from fairpool.sharing.mechanisms.pooling import PoolAndShare, Quota, WorkingAlone
from fairpool.sharing.terms import SharingTerms

Symmetric = WorkingAlone | PoolAndShare | Quota | C3D | BoundedVariance | EstimateOnly

_MADE: dict[str, Callable[[SharingTerms, int], Symmetric]] = {
    "alone": lambda terms, _: WorkingAlone.of(terms),
    "pool-and-share": lambda terms, _: PoolAndShare.of(terms),
    "quota": lambda terms, _: Quota.of(terms, fabrication=True),
    "no-fabrication": lambda terms, _: Quota.of(terms, fabrication=False),
    "c3d": lambda terms, _: C3D.published(terms),
    "c3d-tuned": lambda terms, _: C3D.tuned(terms),
    "bounded-variance": lambda terms, _: BoundedVariance.of(terms),
    "estimate-only": lambda terms, power: EstimateOnly.of(terms, power=power),
}
SYMMETRIC = tuple(_MADE)


def mechanism_named(name: str, terms: SharingTerms, *, power: int = 1) -> Symmetric:
    """The mechanism for the real numbers of the theory; its `whole` is the one to run.

    ``power`` is k of "estimate-only".  Raises InputError for an unknown name.
    """
    if name not in _MADE:
        raise InputError(f"mechanism: got {name!r}, expected one of {', '.join(SYMMETRIC)}")
    return _MADE[name](terms, power)
