"""Truthful data sharing without money: what to collect, what everybody is given, and what holds."""

from fairpool.sharing.bargaining.baseline import Objective, bargain
from fairpool.sharing.certificate import certify
from fairpool.sharing.mechanisms.bounded_variance import BoundedVariance
from fairpool.sharing.mechanisms.c3d import C3D
from fairpool.sharing.mechanisms.catalogue import mechanism_named
from fairpool.sharing.mechanisms.estimate_only import EstimateOnly
from fairpool.sharing.mechanisms.pooling import PoolAndShare
from fairpool.sharing.planning_and_running import plan, plan_heterogeneous, run
from fairpool.sharing.rewards.budget import Budget
from fairpool.sharing.rewards.collection import CollectionCost
from fairpool.sharing.rewards.data import DataReward
from fairpool.sharing.terms import SharingTerms

# in the order in which one needs them
__all__ = [  # noqa: RUF022
    "plan",
    "SharingTerms",
    "mechanism_named",
    "run",
    "C3D",
    "BoundedVariance",
    "EstimateOnly",
    "PoolAndShare",
    "plan_heterogeneous",
    "Objective",
    "bargain",
    "certify",
    "Budget",
    "CollectionCost",
    "DataReward",
]
