"""What agents agreed to collect: known before anybody has, so nothing here depends on anybody's data.

``m`` agents and ``d`` columns; (m, d) are tuples of m tuples of d.
"""

from __future__ import annotations

from typing import Any

from pydantic import AliasChoices, Field, SerializerFunctionWrapHandler, model_serializer

from fairpool.documents.document import Document
from fairpool.documents.sharing.columns import Gaps, Numbers, Table


class EqualPlan(Document):
    """Of agents with one cost; amounts and penalties are those of each agent."""

    mechanism: str
    samples: float
    samples_alone: float
    alpha: float | None
    alpha_squared_over_samples: float | None
    penalty: float
    penalty_alone: float
    penalty_social_optimum: float
    ratio: float


class PlanWithWhole(Document):
    """A plan in the real numbers of the theory has the one in whole samples beside it; a plan in whole ones none."""

    @model_serializer(mode="wrap")
    def _without_none(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        found: dict[str, Any] = handler(self)
        return {key: value for key, value in found.items() if key != "whole" or value is not None}


class EqualPlanDocument(PlanWithWhole, EqualPlan):
    """`fairpool share plan` for agents with one cost."""

    agents: int
    sigma: float
    cost: float
    coordinates: int
    truthful: bool
    whole: EqualPlan | None = None


class BargainedPlan(Document):
    """The plan that an enforceable one was made from: samples (m, d), penalties (m,)."""

    samples: Table
    penalties: tuple[float, ...]
    social_penalty: float


class PlanCertificate(Document):
    """What was found by looking for something better; gains are relative to a penalty."""

    nash_incentive_compatible: bool
    individually_rational: bool
    within_bound: bool
    collection_gain: float | None
    report_gain: float | None
    growth: float | None


class WholePlan(Document):
    """The plan in whole samples in short."""

    samples: Table
    alpha: Gaps
    penalties: tuple[float, ...]
    social_penalty: float


class CostsPlan(PlanWithWhole):
    """Of agents with costs of their own: samples, alpha (m, d); penalties (m,); ``unverifiable``: names (d, ..)."""

    samples: Table
    penalties: tuple[float, ...]
    penalties_alone: Numbers
    social_penalty: float
    social_optimum: float
    favourable: bool
    alpha: Gaps
    unverifiable: tuple[tuple[str, ...], ...]
    ratio: float
    mechanism: str
    objective: str
    agents: tuple[str, ...]
    distributions: tuple[str, ...]
    sigma: float
    favourable_distributions: tuple[bool, ...]
    baseline: BargainedPlan
    ratio_to_baseline: float
    bound: float
    dominated: bool
    certificate: PlanCertificate
    whole: WholePlan | None = None


class PenaltyCurve(Document):
    """Penalty by what an agent collects, the others following the plan; ``agent`` None: of any agent."""

    title: str
    unit: str
    agent: str | None
    amounts: tuple[float, ...]
    penalties: Numbers
    alone: Numbers
    equilibrium: float
    equilibrium_penalty: float | None
    alone_samples: float
    alone_penalty: float | None


class CollectionEntry(Document):
    """What agents that collect for pay were asked for; amounts in minor units."""

    rows_each: int
    optimal_rows_each: int
    status: str
    alpha: float
    row_cost: float = Field(validation_alias=AliasChoices("row_cost", "cost"))
    value: float
    expected_payment: float
    expected_profit: float
