"""The learners that a market can learn its prices with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any, assert_never

import numpy as np

from fairpool.ground.errors import InputError
from fairpool.pricing.curves.curve import PriceCurve
from fairpool.pricing.curves.valuations import Valuations
from fairpool.pricing.optimal.oracle import CurveOracle
from fairpool.pricing.policies.policy import PricePolicy, Sale, posted, welcoming_curve
from fairpool.pricing.policies.resampled_leader import ResampledLeader, ResampledLeaderState
from fairpool.pricing.policies.upper_confidence import UpperConfidence, UpperConfidenceState, bernstein
from fairpool.tables.names import listed

GROWTH = 0.02  # a new curve is chosen when some type was shown so much more often; change it with the file's format


class LearnerName(Enum):
    """What a learner is called; the value is what an operator types."""

    UPPER_CONFIDENCE = "upper-confidence"
    UPPER_CONFIDENCE_BERNSTEIN = "upper-confidence-bernstein"
    RESAMPLED_LEADER = "resampled-leader"


@dataclass(frozen=True, slots=True, eq=False)
class PaidStart:
    """Upper confidence whose first round is not free, but at the dearest single bundle that every type buys.

    As published, round 1 gives all rows away so that every type would show itself.  Here it would, too, and pay.
    """

    learner: UpperConfidence

    def start(self, *, rng: np.random.Generator) -> UpperConfidenceState:
        valuations = self.learner.valuations
        return replace(self.learner.start(rng=rng), posted=posted(welcoming_curve(valuations), valuations))

    def curve(self, state: UpperConfidenceState) -> PriceCurve:
        return self.learner.curve(state)

    def observe(self, state: UpperConfidenceState, sale: Sale | None) -> UpperConfidenceState:
        return self.learner.observe(state, sale)


def learner_named(name: str) -> LearnerName:
    """InputError for a name that is none."""
    known = [one.value for one in LearnerName]
    if name not in known:
        raise InputError(f"learner: got {name!r}, expected one of {listed(known)}")
    return LearnerName(name)


def learner_called(
    name: LearnerName, valuations: Valuations, oracle: CurveOracle, rounds: int
) -> PricePolicy[Any]:
    """A learner around an oracle; rounds: how many are expected, which only upper confidence needs."""
    match name:
        case LearnerName.UPPER_CONFIDENCE:
            return PaidStart(UpperConfidence(valuations, oracle, rounds, growth=GROWTH))
        case LearnerName.UPPER_CONFIDENCE_BERNSTEIN:
            return PaidStart(UpperConfidence(valuations, oracle, rounds, growth=GROWTH, radius=bernstein))
        case LearnerName.RESAMPLED_LEADER:
            return ResampledLeader(valuations, oracle)
    assert_never(name)


def state_reader(name: LearnerName) -> Callable[[Mapping[str, Any]], Any]:
    """What makes a learner's state from its document."""
    if name is LearnerName.RESAMPLED_LEADER:
        return ResampledLeaderState.from_document
    return UpperConfidenceState.from_document
