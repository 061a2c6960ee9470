"""What kind of sharing a document is of: what agents were given, and what is known of the mechanism."""

from __future__ import annotations

from typing import Protocol

from fairpool.documents.sharing.plans import CostsPlan, EqualPlan
from fairpool.reports.sharing.prose.claims import claims_named, in_full
from fairpool.sharing.mechanisms.catalogue import CRAMER_VON_MISES, MECHANISMS, Entry, Gives
from fairpool.sharing.mechanisms.claims import Claims


class Told(Protocol):
    """A document of a sharing, whoever may see it: the mediator's, an agent's, the public one."""

    @property
    def mechanism(self) -> str: ...

    @property
    def plan(self) -> EqualPlan | CostsPlan | None: ...


def entry_of(document: Told) -> Entry:
    """The mechanism's entry in the catalogue; of a mechanism that is not in it, only its name is known."""
    name = document.mechanism
    unknown = Entry("", (), Gives.NOTHING, claims=Claims(name, f"This round followed the mechanism {name}."))
    return MECHANISMS.get(name, unknown)


def claims_of(document: Told) -> Claims:
    """Of the document's mechanism; where it shared nothing, of that."""
    entry = entry_of(document)
    if entry.nothing_shared and shares_nothing(document):
        return claims_named("nothing-shared")
    return in_full(entry.claims) if entry.claims else claims_named(document.mechanism)


def shares_nothing(document: Told) -> bool:
    """Whether no noise makes the plan of a mechanism that corrupts rows a best choice."""
    plan, noisy = document.plan, entry_of(document).gives is Gives.NOISY_ROWS
    return noisy and isinstance(plan, EqualPlan) and plan.alpha is None


def corrupts_rows(document: Told) -> bool:
    """Whether agents are given rows, some of them with noise."""
    return entry_of(document).gives is Gives.NOISY_ROWS and not shares_nothing(document)


def releases_rows(document: Told) -> bool:
    """Whether agents are given rows at all."""
    return corrupts_rows(document) or entry_of(document).gives is Gives.ROWS


def releases_estimates(document: Told) -> bool:
    """Whether agents are given estimates in place of rows."""
    return entry_of(document).gives is Gives.ESTIMATES


def checks_distributions(document: Told) -> bool:
    """Whether the round is a Cramér-von Mises check."""
    return document.mechanism == CRAMER_VON_MISES
