"""Validation rows among the training rows, in words and as the lines of a table."""

from __future__ import annotations

from fairpool.documents.settlement import SettlementDocument
from fairpool.market.data_sheets.copied_validation import matched_more
from fairpool.market.data_sheets.leakage import RowsInValidation
from fairpool.reports.frame.numerals import listed

MOST_LINES = 30


def leaked(document: SettlementDocument) -> list[RowsInValidation]:
    """Of whose rows some stand in a task: first those that chance does not explain, then by number; 30 at most."""
    found = [one for one in document.certificate.rows_in_validation or () if one.exact or one.near]
    return sorted(found, key=lambda one: (not one.more_than_chance, -one.exact - one.near))[:MOST_LINES]


def leakage_meaning(document: SettlementDocument) -> str:
    """What was found, what it means, and what was done."""
    found = leaked(document)
    if not found:
        return "No party's training rows stand in the validation rows, exactly or nearly."
    beyond = [one for one in found if one.more_than_chance]
    rows = {party.name: party.rows for party in document.parties}
    if more := matched_more(document.certificate.rows_in_validation or (), rows):
        asked = listed([one.counted for one in more], most=4)
        asking = f" Far more often than the other parties' rows, these are exactly validation rows: {asked}. Ask why."
    else:
        asking = ""
    if not beyond and asking:
        return f"Some training rows equal or nearly equal validation rows.{asking}"
    if not beyond:
        return "Some training rows equal or nearly equal validation rows, no more than chance explains."
    done = (
        "They were left out of training."
        if any(one.left_out for one in beyond)
        else "They were trained on, so scores and payments of this round cannot be relied on."
    )
    return (
        "A model that was trained on the rows it is tested on scores too well. Marked ▲: more validation rows stand in"
        f" the training rows than chance explains. {done}{asking}"
    )
