"""A data marketplace in one file: deposits, verification, sales, ledger, statements."""

from fairpool.marketplace.accounts.inspection import inspect_market
from fairpool.marketplace.accounts.statements import books, listing, statement
from fairpool.marketplace.deposits.depositing import deposit
from fairpool.marketplace.membership import add_buyer, add_contributor
from fairpool.marketplace.prices.learning import learn
from fairpool.marketplace.prices.posting import open_market, post_curve
from fairpool.marketplace.prices.visits import declined
from fairpool.marketplace.sales.deliveries import deliver
from fairpool.marketplace.sales.selling import buy, quote
from fairpool.marketplace.terms import MarketTerms

__all__ = [  # noqa: RUF022 in the order a user needs them
    "MarketTerms",
    "open_market",
    "add_contributor",
    "add_buyer",
    "deposit",
    "listing",
    "quote",
    "buy",
    "deliver",
    "statement",
    "books",
    "post_curve",
    "learn",
    "declined",
    "inspect_market",
]
