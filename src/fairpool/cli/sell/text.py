"""A market's answers as a person reads them in a terminal of 80 columns."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from typing import TypeVar

from rich.cells import cell_len, set_cell_size

from fairpool.cli.table import WIDTH, aligned
from fairpool.documents.marketplace import (
    BegunLearning,
    BegunLearningForSale,
    BookedVisit,
    Books,
    Earning,
    FindingDocument,
    LearningProgress,
    Listing,
    MarketInspection,
    OpenedMarket,
    PostedDocument,
    Quote,
    Receipt,
    Sale,
    SaleDelivered,
    Statement,
    Supply,
    VerificationDocument,
)
from fairpool.ground.money import format_minor

S = TypeVar("S", Sale, Earning)
Priced = OpenedMarket | PostedDocument | BegunLearning | BookedVisit | Listing
Marked = Priced | Quote | SaleDelivered

_MOST_PRICES = 12  # bundles shown of a long price list
_MOST_ROWS = 12  # rows named of a finding
_MOST_LINES = 40  # sales shown in a statement
_LONGEST_NAME = 28


def posted_text(document: OpenedMarket | PostedDocument, first: str) -> str:
    """A market that was opened, or prices that were posted."""
    return "\n".join([first, "", *_prices(document)])


def learned_text(document: BegunLearningForSale) -> str:
    """Prices that are learned from now on."""
    head = (
        f"prices are learned from now on ({document.learner}) from buyers of the types "
        f"{', '.join(document.types)}; curve {document.curve} is posted"
    )
    most, rows = document.prices[-1][0], document.for_sale
    scarce = (
        f"note: prices go up to {most:,} rows, but {rows:,} are for sale: who wants more than there are is refused, "
        "and the learner does not know why"
    )
    more = _wrapped(scarce, 6) if most > rows else []
    return "\n".join([*_wrapped(head, 2), *more, "", *_prices(document)])


def declined_text(document: BookedVisit) -> str:
    """A round without a sale."""
    same = document.curve == document.declined
    words = f"curve {document.curve} {'stays' if same else 'is posted'}"
    lines = [f"round {document.round}: the visitor left; {words}"]
    return "\n".join(lines if same else [*lines, "", *_prices(document)])


def receipt_text(document: Receipt) -> str:
    """The verification report of a deposit."""
    report = document.report
    head = (
        f"deposit {document.deposit} of {document.contributor}: {document.verified:,} of "
        f"{document.rows:,} rows of {document.file} are for sale"
    )
    facts = [f"quality   {_quality(report)}"]
    if report.p_value is not None:
        facts.append(
            f"p-value   {report.p_value:.3f}: chance that honest rows differ as much from the others'"
        )
    found = [line for finding in report.findings for line in _finding(finding)] or ["nothing was found"]
    return "\n".join([*_wrapped(head, 2), "", *facts, "", *found, "", f"sha256    {document.sha256}"])


def listing_text(document: Listing) -> str:
    """What is for sale."""
    left = "" if document.left == document.rows else f", {document.left:,} of them not sold yet"
    kind = "every row is sold once" if document.exclusive else "every buyer can have every row"
    columns = ", ".join(f"{one.name} ({one.kind})" for one in document.columns)
    head = [
        f"{_count(document.rows, 'row')} for sale{left}; {kind}",
        f"columns: {columns or 'those of the first deposit'}",
        f"buyers: {', '.join(document.buyers) or 'none yet'}; {_count(document.sales, 'sale')} so far",
        f"of a price {document.commission:.2%} is the commission; the rest is split by {document.split}",
    ]
    if document.learning:
        head.append(_learning(document.learning, document.curve))
    paragraphs = [
        [line for one in head for line in _wrapped(one, 2)],
        _supplies(document.contributors),
        [*_prices(document)],
    ]
    return "\n\n".join("\n".join(lines) for lines in paragraphs if lines)


def quote_text(document: Quote) -> str:
    """A price."""
    amount, currency = document.amount, document.currency
    words = f"{_count(amount, 'row')}: {_money(document.price, currency)} ({document.left:,} can be had)"
    learning = document.learning
    learned = [] if learning is None else _wrapped(_learning(learning, document.curve), 2)
    return "\n".join([words, *learned, *_marked(document)])


def sale_text(document: SaleDelivered) -> str:
    """A sale that was made, and where its rows are."""
    currency = document.currency
    refund = f", {_money(document.refund, currency)} of it goes back" if document.refund else ""
    head = (
        f"sale {document.sale}: {document.buyer} gets {_count(document.amount, 'row')} for "
        f"{_money(document.price, currency)}{refund}"
    )
    rows = [["", "rows", currency]]
    rows += [
        [_short(one.contributor), f"{one.rows:,}", format_minor(one.payment, currency)]
        for one in document.shares
    ]
    rows.append(["commission", "", format_minor(document.commission, currency)])
    if document.withheld:
        rows.append(["withheld", "", format_minor(document.withheld, currency)])
    return "\n".join(
        [*_wrapped(head, 2), "", *aligned(rows), *_marked(document), "", f"rows: {document.file}"]
    )


def statement_text(document: Statement) -> str:
    """A contributor's statement."""
    currency = document.currency
    head = (
        f"{document.contributor}: {document.for_sale:,} of {_count(document.rows, 'row')} for sale, "
        f"quality {_quality(document)}"
    )
    deposits = [line for one in document.deposits for line in _deposit(one)] or ["no deposits yet"]
    balance = f"owed to {document.contributor}: {_money(document.balance, currency)}"
    paragraphs = [[*_wrapped(head, 2)], deposits, _earnings(document), [balance]]
    return "\n\n".join("\n".join(lines) for lines in paragraphs if lines)


