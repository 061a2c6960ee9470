"""The yardstick: one curve for all rounds.

OPT in hindsight is the curve that earns most from the arrivals as they were: one question to the oracle, with the
counts of arrivals as weights.  `FixedCurve` posts a given curve and learns nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from fairpool.ground.arrays import Integers
from fairpool.pricing.curves.curve import PriceCurve
from fairpool.pricing.optimal.oracle import CurveOracle, Offer
from fairpool.pricing.policies.policy import Sale


def best_in_hindsight(oracle: CurveOracle, arrivals: Integers) -> Offer:
    """The best fixed curve for int64 (types,) counts of arrivals."""
    return oracle.best(arrivals.astype(np.float64))


@dataclass(frozen=True, slots=True)
class FixedCurveState:
    round: int

    def document(self) -> dict[str, object]:
        return {"round": self.round}

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> FixedCurveState:
        return cls(int(document["round"]))


@dataclass(frozen=True, slots=True, eq=False)
class FixedCurve:
    """Posts ``price_curve`` for ever."""

    price_curve: PriceCurve

    def start(self, *, rng: np.random.Generator) -> FixedCurveState:  # noqa: ARG002 - it uses no chance
        return FixedCurveState(0)

    def curve(self, state: FixedCurveState) -> PriceCurve:  # noqa: ARG002 - the same in every state
        return self.price_curve

    def observe(self, state: FixedCurveState, sale: Sale | None) -> FixedCurveState:  # noqa: ARG002 - it learns nothing
        return FixedCurveState(state.round + 1)
