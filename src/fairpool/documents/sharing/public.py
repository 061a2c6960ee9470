"""What anybody may see of a sharing: round.json.

Terms, plans, who took part, and how many rows each was asked for and handed in: nothing here depends on what stands in
anybody's rows.  Change every number in every file, and this document stays the same to the last byte.  A field that is
added here has to be added to the list of tests/documents/test_what_each_may_see.py, too.
"""

from __future__ import annotations

from typing import Literal

from fairpool.documents.document import Document
from fairpool.documents.sharing.checked import CheckEntry
from fairpool.documents.sharing.columns import Counts, Gaps, Number
from fairpool.documents.sharing.mediator import ComparisonEntry, SharingDocument
from fairpool.documents.sharing.plans import CollectionEntry, CostsPlan, EqualPlan, PenaltyCurve

ABOUT_THE_PLAN = (  # names of checks that look at terms, plans and counts alone; all others are the mediator's
    "collecting what the plan asks is best",
    "nobody is worse off than alone",
    "near the optimum",
    "everybody submitted what was asked",
)


class Participant(Document):
    """Who took part, what it was asked for, and how many rows it handed in, by column."""

    name: str
    asked: tuple[Number | None, ...]
    handed_in: Counts


class RewardTerms(Document):
    """What was agreed to be paid for rows that agree; amounts in minor units of ``currency``."""

    reward: str
    currency: str | None
    budget: int | None
    plan: CollectionEntry | None


class PublicDocument(Document):
    """round.json; ``plan`` is in whole samples, ``theory`` in real numbers."""

    format: Literal[1] = 1
    kind: Literal["sharing-round"] = "sharing-round"
    fairpool: str
    name: str
    mechanism: str
    objective: str | None
    sigma: float | None
    cost: float | None
    costs: Gaps | None
    reward: RewardTerms | None
    columns: tuple[str, ...]
    plan: EqualPlan | CostsPlan | None
    theory: EqualPlan | CostsPlan | None
    curves: tuple[PenaltyCurve, ...]
    agents: tuple[Participant, ...]
    checks: tuple[CheckEntry, ...]


def public_document(found: SharingDocument) -> PublicDocument:
    """What anybody may have of the mediator's document."""
    return PublicDocument(
        fairpool=found.fairpool,
        name=found.name,
        mechanism=found.mechanism,
        objective=found.objective,
        sigma=found.sigma,
        cost=found.cost,
        costs=found.costs,
        reward=_agreed(found.cramer_von_mises) if found.cramer_von_mises else None,
        columns=found.columns,
        plan=found.plan,
        theory=found.theory,
        curves=found.curves,
        agents=tuple(
            Participant(name=one.name, asked=one.asked, handed_in=one.collected) for one in found.agents
        ),
        checks=tuple(one for one in found.checks if one.name in ABOUT_THE_PLAN),
    )


def _agreed(found: ComparisonEntry) -> RewardTerms:
    """Without what was left unspent, which the losses decide."""
    return RewardTerms(reward=found.reward, currency=found.currency, budget=found.budget, plan=found.plan)
