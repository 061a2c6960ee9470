"""What leaves a sharing: one type for what the mediator, an agent and the public may see, a file each."""

from fairpool.documents.sharing.checked import CheckEntry
from fairpool.documents.sharing.columns import Counts, Gaps, Number, Numbers, Table
from fairpool.documents.sharing.mediator import (
    AgentEntry,
    ColumnSpread,
    ComparisonEntry,
    LossEntry,
    SharingDocument,
    read_sharing,
)
from fairpool.documents.sharing.plans import (
    BargainedPlan,
    CollectionEntry,
    CostsPlan,
    EqualPlan,
    EqualPlanDocument,
    PenaltyCurve,
    PlanCertificate,
    WholePlan,
)

__all__ = [
    "AgentEntry",
    "BargainedPlan",
    "CheckEntry",
    "CollectionEntry",
    "ColumnSpread",
    "ComparisonEntry",
    "CostsPlan",
    "Counts",
    "EqualPlan",
    "EqualPlanDocument",
    "Gaps",
    "LossEntry",
    "Number",
    "Numbers",
    "PenaltyCurve",
    "PlanCertificate",
    "SharingDocument",
    "Table",
    "WholePlan",
    "read_sharing",
]
