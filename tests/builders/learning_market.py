"""A small market and every learner on it: three types, six amounts, all curves with levels on a grid."""

from __future__ import annotations

from itertools import combinations_with_replacement

import numpy as np

from fairpool.pricing.curves.curve import PriceCurve
from fairpool.pricing.curves.valuations import Valuations
from fairpool.pricing.oracles.oracle import ListedCurves, offer
from fairpool.pricing.policies.exp3 import Exp3, Exp3State
from fairpool.pricing.policies.explore_then_commit import ExploreThenCommit, ExploreThenCommitState
from fairpool.pricing.policies.fixed_curve import FixedCurve, FixedCurveState, linear_curves
from fairpool.pricing.policies.perturbed_leader import (
    LazyLeaderState,
    LazyPerturbedLeader,
    ListedLeaderState,
    ListedPerturbedLeader,
)
from fairpool.pricing.policies.resampled_leader import ResampledLeader, ResampledLeaderState
from fairpool.pricing.policies.ucb1 import Ucb1, Ucb1State
from fairpool.pricing.policies.unknown_shapes import UnknownShapes, UnknownShapesState
from fairpool.pricing.policies.upper_confidence import UpperConfidence, UpperConfidenceState, bernstein

LAW = np.array([0.5, 0.3, 0.2])


def small_market() -> Valuations:
    n = np.arange(1, 7)
    values = np.array([0.3, 0.7, 1.0])[:, None] * -np.expm1(-np.array([2.0, 0.8, 0.4])[:, None] * n)
    return Valuations(n, values, ("a", "b", "c"))


def all_curves(valuations: Valuations, levels: int = 6) -> ListedCurves:
    """Every non-decreasing curve with prices k / levels, by enumeration."""
    grid = np.arange(levels + 1) / levels
    prices = combinations_with_replacement(grid, len(valuations.amounts))
    return ListedCurves([offer(PriceCurve(valuations.amounts, np.array(p)), valuations) for p in prices])


def every_learner(
    valuations: Valuations, curves: ListedCurves, rounds: int
) -> dict[str, tuple[object, type]]:
    """Name -> the learner and the type of its states."""
    some = [one.curve for one in curves.offers[::7][:20]]
    return {
        "upper confidence": (UpperConfidence(valuations, curves, rounds), UpperConfidenceState),
        "rarely switching": (
            UpperConfidence(valuations, curves, rounds, 0.1, bernstein),
            UpperConfidenceState,
        ),
        "listed leader": (ListedPerturbedLeader(curves, rounds), ListedLeaderState),
        "lazy leader": (LazyPerturbedLeader(valuations, curves, rounds), LazyLeaderState),
        "resampled leader": (ResampledLeader(valuations, curves), ResampledLeaderState),
        "explore then commit": (ExploreThenCommit(valuations, curves, rounds), ExploreThenCommitState),
        "fixed": (FixedCurve(some[0]), FixedCurveState),
        "exp3": (Exp3(some, rounds), Exp3State),
        "ucb1": (Ucb1(linear_curves(valuations, 10)), Ucb1State),
        "unknown shapes": (UnknownShapes((1, 6), 1.0), UnknownShapesState),
    }
