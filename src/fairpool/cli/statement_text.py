"""The statement as a person reads it in a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fairpool.money import format_minor

_HEAD = ("party", "alone", "delivered", "pays", "is paid", "net", "share")


def statement_text(document: Mapping[str, Any]) -> str:
    """A table of the parties and what its numbers mean, from a settlement document."""
    currency = document["currency"]
    rows = [_row(party, currency) for party in document["parties"]]
    totals = ["", "", "", *_totals(document), ""]
    lines = [document["name"], "", *_aligned([list(_HEAD), *rows, totals]), "", *_meaning(document)]
    return "\n".join(lines)


def _row(party: Mapping[str, Any], currency: str) -> list[str]:
    share = f"{party['share']:.1%}"
    error = f" ±{party['share_se']:.1%}" if party["share_se"] else ""
    amounts = (party["improvement"], party["reward"] + party["returned"], party["net"])
    gains = (f"{party['gain_alone']:.3f}", f"{party['gain']:.3f}")
    return [party["name"], *gains, *(_amount(a, currency) for a in amounts), share + error]


def _totals(document: Mapping[str, Any]) -> list[str]:
    parties = document["parties"]
    paid = sum(party["improvement"] for party in parties)
    received = sum(party["reward"] + party["returned"] for party in parties)
    return [_amount(total, document["currency"]) for total in (paid, received, received - paid)]


def _amount(minor: int, currency: str) -> str:
    text = format_minor(abs(minor), currency)
    whole, _, decimals = text.partition(".")
    return ("-" if minor < 0 else "") + f"{int(whole):,}" + (f".{decimals}" if decimals else "")


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return ["  ".join(_padded(row, widths)).rstrip() for row in rows]


def _padded(row: Sequence[str], widths: Sequence[int]) -> list[str]:
    return [row[0].ljust(widths[0]), *(cell.rjust(w) for cell, w in zip(row[1:], widths[1:], strict=True))]


def _meaning(document: Mapping[str, Any]) -> list[str]:
    price = f"{_amount(document['unit_price'], document['currency'])} {document['currency']}"
    nets = _amount(document["certificate"]["balance"]["sum_of_net"], document["currency"])
    return [
        f"alone and delivered are {document['score']} on validation data, from 0 to 1, of a party's own model and of",
        f"the model it gets. It pays for the difference at {price} a unit, and is paid for what its data were",
        f"worth to all. Values: {_how(document)}. Nets sum to {nets} {document['currency']}.",
        _copies(document["certificate"]["replication"], document["currency"]),
    ]


def _how(document: Mapping[str, Any]) -> str:
    ways = {
        "exact": f"exact, from {document['evaluations']} coalitions",
        "closed-form": "exact, by closed form",
        "sampled": f"estimated from {document['evaluations']} coalitions (± one standard error)",
    }
    return ways[document["method"]]


def _copies(replication: Mapping[str, Any], currency: str) -> str:
    if not replication["pays_for"]:
        return "No party would have earned more by entering up to five copies of itself."
    fee = replication["smallest_minimum_fee"]
    remedy = (
        "no minimum fee deters it"
        if fee is None
        else f"a minimum fee of {_amount(fee, currency)} {currency} deters it"
    )
    return f"Entering copies of itself would have paid for {', '.join(replication['pays_for'])}; {remedy}."
