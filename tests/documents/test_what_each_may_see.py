"""What an agent and the public may see of a sharing: every field is decided upon, and none tells others' means."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, get_args

import numpy as np
import pytest

from builders import sharing_documents as made
from builders.sharing_rounds import Rows, cramer_von_mises, heterogeneous, symmetric
from fairpool.documents.document import Document
from fairpool.documents.sharing.agent import (
    ComparedRelease,
    CostsRelease,
    EqualRelease,
    Released,
    agents_document,
    promised_error,
)
from fairpool.documents.sharing.mediator import AgentEntry, ColumnSpread, SharingDocument
from fairpool.documents.sharing.public import ABOUT_THE_PLAN, PublicDocument, public_document
from fairpool.reports.sharing.for_all import public_page

TOLD = """
    format kind fairpool name agent mechanism objective sigma columns asked submitted mean standard_error_alone penalty
    penalty_alone notes plan explanation
"""
ESTIMATED = "noise_variance weight estimate standard_error error_of interval clean_rows corrupted_rows"
COMPARED = """
    reward currency collection loss expected upper_bound p_value payment rows_given feature_losses feature_expected
    clean_rows corrupted_rows
"""
PLANS = {
    "EqualPlan": """
        mechanism samples samples_alone alpha alpha_squared_over_samples penalty penalty_alone penalty_social_optimum
        ratio
    """,
    "CollectionEntry": """
        rows_each optimal_rows_each status alpha row_cost value expected_payment expected_profit
    """,
}
COSTLY_PLANS = {
    "CostsPlan": """
        samples penalties penalties_alone social_penalty social_optimum favourable alpha unverifiable ratio mechanism
        objective agents distributions sigma favourable_distributions baseline ratio_to_baseline bound dominated
        certificate whole
    """,
    "BargainedPlan": "samples penalties social_penalty",
    "PlanCertificate": """
        nash_incentive_compatible individually_rational within_bound collection_gain report_gain growth
    """,
    "WholePlan": "samples alpha penalties social_penalty",
}
AGENTS: list[tuple[type[Released], dict[str, str]]] = [
    (EqualRelease, {"EqualRelease": f"{TOLD} cost {ESTIMATED}", "EqualPlan": PLANS["EqualPlan"]}),
    (CostsRelease, {"CostsRelease": f"{TOLD} costs role {ESTIMATED}", "EqualPlan": PLANS["EqualPlan"]}),
    (ComparedRelease, {"ComparedRelease": f"{TOLD} {COMPARED}", **PLANS}),
]
PUBLIC = {
    "PublicDocument": """
        format kind fairpool name mechanism objective sigma cost costs reward columns plan theory curves agents checks
    """,
    "Participant": "name asked handed_in",
    "RewardTerms": "reward currency budget plan",
    "PenaltyCurve": """
        title unit agent amounts penalties alone equilibrium equilibrium_penalty alone_samples alone_penalty
    """,
    "CheckEntry": "name holds words",
    **PLANS,
    **COSTLY_PLANS,
}
FROM_OTHERS = {  # what others' rows may change of an agent's document
    "c3d": {"noise_variance", "weight", "estimate", "standard_error", "interval"},
    "c3d-tuned": {"noise_variance", "weight", "estimate", "standard_error", "interval"},
    "bounded-variance": {"noise_variance", "estimate", "standard_error", "interval"},
    "pool-and-share": {"estimate", "interval"},
    "estimate-only": {"estimate", "interval"},
    "alone": set(),
}
COSTS = np.array([[0.01, 0.02], [0.015, np.inf], [np.inf, 0.01]])
LABS = ("North", "South", "West", "East", "Hill", "Mill")


def fields_of(document: type[Document]) -> dict[str, set[str]]:
    """The fields of a document and of every document within it."""
    found = {document.__name__: set(document.model_fields)}
    for field in document.model_fields.values():
        for inner in documents_in(field.annotation):
            found |= fields_of(inner)
    return found


def documents_in(annotation: Any) -> Iterator[type[Document]]:
    if isinstance(annotation, type) and issubclass(annotation, Document):
        yield annotation
    for part in get_args(annotation):
        yield from documents_in(part)


def allowed(names: dict[str, str]) -> dict[str, set[str]]:
    return {document: set(fields.split()) for document, fields in names.items()}


@pytest.mark.parametrize(("document", "names"), AGENTS)
def test_an_agent_sees_what_was_decided_and_no_field_more(document: type[Released], names: dict[str, str]):
    """A new field has to be decided upon: docs/theory/what-each-may-see.md says by what."""
    assert fields_of(document) == allowed(names)


def test_the_public_sees_what_was_decided_and_no_field_more():
    """Terms, plans, who took part and how many rows it handed in."""
    assert fields_of(PublicDocument) == allowed(PUBLIC)


def test_what_is_known_of_all_agents_is_in_no_other_document():
    """Others' means, distances and the spread stay with the mediator, whoever asks."""
    kept = {"others_mean", "distance", "penalty_realised"} & set(AgentEntry.model_fields)
    assert len(kept) == 3
    for document in (EqualRelease, CostsRelease, ComparedRelease, PublicDocument):
        names = fields_of(document)
        assert not kept & set().union(*names.values())
        assert not {AgentEntry.__name__, ColumnSpread.__name__, SharingDocument.__name__} & set(names)


