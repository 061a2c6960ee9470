"""How the price of a sale is split: the market's terms applied to what was delivered and how it was appraised."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from fairpool.ground.arrays import Floats, Integers
from fairpool.ground.errors import InputError
from fairpool.marketplace.members import Member, MemberRole, members
from fairpool.marketplace.posted import PostedCurve
from fairpool.marketplace.stock import Stock
from fairpool.marketplace.terms import MarketTerms, RevenueRule
from fairpool.pricing.curves.curve import PriceCurve
from fairpool.pricing.revenue.contribution_game import sale_game, shapley_of_sale
from fairpool.pricing.revenue.splits import (
    Recipient,
    Split,
    by_amount_and_quality,
    by_cramer_von_mises,
    by_shapley,
)

Reports = Mapping[int, Mapping[str, Any]]

_COALITIONS = 3  # what a generator is for; `appraising` and `sales` have 0 to 2
_MOST_STEPS = 4e8  # additions, a second: nobody else can write to the market meanwhile


def appraised(connection: sqlite3.Connection, appraisal: int) -> Reports:
    """The reports of an appraisal, by the contributor's number."""
    found = connection.execute("SELECT contributor, report FROM appraisal WHERE deposit = ?", (appraisal,))
    return {row["contributor"]: json.loads(row["report"]) for row in found}


def divide(
    connection: sqlite3.Connection,
    terms: MarketTerms,
    offer: PostedCurve,
    appraisal: int,
    rows: Stock,
    sale: int,
) -> tuple[Split, tuple[Member, ...]]:
    """The split of a sale among all who had deposited, and who they are, in the order of registration.

    What Cramér-von Mises payments withhold goes back to the buyer: an operator that kept it would earn by finding
    fault.
    Shapley values are of rows alike, told apart by their number (`contribution_game`), then weighed by quality.
    Raises InputError where Cramér-von Mises payments are agreed on and fewer than three contributors can be compared.
    """
    reports = appraised(connection, appraisal)
    owed = tuple(m for m in members(connection, MemberRole.CONTRIBUTOR) if m.number in reports)
    known = [reports[m.number] for m in owed]
    delivered = rows.of_contributors(max(reports))[[m.number - 1 for m in owed]]
    price, qualities = offer.price(len(rows)), np.array([float(report["quality"]) for report in known])
    match terms.division:
        case RevenueRule.AMOUNT_AND_QUALITY:
            split = by_amount_and_quality(price, delivered, qualities, commission=terms.commission)
        case RevenueRule.CRAMER_VON_MISES:
            split = _by_losses(price, known, terms)
        case RevenueRule.SHAPLEY:
            rng = np.random.default_rng([terms.seed, _COALITIONS, sale])
            values = _values_of_rows(offer.curve, delivered, rng=rng)
            split = by_shapley(price, values * qualities, commission=terms.commission)
    return split, owed


def _by_losses(price: int, known: Sequence[Mapping[str, Any]], terms: MarketTerms) -> Split:
    losses = [report["loss"] for report in known]
    if all(loss is None for loss in losses):
        raise InputError(
            f"split: {terms.division.value} compares the rows of at least three contributors, but only "
            f"{sum(report['verified_rows'] > 0 for report in known)} have rows for sale"
        )
    return by_cramer_von_mises(price, losses, commission=terms.commission, withheld_to=Recipient.BUYER)


def _values_of_rows(curve: PriceCurve, delivered: Integers, *, rng: np.random.Generator) -> Floats:
    """Shapley values of what each contributor's rows would cost, the curve's bundles joined by straight lines from 0.

    By the curve itself, one row of a bundle of a hundred would be worth as much as ninety-nine.
    """
    amounts, prices = np.append(0, curve.amounts), np.append(0.0, curve.prices)
    worths = np.interp(np.arange(int(delivered.sum()) + 1), amounts, prices)
    return shapley_of_sale(sale_game(worths, delivered), rng=rng, most_steps=_MOST_STEPS).values
