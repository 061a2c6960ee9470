"""The terms a market was opened on; they hold for good."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from fairpool.ground.errors import InputError
from fairpool.pricing.revenue.division import RevenueRule
from fairpool.tables.names import listed, refuse_duplicates

_CURRENCY = re.compile(r"[A-Z]{3}")
_PART = re.compile(
    r"[+-]?(\d{1,18}/\d{1,18}|(\d{1,18}\.?|\d{0,18}\.\d{1,18})(e[+-]?\d{1,2})?)\s*%?",
    re.ASCII | re.IGNORECASE,
)
LARGEST_SEED = 2**63 - 1


@dataclass(frozen=True, slots=True)
class MarketTerms:
    """What a market is opened on.

    Parameters
    ----------
    currency : str
        ISO 4217, three capital letters.
    commission : Fraction
        The operator's part of every price, 0 to 1.
    division : RevenueRule
        How the rest is split among the contributors.
    exclusive : bool
        Whether a row is sold once only; else every buyer can have every row.
    seed : int
        Of all that is drawn, from 0 to 2^63 - 1: which rows a sale delivers, what verification samples, and the chance
        of a policy that learns prices.
    columns : tuple of str, optional
        Names of the columns for sale; None: whatever the first deposit has.

    Raises
    ------
    InputError
        For anything else, and for column names that are empty, padded or repeated.

    Examples
    --------
    >>> MarketTerms("EUR", Fraction(1, 10)).shown()
    {'currency': 'EUR', 'commission': 0.1, 'split': 'amount-and-quality', 'exclusive': False}
    """

    currency: str
    commission: Fraction
    division: RevenueRule = RevenueRule.AMOUNT_AND_QUALITY
    exclusive: bool = False
    seed: int = 0
    columns: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        if not _CURRENCY.fullmatch(self.currency):
            raise InputError(f"currency: got {self.currency!r}, expected a code of three letters like EUR")
        if not 0 <= self.commission <= 1:
            raise InputError(
                f"commission: got {float(self.commission):g}, expected a part of the price, from 0 to 1"
            )
        if not 0 <= self.seed <= LARGEST_SEED:
            raise InputError(f"seed: got {self.seed}, expected a whole number from 0 to {LARGEST_SEED}")
        if self.columns is not None:
            _refuse_columns(self.columns)

    def shown(self) -> dict[str, Any]:
        """What everybody may read (`TermsDocument`); the seed is the operator's."""
        return {
            "currency": self.currency,
            "commission": float(self.commission),
            "split": self.division.value,
            "exclusive": self.exclusive,
        }


def commission_of(text: str) -> Fraction:
    """``"0.1"``, ``"10%"`` or ``"1/10"``, exactly; InputError for anything else."""
    plain = text.strip()
    try:
        if _PART.fullmatch(plain):  # of a longer exponent, Fraction would make a number that fills the memory
            return Fraction(plain.removesuffix("%")) / (100 if plain.endswith("%") else 1)
    except ZeroDivisionError:
        pass
    raise InputError(f"commission: got {text!r}, expected a part of the price like 0.1 or 10%")


def write_terms(connection: sqlite3.Connection, terms: MarketTerms, *, at: str, software: str) -> None:
    """Record the terms of a new market."""
    connection.execute(
        "INSERT INTO market (id, currency, commission, division, exclusive, seed, columns, opened_at, software) "
        "VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            terms.currency,
            str(terms.commission),
            terms.division.value,
            int(terms.exclusive),
            terms.seed,
            None if terms.columns is None else json.dumps(terms.columns),
            at,
            software,
        ),
    )


def read_terms(connection: sqlite3.Connection) -> MarketTerms:
    """The terms on which a market was opened."""
    row = connection.execute("SELECT * FROM market").fetchone()
    return MarketTerms(
        currency=row["currency"],
        commission=Fraction(row["commission"]),
        division=RevenueRule(row["division"]),
        exclusive=bool(row["exclusive"]),
        seed=row["seed"],
        columns=None if row["columns"] is None else tuple(json.loads(row["columns"])),
    )


def _refuse_columns(columns: Sequence[str]) -> None:
    if not columns or not all(name and name == name.strip() for name in columns):
        raise InputError(f"columns: got {listed(columns)}, expected the names of one or more columns")
    refuse_duplicates(columns, file="columns")
