"""`fairpool price sell`: the commands on a market's folder."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from fairpool.cli.console import Stages, say, show
from fairpool.cli.sell.text import (
    books_text,
    checks_text,
    declined_text,
    learned_text,
    listing_text,
    posted_text,
    quote_text,
    receipt_text,
    sale_text,
    statement_text,
)
from fairpool.documents.document import Document
from fairpool.documents.marketplace import (
    BegunLearningForSale,
    DeliveredFile,
    MarketInspection,
    Receipt,
    RegisteredBuyer,
    RegisteredContributor,
    SaleDelivered,
)
from fairpool.files.output import refuse_unwritable_file, written_whole
from fairpool.files.pricing.amounts import read_curve, read_valuations
from fairpool.files.problem_in_file import concerning
from fairpool.files.table_file import read_table
from fairpool.ground.errors import InputError
from fairpool.marketplace.accounts.inspection import inspect_market
from fairpool.marketplace.accounts.statements import books, listing, statement
from fairpool.marketplace.deposits.depositing import deposit
from fairpool.marketplace.file.store import reading, refuse_own_file
from fairpool.marketplace.membership import MemberRole, add_buyer, add_contributor, member_named
from fairpool.marketplace.prices.learning import learn
from fairpool.marketplace.prices.posting import open_market, post_curve
from fairpool.marketplace.prices.visits import declined
from fairpool.marketplace.sales.deliveries import DeliveredRows, complete_all, deliver
from fairpool.marketplace.sales.selling import buy, quote, sale_booked
from fairpool.marketplace.terms import MarketTerms, commission_of
from fairpool.pricing.revenue.division import division_named
from fairpool.tables.table import Table

_WHOLE = re.compile(r"[+-]?\d{1,15}", re.ASCII)
_SEEDS = 2**32

Told = TypeVar("Told", bound=Document)


def opening_terms(
    currency: str, commission: str, *, split: str, exclusive: bool, columns: str | None, seed: int | None
) -> MarketTerms:
    """Terms as options name them; a seed nobody gave is drawn."""
    return MarketTerms(
        currency=currency,
        commission=commission_of(commission),
        division=division_named(split),
        exclusive=exclusive,
        seed=secrets.randbelow(_SEEDS) if seed is None else seed,
        columns=None if columns is None else tuple(name.strip() for name in columns.split(",")),
    )


@dataclass(frozen=True, slots=True)
class Shop:
    """A market's folder and how its answers are shown; every command first finishes what a killed one left."""

    folder: Path
    as_json: bool

    def open(self, terms: MarketTerms, curve: Path, *, force: bool) -> None:
        prices = read_curve(curve)
        with concerning(curve):
            made = open_market(self.folder, terms, prices, at=_now(), force=force)
        self._answer(made, lambda d: posted_text(d, f"{d.market}: open for deposits"))

    def post(self, curve: Path, *, force: bool) -> None:
        self._finish()
        prices = read_curve(curve)
        with concerning(curve):
            made = post_curve(self.folder, prices, at=_now(), force=force)
        self._answer(made, lambda d: posted_text(d, f"curve {d.curve} is posted"))

    def learn(self, valuations: Path, learner: str, rounds: str, *, force: bool) -> None:
        self._finish()
        with Stages() as stages:
            given = read_valuations(valuations)
            stages.stage("looking for the first prices")
            begun = learn(
                self.folder,
                given,
                at=_now(),
                learner=learner,
                rounds=_whole(rounds, "rounds"),
                force=force,
            )
        told = BegunLearningForSale(**begun.model_dump(), for_sale=listing(self.folder).rows)
        self._answer(told, learned_text)

    def declined(self, curve: str | None, reference: str | None) -> None:
        self._finish()
        made = declined(self.folder, at=_now(), curve=_curve(curve), reference=reference)
        self._answer(made, declined_text)

    def add_contributor(self, name: str) -> None:
        self._finish()
        added = add_contributor(self.folder, name, at=_now())
        told = RegisteredContributor(contributor=added.name, number=added.number)
        self._answer(told, lambda d: f"contributor {d.contributor}")

    def add_buyer(self, name: str) -> None:
        self._finish()
        added = add_buyer(self.folder, name, at=_now())
        self._answer(RegisteredBuyer(buyer=added.name, number=added.number), lambda d: f"buyer {d.buyer}")

    def deposit(self, contributor: str, rows: Path, report: Path | None) -> None:
        self._finish()
        if report is not None:
            _refuse_report_place(self.folder, report)
        with Stages() as stages:
            stages.stage("reading rows")
            table = read_table(rows)
            _refuse_nameless_columns(table)
            stages.stage("verifying rows")
            made = deposit(
                self.folder,
                contributor,
                table.frame,
                at=_now(),
                file=table.name,
                first_row=table.rows_start,
            )
        if report is not None:
            _write_report(report, made)
        self._answer(made, receipt_text)

    def list(self) -> None:
        self._finish()
        self._answer(listing(self.folder), listing_text)

    def quote(self, amount: str, buyer: str | None) -> None:
        self._finish()
        self._answer(quote(self.folder, _whole(amount, "amount"), buyer=buyer), quote_text)

    def buy(
        self,
        buyer: str,
        amount: str,
        out: Path | None,
        *,
        type_: str | None,
        curve: str | None,
        reference: str | None,
    ) -> None:
        if reference is None and self._is_given_again(buyer, self._finish()):
            raise InputError("nothing else was sold; if another sale is meant, give the command again")
        with Stages() as stages:
            stages.stage("booking the sale")
            sale, delivery = buy(
                self.folder,
                buyer,
                _whole(amount, "amount"),
                at=_now(),
                out=out,
                type=type_,
                curve=_curve(curve),
                reference=reference,
            )
        currency = listing(self.folder).currency
        told = SaleDelivered(**sale.model_dump(), currency=currency, file=_shown(delivery, out))
        try:
            self._answer(told, sale_text)
        except InputError as problem:
            raise InputError(
                f"{problem}; sale {sale.sale} is booked, its rows are in {told.file}"
            ) from problem

    def deliver(self, sale: str, out: Path | None) -> None:
        self._finish()
        made = deliver(self.folder, _whole(sale, "sale"), at=_now(), out=out)
        told = DeliveredFile(sale=made.sale, file=_shown(made, out))
        self._answer(told, lambda d: f"sale {d.sale}: {d.file}")

    def statement(self, contributor: str | None) -> None:
        self._finish()
        if contributor is None:
            self._answer(books(self.folder), books_text)
        else:
            self._answer(statement(self.folder, contributor), statement_text)

    def check(self) -> bool:
        """Whether all holds."""
        self._finish()
        found = inspect_market(self.folder)
        told = MarketInspection(holds=all(check.holds for check in found), checks=found)
        self._answer(told, checks_text)
        return told.holds

    def _is_given_again(self, buyer: str, delivered: Sequence[DeliveredRows]) -> bool:
        """Whether one of these sales is to the same buyer: then the command may be one that was killed."""
        with reading(self.folder) as connection:
            who = member_named(connection, MemberRole.BUYER, buyer).name
            return any(sale_booked(connection, one.sale).buyer == who for one in delivered)

    def _finish(self) -> Sequence[DeliveredRows]:
        """Deliver the sales that other commands have booked: killed ones, and those that are about to deliver."""
        delivered = []
        for found in complete_all(self.folder, at=_now()):
            if isinstance(found, DeliveredRows):
                delivered.append(found)
                words = f"sale {found.sale}, booked by an earlier command, is delivered now: {found.file}"
            else:
                words = str(found)
            say(f"fairpool: {words}")
        return delivered

    def _answer(self, document: Told, text: Callable[[Told], str]) -> None:
        show(document.json_text() if self.as_json else text(document))


