"""Truthful data sharing without money: what to collect, what everybody is given, and what holds."""

from fairpool.learning.cramer_von_mises import Check, balanced, check, nothing_withheld
from fairpool.learning.permutation import permutation_p_value
from fairpool.sharing.agreed_plan import Plan
from fairpool.sharing.bargaining import Baseline, Objective, bargain
from fairpool.sharing.best_response import BestResponse, best_response
from fairpool.sharing.bounded_variance import BoundedVariance
from fairpool.sharing.c3d import C3D
from fairpool.sharing.catalogue import SYMMETRIC, mechanism_named
from fairpool.sharing.certificate import Certificate, certify
from fairpool.sharing.collection_reward import CollectionCost, CollectionPlan
from fairpool.sharing.data_reward import DataReward, Grant
from fairpool.sharing.doors import Outcome, plan, plan_heterogeneous, run
from fairpool.sharing.enforcement import Enforcement, Role
from fairpool.sharing.estimate_only import EstimateOnly
from fairpool.sharing.heterogeneous import Heterogeneous
from fairpool.sharing.pooling import PoolAndShare, Quota, WorkingAlone
from fairpool.sharing.population import Normal, Population, Rows
from fairpool.sharing.release import Estimate, MeanRelease, Release
from fairpool.sharing.reports import (
    Constant,
    Copy,
    Fabricate,
    Honest,
    Noise,
    PadKeepingMean,
    Report,
    Scale,
    Shift,
    Substitute,
    Withhold,
)
from fairpool.sharing.rewards import Budget, Payout
from fairpool.sharing.row_simulation import Penalties, simulate_rows
from fairpool.sharing.simulation import Comparison, compare
from fairpool.sharing.strategies import Strategy, Weighing
from fairpool.sharing.terms import Terms
from fairpool.sharing.value_curves import Logarithmic, PowerLaw

__all__ = [
    "C3D",
    "SYMMETRIC",
    "Baseline",
    "BestResponse",
    "BoundedVariance",
    "Budget",
    "Certificate",
    "Check",
    "CollectionCost",
    "CollectionPlan",
    "Comparison",
    "Constant",
    "Copy",
    "DataReward",
    "Enforcement",
    "Estimate",
    "EstimateOnly",
    "Fabricate",
    "Grant",
    "Heterogeneous",
    "Honest",
    "Logarithmic",
    "MeanRelease",
    "Noise",
    "Normal",
    "Objective",
    "Outcome",
    "PadKeepingMean",
    "Payout",
    "Penalties",
    "Plan",
    "PoolAndShare",
    "Population",
    "PowerLaw",
    "Quota",
    "Release",
    "Report",
    "Role",
    "Rows",
    "Scale",
    "Shift",
    "Strategy",
    "Substitute",
    "Terms",
    "Weighing",
    "Withhold",
    "WorkingAlone",
    "balanced",
    "bargain",
    "best_response",
    "certify",
    "check",
    "compare",
    "mechanism_named",
    "nothing_withheld",
    "permutation_p_value",
    "plan",
    "plan_heterogeneous",
    "run",
    "simulate_rows",
]
