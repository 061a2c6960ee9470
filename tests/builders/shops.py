"""A small market with three contributors of 30 rows each and two buyers, built once a session and copied."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd

from fairpool.marketplace.deposits.depositing import Receipt, deposit
from fairpool.marketplace.membership import add_buyer, add_contributor
from fairpool.marketplace.prices.posting import open_market
from fairpool.marketplace.terms import MarketTerms
from fairpool.pricing.curves.curve import PriceCurve, price_curve
from fairpool.pricing.curves.valuations import Valuations
from fairpool.pricing.revenue.division import RevenueRule

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
CONTRIBUTORS = ("North", "South", "West")
ROWS = 30
SEED = 7


@dataclass(frozen=True)
class Shop:
    """A market's folder, and what tests look at directly."""

    folder: Path

    @property
    def file(self) -> Path:
        return self.folder / "market.sqlite"

    def query(self, sql: str, *given: object) -> list[tuple[object, ...]]:
        with sqlite3.connect(self.file) as connection:
            found = connection.execute(sql, given).fetchall()
        connection.close()
        return found

    def number(self, sql: str, *given: object) -> int:
        return int(str(self.query(sql, *given)[0][0]))

    def tamper(self, sql: str, *given: object) -> None:
        """Change the file behind the market's back, its own guards taken off."""
        connection = sqlite3.connect(self.file, isolation_level=None)
        guards = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _ in guards:
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute(sql, given)
        for _, made in guards:
            connection.execute(made)
        connection.close()

    def entries(self) -> list[tuple[object, ...]]:
        return self.query("SELECT sale, account, contributor, amount FROM entry ORDER BY rowid")

    def files(self) -> set[str]:
        return {str(path.relative_to(self.folder)) for path in self.folder.rglob("*") if path.is_file()}


def rows_of(seed: int, rows: int = ROWS) -> pd.DataFrame:
    """Honest rows of three columns of three kinds."""
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "age": rng.normal(50, 12, rows).round(3),
            "bmi": rng.normal(25, 4, rows).round(3),
            "smoker": rng.random(rows) < 0.3,
            "town": rng.choice(["Ulm", "Jena", "Kiel"], rows),
        }
    )


def square_roots(most: int = 60) -> PriceCurve:
    """p(n) = sqrt(n), to the cent: no arbitrage."""
    return price_curve([(n, round(n**0.5, 2)) for n in range(1, most + 1)])


def worths() -> Valuations:
    """Of up to 40 rows, in EUR: a laboratory wants few, a bank many, a club a few cheap ones."""
    n = np.arange(1, 41)
    values = np.stack([40 * -np.expm1(-n / 6), n**2 / 25, np.minimum(1.5 * n, 12.0)])
    return Valuations(n, values.round(2), ("laboratory", "bank", "club"))


def terms(**changed: object) -> MarketTerms:
    given = {"currency": "EUR", "commission": Fraction(1, 10), "seed": SEED, **changed}
    return MarketTerms(**given)  # type: ignore[arg-type]


def opened(folder: Path, **changed: object) -> Shop:
    open_market(folder, terms(**changed), square_roots(), at=AT)
    return Shop(folder)


def bring(shop: Shop, contributor: str, frame: pd.DataFrame, **where: object) -> Receipt:
    return deposit(shop.folder, contributor, frame, at=AT, **where)  # type: ignore[arg-type]


def stocked(folder: Path, *, contributors: int = 3, rows: int = ROWS, **changed: object) -> Shop:
    """A market ready for its first sale."""
    shop = opened(folder, **changed)
    for number, name in enumerate(CONTRIBUTORS[:contributors]):
        add_contributor(folder, name, at=AT)
        bring(shop, name, rows_of(number, rows))
    for name in ("Ada", "Bob"):
        add_buyer(folder, name, at=AT)
    return shop


Stock = Callable[..., Shop]
DIVISIONS = tuple(RevenueRule)