def test_no_document_has_a_seed():
    """With it anybody takes the noise off again."""
    for document in (SharingDocument, EqualRelease, CostsRelease, ComparedRelease, PublicDocument):
        assert "seed" not in set().union(*fields_of(document).values())


# ---- what others' rows change


def rows_of(seed: int, columns: int = 1) -> list[Rows]:
    """Six agents' rows; the first agent's are the same for every seed."""
    first, others = np.random.default_rng(1), np.random.default_rng(seed)
    return [(first if i == 0 else others).normal(10.0 + (i > 0) * seed, 2.0, (8, columns)) for i in range(6)]


def equal(mechanism: str, seed: int) -> SharingDocument:
    return symmetric(mechanism, rows_of(seed), columns=["iron"], names=LABS, sigma=2.0, cost=0.01)


def costly(seed: int) -> SharingDocument:
    rows = rows_of(seed, 2)[:3]
    return heterogeneous(rows, COSTS, columns=["iron", "zinc"], names=LABS[:3], sigma=2.0)


def compared(seed: int) -> SharingDocument:
    return cramer_von_mises(rows_of(seed), columns=["iron"], names=LABS)


def changes(before: Document, after: Document) -> set[str]:
    return {name for name, value in before if value != getattr(after, name)}


@pytest.mark.parametrize("mechanism", FROM_OTHERS)
def test_others_rows_change_an_agents_document_by_the_release_alone(mechanism: str):
    """Other rows of the others: another estimate and, where it is part of the mechanism, another noise."""
    before, after = (agents_document(equal(mechanism, seed), 0, "") for seed in (2, 3))
    assert changes(before, after) == FROM_OTHERS[mechanism]


def test_with_costs_of_its_own_an_agents_document_changes_by_the_release_alone():
    """The same by column."""
    before, after = (agents_document(costly(seed), 0, "") for seed in (2, 3))
    assert "estimate" in changes(before, after)
    assert changes(before, after) <= FROM_OTHERS["c3d"]


def test_where_rows_are_compared_an_agent_learns_its_own_loss_and_payment():
    """And of nobody else."""
    before, after = (agents_document(compared(seed), 0, "") for seed in (2, 3))
    mine = {"loss", "expected", "p_value", "payment", "feature_losses", "feature_expected", "upper_bound"}
    assert {"loss", "payment"} <= changes(before, after) <= mine


@pytest.mark.parametrize(
    "make", [lambda s: equal("c3d", s), lambda s: equal("estimate-only", s), costly, compared]
)
def test_no_number_in_anybodys_rows_changes_what_is_public(make: Any):
    """Document and page are the same to the last byte, whatever the rows hold."""
    before, after = (public_document(make(seed)) for seed in (2, 3))
    assert before.json_text() == after.json_text()
    assert public_page(before) == public_page(after)


def test_only_checks_of_the_plan_are_public():
    """Spread and distances are looked at for the mediator; a check that is new stays there until it is named."""
    found = equal("c3d", 2)
    assert {one.name for one in found.checks} > set(ABOUT_THE_PLAN)
    assert {one.name for one in public_document(found).checks} == set(ABOUT_THE_PLAN)


# ---- one estimate for all


def test_the_noise_of_an_estimate_that_has_to_be_used_gives_the_others_mean_and_is_not_told():
    """eta^2 = B |own - others|^2k: who submitted a known number has the others' mean from it, without a sample."""
    found = equal("estimate-only", 2)
    entry, told = found.agents[0], agents_document(found, 0, "")
    assert isinstance(told, EqualRelease)
    noise, honest = entry.noise_variance[0], promised_error(found)
    assert noise is not None
    assert honest is not None
    terms_only = honest**2 - 4.0 / 48  # E eta^2 of honest agents: less the variance of the mean of 48 rows
    distance = math.sqrt(noise / terms_only * 4.0 * (1 / 8 + 1 / 40))
    assert entry.mean[0] is not None
    assert entry.mean[0] + distance == pytest.approx(entry.others_mean[0])
    assert told.noise_variance == told.weight == (None,)
    assert told.standard_error == (honest,)
    assert told.error_of == "the plan"


def test_an_interval_is_196_standard_errors_to_each_side():
    """And there is none where there is no estimate."""
    found = made.one_liar()
    told = agents_document(found, 0, "")
    assert isinstance(told, EqualRelease)
    for estimate, error, (low, high) in zip(told.estimate, told.standard_error, told.interval, strict=True):
        assert (high - low) / 2 == pytest.approx(1.959964 * error)
        assert (high + low) / 2 == pytest.approx(estimate)
    nothing = agents_document(found, 8, "")
    assert isinstance(nothing, EqualRelease)
    assert nothing.interval == ((None, None), (None, None))