def books_text(document: Books) -> str:
    """The operator's books."""
    currency = document.currency
    made = [["sale", "buyer", "rows", "paid", "commission", "to contributors"]]
    shown, remarks = _latest(document.sales)
    for sale in shown:
        amounts = (sale.price - sale.refund, sale.commission + sale.withheld)
        paid = sum(one.payment for one in sale.shares)
        cells = [format_minor(amount, currency) for amount in (*amounts, paid)]
        mark = "*" if sale.arbitrage else ""
        made.append([f"{sale.sale}{mark}", _short(sale.buyer), f"{sale.amount:,}", *cells])
    lines = aligned(made, texts=2) if shown else ["no sales yet"]
    owed = [["contributor", "for sale", "quality", "owed"]]
    for one in document.contributors:
        cells = [f"{one.for_sale:,}", f"{one.quality:.3f}", format_minor(one.balance, currency)]
        owed.append([_short(one.contributor), *cells])
    total = (
        f"paid {_money(document.charged, currency)} = commission "
        f"{_money(document.commission_kept + document.withheld, currency)} + owed to contributors "
        f"{_money(document.owed, currency)}"
    )
    contributors = aligned(owed) if len(owed) > 1 else ["no contributors yet"]
    learned = [line for one in document.learnings for line in _wrapped(_lessons(one), 2)]
    paragraphs = [
        [*lines, *remarks],
        contributors,
        learned,
        [*_wrapped(total, 2), f"(amounts in {currency})"],
    ]
    return "\n\n".join("\n".join(part) for part in paragraphs if part)


def checks_text(document: MarketInspection) -> str:
    """What holds and what does not."""
    lines = []
    for one in document.checks:
        lines.append(f"{one.name:<10}{'holds' if one.holds else 'DOES NOT HOLD'}")
        lines += [line for wrong in one.wrong for line in _wrapped(f"  {wrong}", 4)]
    return "\n".join(lines)


# ---- parts