def _refuse_nameless_columns(table: Table) -> None:
    """Cells without a name are not left out without a word; but the row numbers that pandas writes are none of them."""
    if "" in table.header[1:]:
        place = table.header.index("", 1) + 1
        raise InputError(
            f"got no name for column {place} in the header, expected one", file=table.name, row=1
        )


def _refuse_report_place(folder: Path, report: Path) -> None:
    """A report is written over nothing: neither the rows it is about, nor an earlier report, nor the market."""
    refuse_unwritable_file(report)
    if report.is_file():
        raise InputError(
            "there is a file already; reports are never written over it, give another name", file=report
        )
    refuse_own_file(folder, report.resolve())


def _write_report(report: Path, document: Receipt) -> None:
    try:
        written_whole(report, receipt_text(document) + "\n")
    except InputError as problem:
        kept = f"Deposit {document.deposit} is booked; `statement` shows what verification found"
        raise InputError(f"{problem.problem}. {kept}", file=problem.file) from problem


def _now() -> datetime:
    return datetime.now(UTC)


def _whole(text: str, what: str) -> int:
    if not _WHOLE.fullmatch(text.strip()):
        raise InputError(f"{what}: got {text!r}, expected a whole number from 1 up")
    return int(text)


def _curve(text: str | None) -> int | None:
    return None if text is None else _whole(text, "curve")


def _shown(delivery: DeliveredRows, out: Path | None) -> str:
    return str(delivery.file if out is None else out)
