"""What leaves a sharing: summary.json (format 1), an agent's release.json, and the plan that is printed as JSON.

`SharingDocument` is the single source of report.html.  ``m`` agents and ``d`` columns: what is known of an agent by
column is a tuple of d, None where it is not known.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import AliasChoices, Field, SerializerFunctionWrapHandler, ValidationError, model_serializer

from fairpool.documents.document import Document, no_document
from fairpool.ground.errors import InputError

Number = int | float
Numbers = tuple[float | None, ...]
Counts = tuple[int, ...]
Table = tuple[tuple[float, ...], ...]
Gaps = tuple[Numbers, ...]


# ---- plans


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


# ---- summary.json


class ColumnSpread(Document):
    """Standard deviation within agents."""

    column: str
    deviation: float | None
    degrees: int


class AgentEntry(Document):
    """One agent: what it was asked for, handed in, was given, and what that is worth."""

    name: str
    folder: str
    asked: tuple[Number | None, ...]
    collected: Counts
    clean: Counts
    corrupted: Counts
    mean: Numbers
    others_mean: Numbers
    distance: Numbers
    noise_variance: Numbers
    weight: Numbers
    estimate: Numbers
    standard_error: Numbers
    standard_error_alone: Numbers
    penalty: float | None = None
    penalty_alone: float | None = None
    penalty_realised: float | None = None
    role: tuple[str, ...] | None = None
    notes: tuple[str, ...] = ()


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


class CheckEntry(Document):
    """What was looked at, and whether it holds; None where nobody can know."""

    name: str
    holds: bool | None
    words: str


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


class LossEntry(Document):
    """How one agent's rows compare with the others', overall and by column, and its reward."""

    name: str
    loss: float
    expected: float | None
    upper_bound: float | None
    p_value: float | None
    payment: int | None
    rows_given: int | None
    feature_losses: tuple[float, ...]
    feature_expected: Numbers


class ComparisonEntry(Document):
    """Rows compared with each other; amounts in minor units of ``currency``."""

    reward: str
    currency: str | None
    budget: int | None
    unspent: int | None
    permutations: int
    plan: CollectionEntry | None
    agents: tuple[LossEntry, ...]


class SharingDocument(Document):
    """summary.json; ``plan`` is in whole samples, ``theory`` in real numbers."""

    format: Literal[1] = 1
    kind: Literal["sharing"] = "sharing"
    fairpool: str
    name: str
    mechanism: str
    objective: str | None = None
    seed: int
    sigma: float | None = None
    cost: float | None = None
    columns: tuple[str, ...]
    plan: EqualPlan | CostsPlan | None = None
    theory: EqualPlan | CostsPlan | None = None
    spread: tuple[ColumnSpread, ...]
    agents: tuple[AgentEntry, ...]
    curves: tuple[PenaltyCurve, ...] = ()
    checks: tuple[CheckEntry, ...]
    cramer_von_mises: ComparisonEntry | None = None
    notes: tuple[str, ...] = ()


# ---- release.json


class EqualRelease(Document):
    """What an agent with one cost is given, and the estimate recommended to it."""

    agent: str
    mechanism: str
    columns: tuple[str, ...]
    noise_variance: Numbers
    weight: Numbers
    estimate: Numbers
    standard_error: Numbers
    clean_rows: int
    corrupted_rows: int
    explanation: str


class CostsRelease(Document):
    """The same for an agent with costs of its own, by column."""

    agent: str
    mechanism: str
    columns: tuple[str, ...]
    role: tuple[str, ...]
    noise_variance: Numbers
    weight: Numbers
    estimate: Numbers
    standard_error: Numbers
    clean_rows: Counts
    corrupted_rows: Counts
    explanation: str


class ComparedRelease(Document):
    """What an agent is rewarded with whose rows were compared with the others'."""

    agent: str
    mechanism: str
    reward: str
    currency: str | None
    columns: tuple[str, ...]
    loss: float
    expected: float | None
    upper_bound: float | None
    p_value: float | None
    payment: int | None
    rows_given: int | None
    feature_losses: tuple[float, ...]
    feature_expected: Numbers
    clean_rows: int
    corrupted_rows: int
    explanation: str


def read_sharing(content: Mapping[str, Any]) -> SharingDocument:
    """The document that ``content``, the JSON of a summary.json, holds.

    Raises InputError for another format, another kind, and for content that is no such document.
    """
    for key, expected in (("format", 1), ("kind", "sharing")):
        if content.get(key) != expected:
            raise InputError(f"summary.json: got {key} {content.get(key)!r}, expected {expected!r}")
    try:
        return SharingDocument.model_validate(content)
    except ValidationError as problem:
        raise no_document(problem, "summary.json") from None
