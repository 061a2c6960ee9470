"""A data marketplace in one file: deposits, verification, sales, ledger, statements."""

from fairpool.marketplace.deliveries import DeliveredRows, complete_all, deliver, rows_of_sale
from fairpool.marketplace.deposits import Receipt, deposit
from fairpool.marketplace.inspection import MarketCheck, inspect_market
from fairpool.marketplace.learning import BegunLearning, learn
from fairpool.marketplace.listing import Listing, Supply, listing
from fairpool.marketplace.members import Member, add_buyer, add_contributor
from fairpool.marketplace.opening import open_market
from fairpool.marketplace.posted import PostedCurve, post_curve
from fairpool.marketplace.rounds import BookedVisit, Progress, declined
from fairpool.marketplace.sales import Quote, Sale, Share, buy, quote
from fairpool.marketplace.statements import Account, Books, Earning, Statement, books, statement
from fairpool.marketplace.terms import MarketTerms, RevenueRule

__all__ = [
    "Account",
    "BegunLearning",
    "BookedVisit",
    "Books",
    "DeliveredRows",
    "Earning",
    "Listing",
    "MarketCheck",
    "MarketTerms",
    "Member",
    "PostedCurve",
    "Progress",
    "Quote",
    "Receipt",
    "RevenueRule",
    "Sale",
    "Share",
    "Statement",
    "Supply",
    "add_buyer",
    "add_contributor",
    "books",
    "buy",
    "complete_all",
    "declined",
    "deliver",
    "deposit",
    "inspect_market",
    "learn",
    "listing",
    "open_market",
    "post_curve",
    "quote",
    "rows_of_sale",
    "statement",
]
