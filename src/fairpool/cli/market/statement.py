"""The statement as a person reads it in a terminal of 80 columns: a table, who earns and why, what the words mean."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.cells import cell_len, chop_cells, set_cell_size

from fairpool.cli.market.certainty import certainty_rows, certainty_sentences
from fairpool.cli.table import WIDTH, aligned
from fairpool.documents.settlement import PartyStatement, SettlementDocument
from fairpool.ground.money import format_minor
from fairpool.market.reward_rules.catalogue import division_named
from fairpool.reports.settlement.checks import more_data
from fairpool.reports.settlement.left import left_with
from fairpool.reports.settlement.words import (
    earned_by_the_share,
    kept_sentence,
    one_row_sentence,
    score_meaning,
    score_name,
    why_nobody_owes,
)

_HEAD = ("party", "alone", "delivered", "pays", "is paid", "net", "kept", "share")
_KEPT = _HEAD.index("kept")  # a column only where the operator keeps a minimum fee
_NARROWEST_NAME = 12
_MOST_ROWS = 30  # beyond, those that earn most and those that pay most
_MOST_NAMED = 4
_LONGEST_NAME = 40
_INDENT = 11
_NO_BREAK = "\u00a0"


def statement_text(document: SettlementDocument) -> str:
    """A settlement document as text for people who have never seen one."""
    paragraphs = [
        [*_wrapped(document.name)],
        _table(document),
        [*_who_earns(document)],
        _certainty(document),
        [line for sentence in certainty_sentences(document) for line in _wrapped(sentence)],
        [line for word, meaning in _words(document) for line in _wrapped(meaning, word)],
        [*_wrapped(_how(document)), *_wrapped(_copies(document)), *_wrapped(_checked(document))],
        [line for sentence in _findings(document) for line in _wrapped(sentence)],
        [line for note in document.certificate.notes for line in _wrapped(note, "note")],
    ]
    return "\n\n".join("\n".join(lines) for lines in paragraphs if lines)


# ---- the table


def _table(document: SettlementDocument) -> list[str]:
    currency, parties = document.currency, document.parties
    shown, left_out = _shown(parties)
    rows = [list(_HEAD), *(_row(party, currency) for party in shown), _totals(document)]
    if not _some_kept(document):
        rows = [row[:_KEPT] + row[_KEPT + 1 :] for row in rows]
    lines = _aligned(rows)
    if left_out:
        lines.insert(1 + len(shown) // 2, f"... {left_out} parties in between: see statement.csv")
    return [*lines, f"(amounts in {currency})"]


def _certainty(document: SettlementDocument) -> list[str]:
    shown, left_out = _shown(document.parties)
    rows = certainty_rows(document, shown, lambda minor: _amount(minor, document.currency))
    lines = _aligned(rows) if rows else []
    if rows and left_out:
        lines.insert(1 + len(shown) // 2, f"... {left_out} parties in between: see settlement.json")
    return lines


def _shown(parties: Sequence[PartyStatement]) -> tuple[Sequence[PartyStatement], int]:
    if len(parties) <= _MOST_ROWS:
        return parties, 0
    ends = _MOST_ROWS // 3
    ordered = sorted(parties, key=left_with, reverse=True)
    return [*ordered[:ends], *ordered[-ends:]], len(parties) - 2 * ends


def _row(party: PartyStatement, currency: str) -> list[str]:
    error = f" ±{party.share_se:.1%}" if party.share_se else ""
    amounts = (party.improvement, _received(party), party.net, party.retained)
    gains = (f"{party.gain_alone:.3f}", f"{party.gain:.3f}")
    return [party.name, *gains, *(_amount(a, currency) for a in amounts), f"{party.share:.1%}{error}"]


def _totals(document: SettlementDocument) -> list[str]:
    parties, currency = document.parties, document.currency
    paid, received = sum(p.improvement for p in parties), sum(map(_received, parties))
    amounts = (paid, received, received - paid, sum(p.retained for p in parties))
    share = f"{sum(p.share for p in parties):.1%}"
    return ["all", "", "", *(_amount(a, currency) for a in amounts), share]


def _received(party: PartyStatement) -> int:
    return party.reward + party.returned


def _some_kept(document: SettlementDocument) -> bool:
    return any(party.retained for party in document.parties)


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """In 80 columns if only names give way."""
    numbers = max(map(cell_len, aligned([row[1:] for row in rows], texts=0)))
    room = max(_NARROWEST_NAME, WIDTH - 2 - numbers)
    return aligned([[_shortened(row[0], room), *row[1:]] for row in rows])


def _shortened(name: str, width: int) -> str:
    """Its beginning and its end, where names of departments differ."""
    if cell_len(name) <= width:
        return name
    tail = (width - 1) // 2
    return f"{set_cell_size(name, width - 1 - tail)}…{set_cell_size(name[::-1], tail)[::-1]}"


# ---- who earns, and why


def _who_earns(document: SettlementDocument) -> Iterator[str]:
    parties = document.parties
    earn = sorted((p for p in parties if left_with(p) > 0), key=left_with, reverse=True)
    owe = sorted((p for p in parties if left_with(p) < 0), key=left_with)
    pay, only_the_fee = [p for p in owe if p.net < 0], [p for p in owe if p.net >= 0]
    if earn:
        verb, pays = ("earns", "it pays") if len(earn) == 1 else ("earn", "they pay")
        names = _named(earn, document)
        yield from _wrapped(
            f"{names} {verb}: paid more by the share{_beside(earn)} than {pays} for the model."
        )
    if pay:
        verb, share = ("pays", "its share") if len(pay) == 1 else ("pay", "their shares")
        names = _named(pay, document)
        yield from _wrapped(f"{names} {verb}: the model costs more than {share} earned.")
    if only_the_fee:
        verb, share = ("pays", "its share") if len(only_the_fee) == 1 else ("pay", "their shares")
        names = _named(only_the_fee, document)
        yield from _wrapped(f"{names} {verb}: the minimum fee is more than {share} earned.")
    kept = kept_sentence(document)
    if not any(party.net for party in parties):
        nobody = "Nobody pays another" if kept else "Nobody owes anything in the end"
        yield from _wrapped(f"{nobody}: {why_nobody_owes(document)}.")
    if kept:
        yield from _wrapped(kept)


def _beside(earn: Sequence[PartyStatement]) -> str:
    return "" if earned_by_the_share(earn) else " and what the shares leave over"


def _named(parties: Sequence[PartyStatement], document: SettlementDocument) -> str:
    if len(parties) > _MOST_NAMED:
        return f"{len(parties)} parties (most: {_with_net(parties[0], document)})"
    each = [_with_net(party, document) for party in parties]
    return each[0] if len(each) == 1 else f"{', '.join(each[:-1])} and {each[-1]}"


def _with_net(party: PartyStatement, document: SettlementDocument) -> str:
    return f"{_shortened(party.name, _LONGEST_NAME)} ({_price(abs(left_with(party)), document)})"


# ---- what the words mean


def _words(document: SettlementDocument) -> Iterator[tuple[str, str]]:
    score, own = score_name(document), document.task == "own"
    rows = "its own validation rows" if own else "the common validation rows"
    data = "the data that serve its task" if own else "everybody's data"
    left = any(party.returned for party in document.parties)
    back = ", and its part of what the shares leave over" if left else ""
    yield "alone", f"{score} of the model it could make by itself, on {rows}"
    yield "delivered", f"{score} of the model it gets, trained on {data}, or its own if that is better"
    yield "", f"({score}: {score_meaning(document)})"
    one_row = one_row_sentence(document)
    if one_row:
        yield "", one_row
    yield "pays", f"delivered minus alone, at {_price(document.unit_price, document)} for 1.000"
    yield "is paid", f"its share of what all parties pay{back}"
    rule = division_named(document.division)
    yield "share", f"{rule.own_clause if own else rule.clause}; in percent of all"
    if all(party.share_parts is not None for party in document.parties):
        yield "for data", "the part of the share for what its data add, to the model and to what others gain"
        yield (
            "as buyer",
            "the part of the share for what the party itself gains by joining, whatever its data",
        )
    balance = _price(document.certificate.balance.sum_of_net, document)
    yield "net", f"is paid minus pays; the nets of all parties add up to {balance}"
    if _some_kept(document):
        least = _price(document.minimum_fee, document)
        yield "kept", f"by the operator, so that every party leaves at least {least}; no part of net"


# ---- how it was found, and what was checked


def _how(document: SettlementDocument) -> str:
    count = f"{document.evaluations:,}"
    return {
        "exact": f"Shares are exact for these validation rows: every group was scored ({count} evaluations).",
        "closed-form": "Shares are exact for these validation rows, by a closed formula: no group had to be scored.",
        "sampled": f"Shares are estimated from {count} groups of parties; ± is one standard error.",
    }[document.method]


def _copies(document: SettlementDocument) -> str:
    replication = document.certificate.replication
    found = "estimated" if replication.estimated else "computed"
    assumed = ", on the assumption that copies change no model" if replication.basis == "assumed" else ""
    if not replication.pays_for:
        number = "any number of" if replication.every_number else "up to five"
        return f"Entering {number} copies of itself would have earned no party more ({found}{assumed})."
    who = _listed(replication.pays_for)
    return (
        f"Entering copies of itself would have earned more for {who} ({found}{assumed}); {_remedy(document)}."
    )


def _remedy(document: SettlementDocument) -> str:
    """What deters copies, as far as was looked."""
    replication = document.certificate.replication
    fee = replication.smallest_minimum_fee
    if replication.deters_from is not None and fee is not None and document.minimum_fee >= fee:
        fee = replication.deters_from
    if fee is None:
        return "no minimum fee deters it"
    within = "" if replication.every_number else " (up to five copies)"
    within = ", if that assumption holds" if replication.basis == "assumed" else within
    return f"a minimum fee of {_price(fee, document)} deters it{within}"


def _checked(document: SettlementDocument) -> str:
    certificate = document.certificate
    equal, idle = certificate.symmetry, certificate.zero_element
    checks = {
        "the nets add up to zero": certificate.balance.holds,
        "equal parties are treated alike": equal.holds if equal.equal_parties else None,
        "no refund is negative": certificate.refunds.holds,
        f"who gained nothing pays nothing{_but_the_fee(document)}": idle.holds if idle.parties else None,
    }
    said = {"Checked": True, "Nothing to check": None, "DOES NOT HOLD": False}
    found = {
        word: [what for what, holds in checks.items() if holds is outcome] for word, outcome in said.items()
    }
    return " ".join(f"{word}: {'; '.join(what)}." for word, what in found.items() if what)


def _findings(document: SettlementDocument) -> Iterator[str]:
    """What the paper assumes and these data do not do."""
    if document.certificate.monotone.holds is False:
        yield more_data(document)


def _but_the_fee(document: SettlementDocument) -> str:
    idle = document.certificate.zero_element.parties
    kept = any(party.retained for party in document.parties if party.name in idle)
    return " but the minimum fee" if kept else ""


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(_shortened(name, _LONGEST_NAME) for name in names[:_MOST_NAMED])
    return shown if len(names) <= _MOST_NAMED else f"{shown} and {len(names) - _MOST_NAMED} more"


# ---- amounts and lines


def _price(minor: int, document: SettlementDocument) -> str:
    """With its currency, on one line."""
    return f"{_amount(minor, document.currency)}{_NO_BREAK}{document.currency}"


def _amount(minor: int, currency: str) -> str:
    whole, dot, decimals = format_minor(abs(minor), currency).partition(".")
    return f"{'-' if minor < 0 else ''}{int(whole):,}{dot}{decimals}"


def _wrapped(text: str, word: str | None = None) -> list[str]:
    """Lines of at most 80 columns; with a ``word`` it stands in front and the lines are indented."""
    indent = 0 if word is None else _INDENT
    front = [(word or "").ljust(indent), *[" " * indent] * len(text)]
    lines = _filled(text, WIDTH - indent)
    return [start + line.replace(_NO_BREAK, " ") for start, line in zip(front, lines, strict=False)]


def _filled(text: str, width: int) -> list[str]:
    """As many words a line as fit, where letters may be two columns wide; a word too long for a line is cut."""
    lines = [""]
    for word in text.split(" "):
        for piece in chop_cells(word, width):
            longer = f"{lines[-1]} {piece}".lstrip(" ")
            if cell_len(longer) <= width:
                lines[-1] = longer
            else:
                lines.append(piece)
    return lines
