"""What a settled round's document says was agreed, as the objects that decide: options, learner, division, basis."""

from __future__ import annotations

from typing import Any

from fairpool.documents.settlement import SettlementDocument
from fairpool.learning.catalogue import LEARNERS, SCORES, learner_named
from fairpool.learning.learner import Learner
from fairpool.market.copies.basis import basis_without_evaluating, copies_basis, own_tasks_basis
from fairpool.market.options import Customise, Method, Options


def options_of(document: SettlementDocument) -> Options:
    """Raises InputError for a word or a number that no option takes."""
    said = document.options.model_dump()
    words: dict[str, Any] = {key: value for key, value in said.items() if value is not None}
    words["empty"] = words.pop("empty_coalition")
    return Options(**words)


def learner_of(document: SettlementDocument) -> Learner | None:
    """The learner by its name; None for an estimator or a score of somebody's own, which have no name here.

    Raises InputError for options that the learner does not take.
    """
    named = document.learner in LEARNERS or "." in document.learner
    if not named or document.score not in SCORES:
        return None
    return learner_named(document.learner, document.learner_options, SCORES[document.score])


def basis_of(document: SettlementDocument) -> str | None:
    """How coalitions with copies were scored, as it follows from what was agreed; None where that has no name."""
    learner, options = learner_of(document), options_of(document)
    if learner is None:
        return None
    if document.task == "own":
        customised = options.customise is not Customise.NONE
        return own_tasks_basis(learner, options.shared_rows, customised=customised)
    if document.method == "exact":
        return copies_basis(learner, options.shared_rows, len(document.parties))
    return (
        "exact"
        if document.method == "closed-form"
        else basis_without_evaluating(learner, options.shared_rows)
    )


def method_of(document: SettlementDocument) -> tuple[str, ...]:
    """The methods by which such a round may have been valued."""
    asked, learner = options_of(document).method, learner_of(document)
    if document.task == "own":
        return ("exact",) if asked is Method.EXACT else ("exact", "sampled")
    if asked is Method.SAMPLED:
        return ("sampled",)
    if learner is None:
        return ("exact",) if asked is Method.EXACT else ("exact", "sampled")
    if learner.capabilities.nearest_row_decides and SCORES[document.score].additive:
        return ("closed-form",)
    affordable = len(document.parties) <= learner.capabilities.exact_players
    return ("exact",) if asked is Method.EXACT or affordable else ("sampled",)
