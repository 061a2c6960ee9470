"""A data marketplace in one file: deposits, verification, sales, ledger, statements."""

from fairpool.pricing.marketplace.deliveries import Delivery, complete_all, deliver, rows_of_sale
from fairpool.pricing.marketplace.deposits import Receipt, deposit
from fairpool.pricing.marketplace.inspection import Check, inspect_market
from fairpool.pricing.marketplace.learning import Learned, learn
from fairpool.pricing.marketplace.listing import Listing, Supply, listing
from fairpool.pricing.marketplace.members import Member, add_buyer, add_contributor
from fairpool.pricing.marketplace.opening import open_market
from fairpool.pricing.marketplace.posted import Posted, post_curve
from fairpool.pricing.marketplace.rounds import Progress, Round, declined
from fairpool.pricing.marketplace.sales import Quote, Sale, Share, buy, quote
from fairpool.pricing.marketplace.statements import Account, Books, Earning, Statement, books, statement
from fairpool.pricing.marketplace.terms import Division, Terms

__all__ = [
    "Account",
    "Books",
    "Check",
    "Delivery",
    "Division",
    "Earning",
    "Learned",
    "Listing",
    "Member",
    "Posted",
    "Progress",
    "Quote",
    "Receipt",
    "Round",
    "Sale",
    "Share",
    "Statement",
    "Supply",
    "Terms",
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
