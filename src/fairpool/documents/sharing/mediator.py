"""What the mediator of a sharing may see, and nobody else: summary.json (format 1).

`SharingDocument` is the single source of the mediator's page, and of what agents and the public are told
(`fairpool.documents.sharing.agent`, `fairpool.documents.sharing.public`).  It holds everybody's mean: an agent that
reads it needs no samples of its own.  What the noise was drawn from stands in no document.

``m`` agents and ``d`` columns: what is known of an agent by column is a tuple of d, None where it is not known.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import ValidationError

from fairpool.documents.document import Document, no_document
from fairpool.documents.sharing.checked import CheckEntry
from fairpool.documents.sharing.columns import Counts, Gaps, Number, Numbers
from fairpool.documents.sharing.plans import CollectionEntry, CostsPlan, EqualPlan, PenaltyCurve
from fairpool.ground.errors import InputError


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
    sigma: float | None = None
    cost: float | None = None
    costs: Gaps | None = None
    columns: tuple[str, ...]
    plan: EqualPlan | CostsPlan | None = None
    theory: EqualPlan | CostsPlan | None = None
    spread: tuple[ColumnSpread, ...]
    agents: tuple[AgentEntry, ...]
    curves: tuple[PenaltyCurve, ...] = ()
    checks: tuple[CheckEntry, ...]
    cramer_von_mises: ComparisonEntry | None = None
    notes: tuple[str, ...] = ()


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
