"""Truthful data sharing without money: what to collect, what everybody is given, and what holds."""

from fairpool.comparing.cramer_von_mises import (
    CramerVonMisesCheck,
    balanced,
    cramer_von_mises_check,
    nothing_withheld,
)
from fairpool.comparing.permutation import permutation_p_value
from fairpool.sharing.bargaining.baseline import Baseline, Objective, bargain
from fairpool.sharing.certificate import Certificate, certify
from fairpool.sharing.doors import Outcome, plan, plan_heterogeneous, run
from fairpool.sharing.enforcement.enforcement import Enforcement, Role
from fairpool.sharing.mechanisms.bounded_variance import BoundedVariance
from fairpool.sharing.mechanisms.c3d import C3D
from fairpool.sharing.mechanisms.catalogue import SYMMETRIC, mechanism_named
from fairpool.sharing.mechanisms.estimate_only import EstimateOnly
from fairpool.sharing.mechanisms.heterogeneous import Heterogeneous
from fairpool.sharing.mechanisms.pooling import PoolAndShare, Quota, WorkingAlone
from fairpool.sharing.release import Estimate, MeanRelease, Release
from fairpool.sharing.rewards.budget import Budget, Payout
from fairpool.sharing.rewards.collection import CollectionCost, CollectionPlan
from fairpool.sharing.rewards.data import DataReward, Grant
from fairpool.sharing.rewards.value_curves import Logarithmic, PowerLaw
from fairpool.sharing.terms import Plan, SharingTerms

__all__ = [
    "C3D",
    "SYMMETRIC",
    "Baseline",
    "BoundedVariance",
    "Budget",
    "Certificate",
    "CollectionCost",
    "CollectionPlan",
    "CramerVonMisesCheck",
    "DataReward",
    "Enforcement",
    "Estimate",
    "EstimateOnly",
    "Grant",
    "Heterogeneous",
    "Logarithmic",
    "MeanRelease",
    "Objective",
    "Outcome",
    "Payout",
    "Plan",
    "PoolAndShare",
    "PowerLaw",
    "Quota",
    "Release",
    "Role",
    "SharingTerms",
    "WorkingAlone",
    "balanced",
    "bargain",
    "certify",
    "cramer_von_mises_check",
    "mechanism_named",
    "nothing_withheld",
    "permutation_p_value",
    "plan",
    "plan_heterogeneous",
    "run",
]
