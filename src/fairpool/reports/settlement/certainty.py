"""How certain a settlement's numbers are, in words: what a finite validation set leaves open.

A sign is certain where the 95 % interval of what a party is left with lies on one side of 0.
"""

from __future__ import annotations

from fairpool.documents.settlement import PartyStatement, SettlementDocument
from fairpool.reports.frame.numerals import decimal, listed, plural, signed_decimal
from fairpool.reports.settlement.left import left_interval, left_with


def known(document: SettlementDocument) -> bool:
    """Whether there are intervals: not in documents of earlier versions, nor where they were too much to keep."""
    return all(party.net_interval is not None for party in document.parties)


def sign_is_open(party: PartyStatement) -> bool:
    """Whether the party may earn as well as pay, or neither."""
    interval = left_interval(party)
    if interval is None or left_with(party) == 0:
        return False
    low, high = interval
    return low <= 0 <= high


def pooling_is_open(document: SettlementDocument) -> bool:
    """Whether the models that are delivered may as well be no better than what there is alone."""
    if document.pooling_interval is None:
        return False
    low, high = document.pooling_interval
    return low <= 0.0 <= high


def pooling_in_words(document: SettlementDocument) -> str:
    """One sentence for the headline: how sure the difference is; empty where nothing is known of it, or there is none:
    of one party, or whatever the rows."""
    if document.pooling_interval is None:
        return ""
    low, high = document.pooling_interval
    if len(document.parties) == 1 or low == high == 0.0:
        return ""
    rows = plural(document.data.validation_rows, "validation row")
    between = f"{signed_decimal(low, 3)} and {signed_decimal(high, 3)}"
    if pooling_is_open(document):
        return f"From {rows} this difference is not certain: it lies between {between} (95 %)."
    return f"The difference lies between {between} (95 %, from {rows})."


def signs_in_words(document: SettlementDocument) -> str:
    """Whose earning or paying is not certain; empty where nothing is known of it, or no sign is open."""
    parties = [party for party in document.parties if sign_is_open(party)]
    if not parties:
        return ""
    rows = plural(document.data.validation_rows, "validation row")
    less = ", less what the operator keeps," if any(party.retained for party in parties) else ""
    hold = (
        f"the 95 % interval of its net{less} holds"
        if len(parties) == 1
        else f"the 95 % intervals of their nets{less} hold"
    )
    who = listed([party.name for party in parties])
    return f"From {rows} it is not certain whether {who} would earn or pay: {hold} zero."


def errors_in_words(document: SettlementDocument) -> str:
    """Which errors the intervals hold."""
    rows = "each party's validation rows are" if document.task == "own" else "the validation rows are"
    sampled = (
        " The shares are estimated from a sample of groups as well; the intervals hold both errors, the standard"
        " errors only that of the sample of groups."
        if document.method == "sampled"
        else " No group of parties was left out, so none of the error is of sampling groups."
    )
    return (
        f"These are 95 % intervals: {rows} a sample, and other rows would have given other scores. The models are"
        f" taken as they are.{sampled}"
    )


def score_range(party: PartyStatement) -> str:
    """``0.551 to 0.727``."""
    if party.gain_interval is None:
        return "–"
    return " to ".join(decimal(end, 3) for end in party.gain_interval)


def share_range(party: PartyStatement) -> str:
    """``24.6 to 36.5 %``."""
    if party.share_interval is None:
        return "–"
    low, high = (decimal(100 * end, 1) for end in party.share_interval)
    return f"{low} to {high}\u00a0%"
