"""A price policy takes two places: its own file (here, this one) and one entry in the catalogue."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from builders.shops import AT, stocked, worths
from fairpool.cli.app import app
from fairpool.marketplace import books, buy, declined, inspect_market, learn, listing
from fairpool.pricing.curves.curve import PriceCurve, price_curve
from fairpool.pricing.curves.valuations import Valuations
from fairpool.pricing.oracles.oracle import CurveOracle
from fairpool.pricing.policies.catalogue import POLICIES, InMarket, NamedPolicy
from fairpool.pricing.policies.policy import Purchase
from fairpool.pricing.policies.state import PolicyState

# ---- the policy's own file


@dataclass(frozen=True, slots=True, eq=False)
class FallingPriceState(PolicyState):
    """rounds so far, and the price that is asked for all rows."""

    round: int
    price: float


@dataclass(frozen=True, slots=True, eq=False)
class FallingPrice:
    """One bundle of all rows, dearer by one after a sale and cheaper by one after a visitor who leaves."""

    valuations: Valuations

    def start(self, *, rng: np.random.Generator) -> FallingPriceState:
        return FallingPriceState(0, float(np.floor(rng.uniform(0.5, 1.0) * self.valuations.largest)))

    def curve(self, state: FallingPriceState) -> PriceCurve:
        return price_curve([(self.valuations.most, state.price)])

    def observe(self, state: FallingPriceState, sale: Purchase | None) -> FallingPriceState:
        step = -1.0 if sale is None else 1.0
        return FallingPriceState(state.round + 1, max(state.price + step, 0.0))


def made(valuations: Valuations, _: CurveOracle, __: int) -> FallingPrice:
    return FallingPrice(valuations)


# ---- the entry

ENTRY = NamedPolicy(
    "Falling price", "Asks less until somebody buys.", made, InMarket(made, FallingPriceState)
)

PRICE = """
[price]
rounds = 50
replications = 2
learners = ["falling-price", "exp3"]
arrivals = "stochastic"
most = 40

[[type]]
name = "small"
probability = 0.5
valuation = { shape = "exponential", ceiling = 10.0, rate = 0.1 }

[[type]]
name = "large"
probability = 0.5
valuation = { shape = "exponential", ceiling = 30.0, rate = 0.05 }
"""


@pytest.fixture(autouse=True)
def entered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(POLICIES, "falling-price", ENTRY)


def test_it_runs_in_a_simulation(tmp_path: Path):
    """PRICE.toml names it; its title is in the text and on the page."""
    (tmp_path / "PRICE.toml").write_text(PRICE)
    done = CliRunner().invoke(
        app, ["price", "simulate", str(tmp_path / "PRICE.toml"), "--out", str(tmp_path / "out")]
    )
    assert done.exit_code == 0, done.output
    assert "Falling price" in done.stdout
    assert ENTRY.words in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")


def test_it_sets_the_prices_of_a_market(tmp_path: Path):
    """It is told of sales and of visitors who leave, its state is kept, and all of it can be computed again."""
    shop = stocked(tmp_path / "shop")
    first = learn(shop.folder, worths(), at=AT, learner="falling-price", rounds=10).prices[-1][1]
    for _ in range(3):
        assert declined(shop.folder, at=AT).prices[-1][1] < first
    buy(shop.folder, "Ada", 40, at=AT, type="bank")
    assert books(shop.folder).learnings[0].rounds == 4
    assert listing(shop.folder).learning is not None
    assert all(check.holds for check in inspect_market(shop.folder))
