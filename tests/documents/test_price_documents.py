"""Documents on prices that were written before they had types: each loads, and is written as it was, to the byte."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from fairpool.documents import marketplace
from fairpool.documents.document import Document
from fairpool.documents.pricing import (
    CheckedCurve,
    DiscretisedFitDocument,
    ExactFitDocument,
    read_simulation,
)

HERE = Path(__file__).parent
ANSWERS: dict[str, str] = json.loads((HERE / "price_answers.json").read_text(encoding="utf-8"))
KINDS: dict[str, type[Document]] = {
    "fit": ExactFitDocument,
    "fit discretised": DiscretisedFitDocument,
    "check": CheckedCurve,
    "sell open": marketplace.OpenedMarket,
    "sell post": marketplace.PostedDocument,
    "sell learn": marketplace.BegunLearningForSale,
    "sell declined": marketplace.BookedVisit,
    "sell contributor add": marketplace.RegisteredContributor,
    "sell buyer add": marketplace.RegisteredBuyer,
    "sell deposit": marketplace.Receipt,
    "sell list": marketplace.Listing,
    "sell quote": marketplace.Quote,
    "sell buy": marketplace.SaleDelivered,
    "sell deliver": marketplace.DeliveredFile,
    "sell statement": marketplace.Books,
    "sell statement NAME": marketplace.Statement,
    "sell check": marketplace.MarketInspection,
}


def test_every_answer_has_a_kind():
    """Nothing leaves the commands that is not one of these."""
    assert KINDS.keys() == ANSWERS.keys()


@pytest.mark.parametrize("command", KINDS)
def test_an_answer_of_before_loads(command: str):
    """What `fairpool price ... --json` printed is read, and printed again letter by letter."""
    assert KINDS[command].model_validate_json(ANSWERS[command]).json_text() == ANSWERS[command]


def test_a_simulation_of_before_loads():
    """summary.json of format 1."""
    text = (HERE / "price_simulation_format_1.json").read_text(encoding="utf-8")
    assert read_simulation(json.loads(text)).json_text(indent=2) + "\n" == text
