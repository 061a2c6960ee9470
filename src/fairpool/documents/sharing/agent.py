"""What one agent of a sharing may see, and nobody else but the mediator: release.json.

Of the others an agent learns what its release holds and not a number more: no other mean, no distance to one, no
agent's counts or file, no spread over all.  The proof of C3D bounds what anybody can make of
(own rows X_i, clean rows Z_i, corrupted rows Z'_i, their noise eta); another statistic of the others' means beside a
made-up mean of one's own gives these means away (docs/theory/what-each-may-see.md).  A field that is added here has to
be added to the list of tests/documents/test_what_each_may_see.py, too.

Where an estimate takes the place of rows for equal agents (``estimate-only``), eta^2 = B |mean(Y_i) - mean(Y_-i)|^2k
would give the others' mean to whoever knows what it made up.  There the noise of the round is not told, and
``standard_error`` is what the plan promises: ``error_of`` says which of both it is.
"""

from __future__ import annotations

import math
from typing import Any, Literal

from fairpool.documents.document import Document
from fairpool.documents.sharing.columns import Counts, Gaps, Number, Numbers
from fairpool.documents.sharing.mediator import AgentEntry, LossEntry, SharingDocument
from fairpool.documents.sharing.plans import CollectionEntry, EqualPlan
from fairpool.sharing.mechanisms.catalogue import MECHANISMS, Gives

ErrorOf = Literal["this round", "the plan"]

WIDTH = 1.959963984540054  # standard errors to each side of an interval that covers 95 times in 100


class AgentDocument(Document):
    """What is told whatever the mechanism: what was agreed, what was asked, and what the agent itself handed in."""

    format: Literal[1] = 1
    kind: Literal["release"] = "release"
    fairpool: str
    name: str
    agent: str
    mechanism: str
    objective: str | None
    sigma: float | None
    columns: tuple[str, ...]
    asked: tuple[Number | None, ...]
    submitted: Counts
    mean: Numbers
    standard_error_alone: Numbers
    penalty: float | None
    penalty_alone: float | None
    notes: tuple[str, ...]
    plan: EqualPlan | None = None


class EqualRelease(AgentDocument):
    """What an agent with one cost is given, and the estimate recommended to it with its 95 % interval."""

    cost: float | None
    noise_variance: Numbers
    weight: Numbers
    estimate: Numbers
    standard_error: Numbers
    error_of: ErrorOf
    interval: Gaps
    clean_rows: int
    corrupted_rows: int
    explanation: str


class CostsRelease(AgentDocument):
    """The same for an agent with costs of its own, by column."""

    costs: Numbers | None
    role: tuple[str, ...]
    noise_variance: Numbers
    weight: Numbers
    estimate: Numbers
    standard_error: Numbers
    error_of: ErrorOf
    interval: Gaps
    clean_rows: Counts
    corrupted_rows: Counts
    explanation: str


class ComparedRelease(AgentDocument):
    """What an agent is rewarded with whose rows were compared with the others'; amounts in minor units."""

    reward: str
    currency: str | None
    collection: CollectionEntry | None
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


Released = EqualRelease | CostsRelease | ComparedRelease


def agents_document(found: SharingDocument, place: int, explanation: str) -> Released:
    """What the agent at ``place`` may have of the mediator's document; ``explanation``: what its release means."""
    entry, compared = found.agents[place], found.cramer_von_mises
    told = {**_whatever_the_mechanism(found, entry), "explanation": explanation}
    if compared is not None:
        return ComparedRelease(
            **told,
            reward=compared.reward,
            currency=compared.currency,
            collection=compared.plan,
            **_own_loss(compared.agents[place]),
            clean_rows=entry.clean[0],
            corrupted_rows=entry.corrupted[0],
        )
    told |= _estimated(found, entry)
    if entry.role is not None:
        costs = found.costs[place] if found.costs else None
        return CostsRelease(
            **told, costs=costs, role=entry.role, clean_rows=entry.clean, corrupted_rows=entry.corrupted
        )
    return EqualRelease(**told, cost=found.cost, clean_rows=entry.clean[0], corrupted_rows=entry.corrupted[0])


def withholds_noise(mechanism: str) -> bool:
    """Whether the noise of the round tells more than the release: estimates for equal agents, mechanisms not known."""
    entry = MECHANISMS.get(mechanism)
    return entry is None or (entry.gives is Gives.ESTIMATES and entry.of is not None)


def promised_error(found: SharingDocument) -> float | None:
    """The standard error of every column that a plan for equal agents promises: its penalty less the cost."""
    plan = found.plan
    if not isinstance(plan, EqualPlan) or found.cost is None:
        return None
    squared = (plan.penalty - found.cost * plan.samples) / len(found.columns)
    return math.sqrt(squared) if squared >= 0 else None


def _whatever_the_mechanism(found: SharingDocument, entry: AgentEntry) -> dict[str, Any]:
    return {
        "fairpool": found.fairpool,
        "name": found.name,
        "agent": entry.name,
        "mechanism": found.mechanism,
        "objective": found.objective,
        "sigma": found.sigma,
        "columns": found.columns,
        "asked": entry.asked,
        "submitted": entry.collected,
        "mean": entry.mean,
        "standard_error_alone": entry.standard_error_alone,
        "penalty": entry.penalty,
        "penalty_alone": entry.penalty_alone,
        "notes": entry.notes,
        "plan": found.plan if isinstance(found.plan, EqualPlan) else None,
    }


def _estimated(found: SharingDocument, entry: AgentEntry) -> dict[str, Any]:
    """The estimate, how sure it is, and the noise where the agent may know it."""
    withheld = withholds_noise(found.mechanism)
    errors, unknown = entry.standard_error, (None,) * len(entry.estimate)
    if withheld:
        errors = tuple(None if one is None else promised_error(found) for one in entry.estimate)
    return {
        "noise_variance": unknown if withheld else entry.noise_variance,
        "weight": unknown if withheld else entry.weight,
        "estimate": entry.estimate,
        "standard_error": errors,
        "error_of": "the plan" if withheld else "this round",
        "interval": tuple(map(_interval, entry.estimate, errors)),
    }


def _interval(estimate: float | None, error: float | None) -> Numbers:
    if estimate is None or error is None:
        return (None, None)
    return (estimate - WIDTH * error, estimate + WIDTH * error)


def _own_loss(entry: LossEntry) -> dict[str, Any]:
    return {
        "loss": entry.loss,
        "expected": entry.expected,
        "upper_bound": entry.upper_bound,
        "p_value": entry.p_value,
        "payment": entry.payment,
        "rows_given": entry.rows_given,
        "feature_losses": entry.feature_losses,
        "feature_expected": entry.feature_expected,
    }
