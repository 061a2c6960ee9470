"""What a marketplace answers: amounts in whole minor units, keys in the order of the fields.

A curve that was posted in spite of arbitrage says so wherever it shows: ``arbitrage`` is n1, n2 and the price of both
at once, None where buying in pieces never costs less.
"""

from __future__ import annotations

from pydantic import AliasChoices, Field

from fairpool.documents.document import Document
from fairpool.pricing.verification.report import VerificationReport

Prices = tuple[tuple[int, int], ...]
Pair = tuple[int, int, int]


class TermsDocument(Document):
    """The terms of a market that everybody may read."""

    currency: str
    commission: float
    split: str
    exclusive: bool


class OpenedMarket(TermsDocument):
    """A market that was opened."""

    market: str
    curve: int
    prices: Prices
    arbitrage: Pair | None


class PostedDocument(Document):
    """Prices that were posted."""

    currency: str
    curve: int
    prices: Prices
    arbitrage: Pair | None


class _Learner(Document):
    learner: str
    types: tuple[str, ...]
    horizon: int


class BegunLearning(PostedDocument, _Learner):
    """Prices that are learned from now on: by whom, from which types, and the curve of the first round."""


class BegunLearningForSale(BegunLearning):
    """The same with how many rows there are to sell."""

    for_sale: int


class _Visit(Document):
    round: int
    declined: int


class BookedVisit(PostedDocument, _Visit):
    """A visitor who left: the round, the number of the curve that she declined, and the curve posted after it."""


class LearningProgress(_Learner):
    """How far a learning is: rounds are sales or declined; ``unexpected`` of them were not as the valuations say.

    goes_on: whether the prices that are posted now are this learner's.
    """

    rounds: int
    sales: int
    declined: int
    unexpected: int
    goes_on: bool


class RegisteredContributor(Document):
    """Somebody who may deposit rows."""

    contributor: str
    number: int


class RegisteredBuyer(Document):
    """Somebody who may buy rows."""

    buyer: str
    number: int


class FindingDocument(Document):
    """One thing that was found in a deposit (`DepositFinding`); rows as the file counts its lines."""

    kind: str
    rows: tuple[int, ...]
    words: str
    effect: str


class VerificationDocument(Document):
    """What verification found of a contributor's rows (`VerificationReport`)."""

    contributor: str
    rows: int
    verified_rows: int
    quality: float
    quality_error: float
    loss: float | None
    expected_loss: float | None
    p_value: float | None
    findings: tuple[FindingDocument, ...]


def verification_document(report: VerificationReport) -> VerificationDocument:
    """A report, rows counted from 0."""
    return VerificationDocument.model_validate(report, from_attributes=True)


class Receipt(Document):
    """What a contributor is told about a deposit.

    deposit: its number; rows brought; verified: those for sale when the deposit was made; sha256 of the rows.
    """

    deposit: int
    contributor: str
    file: str
    rows: int
    verified: int
    sha256: str
    at: str
    report: VerificationDocument


class Supply(Document):
    """What a contributor has in the market.

    rows brought; for_sale: those verified now; quality and its standard error; p_value: chance that honest rows differ
    as much from the others', None where there was nobody to compare with.
    """

    contributor: str
    rows: int
    for_sale: int = Field(validation_alias=AliasChoices("for_sale", "verified_rows"))
    quality: float
    quality_error: float
    p_value: float | None


class ColumnDocument(Document):
    """A column of the rows for sale; ``kind`` is number, truth or text."""

    name: str
    kind: str


class Listing(TermsDocument):
    """A market at one moment; ``left``: rows that a new buyer can have; ``learning``: how far prices are learned."""

    rows: int
    left: int
    columns: tuple[ColumnDocument, ...]
    contributors: tuple[Supply, ...]
    buyers: tuple[str, ...]
    sales: int
    curve: int
    prices: Prices
    arbitrage: Pair | None
    learning: LearningProgress | None


class Quote(Document):
    """What ``amount`` rows cost now; ``left``: how many can be had, by ``buyer`` or, without one, by a new buyer."""

    amount: int
    price: int
    currency: str
    buyer: str | None
    left: int
    curve: int
    arbitrage: Pair | None
    learning: LearningProgress | None


class Share(Document):
    """What a sale brings a contributor: how many of the rows are its own, and its payment."""

    contributor: str
    rows: int
    payment: int


class Sale(Document):
    """A sale as it is booked: price == refund + commission + withheld + payments of all shares.

    sale: its number; curve: the number of the curve it was made at; type: what the buyer said to be, where prices are
    learned; sha256: fingerprint of the rows in the order in which they are delivered.
    """

    sale: int
    buyer: str
    amount: int
    price: int
    refund: int
    commission: int
    withheld: int
    shares: tuple[Share, ...]
    curve: int
    arbitrage: Pair | None
    type: str | None
    reference: str | None
    sha256: str
    at: str

    @property
    def charged(self) -> int:
        """The price without what went back to the buyer."""
        return self.price - self.refund


class SaleDelivered(Sale):
    """A sale, and the file its rows are in."""

    currency: str
    file: str


class DeliveredFile(Document):
    """The rows of a sale, written again."""

    sale: int
    file: str


class Earning(Document):
    """A contributor's part in a sale: of ``amount`` rows for ``charged`` how many are its own, and what it gets."""

    sale: int
    at: str
    amount: int
    charged: int
    rows: int
    payment: int
    arbitrage: Pair | None


class Statement(Supply, TermsDocument):
    """A contributor's view: the terms, what it has, and what every sale brought; ``balance`` is owed to it."""

    deposits: tuple[Receipt, ...]
    sales: tuple[Earning, ...]
    balance: int


class Account(Document):
    """What a buyer has: rows, and what it paid for them after refunds."""

    buyer: str
    rows: int
    charged: int


class Books(TermsDocument):
    """The operator's view: all statements, all buyers, all sales, and how prices were learned.

    commission_kept and withheld: what the operator keeps; charged == both + ``owed``, exactly.
    """

    contributors: tuple[Statement, ...]
    buyers: tuple[Account, ...]
    sales: tuple[Sale, ...]
    charged: int
    commission_kept: int
    withheld: int
    owed: int
    learnings: tuple[LearningProgress, ...]


class MarketCheck(Document):
    """Something that should hold of a market's file; ``wrong``: where it does not, in words."""

    name: str
    holds: bool
    wrong: tuple[str, ...]


class MarketInspection(Document):
    """All that was checked."""

    holds: bool
    checks: tuple[MarketCheck, ...]