def _prices(document: Priced) -> Iterator[str]:
    currency, pairs = document.currency, document.prices
    step = max(1, -(-len(pairs) // _MOST_PRICES))
    shown = pairs[step - 1 :: step]
    shown = shown if shown[-1] == pairs[-1] else (*shown, pairs[-1])
    yield from aligned(
        [["up to", "price"], *([f"{n:,} rows", format_minor(p, currency)] for n, p in shown)], texts=0
    )
    if len(shown) < len(pairs):
        yield f"({len(pairs):,} prices; all of them with --json)"
    yield from _marked(document)


def _marked(document: Marked) -> list[str]:
    """A curve that was posted in spite of arbitrage says so wherever it shows."""
    if document.arbitrage is None:
        return []
    n1, n2, price = document.arbitrage
    together = _money(price, document.currency)
    words = (
        f"note: these prices have arbitrage: {n1 + n2:,} rows cost {together}, and less if bought as "
        f"{n1:,} and {n2:,}"
    )
    return _wrapped(words, 6)


def _learning(learning: LearningProgress, curve: int) -> str:
    """How far prices are learned, in an answer that shows prices."""
    return (
        f"prices are learned ({learning.learner}): curve {curve}, after {_count(learning.rounds, 'round')}; "
        f"types of buyers: {', '.join(learning.types)}"
    )


def _lessons(learning: LearningProgress) -> str:
    """A learning in the books."""
    words = "prices are learned" if learning.goes_on else "prices were learned"
    return (
        f"{words} ({learning.learner}): {_count(learning.rounds, 'round')}, of them "
        f"{_count(learning.sales, 'sale')}, {learning.declined:,} declined; "
        f"{learning.unexpected:,} not as the valuations say"
    )


def _finding(finding: FindingDocument) -> list[str]:
    rows = finding.rows
    more = f" and {len(rows) - _MOST_ROWS:,} more" if len(rows) > _MOST_ROWS else ""
    where = f" (rows {', '.join(str(row) for row in rows[:_MOST_ROWS])}{more})" if rows else ""
    return _wrapped(f"{finding.kind}: {finding.words}{where}", 2)


def _supplies(contributors: Sequence[Supply]) -> list[str]:
    if not contributors:
        return ["no contributors yet"]
    rows = [["contributor", "rows", "for sale", "quality"]]
    for one in contributors:
        rows.append([_short(one.contributor), f"{one.rows:,}", f"{one.for_sale:,}", _quality(one)])
    return aligned(rows)


def _deposit(receipt: Receipt) -> list[str]:
    head = (
        f"deposit {receipt.deposit} ({receipt.at}): {receipt.verified:,} of {receipt.rows:,} rows of "
        f"{receipt.file} passed"
    )
    found = [f"  {line}" for finding in receipt.report.findings for line in _finding(finding)]
    return [*_wrapped(head, 2), *found]


def _earnings(document: Statement) -> list[str]:
    shown, remarks = _latest(document.sales)
    if not shown:
        return ["no sales yet"]
    rows = [["sale", "sold", "of them yours", "price", "your part"]]
    for one in shown:
        mark = "*" if one.arbitrage else ""
        amounts = [format_minor(amount, document.currency) for amount in (one.charged, one.payment)]
        rows.append([f"{one.sale}{mark}", f"{one.amount:,}", f"{one.rows:,}", *amounts])
    return [*aligned(rows), *remarks]


def _latest(made: Sequence[S]) -> tuple[Sequence[S], list[str]]:
    """The sales that are shown, and what is said below them."""
    shown, earlier = made[-_MOST_LINES:], len(made) - _MOST_LINES
    more = [f"... {_count(earlier, 'earlier sale')}: see --json"] * (earlier > 0)
    return shown, more + ["* at prices with arbitrage"] * any(one.arbitrage for one in shown)


def _quality(report: Supply | VerificationDocument) -> str:
    error = f" ± {report.quality_error:.3f}" if report.quality_error else ""
    return f"{report.quality:.3f}{error}"


def _money(minor: int, currency: str) -> str:
    return f"{format_minor(minor, currency)} {currency}"


def _count(number: int, thing: str) -> str:
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def _short(name: str) -> str:
    return name if cell_len(name) <= _LONGEST_NAME else f"{set_cell_size(name, _LONGEST_NAME - 3)}..."


def _wrapped(text: str, hang: int) -> list[str]:
    return textwrap.wrap(text, WIDTH, subsequent_indent=" " * hang, break_on_hyphens=False) or [""]
