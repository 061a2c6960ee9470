"""The certificate in words: what was checked, whether it holds, and what that means in one sentence."""

from __future__ import annotations

from dataclasses import dataclass

from fairpool.documents.settlement import SettlementDocument
from fairpool.reports.frame.numerals import amount_of, decimal, listed

_NOTHING_TO_TEST = "not applicable"
_BASIS = {
    "evaluated": (
        "The models were computed again with the copies in, so this is what would really have happened."
    ),
    "assumed": (
        "This is computed under the assumption that no model that is delivered changes when a row is in the data"
        " twice. That was not checked and is only nearly so: with the models that copies would really give, the gains"
        " would be others."
    ),
    "by construction": "Identical rows of different parties are used once, so copies cannot change a model.",
    "exact": "This learner ignores copies of rows, so the result is exact.",
}


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the certificate; ``holds`` is None where it was not looked at, for the reason ``unmade``."""

    title: str
    question: str
    holds: bool | None
    meaning: str
    unmade: str = "not checked"


def checks_of(document: SettlementDocument) -> list[Check]:
    """All checks, in the order in which a reader asks."""
    return [
        _balance(document),
        _refunds(document),
        _zero_element(document),
        _symmetry(document),
        _replication(document),
    ]


def verdict(checks: list[Check]) -> str:
    """``All 5 checks hold``, of those that could be made."""
    made = [check for check in checks if check.holds is not None]
    holding = sum(check.holds is True for check in made)
    return f"All {len(made)} checks hold" if holding == len(made) else f"{holding} of {len(made)} checks hold"


def verdict_in_words(checks: list[Check]) -> str:
    """What the checks that were made are about, or which of them do not hold."""
    failing = [check.title for check in checks if check.holds is False]
    if failing:
        return f"does not hold: {listed([title.lower() for title in failing], most=2)}"
    return f"of {listed([check.title.lower() for check in checks if check.holds], most=5)}"


def _balance(document: SettlementDocument) -> Check:
    found = document.certificate.balance
    total = amount_of(found.sum_of_net, document.currency)
    meaning = (
        f"All payments are handed out again: the net results add up to exactly {total}."
        if found.holds
        else f"The net results add up to {total} instead of nothing: do not pay out on this settlement."
    )
    return Check("Balance", "Does the money add up?", found.holds, meaning)


def _refunds(document: SettlementDocument) -> Check:
    found = document.certificate.refunds
    smallest = amount_of(found.smallest, document.currency)
    meaning = (
        f"Nobody pays more than the fee it deposited; the smallest refund is {smallest}."
        if found.holds
        else f"Some party would owe more than the fee it deposited: the smallest refund is {smallest}."
    )
    return Check("Refunds", "Can anyone be asked for more than its fee?", found.holds, meaning)


def _zero_element(document: SettlementDocument) -> Check:
    found = document.certificate.zero_element
    who = listed(found.parties)
    if not found.parties:
        meaning = "Every party's model improved, so nobody was in this position."
    elif found.holds and any(party.retained for party in document.parties if party.name in found.parties):
        meaning = f"The model of {who} did not improve, and nothing is paid for it but the minimum fee."
    elif found.holds:
        meaning = f"The model of {who} did not improve, and {who} does not lose by taking part."
    else:
        meaning = (
            f"The model of {who} did not improve, yet taking part costs: joining was not in its interest."
        )
    return Check(
        "No loss without improvement",
        "Does a party pay although its model did not improve?",
        found.holds if found.parties else None,
        meaning,
        _NOTHING_TO_TEST,
    )


def _symmetry(document: SettlementDocument) -> Check:
    found = document.certificate.symmetry
    difference = amount_of(found.largest_difference, document.currency)
    groups = listed([listed(group) for group in found.equal_parties])
    if not found.equal_parties:
        meaning = "No two parties' data are worth the same to every group, so there was nothing to compare."
    elif found.holds:
        meaning = (
            f"Parties whose data are worth the same to every group ({groups}) differ by at most {difference},"
            " the rounding."
        )
    else:
        meaning = (
            f"Parties whose data are worth the same to every group ({groups}) end up {difference} apart:"
            " equal data, unequal money."
        )
    return Check(
        "Symmetry",
        "Do equal data get equal money?",
        found.holds if found.equal_parties else None,
        meaning,
        _NOTHING_TO_TEST,
    )


def more_data(document: SettlementDocument) -> str:
    """Whether a group got worse when a party joined: a finding about the data, and no check of the settlement."""
    found = document.certificate.monotone
    looked = " that was scored" if document.method == "sampled" else ""
    if found.holds is None:
        return "Not every group was scored, so whether a party's data ever lowered a score is not known."
    if found.holds:
        return f"In every group{looked}, the score stayed or rose when another party joined."
    return (
        f"More data did not always help: in some group the score fell by up to {decimal(found.largest_drop or 0.0, 3)}"
        " when another party joined. That is so of the data, and no fault of the settlement."
    )


def _replication(document: SettlementDocument) -> Check:
    found = document.certificate.replication
    who = listed(found.pays_for)
    meaning = (
        f"{who} could have earned more by taking part several times with the same data."
        if found.pays_for
        else (
            "No party could have earned more by taking part several times with the same data"
            f" ({_numbers_of_copies(document)})."
        )
    )
    return Check(
        "Copying",
        "Could a party earn more by entering its data twice?",
        not found.pays_for,
        meaning,
    )


def _numbers_of_copies(document: SettlementDocument) -> str:
    every = document.certificate.replication.every_number
    return "any number of extra copies" if every else "1 to 5 extra copies tried"


def replication_advice(document: SettlementDocument) -> str:
    """What the operator should do about copies; no fee is said to deter more than was looked at."""
    found, charged, currency = document.certificate.replication, document.minimum_fee, document.currency
    least = found.smallest_minimum_fee
    if found.pays_for and found.deters_from is not None and charged >= least:
        least = found.deters_from
    within = "" if found.every_number else ", as far as was looked"
    within = ", if copies change no model, which is assumed here" if found.basis == "assumed" else within
    if least == 0:
        return f"No minimum fee is needed: copying pays for nobody without one{within}."
    if charged >= least:
        return (
            f"The smallest minimum fee that makes copying pay for nobody{within} is {amount_of(least, currency)}; "
            f"this round charges {amount_of(charged, currency)}."
        )
    return (
        f"A minimum fee of {amount_of(least, currency)} for every party would make copying pay for nobody{within}; "
        f"this round charges {amount_of(charged, currency)}."
    )


def largest_gains(document: SettlementDocument) -> str:
    """Whom more copies than the charts show would earn most."""
    largest = document.certificate.replication.largest
    who = (f"{one.party} ({one.copies} copies)" for one in largest)
    return f"More copies than five would earn still more: {listed(tuple(who))}." if largest else ""


def replication_basis(document: SettlementDocument) -> str:
    """How the gains from copies were found, and how sure they are."""
    found = document.certificate.replication
    sampled = (
        " The gains are rough estimates from sampled groups; how far they are off is not known."
        if found.estimated
        else ""
    )
    return " ".join([_BASIS.get(found.basis, "") + sampled, largest_gains(document)]).strip()
